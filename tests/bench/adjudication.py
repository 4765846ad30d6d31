"""`make bench-adjudication`: price, edits and share of generated receipts on one core, with the official masters.

Receipts are those of `tests.support.valid_receipts`: in and out of hospital, of every form the masters know. Reading is
not counted; composing the units is told beside. Memory is looked at after each round over the same receipts.

    python -m tests.bench.adjudication [--receipts 2000] [--rounds 5] [--seed 2024] [--write]

With --write the figures replace their section of docs/performance.md.
"""

import argparse
import gc
import platform
import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from statistics import median

import psutil

from services.claims.domain.adjudication import AdjudicationFacts, Cover, adjudicate, adjudication_facts
from services.claims.domain.edits.case import EditCase
from services.claims.domain.edits.find import find
from services.claims.domain.examination import Examination, Surroundings, examine
from services.claims.domain.masters.schedule import MonthSchedule
from services.claims.domain.pricing.prices import price
from services.claims.domain.treatment import Treatment
from services.claims.domain.uke.assess import assess
from services.claims.domain.uke.facts import PayerKind, ReceiptFacts
from services.claims.domain.uke.findings import Profile
from services.claims.domain.uke.treatment_of import treatment_of
from services.shared.kernel.months import Month
from tests.bench.pages import write_section
from tests.support.judged import Circumstances, registered
from tests.support.official_data import official_data
from tests.support.official_masters import official_schedule
from tests.support.valid_receipts.generate import ValidReceipt, valid_receipts

MARK = "bench-adjudication"
COPAY_TENTHS = 3
MICROSECONDS = 1e6


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """One receipt, read, with all that its adjudication looks at."""

    facts: ReceiptFacts
    adjudicated: AdjudicationFacts
    treatment: Treatment
    schedule: MonthSchedule
    around: Surroundings
    covers: tuple[Cover, ...]


def sample_of(made: ValidReceipt) -> Sample:
    """A generated receipt, read under the strict profile."""
    facts = assess(made.receipt.to_bytes(), profile=Profile.STRICT).facts
    assert facts is not None
    claimed = Month.of(made.claim_month)
    around = Circumstances(
        claim_month=claimed,
        hospital_code=made.institution,
        hospital=made.inpatient,
        beds=made.beds,
        standards=made.standards,
    )
    return Sample(
        facts=facts,
        adjudicated=adjudication_facts(facts),
        treatment=replace(treatment_of(facts), hospital_code=made.institution, claim_month=claimed),
        schedule=official_schedule(Month.of(made.month)),
        around=Surroundings(standards=registered(around)),
        covers=tuple(
            Cover(
                payer_number=payer.number,
                covered=True,
                reason="COVERED",
                copay_tenths=COPAY_TENTHS if payer.kind is PayerKind.INSURER else 0,
                public_programme=payer.kind is PayerKind.PROGRAMME,
            )
            for payer in facts.payers
        ),
    )


def examined(sample: Sample) -> Examination:
    """Price and edits."""
    return examine(sample.treatment, sample.schedule, sample.around)


def whole(sample: Sample) -> object:
    """Price, edits and share."""
    return adjudicate(sample.adjudicated, sample.covers, examined(sample))


def edited(sample: Sample) -> object:
    """The edits alone, with the price that `price` gives."""
    pricing = price(sample.treatment, sample.schedule)
    return find(
        EditCase(
            treatment=sample.treatment,
            pricing=pricing,
            schedule=sample.schedule,
            standards=sample.around.standards,
        )
    )


STAGES: tuple[tuple[str, Callable[[Sample], object]], ...] = (
    ("units composed (beside)", lambda sample: treatment_of(sample.facts)),
    ("price", lambda sample: price(sample.treatment, sample.schedule)),
    ("price and edits", edited),
    ("price, edits and share", whole),
)


def spent_us(samples: Sequence[Sample], work: Callable[[Sample], object]) -> float:
    """Microseconds of processor time per receipt, of one round."""
    began = time.process_time()
    for sample in samples:
        work(sample)
    return (time.process_time() - began) / len(samples) * MICROSECONDS


def measured(samples: Sequence[Sample], rounds: int) -> list[str]:
    """Lines of the report: the median of the rounds, the fastest and the slowest, and memory."""
    process = psutil.Process()
    rows = [
        "| stage | µs per receipt, median | fastest round | slowest | receipts/s on one core |",
        "|---|---|---|---|---|",
    ]
    for name, work in STAGES:
        spent_us(samples, work)
        found = [spent_us(samples, work) for _ in range(rounds)]
        rows.append(
            f"| {name} | {median(found):.1f} | {min(found):.1f} | {max(found):.1f} "
            f"| {MICROSECONDS / median(found):,.0f} |"
        )
    gc.collect()
    first = process.memory_info().rss
    for _ in range(rounds):
        spent_us(samples, whole)
    gc.collect()
    grown = (process.memory_info().rss - first) / 1e6
    return [*rows, "", f"Memory after {rounds * len(samples):,} further receipts: {grown:+.1f} MB."]


def report(samples: Sequence[Sample], arguments: argparse.Namespace) -> str:
    """The section."""
    lines = sum(len(unit.lines) for sample in samples for unit in sample.treatment.units)
    units = [each for sample in samples for each in examined(sample).units]
    priced = sum(each.price.points is not None for each in units)
    outcomes = Counter(adjudicate(each.adjudicated, each.covers, examined(each)).outcome.value for each in samples)
    machine = f"{platform.machine()}, Python {platform.python_version()}, one process, seed {arguments.seed}"
    return "\n".join(
        [
            "## Adjudication (`make bench-adjudication`)",
            "",
            f"{machine}. {len(samples):,} receipts of {lines / len(samples):.1f} lines in the mean; "
            f"{priced:,} of {len(units):,} units have a price. Outcomes: "
            + ", ".join(f"{outcome} {count:,}" for outcome, count in sorted(outcomes.items()))
            + ".",
            "",
            *measured(samples, arguments.rounds),
        ]
    )


def main() -> None:
    """Generate, measure, print, and write where asked."""
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--receipts", type=int, default=2_000)
    arguments.add_argument("--rounds", type=int, default=5)
    arguments.add_argument("--seed", type=int, default=2024)
    arguments.add_argument("--write", action="store_true")
    asked = arguments.parse_args()
    samples = [sample_of(made) for made in valid_receipts(official_data("masters"), asked.receipts, asked.seed)]
    gc.collect()
    gc.freeze()
    page = report(samples, asked)
    sys.stdout.write(page + "\n")
    if asked.write:
        write_section(MARK, page)


if __name__ == "__main__":
    main()
