"""From real receipts to the bank and back: every yen of a claim month, through the whole platform.

What is owed comes from the receipts' own columns by the law's plain rule, what the bank says is written by hand from
the layouts, and the file that goes to it is cut by hand: none of it shares code with the platform.
"""

import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pytest
from seikyu.settlement.v1 import events_pb2
from seikyu.settlement.v1 import payment_service_pb2 as pay
from seikyu.settlement.v1 import period_service_pb2 as periods

from infra.local.stack import Stack
from services.settlement.domain.bank.checking import checked
from services.shared.chassis.messages import Event
from services.shared.kernel.months import business_day
from tests.bench.__main__ import kafka_config
from tests.e2e.money.desk import Desk
from tests.e2e.test_part_a import owed_by_payers
from tests.support.bank_statements import Line, statement_file
from tests.support.file_journey import enrolled
from tests.support.journey import submit_file
from tests.support.official_data import part_a
from tests.support.stack import running_platform
from tests.support.waiting import PATIENCE_S
from tests.support.witness import Witness, claimed_by, read_all

pytestmark = pytest.mark.timeout(400)
PERIOD = "202111"
HOSPITALS = 3
ACCOUNT = "999999920000001"
"""The platform's own, at a bank that is assigned to nobody."""
PRICE_YEN = 71
TARIFF = f"authority,since,yen_per_receipt,rounding,mark,source\n1,202001,{PRICE_YEN}.00,down,U,test\n"
TARIFF += f"2,202001,{PRICE_YEN}.00,down,U,test\n"
CALENDAR = "payer,claim_month,closes_on,due_on,pays_on,mark,source\n*,{period},2021-12-10,{today},{today},U,test\n"
ONCE = ("fee_charged", "statement_issued", "period_closed", "payment_received")


@pytest.fixture(scope="module")
def platform() -> Iterator[Stack]:
    """All services, each a process of its own."""
    with running_platform() as stack:
        yield stack


@pytest.fixture
def witness(platform: Stack, tmp_path: Path) -> Witness:
    return enrolled(platform, tmp_path)


def billed_yen(text: str) -> int:
    """Ten yen a point of each receipt: the insurer's points, or its programmes' where nobody insures."""
    yen, insured = 0, False
    for line in text.splitlines():
        columns = line.split(",")
        insured = columns[0] == "HO" or (insured and columns[0] != "RE")
        if columns[0] == "HO" or (columns[0] == "KO" and not insured):
            yen += 10 * int(columns[5])
    return yen


def receipts_by_payer(text: str) -> Counter[str]:
    """How many receipts of the file name each payer."""
    counted: Counter[str] = Counter()
    for line in text.splitlines():
        columns = line.split(",")
        if columns[0] in {"HO", "KO"}:
            counted[columns[1].strip()] += 1
    return counted


class Bank:
    """The test's own: an account, and what it tells of it."""

    def __init__(self) -> None:
        self.balance = 0
        self.told = 0
        self.today = business_day(datetime.now(UTC))

    def tells(self, *lines: tuple[int, dict[str, str]]) -> bytes:
        """入出金取引明細 of these movements: negative yen went out."""
        opening = self.balance
        rows = []
        for yen, others in lines:
            self.balance += yen
            self.told += 1
            rows.append(Line(day=self.today, yen=yen, number=str(self.told), **others))  # type: ignore[arg-type]
        return statement_file(opening, rows, account=ACCOUNT)


def cut(content: bytes) -> list[tuple[str, str, int]]:
    """Hospital, account number and yen of a 総合振込 file's payments, by the layout; its own trailer must agree."""
    rows = [content[at : at + 120].decode("cp932") for at in range(0, len(content), 120)]
    data = [(row[101:111], row[43:50], int(row[80:90])) for row in rows[1:-2]]
    assert [row[0] for row in rows] == ["1", *"2" * len(data), "8", "9"]
    assert (int(rows[-2][1:7]), int(rows[-2][7:19])) == (len(data), sum(yen for _, _, yen in data))
    return data


def messages(witness: Witness, count: int) -> dict[str, list[tuple[str, Event]]]:
    """What stands on the payers' topics, by payer with its kind, in order; awaited until there are so many."""
    topics = [f"settlement.{payer}" for payer in witness.payers]
    deadline = time.monotonic() + PATIENCE_S
    while True:
        read = {each.header("ce_id"): each for each in read_all(kafka_config(witness.clients.variables), topics)}
        if len(read) >= count or time.monotonic() > deadline:
            break
    found: dict[str, list[tuple[str, Event]]] = {payer: [] for payer in witness.payers}
    for each in read.values():
        kind = each.header("ce_type").removeprefix("jp.seikyu.settlement.").removesuffix(".v1")
        found[each.topic.removeprefix("settlement.")].append((kind, each))
    return found


@dataclass(slots=True, kw_only=True)
class Journey:
    """A claim month's money. `owed` and `receipts` are one hospital's, by payer; every hospital claims the same."""

    witness: Witness
    desk: Desk
    bank: Bank
    hospitals: Sequence[str]
    owed: Counter[str]
    receipts: Counter[str]
    statements: dict[str, periods.Statement] = field(default_factory=dict)

    @property
    def fees(self) -> dict[str, int]:
        return {payer: HOSPITALS * count * PRICE_YEN for payer, count in self.receipts.items()}

    async def owed_to_hospitals(self) -> list[int]:
        balances = await self.desk.balances()
        return [balances.get(f"hospital:{each}", 0) for each in self.hospitals]

    async def receipts_are_posted(self) -> None:
        for hospital in self.hospitals:
            content = claimed_by(self.witness.content, hospital, PERIOD)
            _, summary = await submit_file(self.witness.clients, self.witness.tokens[hospital], content)
            assert summary.released
        deadline = time.monotonic() + PATIENCE_S
        while await self.owed_to_hospitals() != [self.owed.total()] * HOSPITALS:
            assert time.monotonic() < deadline, "not every receipt reached the ledger"

    async def the_month_is_closed(self) -> None:
        """Statements are what the receipts say, and the ledger."""
        await self.desk.load(CALENDAR.format(period=PERIOD, today=self.bank.today), TARIFF)
        self.statements = await self.desk.close(PERIOD)
        balances = await self.desk.balances()
        for payer, fee in self.fees.items():
            stated, claims = self.statements[f"payer:{payer}"], HOSPITALS * self.owed[payer]
            assert (stated.claims_yen, stated.fees_yen, stated.payable_yen) == (claims, fee, claims + fee)
            assert stated.closing_yen == stated.payable_yen == -balances[f"payer:{payer}"]
        for hospital in self.hospitals:
            stated = self.statements[f"hospital:{hospital}"]
            assert stated.payable_yen == stated.closing_yen == self.owed.total() == balances[f"hospital:{hospital}"]
            billed = stated.payable_yen + stated.patient_yen + stated.reduced_yen
            assert (billed, stated.patient_unknown_lines) == (billed_yen(self.witness.content.decode("cp932")), 0)
        assert len(self.statements) == len(self.receipts) + HOSPITALS

    async def the_payers_pay(self) -> None:
        """What their statements ask for."""
        asked = {payer: self.statements[f"payer:{payer}"].payable_yen for payer in sorted(self.receipts)}
        told = self.bank.tells(*((yen, {"code": payer.rjust(10, "0")}) for payer, yen in asked.items()))
        took, balances = await self.desk.take(told), await self.desk.balances()
        assert (took.matched_lines, took.queued_lines) == (len(asked), 0)
        assert [balances[f"payer:{payer}"] for payer in asked] == [0] * len(asked)

    async def the_hospitals_are_paid(self) -> str:
        """By a file that two people made; its yen are held until the bank shows it. The batch."""
        for number, hospital in enumerate(self.hospitals, 1):
            await self.desk.payee(hospital, str(number))
        batch = await self.desk.propose(PERIOD, self.bank.today.isoformat())
        file = await self.desk.file(batch)
        yen = self.owed.total()
        assert cut(file) == [(each, f"{number:07d}", yen) for number, each in enumerate(self.hospitals, 1)]
        assert checked(file).violations == []
        [held] = (await self.desk.positions()).accounts
        assert held.ledger_pending_yen == held.in_transit_yen == HOSPITALS * yen
        assert await self.owed_to_hospitals() == [yen] * HOSPITALS
        return batch

    async def one_comes_back(self, batch: str) -> pay.Payment:
        """The bank shows the file, and the transfer to the second hospital once more, coming in."""
        [_, back, _] = await self.desk.payments(batch)
        returned = (back.yen, {"edi": back.reference, "narrative": "ｼｷﾝﾍﾝｷﾔｸ"})
        took = await self.desk.take(self.bank.tells((-HOSPITALS * self.owed.total(), {}), returned))
        assert (took.matched_lines, took.queued_lines) == (2, 0)
        states = [each.state for each in await self.desk.payments(batch)]
        assert states == [pay.PAYMENT_STATE_SETTLED, pay.PAYMENT_STATE_RETURNED, pay.PAYMENT_STATE_SETTLED]
        assert [each.payment_id for each in await self.desk.returned()] == [back.payment_id]
        assert await self.owed_to_hospitals() == [0, self.owed.total(), 0]
        return back

    async def it_is_instructed_again(self, back: pay.Payment) -> None:
        """To the account that two people put right."""
        await self.desk.payee(back.hospital_code, "7654321")
        batch = await self.desk.reinstruct(back.payment_id, self.bank.today.isoformat())
        assert cut(await self.desk.file(batch)) == [(back.hospital_code, "7654321", back.yen)]
        took = await self.desk.take(self.bank.tells((-back.yen, {})))
        assert (took.matched_lines, took.queued_lines) == (1, 0)

    async def nothing_is_left_but_fees(self) -> None:
        left = {name: yen for name, yen in (await self.desk.balances()).items() if yen}
        charged = sum(self.fees.values())
        assert left.pop(f"bank:{ACCOUNT}") == -charged == -self.bank.balance
        assert all(name.startswith("fee:") for name in left)
        assert sum(left.values()) == charged
        where, verdict = await self.desk.positions(), await self.desk.verdict()
        assert (where.in_order, where.overdue_count, where.expected_yen) == (True, 0, 0)
        assert (verdict.sound, list(verdict.faults)) == (True, [])


async def test_every_yen_goes_from_the_receipts_to_the_bank_and_back(platform: Stack, witness: Witness) -> None:
    text = part_a().decode("cp932")
    journey = Journey(
        witness=witness,
        desk=Desk(witness.clients),
        bank=Bank(),
        hospitals=sorted(witness.tokens)[:HOSPITALS],
        owed=owed_by_payers(text),
        receipts=receipts_by_payer(text),
    )
    await journey.receipts_are_posted()
    await journey.the_month_is_closed()
    await journey.the_payers_pay()
    back = await journey.one_comes_back(await journey.the_hospitals_are_paid())
    await journey.it_is_instructed_again(back)
    await journey.nothing_is_left_but_fees()

    instructed = 2 * sum(yen > 0 for yen in journey.owed.values())
    count = HOSPITALS * journey.receipts.total() + len(ONCE) * len(journey.receipts) + instructed
    for payer, told in messages(witness, count).items():
        assert_told(told, journey.statements[f"payer:{payer}"], journey.receipts[payer])


def assert_told(events: Sequence[tuple[str, Event]], stated: periods.Statement, receipts: int) -> None:
    """A payer's stream is without gap, has all that was to be told, and adds up to its statement."""
    settled = [events_pb2.ClaimSettled.FromString(event.value) for _, event in events]
    kinds = Counter(kind for kind, _ in events)
    assert [each.sequence for each in settled] == list(range(1, len(settled) + 1))
    assert kinds == Counter(
        {"claim_settled": HOSPITALS * receipts, "payment_instructed": 2 * (stated.claims_yen > 0)}
    ) + (Counter(ONCE))
    assert sum(each.share_yen for each in settled) == stated.claims_yen
    said = {kind: event.value for kind, event in events if kind in ONCE}
    issued = events_pb2.StatementIssued.FromString(said["statement_issued"])
    assert (issued.payable_yen, issued.csv_sha256) == (stated.payable_yen, stated.csv_sha256)
    received = events_pb2.PaymentReceived.FromString(said["payment_received"])
    assert (received.received_yen, received.statement_id) == (stated.payable_yen, stated.statement_id)
