"""The bench's receipts: valid ones of `tests.support.valid_receipts` in the published mix, of a known set of payers.

The mix: 2 or 3 diagnoses, 5 % of receipts above 60 lines of treatment, 2 % with a diagnosis as free text, 3 % that
declare more than their lines. Two receipts are never of one person.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count as count_from
from pathlib import Path
from random import Random
from typing import Final

from tests.bench.uke_generate import UNCODED, Generated
from tests.support.mutator.faults import declared
from tests.support.mutator.raw import (
    DISEASE,
    DISEASE_NAME,
    INSURER,
    LINE_END,
    MEMBER,
    OUTCOME,
    PROGRAMME,
    RECIPIENT,
    STARTED,
    TREATMENT,
    Fields,
    RawReceipt,
    record,
)
from tests.support.valid_receipts.generate import ValidReceipt, valid_receipt
from tests.support.valid_receipts.patients import with_check_digit

LONG_SHARE, UNCODED_SHARE, REDUCED_SHARE = 0.05, 0.02, 0.03
LONG_LINES: Final = 60
LONGER: Final = (55, 95)
"""How many plain units a long receipt is given, at least and below."""
DIAGNOSES: Final = (2, 3)
POINTS_ABOVE_LINES: Final = 10
MUNICIPAL: Final = "  "
"""国民健康保険's numbers have six digits, written after two spaces."""
ELDERLY: Final = "39"
_NO_CODE: Final = "0000999"
_FULL_WIDTH: Final = str.maketrans("0123456789", "０１２３４５６７８９")
_BODIES_BY_LAW: Final = {MUNICIPAL: 8, ELDERLY: 5} | dict.fromkeys(("01", "02", "06", "31", "32", "33", "34", "63"), 3)
_PROGRAMME_LAWS: Final = ("12", "21", "51", "52", "54", "80", "81", "83")


def _numbers(law: str, count: int) -> tuple[str, ...]:
    return tuple(with_check_digit(f"{law.strip()}13{body:03}") for body in range(1, count + 1))


INSURERS: Final = {law: _numbers(law, count) for law, count in _BODIES_BY_LAW.items()}
PROGRAMMES: Final = {law: _numbers(law, 1) for law in _PROGRAMME_LAWS}
PAYERS: Final = sorted(number for numbers in (INSURERS | PROGRAMMES).values() for number in numbers)


@dataclass(frozen=True, slots=True, kw_only=True)
class Mixed:
    """One receipt of the mix, without its number, and what it was made of."""

    receipt: Generated
    made: ValidReceipt
    lines: int
    diagnoses: int
    uncoded: bool
    reduced: bool


def mixed_receipts(folder: Path, count: int, seed: int) -> Iterator[Mixed]:
    """So many receipts; the same seed gives the same ones."""
    random = Random(seed)
    numbers = count_from(seed * 1_000_003)
    for member in range(count):
        long, uncoded, reduced = (random.random() < share for share in (LONG_SHARE, UNCODED_SHARE, REDUCED_SHARE))
        more = random.randrange(*LONGER) if long else 0
        drawn = (valid_receipt(folder, number, more) for number in numbers)
        yield _mixed(next(each for each in drawn if _is_of_mix(each)), member, uncoded=uncoded, reduced=reduced)


def _is_of_mix(made: ValidReceipt) -> bool:
    diagnoses = made.receipt.lines("SY")
    return len(diagnoses) in DIAGNOSES and all(made.receipt.fields(line)[DISEASE] != _NO_CODE for line in diagnoses)


def _mixed(made: ValidReceipt, member: int, *, uncoded: bool, reduced: bool) -> Mixed:
    receipt = made.receipt.each(("HO", "KO"), lambda fields: _of_payer(fields, member))
    if uncoded:
        text = {DISEASE: _NO_CODE, STARTED: f"{made.month:%Y%m}01", OUTCOME: "1"}
        text[DISEASE_NAME] = UNCODED[member % len(UNCODED)]
        receipt = receipt.insert(receipt.lines("SY")[-1], record("SY", text))
    cut = reduced and bool(receipt.lines("HO"))
    if cut:
        receipt = declared(receipt, POINTS_ABOVE_LINES)
    return Mixed(
        receipt=_unnumbered(receipt),
        made=made,
        lines=len(receipt.lines(*TREATMENT)),
        diagnoses=len(receipt.lines("SY")),
        uncoded=uncoded,
        reduced=cut,
    )


def _of_payer(fields: Fields, member: int) -> Fields:
    """An HO or KO record with a payer that the bench enrols, of the same law, and a member of its own."""
    if fields[0] == "HO":
        numbers = INSURERS[fields[INSURER][:2]]
        number = numbers[member % len(numbers)].rjust(8)
        insured = f"{10_000 + member}".translate(_FULL_WIDTH)
        return (*fields[:INSURER], number, *fields[INSURER + 1 : MEMBER], insured, *fields[MEMBER + 1 :])
    number = PROGRAMMES[fields[PROGRAMME][:2]][0]
    recipient = with_check_digit(f"{100_000 + member}")
    return (*fields[:PROGRAMME], number, recipient, *fields[RECIPIENT + 1 :])


def _unnumbered(receipt: RawReceipt) -> Generated:
    text = receipt.to_bytes()
    assert text.startswith(b"RE,1,")
    assert text.endswith(LINE_END.encode())
    return Generated(b"RE,", text[len(b"RE,1") :], len(receipt.lines("HO", "KO")), 0)
