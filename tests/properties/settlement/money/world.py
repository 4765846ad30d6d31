"""The real side of the machine: settlement's use cases over a database, a transaction each, as its entry points do."""

from collections import Counter
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import count

from services.settlement.adapters.bank.bank_queries import BANK
from services.settlement.adapters.bank.till import till_of
from services.settlement.adapters.ledger.books import PostgresBooks
from services.settlement.adapters.ledger.replaying import replayed
from services.settlement.adapters.payments.payees import PostgresPayees
from services.settlement.adapters.payments.payment_notices import lock_payers, tell_payers
from services.settlement.adapters.payments.payments import PostgresPayments
from services.settlement.adapters.queries import QUERIES
from services.settlement.application import payees, paying
from services.settlement.application.accepting import Result, take_result
from services.settlement.application.bank_records import Waiting
from services.settlement.application.closing import Asked as CloseAsked
from services.settlement.application.closing import CannotClose
from services.settlement.application.payment_book import Cause
from services.settlement.application.proposing_payments import Asked, propose, reinstruct
from services.settlement.application.recalling import recall
from services.settlement.application.reconciling import undo
from services.settlement.application.releasing import Asked as FileAsked
from services.settlement.application.releasing import Released, approve, release
from services.settlement.domain.bank.pain002 import read_pain002
from services.settlement.domain.bank.statements import WrongBankFile
from services.settlement.domain.decision import Decision, Outcome
from services.settlement.domain.payments.batches import Batch, Refused
from services.settlement.domain.payments.files import FileForm
from services.settlement.domain.payments.payees import Payee
from services.settlement.domain.reconciliation.by_person import WrongMatch
from services.settlement.domain.reconciliation.placed import Act
from services.settlement.domain.reconciliation.positions import Positions
from services.settlement.domain.reconciliation.recall import RecallState, WrongRecall
from services.settlement.domain.reconciliation.verdicts import Part, Purpose
from services.settlement.domain.transfers import LimitExceeded
from services.settlement.entrypoints.payment_calls import result_id
from services.settlement.entrypoints.rpc import CHECKS
from services.shared.chassis.postgres import Database
from services.shared.kernel.ids import EventId
from tests.properties.settlement.money.bank_model import Account, Line
from tests.properties.settlement.money.banks import statement_of
from tests.properties.settlement.money.model import BANK_ACCOUNT, Shares
from tests.support import reconciling
from tests.support.closing import Fixed, closing, load, statements
from tests.support.payments import BANKS, CHECKER, MAKER, OTHER, TERMS, TRACE, account
from tests.support.settlement import decision, part, post

STEPS: Mapping[str, Callable[..., Awaitable[int]]] = {
    "accepted": paying.accept,
    "refused": paying.refuse,
    "abandoned": paying.abandon,
}
NOTICES = "jp.seikyu.settlement."
LINE_AT = "SELECT line_id FROM bank_line WHERE account = $1 AND position = $2"
Place = tuple[str, int]
"""A line's account, and its place there from 1."""


def decided(number: int, nth: int, *, hospital: str, month: str, shares: Shares) -> Decision:
    """The nth decision on a claim; without shares it moves no money."""
    parts = [part(payer, yen=yen) for payer, yen in shares.items()]
    outcome = Outcome.APPROVED if parts else Outcome.WITHDRAWN
    made = decision(number, *parts, hospital=hospital, nth=nth, outcome=outcome, patient_yen=0)
    return replace(made, claim_month=month)


def place_of(waiting: Waiting) -> Place:
    """Where a line stands that waits."""
    return waiting.placed.account, waiting.placed.position


@dataclass(slots=True)
class World:
    """Settlement on a day. No two things happen at the same moment of it."""

    database: Database
    day: date
    seconds: Iterator[int] = field(default_factory=count)

    @property
    def now(self) -> datetime:
        """Noon in Japan."""
        return datetime.combine(self.day, time(3, 0), UTC)

    @property
    def act(self) -> Act:
        return Act(by=CHECKER, at=self.now + timedelta(seconds=next(self.seconds)), traceparent=TRACE)

    def cause(self, number: int, by: str = MAKER) -> Cause:
        return Cause(event_id=EventId(f"evt_{number:032x}"), by=by, reason="TEST", traceparent=TRACE)

    async def begin(self, periods: Sequence[str]) -> None:
        """Days and prices."""
        await load(self.database, periods, at=self.now)

    async def decide(self, decisions: Sequence[Decision]) -> int:
        """How many events it made."""
        return len(await post(self.database, decisions, self.now))

    async def close(self, period: str, most: int | None) -> list[str] | str:
        """The stages of at most so many steps, as whoever is killed then leaves them; or the refusal."""
        asked = CloseAsked(period=period, is_early=True, by=MAKER, traceparent=TRACE)
        steps = closing(self.database, clock=Fixed(self.now)).close(asked)
        found: list[str] = []
        try:
            async for progress in steps:
                found.append(progress.stage.value)
                if len(found) == most:
                    break
        except CannotClose as refused:
            return refused.refusal.value
        finally:
            await steps.aclose()  # type: ignore[attr-defined]  # an async generator
        return found

    async def change_payee(self, hospital: str, number: str) -> int:
        """The version that holds now."""
        async with self.database.transaction(label="test.payee") as tx:
            book = PostgresPayees(tx)
            wanted = account("ビョーイン", number)
            made = await payees.propose_payee(book, hospital, wanted, MAKER, banks=BANKS, now=self.now)
            assert isinstance(made, Payee), made
            await payees.confirm_payee(book, hospital, made.version, CHECKER, now=self.now)
        return made.version

    async def propose(self, period: str) -> Batch | Sequence[Refused]:
        asked = Asked(period=period, pays_on=self.day, by=MAKER, traceparent=TRACE)
        async with self.database.transaction(label="test.propose") as tx:
            return await propose(PostgresPayments(tx), TERMS, asked, now=self.now)

    async def approve(self, batch: str, by: str) -> object:
        async with self.database.transaction(label="test.approve") as tx:
            return await approve(PostgresPayments(tx), batch, by, now=self.now)

    async def release(self, batch: str, form: FileForm = FileForm.ZENGIN) -> Released | Sequence[Refused]:
        asked = FileAsked(batch_ids=[batch], form=form, by=CHECKER)
        async with self.database.transaction(label="test.release") as tx:
            await lock_payers(tx, asked.batch_ids)
            done = await release(PostgresPayments(tx), PostgresBooks(tx), asked, now=self.now)
            if isinstance(done, Released) and done.is_new:
                await tell_payers(tx, done, self.now)
        assert done is not None
        return done

    async def step(self, payments: Sequence[str], after: str, cause: int, by: str = OTHER) -> int | None:
        """How many moved; none where a step is forbidden, or to this person."""
        try:
            async with self.database.transaction(label="test.step") as tx:
                book, books = PostgresPayments(tx), PostgresBooks(tx)
                return await STEPS[after](book, books, payments, self.cause(cause, by), at=self.now)
        except (paying.ForbiddenStep, paying.SamePersonAbandons):
            return None

    async def reinstruct(self, payments: Sequence[str], cause: int) -> Batch | Sequence[Refused]:
        async with self.database.transaction(label="test.reinstruct") as tx:
            book = PostgresPayments(tx)
            return await reinstruct(book, TERMS, payments, self.cause(cause), pays_on=self.day, now=self.now)

    async def payments_of(self, batch: str) -> list[tuple[str, str, str, int, int]]:
        """Id, reference, hospital, yen and payee's version, in their order."""
        rows = await self.database.pool.fetch(
            "SELECT payment_id, reference, hospital_code, yen, payee_version FROM payment"
            " WHERE batch_id = $1 ORDER BY place",
            batch,
        )
        return [tuple(row) for row in rows]

    async def take_result(self, content: bytes) -> tuple[int, int] | None:
        """How many payments a bank's pain.002 says it accepted and refused; none where the whole of it is refused."""
        cause = replace(self.cause(0, OTHER), event_id=result_id(content))
        result = Result(report=read_pain002(content), content=content)
        try:
            async with self.database.transaction(label="test.result") as tx:
                book, books = PostgresPayments(tx), PostgresBooks(tx)
                taken = await take_result(book, books, result, cause, at=self.now)
        except paying.ForbiddenStep:
            return None
        return len(taken.accepted), len(taken.refused)

    async def recall(self, payment: str, wanted: str) -> bool:
        """A person calls a payment back, or says what the bank answered; whether it may."""
        try:
            async with self.database.transaction(label="test.recall") as tx:
                state = await tx.fetchval(BANK["state_of_payment"], payment)
                await recall(till_of(tx), payment, state, RecallState(wanted), reason="because", act=self.act)
        except WrongRecall:
            return False
        return True

    # The bank.

    def statement(self, opening: int, lines: Sequence[Line]) -> bytes:
        """入出金取引明細 of these lines of the account that hospitals are paid from."""
        account = Account(BANK_ACCOUNT, opening, lines=list(lines))
        return statement_of([(account, 0, len(lines))], self.day)

    async def take(self, content: bytes) -> list[int] | None:
        """How many lines of each account were new; none for a file that was known. [-1] where it is refused."""
        try:
            brought = await reconciling.take(self.database, content, self.act)
        except WrongBankFile:
            return [-1]
        return None if brought is None else [each.new_lines for each in brought]

    async def say(self, place: Place, *, purpose: Purpose, target: str, yen: int) -> bool:
        """A person's word for the line at a place; whether the limits let it be."""
        waiting = next(each for each in await reconciling.queue(self.database) if place_of(each) == place)
        told = Part(purpose=purpose, target=target, yen=yen)
        try:
            await reconciling.say(self.database, waiting, told, act=self.act)
        except LimitExceeded:
            return False
        return True

    async def undo(self, place: Place, *, by: str) -> bool:
        """A person takes back what the line at a place was matched with; whether this person may, and now."""
        line: str = await self.database.pool.fetchval(LINE_AT, *place)
        try:
            async with self.database.transaction(label="test.undo") as tx:
                await undo(till_of(tx), line, reason="because", act=replace(self.act, by=by))
        except WrongMatch:
            return False
        return True

    async def try_rules(self) -> int | None:
        """How many lines are matched now; none where a limit forbids it."""
        try:
            return (await reconciling.try_rules(self.database, self.act))[1]
        except LimitExceeded:
            return None

    async def queue(self) -> dict[Place, int]:
        """Place and open yen of the lines that wait."""
        return {place_of(each): each.open_yen for each in await reconciling.queue(self.database)}

    async def positions(self) -> Positions:
        return await reconciling.standing(self.database, self.day)

    # What stands.

    async def balances(self) -> dict[str, int]:
        rows = await self.database.fetch(QUERIES["list_accounts"])
        return {row["account_id"]: row["balance_yen"] for row in rows if row["version"]}

    async def pendings(self) -> dict[str, tuple[int, int]]:
        rows = await self.database.pool.fetch(
            "SELECT account_id, pending_in_yen, pending_out_yen FROM account"
            " WHERE pending_in_yen <> 0 OR pending_out_yen <> 0"
        )
        return {row["account_id"]: (row["pending_in_yen"], row["pending_out_yen"]) for row in rows}

    async def statements(self) -> Mapping[tuple[str, str], Mapping[str, object]]:
        return {key: dict(row) for key, row in (await statements(self.database)).items()}

    async def streams(self) -> tuple[dict[str, list[int]], Counter[tuple[str, str]]]:
        """Each payer's sequences, and how many of each kind it was told."""
        rows = await self.database.pool.fetch("SELECT payer_number, sequence, type FROM announced_event ORDER BY 1, 2")
        sequences: dict[str, list[int]] = {}
        kinds: Counter[tuple[str, str]] = Counter()
        for payer, sequence, kind in rows:
            sequences.setdefault(payer, []).append(sequence)
            kinds[payer, kind.removeprefix(NOTICES).removesuffix(".v1")] += 1
        return sequences, kinds

    async def sum_of_entries(self) -> int:
        found: int = await self.database.pool.fetchval("SELECT coalesce(sum(amount_yen), 0)::bigint FROM entry")
        return found

    async def faults(self) -> Sequence[str]:
        """What `ledger verify` says."""
        return [progress async for progress in replayed(self.database, CHECKS)][-1].faults
