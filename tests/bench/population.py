"""Who takes part in the bench: hospitals, payers, members and their receipts, all invented and all from a seed."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from random import Random

from services.claims.domain.uke.assess import assess
from services.claims.domain.uke.codes import PatientClass
from services.claims.domain.uke.facts import PayerFacts, PayerKind, ReceiptFacts
from services.claims.domain.uke.findings import Profile
from services.shared.kernel.check_digits import check_digit
from tests.bench.mix import ELDERLY, INSURERS, PAYERS, Mixed, mixed_receipts
from tests.support.valid_receipts.generate import MONTHS

HOSPITALS = 50
LEAST_MEMBERS = 4_000
BATCH = 100
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
    receipts: list[Mixed]
    settled: list[bool]
    """Whether each receipt's payers will owe something: its members are covered."""
    coverage: list[Covered]

    def expected_events(self, place: int) -> int:
        """How many events the receipt at a place causes: one for each of its payers, none where it is returned."""
        return self.receipts[place].receipt.payer_records if self.settled[place] else 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """One batch of a hospital, all claimed in one month (YYYYMM); `places` are those of its receipts."""

    hospital: int
    claim_month: str
    places: Sequence[int]


def populate(folder: Path, seed: int, claims: int) -> Population:
    """The population of a seed, large enough to offer so many claims, with the masters under the folder."""
    random = Random(seed)
    receipts = list(mixed_receipts(folder, members_for(claims), seed))
    settled = [random.random() >= UNCOVERED_SHARE for _ in receipts]
    return Population(
        hospitals=[_hospital(number) for number in range(HOSPITALS)],
        payers=PAYERS,
        receipts=receipts,
        settled=settled,
        coverage=list(_coverage(receipts, settled)),
    )


def members_for(claims: int) -> int:
    """How many members must be: each goes to every hospital once at most, and a month's last batch may lack some."""
    return max(LEAST_MEMBERS, -(-claims // HOSPITALS) + len(MONTHS) * BATCH)


def offers(population: Population, seed: int) -> Iterator[Offer]:
    """Batches, of one hospital after the other. No person comes to the same hospital twice: that would be a twin."""
    random = Random(seed)
    of_hospital = [_batches(population.receipts, random) for _ in population.hospitals]
    for turn in zip(*of_hospital, strict=True):
        for hospital, (month, places) in enumerate(turn):
            yield Offer(hospital=hospital, claim_month=month, places=places)


def _batches(receipts: Sequence[Mixed], random: Random) -> list[tuple[str, Sequence[int]]]:
    """All receipts in batches of one claim month each, in an order of chance; what fills no batch is left out."""
    by_month: dict[str, list[int]] = {}
    for place, each in enumerate(receipts):
        by_month.setdefault(f"{each.made.claim_month:%Y%m}", []).append(place)
    batches: list[tuple[str, Sequence[int]]] = []
    for month, places in by_month.items():
        random.shuffle(places)
        batches += [(month, places[start : start + BATCH]) for start in range(0, len(places) - BATCH + 1, BATCH)]
    random.shuffle(batches)
    return batches


def _hospital(number: int) -> str:
    body = f"131{900_000 + number:06d}"
    return f"{body}{check_digit(body)}"


def _coverage(receipts: Sequence[Mixed], settled: Sequence[bool]) -> Iterator[Covered]:
    """A row per payer of each receipt whose members are covered."""
    for each, covered in zip(receipts, settled, strict=True):
        if not covered:
            continue
        facts = assess(each.receipt.numbered(1), profile=Profile.LENIENT).facts
        assert facts is not None
        for payer in facts.payers:
            yield Covered(payer=payer, facts=facts, branch=payer.branch)


def copay_class(covered: Covered) -> str:
    """The name of the copay class that a generated member has, as the class on the receipt asks for."""
    if covered.payer.kind is not PayerKind.INSURER:
        return "COPAY_CLASS_STANDARD"
    if covered.facts.kind.patient_class is PatientClass.ELDERLY_SEVENTY_PERCENT:
        return "COPAY_CLASS_ACTIVE_INCOME"
    elderly = covered.payer.number in INSURERS[ELDERLY]
    return "COPAY_CLASS_LATE_ELDERLY_ONE" if elderly else "COPAY_CLASS_STANDARD"
