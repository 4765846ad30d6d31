"""The real side of the machine: settlement's use cases over a database, a transaction each, as its entry points do."""

from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time

from services.settlement.adapters.bank.till import till_of
from services.settlement.adapters.ledger.books import PostgresBooks
from services.settlement.adapters.ledger.replaying import replayed
from services.settlement.adapters.payments.payees import PostgresPayees
from services.settlement.adapters.payments.payment_notices import lock_payers, tell_payers
from services.settlement.adapters.payments.payments import PostgresPayments
from services.settlement.adapters.queries import QUERIES
from services.settlement.application import payees, paying
from services.settlement.application.closing import Asked as CloseAsked
from services.settlement.application.closing import CannotClose
from services.settlement.application.payment_book import Cause
from services.settlement.application.proposing_payments import Asked, propose, reinstruct
from services.settlement.application.reconciling import undo
from services.settlement.application.releasing import Asked as FileAsked
from services.settlement.application.releasing import Released, approve, release
from services.settlement.domain.bank.statements import WrongBankFile
from services.settlement.domain.decision import Decision, Outcome
from services.settlement.domain.payments.batches import Batch, Refused
from services.settlement.domain.payments.files import FileForm
from services.settlement.domain.payments.payees import Payee
from services.settlement.domain.reconciliation.placed import Act
from services.settlement.domain.reconciliation.positions import Positions
from services.settlement.domain.reconciliation.verdicts import Part, Purpose
from services.settlement.domain.transfers import LimitExceeded
from services.shared.chassis.postgres import Database
from services.shared.kernel.ids import EventId
from tests.properties.settlement.money.bank_model import Line
from tests.properties.settlement.money.model import BANK_ACCOUNT, Shares
from tests.support import bank_statements, reconciling
from tests.support.closing import Fixed, closing, load, statements
from tests.support.payments import BANKS, CHECKER, MAKER, OTHER, TERMS, TRACE, account
from tests.support.settlement import decision, part, post

STEPS: Mapping[str, Callable[..., Awaitable[int]]] = {
    "accepted": paying.accept,
    "refused": paying.refuse,
    "abandoned": paying.abandon,
}
NOTICES = "jp.seikyu.settlement."


def decided(number: int, nth: int, *, hospital: str, month: str, shares: Shares) -> Decision:
    """The nth decision on a claim; without shares it moves no money."""
    parts = [part(payer, yen=yen) for payer, yen in shares.items()]
    outcome = Outcome.APPROVED if parts else Outcome.WITHDRAWN
    made = decision(number, *parts, hospital=hospital, nth=nth, outcome=outcome, patient_yen=0)
    return replace(made, claim_month=month)


@dataclass(slots=True)
class World:
    """Settlement on a day."""

    database: Database
    day: date

    @property
    def now(self) -> datetime:
        """Noon in Japan."""
        return datetime.combine(self.day, time(3, 0), UTC)

    @property
    def act(self) -> Act:
        return Act(by=CHECKER, at=self.now, traceparent=TRACE)

    def cause(self, number: int, by: str = MAKER) -> Cause:
        return Cause(event_id=EventId(f"evt_{number:032x}"), by=by, reason="TEST", traceparent=TRACE)

    async def begin(self, periods: Sequence[str]) -> None:
        """Days and prices."""
        await load(self.database, periods)

    async def decide(self, decisions: Sequence[Decision]) -> int:
        """How many events it made."""
        return len(await post(self.database, decisions))

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

    async def release(self, batch: str) -> Released | Sequence[Refused]:
        asked = FileAsked(batch_ids=[batch], form=FileForm.ZENGIN, by=CHECKER)
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

    # The bank.

    def statement(self, opening: int, lines: Sequence[Line]) -> bytes:
        """入出金取引明細 of these lines."""
        told = [
            bank_statements.Line(
                day=line.day,
                yen=line.yen,
                number=str(line.number),
                code=line.payer.rjust(10, "0") if line.payer else "",
                name=line.name,
                narrative="ｼｷﾝﾍﾝｷﾔｸ" if line.says_return else "",
                edi=line.reference,
            )
            for line in lines
        ]
        since = lines[0].day if lines else self.day
        return bank_statements.statement_file(opening, told, since=since, until=self.day, account=BANK_ACCOUNT)

    async def take(self, content: bytes) -> int | None:
        """How many lines were new; none for a file that was known. -1 where the file is refused."""
        try:
            brought = await reconciling.take(self.database, content, self.act)
        except WrongBankFile:
            return -1
        return None if brought is None else brought[0].new_lines

    async def say(self, place: int, *, purpose: Purpose, target: str, yen: int) -> bool:
        """A person's word for the line at a place; whether the limits let it be."""
        [waiting] = [each for each in await reconciling.queue(self.database) if each.placed.position == place]
        told = Part(purpose=purpose, target=target, yen=yen)
        try:
            await reconciling.say(self.database, waiting, told, act=self.act)
        except LimitExceeded:
            return False
        return True

    async def undo(self, place: int) -> None:
        """A person takes back what the line at a place was matched with."""
        line: str = await self.database.pool.fetchval("SELECT line_id FROM bank_line WHERE position = $1", place)
        async with self.database.transaction(label="test.undo") as tx:
            await undo(till_of(tx), line, reason="because", act=self.act)

    async def try_rules(self) -> int | None:
        """How many lines are matched now; none where a limit forbids it."""
        try:
            return (await reconciling.try_rules(self.database))[1]
        except LimitExceeded:
            return None

    async def queue(self) -> dict[int, int]:
        """Place and open yen of the lines that wait."""
        return {each.placed.position: each.open_yen for each in await reconciling.queue(self.database)}

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
        return [progress async for progress in replayed(self.database)][-1].faults
