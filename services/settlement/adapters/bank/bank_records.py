"""The BankRecords of one transaction in PostgreSQL."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from typing import Final

from services.settlement.adapters.bank.bank_queries import BANK
from services.settlement.adapters.bank.bank_rows import (
    line_columns,
    line_of,
    match_of,
    notice_columns,
    outgoing_of,
    owed_of,
    recall_of,
    waiting_of,
)
from services.settlement.adapters.bank.bank_words import return_words
from services.settlement.adapters.ledger.chain import append_file
from services.settlement.adapters.payers.announcing import announce_notices
from services.settlement.adapters.payers.notices import payer_notice
from services.settlement.application.bank_records import Brought, SentFile, Waiting
from services.settlement.domain.bank.statements import BankLine, BankStatement, Direction
from services.settlement.domain.notices import PaymentReceived
from services.settlement.domain.reconciliation.continuation import Account, KnownLine
from services.settlement.domain.reconciliation.expected import Expected, Remitter
from services.settlement.domain.reconciliation.placed import Act, Match, PlacedLine
from services.settlement.domain.reconciliation.recall import Recall
from services.shared.chassis.crashpoints import crashpoint
from services.shared.chassis.postgres import Transaction
from services.shared.kernel.ids import TransferId
from services.shared.kernel.months import business_day

MOST_WAITING = 100_000
"""Lines that wait and are looked at in one go."""
AS_SENT: Final = ".sent"
"""Behind the id of a file of which the chain seals what came beside what is kept."""


class PostgresBankRecords:
    """See BankRecords."""

    def __init__(self, tx: Transaction) -> None:
        """Works in `tx` only."""
        self._tx = tx

    async def is_known(self, content_sha256: bytes) -> bool:
        """See BankRecords."""
        known: bool = await self._tx.fetchval(BANK["statement_file_known"], content_sha256)
        return known

    async def hold(self, accounts: Collection[str]) -> None:
        """See BankRecords."""
        await self._tx.execute(BANK["lock_bank_accounts"], sorted(accounts))

    async def account(self, account: str, since: date) -> Account | None:
        """See BankRecords."""
        row = await self._tx.fetchrow(BANK["read_bank_account"], account, since)
        if row is None:
            return None
        lines = await self._tx.fetch(BANK["known_lines"], account, row["first_position"])
        return Account(
            begins_on=row["begins_on"],
            until=row["until"],
            before_yen=row["before_yen"],
            lines=tuple(
                KnownLine(content_sha256=each["content_sha256"], balance_yen=each["balance_after"]) for each in lines
            ),
        )

    async def count_lines(self, account: str) -> int:
        """See BankRecords."""
        return await self._tx.fetchval(BANK["count_bank_lines"], account) or 0

    async def expected(self, lines: Collection[BankLine], at: datetime) -> Expected:
        """See BankRecords."""
        amounts = sorted({line.yen for line in lines if line.direction is Direction.IN})
        owing = await self._tx.fetch(BANK["payers_owing"], amounts)
        payments = await self._tx.fetch(BANK["payments_under_way"], amounts)
        payers = await self._tx.fetch(BANK["known_payers"])
        return Expected(
            owed=[owed_of(row) for row in owing],
            outgoing=[outgoing_of(row) for row in payments],
            payers=frozenset(row["payer_number"] for row in payers),
            remitters=await self._remitters(lines),
            return_words=return_words(business_day(at)),
        )

    async def _remitters(self, lines: Collection[BankLine]) -> dict[Remitter, frozenset[str]]:
        asked = sorted({(line.remitter_code, line.remitter) for line in lines})
        rows = await self._tx.fetch(
            BANK["remitters_by_people"], [code for code, _ in asked], [name for _, name in asked]
        )
        found: dict[Remitter, set[str]] = {}
        for row in rows:
            found.setdefault((row["remitter_code"], row["remitter"]), set()).add(row["payer_number"])
        return {remitter: frozenset(payers) for remitter, payers in found.items()}

    async def keep_file(self, sent: SentFile) -> None:
        """See BankRecords."""
        columns = (
            sent.file_id,
            sent.sha256,
            sent.source.value,
            sent.content,
            sent.act.by,
            sent.act.at,
            sent.kept_sha256,
        )
        await self._tx.execute(BANK["insert_statement_file"], *columns)
        crashpoint("bank.file-kept")

    async def seal_file(self, sent: SentFile) -> None:
        """See BankRecords."""
        kind, size = sent.source.value, len(sent.content)
        kept = sent.kept_sha256 or sent.sha256
        await append_file(self._tx, file_id=sent.file_id, kind=kind, sha256=kept, size=size)
        if sent.kept_sha256 is not None:
            await append_file(self._tx, file_id=sent.file_id + AS_SENT, kind=kind, sha256=sent.sha256, size=size)

    async def keep_statement(self, sent: SentFile, number: int, brought: Brought, first_new: int | None) -> None:
        """See BankRecords."""
        told = brought.statement
        await self._tx.execute(
            BANK["insert_bank_statement"],
            *(sent.file_id, number, told.account, told.made_on, told.since, told.until, told.opening_yen),
            *(told.total_yen(Direction.IN), told.total_yen(Direction.OUT), told.closing_yen, len(told.lines)),
            *(brought.new_lines, brought.matched_lines, brought.queued_lines, brought.days_not_told, first_new),
        )

    async def keep_lines(self, statement: BankStatement, placed: Sequence[PlacedLine]) -> None:
        """See BankRecords."""
        await self._tx.execute(BANK["open_bank_account"], statement.account, statement.opening_yen, statement.since)
        if placed:
            await self._tx.execute(BANK["insert_bank_lines"], *line_columns(placed))
            balance = placed[-1].balance_after
        else:
            row = await self._tx.fetchrow(BANK["read_bank_account"], statement.account, statement.since)
            balance = row["balance_yen"] if row is not None else 0
        await self._tx.execute(BANK["move_bank_account"], statement.account, statement.until, len(placed), balance)
        crashpoint("bank.lines-kept")

    async def keep_notices(self, sent: SentFile, statement: BankStatement) -> int:
        """See BankRecords."""
        new: int = await self._tx.fetchval(BANK["insert_credit_notices"], *notice_columns(sent.file_id, statement))
        return new

    async def keep_matches(self, matches: Sequence[Match]) -> None:
        """See BankRecords."""
        await self._tx.execute(
            BANK["insert_line_matches"],
            [each.match_id for each in matches],
            [each.line_id for each in matches],
            [each.rule.value for each in matches],
            [each.part.purpose.value for each in matches],
            [each.part.target for each in matches],
            [each.part.statement_id for each in matches],
            [each.part.yen for each in matches],
            [each.transfer_id or "" for each in matches],
            [each.act.by for each in matches],
            [each.reason for each in matches],
            [each.act.at for each in matches],
        )
        crashpoint("bank.matches-kept")

    async def waiting(self, line_ids: Collection[str] | None) -> Sequence[Waiting]:
        """See BankRecords."""
        if line_ids is None:
            rows = await self._tx.fetch(BANK["waiting_lines"], "", 0, MOST_WAITING)
        else:
            rows = [row for each in line_ids for row in await self._tx.fetch(BANK["line_as_it_waits"], each)]
        return [waiting_of(row) for row in rows if row["open_yen"] > 0]

    async def standing(self, line_id: str) -> tuple[PlacedLine, Sequence[Match]]:
        """See BankRecords."""
        row = await self._tx.fetchrow(BANK["line_as_it_stands"], line_id)
        if row is None:
            raise LookupError(line_id)
        matches = await self._tx.fetch(BANK["standing_matches"], line_id)
        return line_of(row), [match_of(each, line_id) for each in matches]

    async def keep_undone(self, undone: Mapping[str, TransferId | None], *, reason: str, act: Act) -> None:
        """See BankRecords."""
        transfers = [transfer or "" for transfer in undone.values()]
        await self._tx.execute(BANK["insert_undone_matches"], list(undone), transfers, act.by, reason, act.at)

    async def recalls(self, payment_ids: Collection[str]) -> Sequence[Recall]:
        """See BankRecords."""
        return [recall_of(row) for row in await self._tx.fetch(BANK["latest_recalls"], list(payment_ids))]

    async def recalls_before(self, match_id: str, payment_ids: Collection[str]) -> Sequence[Recall]:
        """See BankRecords."""
        rows = await self._tx.fetch(BANK["recalls_before_match"], list(payment_ids), match_id)
        return [recall_of(row) for row in rows]

    async def keep_recalls(self, recalls: Sequence[Recall], act: Act) -> None:
        """See BankRecords."""
        if recalls:
            await self._tx.execute(
                BANK["insert_recalls"],
                [each.recall_id for each in recalls],
                [each.number for each in recalls],
                [each.payment_id for each in recalls],
                [each.state.value for each in recalls],
                [each.answer_by for each in recalls],
                [each.reason for each in recalls],
                act.by,
                act.at,
            )

    async def tell(self, notices: Sequence[PaymentReceived], at: datetime) -> None:
        """See BankRecords. The caller wakes the relay once the transaction is committed."""
        await announce_notices(self._tx, [payer_notice(each) for each in notices], at)
