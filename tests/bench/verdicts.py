"""What the bench offered and what became of it: the mix as made, outcomes as claims kept them, units with a price."""

from collections import Counter
from collections.abc import Sequence

import asyncpg
from seikyu.claims.v1 import claim_pb2

from services.claims.domain.examination import examine
from services.claims.domain.uke.assess import assess
from services.claims.domain.uke.findings import Profile
from services.claims.domain.uke.treatment_of import treatment_of
from services.shared.kernel.months import Month
from tests.bench.mix import LONG_LINES, Mixed
from tests.bench.population import Population
from tests.support.official_masters import official_schedule


async def outcome_line(admin_dsn: str) -> str:
    """The share of each outcome among all first decisions of the run, warm-up and all."""
    connection = await asyncpg.connect(admin_dsn, database="claims")
    try:
        rows = await connection.fetch("SELECT outcome, count(*) AS decided FROM decision GROUP BY outcome")
    finally:
        await connection.close()
    decided = {row["outcome"]: int(row["decided"]) for row in rows}
    whole = sum(decided.values())
    told = [f"{_name(number)} {count / whole:.2%}" for number, count in sorted(decided.items())]
    return f"decided: {whole:,} claims, {', '.join(told)}"


def _name(number: int) -> str:
    return claim_pb2.ClaimState.Name(claim_pb2.ClaimState.ValueType(number)).removeprefix("CLAIM_STATE_").lower()


def mix_lines(population: Population) -> list[str]:
    """The mix as made, and how many of its units the masters price: what claims found, found again by its functions."""
    receipts = population.receipts
    lines = sum(each.lines for each in receipts) / len(receipts)
    shares = {
        f"over {LONG_LINES} lines": [each.lines > LONG_LINES for each in receipts],
        "with uncoded text": [each.uncoded for each in receipts],
        "declaring more than their lines": [each.reduced for each in receipts],
        "of members without cover": [not each for each in population.settled],
        "with a public programme": [each.receipt.payer_records > 1 for each in receipts],
        "inpatient": [each.made.inpatient for each in receipts],
    }
    told = ", ".join(f"{sum(found) / len(found):.1%} {what}" for what, found in shares.items())
    mix = (
        f"mix: {len(receipts):,} persons with a receipt each of {lines:.1f} lines of treatment in the mean, claimed by "
        f"{len(population.hospitals)} hospitals from {len(population.payers)} payers; {told}"
    )
    return [mix, _priced_line(receipts)]


def _priced_line(receipts: Sequence[Mixed]) -> str:
    units: Counter[bool] = Counter()
    for each in receipts:
        facts = assess(each.receipt.numbered(1), profile=Profile.LENIENT).facts
        assert facts is not None
        examined = examine(treatment_of(facts), official_schedule(Month.of(each.made.month)))
        units.update(unit.price.points is not None for unit in examined.units)
    return f"units with a price: {units[True]:,} of {units.total():,}, {units[True] / units.total():.2%}"
