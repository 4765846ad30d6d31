"""However the lines of an account are cut into files, each is taken for the same; and whose number a line holds."""

from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.settlement.domain.bank.statements import BankLine
from services.settlement.domain.reconciliation.expected import Expected, Outgoing
from services.settlement.domain.reconciliation.matching import judged, payers_named, verdict_on
from services.settlement.domain.reconciliation.verdicts import Matched, Purpose, Rule, Verdict
from tests.support.bank_statements import ACCOUNT
from tests.unit.settlement.reconciliation.builders import expected, line, outgoing

FIRST, SECOND, THIRD = outgoing("1", 700), outgoing("2", 50), outgoing("3", 50, batch="other")
MUNICIPAL = "131011"
"""A 国民健康保険 insurer: six digits."""


def shown(yen: int, payment: Outgoing | None = None) -> BankLine:
    return line(-yen, edi=payment.reference if payment is not None else "")


def in_files(files: Sequence[Sequence[BankLine]]) -> list[Verdict]:
    """Each file judged against what stands behind those before it."""
    standing = {each.payment_id: each for each in (FIRST, SECOND, THIRD)}
    verdicts: list[Verdict] = []
    for lines in files:
        for verdict in list(judged(lines, ACCOUNT, expected(*standing.values()))):
            verdicts.append(verdict)
            parts = verdict.parts if isinstance(verdict, Matched) else ()
            for payment in [each for part in parts for each in part.payment_ids]:
                if parts[0].purpose is Purpose.PAYMENT:
                    standing[payment] = replace(standing[payment], is_settled=True)
                else:
                    del standing[payment]
    return verdicts


LINES = [
    *(shown(750), shown(700, FIRST), shown(50, SECOND), shown(50, THIRD), shown(700), shown(50), shown(1)),
    *(line(700, edi=FIRST.reference), line(50, edi=SECOND.reference)),
]


@given(lines=st.lists(st.sampled_from(LINES), min_size=2, max_size=6), data=st.data())
def test_lines_are_taken_for_the_same_however_they_are_cut_into_files(
    lines: list[BankLine], data: st.DataObject
) -> None:
    cut = data.draw(st.integers(1, len(lines) - 1))

    assert in_files([lines[:cut], lines[cut:]]) == in_files([lines])


def test_what_is_left_of_a_batch_is_matched_in_the_file_that_shows_its_first_payment() -> None:
    first, rest = in_files([[shown(700, FIRST), shown(50, SECOND)]])

    assert isinstance(first, Matched)
    assert isinstance(rest, Matched)
    assert [part.payment_ids for part in (*first.parts, *rest.parts)] == [("1",), ("2",)]


def test_what_is_left_of_a_batch_is_matched_by_its_sum() -> None:
    third = replace(THIRD, batch_id=FIRST.batch_id)
    standing = expected(replace(FIRST, is_settled=True), SECOND, third)

    verdict = verdict_on(shown(100), ACCOUNT, standing)

    assert isinstance(verdict, Matched)
    assert (verdict.rule, verdict.parts[0].payment_ids) == (Rule.BATCH_TOTAL, ("2", "3"))


@pytest.mark.parametrize("code", [MUNICIPAL, f"0000{MUNICIPAL}"])
def test_an_insurer_of_six_digits_is_known_by_its_remitters_code(code: str) -> None:
    known = Expected(payers=frozenset({MUNICIPAL, "06132013"}))

    assert payers_named(line(700, remitter_code=code), known) == {MUNICIPAL}


@pytest.mark.parametrize("code", [f"1000{MUNICIPAL}", f"00{MUNICIPAL}", f"000{MUNICIPAL}", f"00000{MUNICIPAL}"])
def test_digits_that_only_end_like_an_insurers_number_name_nobody(code: str) -> None:
    assert payers_named(line(700, remitter_code=code), Expected(payers=frozenset({MUNICIPAL}))) == frozenset()
