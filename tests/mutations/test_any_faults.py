"""Whatever faults come together, as long as the form holds: the edits answer, cuts stay within what was declared, and
the same receipt gets the same answer.
"""

from collections.abc import Callable
from dataclasses import replace
from random import Random
from typing import Final

import pytest

from services.claims.domain.edits.edit import Edit
from services.claims.domain.edits.finding import EditFinding
from services.claims.domain.outcome import Outcome
from services.claims.domain.uke.assess import assess
from tests.evals.straight_through import decision_on, judged_receipt
from tests.support.mutator.faults import attended, born
from tests.support.mutator.raw import (
    BIRTH,
    CODE,
    MEMBER,
    NAME,
    POINTS,
    QUANTITY,
    SECTION,
    TREATMENT,
    Fields,
    RawReceipt,
    counted_on,
    restated,
)
from tests.support.official_data import official_data
from tests.support.valid_receipts.generate import ValidReceipt, valid_receipts
from tests.support.valid_receipts.masters import read_masters

COUNT: Final = 600
SEED: Final = 77
MOST_FAULTS: Final = 7
BIRTHS: Final = ("19300101", "20240601", "20180701", "19991231", "20100101")
Change = Callable[[Random, RawReceipt, int], RawReceipt]


def repoint(random: Random, receipt: RawReceipt, line: int) -> RawReceipt:
    points = receipt.fields(line)[POINTS]
    return receipt.put(line, POINTS, str(max(0, int(points) + random.choice((-5, 1, 100))))) if points else receipt


def recode(random: Random, receipt: RawReceipt, line: int) -> RawReceipt:
    codes = sorted(read_masters(official_data("masters")).acts)
    return receipt.put(line, CODE, random.choice(codes)) if receipt.fields(line)[0] == "SI" else receipt


def requantify(random: Random, receipt: RawReceipt, line: int) -> RawReceipt:
    return receipt.put(line, QUANTITY, random.choice(("", "0", "1", "3", "99")))


def drop(random: Random, receipt: RawReceipt, line: int) -> RawReceipt:
    return receipt.exchange(line) if is_whole(receipt.fields(line)) or not receipt.fields(line)[POINTS] else receipt


def repeat(random: Random, receipt: RawReceipt, line: int) -> RawReceipt:
    return receipt.insert(line, receipt.fields(line)) if is_whole(receipt.fields(line)) else receipt


def behead(random: Random, receipt: RawReceipt, line: int) -> RawReceipt:
    """Without the first line of a unit of several; the second opens it."""
    fields = receipt.fields(line)
    if not fields[SECTION] or fields[POINTS]:
        return receipt
    return receipt.put(line + 1, SECTION, fields[SECTION]).exchange(line)


def recount(random: Random, receipt: RawReceipt, line: int) -> RawReceipt:
    fields = receipt.fields(line)
    days = {random.randrange(1, 29): random.choice((1, 2, 5)), random.randrange(1, 29): 1}
    return receipt.exchange(line, counted_on(fields, days)) if is_whole(fields) else receipt


def resection(random: Random, receipt: RawReceipt, line: int) -> RawReceipt:
    fields = receipt.fields(line)
    section = random.choice(("13", "40", "50", "60", "70", "80"))
    return receipt.put(line, SECTION, section) if fields[SECTION] else receipt


def rebirth(random: Random, receipt: RawReceipt, line: int) -> RawReceipt:
    return born(receipt, random.choice(BIRTHS))


def reattend(random: Random, receipt: RawReceipt, line: int) -> RawReceipt:
    return attended(receipt, random.randrange(4))


CHANGES: Final[tuple[Change, ...]] = (
    repoint,
    recode,
    recode,
    requantify,
    drop,
    repeat,
    behead,
    recount,
    resection,
    rebirth,
    reattend,
)


def is_whole(fields: Fields) -> bool:
    """Whether a line is a unit of its own."""
    return bool(fields[SECTION] and fields[POINTS])


def faulty(random: Random, receipt: RawReceipt) -> RawReceipt:
    for _ in range(random.randrange(1, MOST_FAULTS + 1)):
        lines = receipt.lines(*TREATMENT)
        receipt = random.choice(CHANGES)(random, receipt, random.choice(lines)) if len(lines) > 1 else receipt
    return restated(receipt)


@pytest.fixture(scope="module")
def guilty() -> list[ValidReceipt]:
    random = Random(SEED)
    made = [
        replace(each, receipt=faulty(random, each.receipt), standards=random.choice((each.standards, frozenset())))
        for each in valid_receipts(official_data("masters"), COUNT, SEED)
    ]
    return [each for each in made if not assess(each.receipt.to_bytes()).rejected]


@pytest.fixture(scope="module")
def found(guilty: list[ValidReceipt]) -> list[tuple[EditFinding, ...]]:
    return [judged_receipt(each).findings for each in guilty]


def test_most_receipts_with_faults_still_hold_in_form(guilty: list[ValidReceipt]) -> None:
    assert len(guilty) > COUNT // 2


def test_most_of_them_are_spoken_of(found: list[tuple[EditFinding, ...]]) -> None:
    assert sum(bool(each) for each in found) > len(found) // 2


def test_every_cut_leaves_less_than_before_and_never_less_than_nothing(found: list[tuple[EditFinding, ...]]) -> None:
    cuts = [each for findings in found for each in findings if each.points_after is not None]

    assert cuts
    for each in cuts:
        assert each.points_before is not None
        assert each.points_after is not None
        assert 0 <= each.points_after < each.points_before


def test_every_decision_on_them_conserves_and_cuts_what_the_edits_cut(guilty: list[ValidReceipt]) -> None:
    """A decision that does not conserve cannot be built; what is reduced are the points that the examination cut."""
    for each in guilty:
        decision = decision_on(each)
        assert decision.examination is not None
        cut = sum(decision.examination.cuts().values())
        match decision.outcome:
            case Outcome.APPROVED | Outcome.REDUCED:
                assert decision.reduced_yen == 10 * cut
            case Outcome.RETURNED | Outcome.PENDED:
                assert decision.billed_yen == 0


def test_no_finding_shows_who_the_patient_is(guilty: list[ValidReceipt], found: list[tuple[EditFinding, ...]]) -> None:
    for each, findings in zip(guilty, found, strict=True):
        birth = each.receipt.fields(1)[BIRTH]
        payer = each.receipt.fields(2)
        secrets = {birth, f"{birth[:4]}-{birth[4:6]}-{birth[6:]}", each.receipt.fields(1)[NAME], payer[MEMBER]}
        shown = " ".join(finding.detail for finding in findings)

        assert [secret for secret in secrets if secret and secret in shown] == []


def test_the_same_receipt_gets_the_same_findings(
    guilty: list[ValidReceipt], found: list[tuple[EditFinding, ...]]
) -> None:
    assert [judged_receipt(each).findings for each in guilty] == found


def test_findings_come_in_the_order_of_precedence(found: list[tuple[EditFinding, ...]]) -> None:
    places = {edit: place for place, edit in enumerate(Edit)}

    for findings in found:
        keys = [(places[each.edit], each.line) for each in findings]
        assert keys == sorted(keys)
