"""SettlementService: translates calls to statements and rows to messages; whose money is whose. Owns the surface.

A payer and a hospital see their own account; everybody else's is NOT_FOUND, as what does not exist.
"""

from collections.abc import AsyncIterator
from typing import Any, Final

import asyncpg
import grpc.aio
from seikyu.settlement.v1 import settlement_service_pb2 as ledger
from seikyu.settlement.v1 import settlement_service_pb2_grpc as ledger_grpc
from typing_extensions import override

from services.settlement.adapters.control_totals import add_up
from services.settlement.adapters.queries import QUERIES
from services.settlement.adapters.replaying import Progress, replayed
from services.settlement.bootstrap import RpcParts
from services.settlement.entrypoints import rpc_payers, rpc_payments, rpc_periods, rpc_reconciliation
from services.settlement.entrypoints.callers import own_account
from services.shared.chassis.access import access_table, allow
from services.shared.chassis.calls import caller
from services.shared.chassis.grpc_server import RpcSurface
from services.shared.chassis.identity import PrincipalKind, Role
from services.shared.chassis.page_tokens import read_page_token, write_page_token
from services.shared.chassis.postgres import Database
from services.shared.chassis.rpc_errors import invalid, not_found

SETTLEMENT: Final = "seikyu.settlement.v1.SettlementService"
DEFAULT_PAGE_SIZE: Final = 100
KINDS: Final = {
    "payer": ledger.ACCOUNT_KIND_PAYER,
    "hospital": ledger.ACCOUNT_KIND_HOSPITAL,
    "fee": ledger.ACCOUNT_KIND_FEE,
    "suspense": ledger.ACCOUNT_KIND_SUSPENSE,
    "bank": ledger.ACCOUNT_KIND_BANK,
}
ACCESS: Final = access_table(
    SETTLEMENT,
    GetBalance=allow(PrincipalKind.PAYER, PrincipalKind.HOSPITAL, operator=Role.VIEWER),
    ListEntries=allow(PrincipalKind.PAYER, PrincipalKind.HOSPITAL, operator=Role.VIEWER),
    GetTrialBalance=allow(operator=Role.VIEWER),
    VerifyLedger=allow(operator=Role.VIEWER),
    FindUnposted=allow(PrincipalKind.SERVICE, operator=Role.VIEWER),
    GetControlTotals=allow(PrincipalKind.SERVICE, operator=Role.VIEWER),
)
Context = grpc.aio.ServicerContext[Any, Any]


class SettlementServicer(ledger_grpc.SettlementServiceServicer):
    """The ledger, read."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @override
    async def GetBalance(self, request: ledger.GetBalanceRequest, context: Context) -> ledger.GetBalanceResponse:
        """One account. NOT_FOUND for one that is another's or has no entry yet."""
        if own_account() not in {"", request.account_id}:
            raise not_found()
        rows = await self._database.fetch(QUERIES["read_account"], request.account_id)
        if not rows:
            raise not_found()
        return ledger.GetBalanceResponse(account=_account(rows[0]))

    @override
    async def ListEntries(self, request: ledger.ListEntriesRequest, context: Context) -> ledger.ListEntriesResponse:
        """A page of an account's or a claim's entries; of a claim the caller sees its own account's only."""
        if bool(request.account_id) == bool(request.claim_id):
            raise invalid("account_id", "one_of", "give either account_id or claim_id")
        if request.account_id and own_account() not in {"", request.account_id}:
            raise not_found()
        bound_to = [caller().subject, request.account_id, request.claim_id]
        account, version = read_page_token(request.page_token, bound_to=bound_to) or (request.account_id, "0")
        size = request.page_size or DEFAULT_PAGE_SIZE
        if request.account_id:
            rows = await self._database.fetch(QUERIES["entries_of_account"], account, int(version), size + 1)
        else:
            claim = (request.claim_id, account, int(version), size + 1, own_account())
            rows = await self._database.fetch(QUERIES["entries_of_claim"], *claim)
        token = ""
        if len(rows) > size:
            last = rows[size - 1]
            token = write_page_token([last["account_id"], str(last["version"])], bound_to=bound_to)
        return ledger.ListEntriesResponse(entries=[_entry(row) for row in rows[:size]], next_page_token=token)

    @override
    async def GetTrialBalance(
        self, request: ledger.GetTrialBalanceRequest, context: Context
    ) -> ledger.GetTrialBalanceResponse:
        """All accounts in one snapshot; they sum to 0."""
        async with self._database.transaction(label="settlement.trial-balance") as tx:
            await tx.execute(QUERIES["begin_replay"])
            rows = await tx.fetch(QUERIES["list_accounts"])
            counts = await tx.fetch(QUERIES["count_postings"])
        return ledger.GetTrialBalanceResponse(
            accounts=[_account(row) for row in rows],
            sum_yen=sum(row["balance_yen"] for row in rows),
            transfers=counts[0]["transfers"],
            entries=counts[0]["entries"],
        )

    @override
    async def VerifyLedger(
        self, request: ledger.VerifyLedgerRequest, context: Context
    ) -> AsyncIterator[ledger.VerifyLedgerResponse]:
        """Replay the ledger: progress, then the verdict."""
        async for progress in replayed(self._database):
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
        """What was posted beside what was announced, per payer and claim month."""
        await add_up(self._database)
        rows = await self._database.fetch(QUERIES["control_totals"], request.claim_month)
        return ledger.GetControlTotalsResponse(totals=[ledger.ControlTotal(**dict(row)) for row in rows])


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
    )


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
    )
