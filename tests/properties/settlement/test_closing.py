"""Whatever the order of decisions, corrections, payments and closes: statements say what a list on paper says.

The oracle keeps, per account, a list of amounts that no statement has told yet. A close takes those of its month and
before. It knows no versions, no cuts and no SQL.
"""

import asyncio
import csv
import io
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import asyncpg
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from infra.local.databases import ServiceDatabase
from services.settlement.adapters.ledger.books import PostgresBooks
from services.settlement.adapters.ledger.replaying import replayed
from services.settlement.adapters.statements.statement_documents import Form, StatementDocuments
from services.settlement.adapters.statements.statement_lines import StatementReader
from services.settlement.adapters.statements.statements import Statements
from services.settlement.domain.decision import Decision, Outcome
from services.settlement.domain.transfers import Order, TransferKind, order_id
from services.shared.chassis.postgres import Database
from services.shared.kernel.double_entry import Movement
from services.shared.kernel.ids import EventId
from services.shared.kernel.money import Yen
from tests.support.closing import TRACE, close, load, statements
from tests.support.settlement import NOW, decision, opened, part, post
from tests.support.stack import PostgresCluster

MONTHS = ["202604", "202605", "202606"]
PAYERS = ["06132013", "21136015", "138057"]
HOSPITALS = ["1310000001", "1320000009"]
BANK = "bank:999999910000001"
PRICE = {"06132013": 7160, "21136015": 7160, "138057": 5000}


@dataclass(frozen=True, slots=True)
class Decide:
    """The next decision on a claim; None moves no money. A claim's month is that of its first decision.

    `rest` is what the patient pays and what was cut.
    """

    claim: int
    month: int
    shares: Mapping[str, int] | None
    rest: tuple[int, int]


@dataclass(frozen=True, slots=True)
class PayIn:
    payer: str
    month: int
    yen: int


@dataclass(frozen=True, slots=True)
class Close:
    """The next month."""


Step = Decide | PayIn | Close
shares = st.none() | st.dictionaries(st.sampled_from(PAYERS), st.integers(0, 5_000), min_size=1, max_size=3)
steps = st.lists(
    st.builds(Decide, st.integers(0, 5), st.integers(0, 2), shares, st.tuples(st.integers(0, 900), st.integers(0, 90)))
    | st.builds(PayIn, st.sampled_from(PAYERS), st.integers(0, 2), st.integers(1, 5_000))
    | st.builds(Close),
    min_size=1,
    max_size=25,
)


@dataclass(slots=True)
class Item:
    """An amount on paper that no statement has told."""

    month: str
    column: str
    yen: int
    is_receipt: bool = False
    rest: tuple[int, int] = (0, 0)


@dataclass(slots=True)
class Paper:
    """The oracle."""

    waiting: dict[str, list[Item]] = field(default_factory=dict)
    standing: dict[int, Decide] = field(default_factory=dict)
    months: dict[int, str] = field(default_factory=dict)
    numbers: Counter[int] = field(default_factory=Counter)
    closing: Counter[str] = field(default_factory=Counter)
    carried: Counter[str] = field(default_factory=Counter)
    balance: Counter[str] = field(default_factory=Counter)
    unpaid: Counter[str] = field(default_factory=Counter)
    """What hospitals' statements left to pay; nobody pays them here."""
    closed: int = 0

    def decide(self, step: Decide) -> None:
        claim, number = step.claim, self.numbers[step.claim] + 1
        month = self.months.setdefault(claim, MONTHS[step.month])
        hospital = f"hospital:{HOSPITALS[claim % 2]}"
        self.numbers[claim] = number
        if claim in self.standing:
            self._tell(self.standing[claim], hospital, Item(month, "adjustments_yen", -1))
        self._tell(step, hospital, Item(month, "claims_yen" if number == 1 else "adjustments_yen", 1, number == 1))
        self.standing[claim] = step

    def _tell(self, step: Decide, hospital: str, like: Item) -> None:
        """Each payer its part with the receipt's rest; the hospital every part over 0 yen, the rest with the first."""
        sign, shares = like.yen, dict(step.shares or {})
        rest = (sign * step.rest[0], sign * step.rest[1])
        for payer, yen in shares.items():
            self._add(f"payer:{payer}", replace(like, yen=-sign * yen, rest=rest))
        for place, yen in enumerate(yen for yen in shares.values() if yen):
            self._add(hospital, replace(like, yen=sign * yen, is_receipt=False, rest=(0, 0) if place else rest))

    def pay_in(self, step: PayIn) -> None:
        self._add(f"payer:{step.payer}", Item(MONTHS[step.month], "paid_yen", step.yen))

    def close(self) -> dict[str, dict[str, int]]:
        month, told = MONTHS[self.closed], {}
        self.closed += 1
        for account, items in self.waiting.items():
            held = [item for item in items if item.month <= month]
            self.waiting[account] = [item for item in items if item.month > month]
            fee = sum(item.is_receipt for item in held) * PRICE.get(account.removeprefix("payer:"), 0) // 100
            if fee:
                held.append(Item(month, "fees_yen", -fee))
            told[account] = self._told(account, held)
        return told

    def _told(self, account: str, held: Sequence[Item]) -> dict[str, int]:
        sums = Counter(dict.fromkeys(("claims_yen", "adjustments_yen", "fees_yen", "paid_yen"), 0))
        for item in held:
            sums[item.column] += item.yen
        brought = self.carried[account] + self._taken_up(account)
        owed = brought + sums["claims_yen"] + sums["adjustments_yen"] + sums["fees_yen"]
        sign = -1 if account.startswith("payer:") else 1
        opening = self.closing[account]
        self.closing[account] += sum(item.yen for item in held)
        self.carried[account] = owed if sign * owed < 0 else 0
        self.unpaid[account] += max(sign * owed, 0)
        return dict(sums) | {
            "opening_yen": opening,
            "closing_yen": self.closing[account],
            "brought_yen": brought,
            "payable_yen": max(sign * owed, 0),
            "carried_yen": self.carried[account],
            "lines": len(held),
            "patient_yen": sum(item.rest[0] for item in held),
            "reduced_yen": sum(item.rest[1] for item in held),
            "patient_unknown_lines": 0,
        }

    def _taken_up(self, account: str) -> int:
        """All that is unpaid of a hospital that has less than that."""
        if account.startswith("payer:") or self.balance[account] >= self.unpaid[account]:
            return 0
        return self.unpaid.pop(account)

    def _add(self, account: str, item: Item) -> None:
        self.balance[account] += item.yen
        self.waiting.setdefault(account, []).append(item)


def decision_of(step: Decide, paper: Paper) -> Decision:
    number = paper.numbers[step.claim] + 1
    month = paper.months.get(step.claim, MONTHS[step.month])
    outcome = Outcome.APPROVED if step.shares is not None else Outcome.RETURNED
    parts = [part(payer, yen=yen) for payer, yen in (step.shares or {}).items()]
    made = decision(
        step.claim,
        *parts,
        hospital=HOSPITALS[step.claim % 2],
        outcome=outcome,
        patient_yen=step.rest[0],
        reduced_yen=step.rest[1],
        nth=number,
    )
    return replace(made, claim_month=month)


async def pay_in(database: Database, step: PayIn, place: int) -> None:
    order = Order(
        transfer_id=order_id(TransferKind.INCOMING, str(place)),
        movement=Movement(from_account=BANK, to_account=f"payer:{step.payer}", amount_yen=Yen(step.yen)),
        kind=TransferKind.INCOMING,
        cause_event_id=EventId("evt_" + f"{place:032x}"),
        traceparent=TRACE,
        period=MONTHS[step.month],
        payer_number=step.payer,
    )
    async with database.transaction(label="test.pay") as tx:
        await PostgresBooks(tx).post([order], NOW)


async def lived(fresh: ServiceDatabase, plan: Sequence[Step]) -> None:
    paper = Paper()
    async with opened(fresh) as database:
        await load(database, MONTHS)
        for place, step in enumerate([*plan, *[Close()] * len(MONTHS)]):
            if paper.closed == len(MONTHS):
                break
            match step:
                case Decide():
                    await post(database, [decision_of(step, paper)])
                    paper.decide(step)
                case PayIn():
                    await pay_in(database, step, place)
                    paper.pay_in(step)
                case Close():
                    if paper.waiting:
                        await close_and_compare(database, paper)
        await every_entry_stands_once(database)
        assert [progress async for progress in replayed(database)][-1].faults == ()


async def close_and_compare(database: Database, paper: Paper) -> None:
    month = MONTHS[paper.closed]
    expected = paper.close()
    await close(database, month)
    found = {account: row for (_, account), row in (await statements(database, month)).items()}
    assert {account: {name: found[account][name] for name in said} for account, said in expected.items()} == expected
    assert set(found) == set(expected)


async def every_entry_stands_once(database: Database) -> None:
    reader = StatementReader(database)
    issued = Statements(database, reader)
    told: Counter[tuple[str, str]] = Counter()
    for (_, account), row in (await statements(database)).items():
        told.update((account, transfer) for transfer in await transfers(issued, StatementDocuments(reader), row))
    async with database.transaction(label="test.read") as tx:
        rows = await tx.connection.fetch(
            "SELECT e.account_id, e.transfer_id FROM entry AS e JOIN account AS a USING (account_id)"
            " WHERE a.kind IN ('payer', 'hospital')"
        )
    assert told == Counter((row["account_id"], row["transfer_id"]) for row in rows)


async def transfers(issued: Statements, documents: StatementDocuments, row: asyncpg.Record) -> list[str]:
    """What stands in the CSV, which is byte for byte the one that was issued."""
    statement = await issued.again(row)
    text = b"".join([piece async for piece in documents.written(statement, Form.CSV)]).decode("utf-8-sig")
    lines = [line for line in csv.DictReader(io.StringIO(text)) if line["行種"] == "明細"]
    sign = -1 if row["kind"] == "payer" else 1
    assert sum(int(line["金額"]) for line in lines) == sign * (row["closing_yen"] - row["opening_yen"])
    for column, kept in (("患者負担額", "patient_yen"), ("査定額", "reduced_yen")):
        assert sum(int(line[column] or 0) for line in lines) == row[kept]
    return [line["振替ID"] for line in lines if line["振替ID"]]


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(plan=steps)
def test_statements_say_what_a_list_on_paper_says(postgres_cluster: PostgresCluster, plan: list[Step]) -> None:
    fresh = postgres_cluster.create_migrated_database("settlement")
    asyncio.run(lived(fresh, plan))
