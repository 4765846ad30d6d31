"""Who takes part in the bench: hospitals, payers, members and their receipts, all invented and all from a seed."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from services.claims.domain.uke.assess import assess
from services.claims.domain.uke.facts import PayerFacts, PayerKind, ReceiptFacts
from services.claims.domain.uke.findings import Profile
from services.shared.kernel.check_digits import check_digit
from tests.bench.uke_generate import ELDERLY_INSURERS, INSURERS, PROGRAMMES, Generated, generated_receipt

HOSPITALS = 50
MEMBERS = 4_000
UNCOVERED_SHARE = 0.02
"""Members without coverage: their claims are returned."""
COVER_FROM = date(2020, 4, 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Covered:
    """One row of coverage to import."""

    payer: PayerFacts
    facts: ReceiptFacts
    branch: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Population:
    """Hospital codes, payer numbers, receipts without their number, and the coverage of their members."""

    hospitals: list[str]
    payers: list[str]
    receipts: list[Generated]
    settled: list[bool]
    """Whether each receipt's payers will owe something: its members are covered."""
    coverage: list[Covered]


def populate(seed: int) -> Population:
    """The population of a seed."""
    rng = random.Random(seed)
    receipts = [generated_receipt(rng) for _ in range(MEMBERS)]
    settled = [rng.random() >= UNCOVERED_SHARE for _ in receipts]
    return Population(
        hospitals=[_hospital(number) for number in range(HOSPITALS)],
        payers=sorted({*INSURERS, *ELDERLY_INSURERS, *PROGRAMMES}),
        receipts=receipts,
        settled=settled,
        coverage=list(_coverage(receipts, settled)),
    )


def _hospital(number: int) -> str:
    body = f"131{900_000 + number:06d}"
    return f"{body}{check_digit(body)}"


def _coverage(receipts: list[Generated], settled: list[bool]) -> Iterator[Covered]:
    """A row per payer of each receipt whose members are covered, each member once."""
    seen: set[tuple[str, str, str]] = set()
    for receipt, covered in zip(receipts, settled, strict=True):
        facts = assess(receipt.numbered(1), profile=Profile.LENIENT).facts
        if facts is None or not covered:
            continue
        for payer in facts.payers:
            member = (payer.number, payer.symbol, payer.member_number)
            if member not in seen:
                seen.add(member)
                yield Covered(payer=payer, facts=facts, branch=payer.branch)


def copay_class(covered: Covered) -> str:
    """The name of the copay class that a generated member has."""
    insurer = covered.payer.kind is PayerKind.INSURER
    elderly = insurer and covered.payer.number in ELDERLY_INSURERS
    return "COPAY_CLASS_LATE_ELDERLY_ONE" if elderly else "COPAY_CLASS_STANDARD"
