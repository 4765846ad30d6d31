"""SettlementService: translates calls to statements and rows to messages; whose money is whose. Owns the surface.

A payer and a hospital see their own account; everybody else's is NOT_FOUND, as what does not exist.
"""

import re
from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from typing import Any, Final

import asyncpg
import grpc.aio
from google.protobuf.timestamp_pb2 import Timestamp
from seikyu.settlement.v1 import settlement_service_pb2 as ledger
from seikyu.settlement.v1 import settlement_service_pb2_grpc as ledger_grpc
from typing_extensions import override

from services.settlement.adapters.bank.bank_check import bank_faults
from services.settlement.adapters.ledger.control_totals import add_up
from services.settlement.adapters.ledger.replaying import Progress, replayed
from services.settlement.adapters.payments.payment_check import payment_faults
from services.settlement.adapters.periods.fee_check import fee_faults
from services.settlement.adapters.queries import QUERIES
from services.settlement.adapters.statements.statement_check import statement_faults
from services.settlement.bootstrap import RpcParts
from services.settlement.domain.chain import Chain
from services.settlement.domain.transfers import TransferKind
from services.settlement.entrypoints import rpc_payers, rpc_payments, rpc_periods, rpc_reconciliation
from services.settlement.entrypoints.callers import own_account
from services.shared.chassis.access import access_table, allow
from services.shared.chassis.calls import caller
from services.shared.chassis.grpc_server import RpcSurface
from services.shared.chassis.identity import PrincipalKind, Role
from services.shared.chassis.instants import instant
from services.shared.chassis.page_tokens import read_position, write_page_token
from services.shared.chassis.postgres import Database
from services.shared.chassis.rpc_errors import invalid, not_found

SETTLEMENT: Final = "seikyu.settlement.v1.SettlementService"
DEFAULT_PAGE_SIZE: Final = 100
MOST_ROWS: Final = 10_000
"""Accounts, and control totals, of a page whose size is not asked for: about 1 MB."""
ACCOUNT: Final = re.compile(r"[a-z]+:[0-9]+", re.ASCII)
DIGITS: Final = re.compile(r"[0-9]+", re.ASCII)
MOST_VERSIONS: Final = 2**63
KINDS: Final = {
    "payer": ledger.ACCOUNT_KIND_PAYER,
    "hospital": ledger.ACCOUNT_KIND_HOSPITAL,
    "fee": ledger.ACCOUNT_KIND_FEE,
    "suspense": ledger.ACCOUNT_KIND_SUSPENSE,
    "own": ledger.ACCOUNT_KIND_OWN,
    "bank": ledger.ACCOUNT_KIND_BANK,
}
TRANSFER_KINDS: Final = {kind.value: ledger.TransferKind.Value(f"TRANSFER_KIND_{kind.name}") for kind in TransferKind}
FIRST: Final = ("", 0)
"""Before every entry."""
ACCESS: Final = access_table(
    SETTLEMENT,
    GetBalance=allow(PrincipalKind.PAYER, PrincipalKind.HOSPITAL, operator=Role.VIEWER),
    ListEntries=allow(PrincipalKind.PAYER, PrincipalKind.HOSPITAL, operator=Role.VIEWER),
    GetTrialBalance=allow(operator=Role.VIEWER),
    VerifyLedger=allow(operator=Role.VIEWER),
    FindUnposted=allow(PrincipalKind.SERVICE, operator=Role.VIEWER),
    GetControlTotals=allow(PrincipalKind.SERVICE, operator=Role.VIEWER),
)
CHECKS: Final = (statement_faults, fee_faults, bank_faults, payment_faults)
"""What parts of settlement know must be so of their own tables."""
Context = grpc.aio.ServicerContext[Any, Any]


class SettlementServicer(ledger_grpc.SettlementServiceServicer):
    """The ledger, read."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @override
    async def GetBalance(self, request: ledger.GetBalanceRequest, context: Context) -> ledger.GetBalanceResponse:
        """One account, now or at a past moment. NOT_FOUND for another's, and for one that has no entry by then."""
        if own_account() not in {"", request.account_id}:
            raise not_found()
        if request.HasField("as_of"):
            moment = _instant(request.as_of)
            rows = await self._database.fetch(QUERIES["read_account_as_of"], request.account_id, moment)
        else:
            rows = await self._database.fetch(QUERIES["read_account"], request.account_id)
        if not rows:
            raise not_found()
        return ledger.GetBalanceResponse(account=_account(rows[0]))

    @override
    async def ListEntries(self, request: ledger.ListEntriesRequest, context: Context) -> ledger.ListEntriesResponse:
        """A page of an account's, a claim's or a trace's entries; the caller sees those of its own account only."""
        asked = (request.account_id, request.claim_id, request.trace_id)
        if sum(map(bool, asked)) != 1:
            raise invalid("account_id", "one_of", "give one of account_id, claim_id and trace_id")
        if request.account_id and own_account() not in {"", request.account_id}:
            raise not_found()
        bound_to = [caller().subject, *asked]
        after = read_position(request.page_token, bound_to=bound_to, read=_place) or FIRST
        size = request.page_size or DEFAULT_PAGE_SIZE
        rows = await self._entries(request, after, size + 1)
        token = ""
        if len(rows) > size:
            last = rows[size - 1]
            token = write_page_token([last["account_id"], str(last["version"])], bound_to=bound_to)
        return ledger.ListEntriesResponse(entries=[_entry(row) for row in rows[:size]], next_page_token=token)

    async def _entries(
        self, request: ledger.ListEntriesRequest, after: tuple[str, int], limit: int
    ) -> list[asyncpg.Record]:
        account, version = after
        if request.account_id:
            return await self._database.fetch(QUERIES["entries_of_account"], request.account_id, version, limit)
        name = "entries_of_claim" if request.claim_id else "entries_of_trace"
        named = request.claim_id or request.trace_id
        return await self._database.fetch(QUERIES[name], named, account, version, limit, own_account())

    @override
    async def GetTrialBalance(
        self, request: ledger.GetTrialBalanceRequest, context: Context
    ) -> ledger.GetTrialBalanceResponse:
        """A page of the accounts and the sums over all of them, in one snapshot; all of them sum to 0."""
        bound_to = [caller().subject, "trial balance"]
        after = read_position(request.page_token, bound_to=bound_to, read=_named_account) or ""
        size = request.page_size or MOST_ROWS
        async with self._database.transaction(label="settlement.trial-balance") as tx:
            await tx.execute(QUERIES["begin_replay"])
            rows = await tx.fetch(QUERIES["accounts_after"], after, size + 1)
            [sums] = await tx.fetch(QUERIES["ledger_sums"])
        token = write_page_token([rows[size - 1]["account_id"]], bound_to=bound_to) if len(rows) > size else ""
        accounts = [_account(row) for row in rows[:size]]
        return ledger.GetTrialBalanceResponse(accounts=accounts, next_page_token=token, **dict(sums))

    @override
    async def VerifyLedger(
        self, request: ledger.VerifyLedgerRequest, context: Context
    ) -> AsyncIterator[ledger.VerifyLedgerResponse]:
        """Replay the ledger: progress, then the verdict."""
        async for progress in replayed(self._database, CHECKS):
            yield _verdict(progress)

    @override
    async def FindUnposted(self, request: ledger.FindUnpostedRequest, context: Context) -> ledger.FindUnpostedResponse:
        """Of the decisions asked for, those that were never posted, in the order asked."""
        asked = list(dict.fromkeys(request.decision_ids))
        rows = await self._database.fetch(QUERIES["posted_among"], asked)
        posted = {row["decision_id"] for row in rows}
        return ledger.FindUnpostedResponse(decision_ids=[each for each in asked if each not in posted])

    @override
    async def GetControlTotals(
        self, request: ledger.GetControlTotalsRequest, context: Context
    ) -> ledger.GetControlTotalsResponse:
        """A page of what was posted beside what was announced, per payer and claim month; added up by the first."""
        bound_to = [caller().subject, "control totals", request.claim_month]
        after = read_position(request.page_token, bound_to=bound_to, read=_month_of_payer)
        if after is None:
            await add_up(self._database)
        size = request.page_size or MOST_ROWS
        place = after or ("", "")
        rows = await self._database.fetch(QUERIES["control_totals"], request.claim_month, *place, size + 1)
        totals = [ledger.ControlTotal(**dict(row)) for row in rows[:size]]
        last = [totals[-1].payer_number, totals[-1].claim_month] if len(rows) > size else None
        token = write_page_token(last, bound_to=bound_to) if last is not None else ""
        return ledger.GetControlTotalsResponse(totals=totals, next_page_token=token)


def surface(parts: RpcParts) -> RpcSurface:
    """All services with their access rows."""

    def register(server: grpc.aio.Server) -> None:
        ledger_grpc.add_SettlementServiceServicer_to_server(SettlementServicer(parts.database), server)
        rpc_payers.register(parts, server)
        rpc_payments.register(parts, server)
        rpc_periods.register(parts, server)
        rpc_reconciliation.register(parts, server)

    return RpcSurface(
        register=register,
        names=[SETTLEMENT, rpc_payers.NAME, rpc_payments.NAME, rpc_periods.NAME, rpc_reconciliation.NAME],
        access=ACCESS | rpc_payers.ACCESS | rpc_payments.ACCESS | rpc_periods.ACCESS | rpc_reconciliation.ACCESS,
        pressure=parts.pressure,
        refused=parts.refused,
    )


def _account(row: asyncpg.Record) -> ledger.Account:
    return ledger.Account(
        account_id=row["account_id"],
        kind=KINDS[row["kind"]],
        balance_yen=row["balance_yen"],
        version=row["version"],
        pending_in_yen=row["pending_in_yen"],
        pending_out_yen=row["pending_out_yen"],
    )


def _place(position: Sequence[str]) -> tuple[str, int]:
    """The place of an entry; ValueError for what is none."""
    account, version = position
    place = int(version)
    if not 0 <= place < MOST_VERSIONS or "\0" in account:
        raise ValueError(version)
    return account, place


def _named_account(position: Sequence[str]) -> str:
    """The account that a page ended with; ValueError for what is none."""
    [account] = position
    if ACCOUNT.fullmatch(account) is None:
        raise ValueError(account)
    return account


def _month_of_payer(position: Sequence[str]) -> tuple[str, str]:
    """The payer and claim month that a page ended with; ValueError for what is none."""
    payer, month = position
    if DIGITS.fullmatch(payer) is None or DIGITS.fullmatch(month) is None:
        raise ValueError(month)
    return payer, month


def _instant(stamp: Timestamp) -> datetime:
    """The moment; refuses one beyond the calendar."""
    try:
        return instant(stamp)
    except (ValueError, OverflowError) as beyond:
        raise invalid("as_of", "timestamp", "must be a moment of the years 1 to 9999") from beyond


def _entry(row: asyncpg.Record) -> ledger.Entry:
    entry = ledger.Entry(
        transfer_id=row["transfer_id"],
        account_id=row["account_id"],
        amount_yen=row["amount_yen"],
        balance_before_yen=row["balance_before"],
        balance_after_yen=row["balance_after"],
        version=row["version"],
        claim_id=row["claim_id"],
        cause_event_id=row["cause_event_id"],
        trace_id=row["trace_id"],
        reverses_transfer_id=row["reverses"] or "",
        kind=TRANSFER_KINDS[row["kind"]],
        period=row["period"],
        other_account_id=row["other_account"],
    )
    entry.posted_time.FromDatetime(row["posted_at"])
    return entry


def _verdict(progress: Progress) -> ledger.VerifyLedgerResponse:
    return ledger.VerifyLedgerResponse(
        transfers_checked=progress.transfers_checked,
        transfers_total=progress.transfers_total,
        events_checked=progress.events_checked,
        finished=progress.is_finished,
        sound=progress.is_finished and not progress.faults,
        faults=progress.faults,
        blocks_checked=progress.blocks_checked,
        unsealed_rows=progress.unsealed_rows,
        transfers_head=progress.heads.get(Chain.TRANSFERS, ""),
        events_head=progress.heads.get(Chain.EVENTS, ""),
        files_head=progress.heads.get(Chain.FILES, ""),
        statements_head=progress.heads.get(Chain.STATEMENTS, ""),
        records_head=progress.heads.get(Chain.RECORDS, ""),
    )
