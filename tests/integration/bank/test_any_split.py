"""However the lines of an account are cut into files, in whatever order they come and how often: the same ledger."""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import accumulate

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from infra.local.databases import ServiceDatabase
from services.settlement.domain.bank.statements import WrongBankFile
from services.shared.chassis.postgres import Database
from tests.support.bank_statements import Line, numbered, statement_file
from tests.support.reconciling import balances, owe, standing, take, verdicts
from tests.support.settlement import opened
from tests.support.stack import PostgresCluster

DAY = date(2026, 6, 1)
MOST_ROUNDS = 20
_made = iter(range(1, 1_000_000))


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """An account's opening balance and lines, and how a bank cuts it: spans of lines, in the order they come.

    No balance occurs twice: lines that come to 0 together are missed by no balance, and by nobody (docs).
    """

    opening: int
    amounts: tuple[int, ...]
    statements: tuple[int, ...]
    spans: tuple[tuple[int, int], ...]


@st.composite
def histories(draw: st.DrawFn) -> History:
    """The first file begins with the first line; the others are any spans that leave no line out, in any order."""
    opening = draw(st.integers(0, 10_000))
    amounts: list[int] = []
    for amount in draw(st.lists(st.integers(-3_000, 3_000).filter(bool), min_size=1, max_size=12)):
        if (balance := opening + sum(amounts) + amount) >= 0 and balance not in accumulate(amounts, initial=opening):
            amounts.append(amount)
    amounts = amounts or [7]
    count = len(amounts)
    cuts = sorted(draw(st.sets(st.integers(1, count), max_size=4)) | {count})
    spans = list(zip([0, *cuts[:-1]], cuts, strict=True))
    wider = [(max(0, since - draw(st.integers(0, 3))), until) for since, until in spans]
    repeated = draw(st.lists(st.sampled_from(wider), max_size=3))
    rest = draw(st.permutations([*wider[1:], *repeated]))
    owed = draw(st.lists(st.sampled_from([each for each in amounts if each > 0] or [5]), max_size=3))
    return History(opening=opening, amounts=tuple(amounts), statements=tuple(owed), spans=(wider[0], *rest))


def lines_of(history: History, payer: str) -> list[Line]:
    """One line a day and a half: days with one and with two lines; every other one names the payer."""
    lines = [
        Line(day=DAY + timedelta(days=place * 2 // 3), yen=yen, edi=payer if place % 2 == 0 else "")
        for place, yen in enumerate(history.amounts)
    ]
    return numbered(lines)


def files_of(history: History, lines: Sequence[Line], account: str) -> Iterator[bytes]:
    before = [history.opening, *accumulate(history.amounts, initial=history.opening)][1:]
    for since, until in history.spans:
        part = lines[since:until]
        yield statement_file(before[since], part, account=account)


async def all_taken(database: Database, files: Sequence[bytes]) -> None:
    """As an operator does: what is refused for a gap waits until what is missing came."""
    waiting = list(files)
    for _ in range(MOST_ROUNDS):
        refused: list[bytes] = []
        for content in waiting:
            try:
                await take(database, content)
            except WrongBankFile as fault:
                assert {each.rule for each in fault.violations} == {"gap"}  # noqa: PT017 - the rule is the claim
                refused.append(content)
        if not refused:
            return
        waiting = refused
    raise AssertionError("a file is refused for ever")


async def seen(database: Database, account: str, payer: str) -> tuple[Mapping[str, int], list[str]]:
    kinds = ("bank", "suspense", "own")
    own = {f"{kind}:{account}": kind for kind in kinds} | {f"payer:{payer}": "payer"}
    found = await balances(database)
    return {name: found.get(each, 0) for each, name in own.items()}, await verdicts(database, account)


async def told_by(database: ServiceDatabase, history: History, *, whole: bool) -> tuple[Mapping[str, int], list[str]]:
    nth = next(_made)
    account, payer = f"99999991{nth:07d}", f"{nth + 10_000_000:08d}"
    async with opened(database) as opened_database:
        for place, yen in enumerate(history.statements):
            await owe(database.owner_dsn, payer, yen, due=DAY + timedelta(days=place), period=f"2026{place + 1:02d}")
        lines = lines_of(history, payer)
        files = (
            [statement_file(history.opening, lines, account=account)] if whole else files_of(history, lines, account)
        )
        await all_taken(opened_database, list(files))
        positions = await standing(opened_database)
        assert [each for each in positions.unproved if each.account == account] == []
        return await seen(opened_database, account, payer)


@given(histories())
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_split_order_overlap_and_repetition_gives_the_same_ledger(
    postgres_cluster: PostgresCluster, history: History
) -> None:
    database = _database_of(postgres_cluster)

    assert asyncio.run(told_by(database, history, whole=False)) == asyncio.run(told_by(database, history, whole=True))


_databases: dict[int, ServiceDatabase] = {}


def _database_of(cluster: PostgresCluster) -> ServiceDatabase:
    """One database for all examples: each has an account and a payer of its own."""
    if id(cluster) not in _databases:
        _databases[id(cluster)] = cluster.create_migrated_database("settlement")
    return _databases[id(cluster)]
