"""Cutting accounts for a month in the caller's transaction: their days, the fee, the place in ledger and stream.

A payer's stream is locked from before its receipts are counted until its cut stands, so that the fee is over exactly
the receipts that the statement will hold. With a hospital's cut its unpaid statements are taken up where its balance
does not cover them; nobody proposes payments meanwhile.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from services.settlement.adapters.ledger.books import PostgresBooks
from services.settlement.adapters.payers.announcing import announce_notices
from services.settlement.adapters.payers.notices import payer_notice
from services.settlement.adapters.periods.calendars import calendar_of, tariff
from services.settlement.adapters.periods.period_queries import QUERIES
from services.settlement.adapters.periods.taking_up import take_up
from services.settlement.adapters.queries import QUERIES as LEDGER
from services.settlement.adapters.statements.statement_entries import FIRST_CAUSES
from services.settlement.adapters.statements.statement_rows import former_of
from services.settlement.application.closing import CannotClose, CloseRefusal
from services.settlement.domain.notices import FEE_CHARGED, FeeCharged, Told
from services.settlement.domain.payment_calendar import ANY_PAYER, CalendarRow, row_of
from services.settlement.domain.posting import PAYER_ACCOUNT
from services.settlement.domain.review_authority import fee_account, review_authority
from services.settlement.domain.statement import Former, Place
from services.settlement.domain.tariff import FeeCharge, ReviewFee, charge, fee_in_force
from services.settlement.domain.transfers import Order, TransferKind, order_id
from services.shared.chassis.postgres import Transaction
from services.shared.kernel.double_entry import Movement
from services.shared.kernel.money import Yen

NO_CHARGE: Final = FeeCharge(receipts=0, price_sen=0, fee_yen=Yen(0))
"""A hospital's: fees are payers'."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """The transaction of a step, its month, its instant and the close's trace."""

    tx: Transaction
    period: str
    now: datetime
    traceparent: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Days:
    closes_on: date
    due_on: date
    pays_on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class _NewCut:
    account_id: str
    place: Place
    charged: FeeCharge
    days: CalendarRow | _Days


async def cut_payers(step: Step, payers: Sequence[str]) -> None:
    """Cut these payers, charge their fees and tell them. Raises CannotClose where days or a price are missing."""
    days = days_of(payers, await calendar_of(step.tx, step.period))
    prices = prices_of(payers, step.period, await tariff(step.tx))
    rows = await step.tx.fetch(LEDGER["lock_payer_streams"], payers)
    sequences = {row["payer_number"]: row["next_sequence"] - 1 for row in rows}
    receipts = await _receipts(step, sequences)
    charges = {payer: charge(receipts[payer], prices[payer]) for payer in payers}
    orders = [_order(step, payer, charges[payer]) for payer in payers if charges[payer].fee_yen]
    await PostgresBooks(step.tx).post(orders, step.now)
    versions = await _versions(step, [PAYER_ACCOUNT + payer for payer in payers])
    cuts = [
        _NewCut(
            account_id=PAYER_ACCOUNT + payer,
            place=Place(version=versions[PAYER_ACCOUNT + payer], sequence=sequences[payer]),
            charged=charges[payer],
            days=days[payer],
        )
        for payer in payers
    ]
    await _insert(step, cuts)
    told = [_fee_charged(step, order, charges[order.payer_number].receipts) for order in orders]
    await announce_notices(step.tx, [payer_notice(each) for each in told], step.now)


async def cut_hospitals(step: Step, accounts: Sequence[str]) -> None:
    """Cut these hospitals' accounts; their days are those of all, or the latest of the month's payers."""
    calendar = await calendar_of(step.tx, step.period)
    days: CalendarRow | _Days | None = calendar.get(ANY_PAYER)
    if days is None:
        latest = await step.tx.fetchrow(QUERIES["latest_days"], step.period)
        if latest is None or latest["closes_on"] is None:
            raise CannotClose(CloseRefusal.CALENDAR_MISSING, [ANY_PAYER])
        days = _Days(**dict(latest))
    versions = await _versions(step, accounts)
    cuts = [
        _NewCut(account_id=each, place=Place(version=versions[each]), charged=NO_CHARGE, days=days) for each in accounts
    ]
    await _insert(step, cuts)
    await take_up(step.tx, step.period, accounts)


def days_of(payers: Sequence[str], calendar: Mapping[str, CalendarRow]) -> dict[str, CalendarRow]:
    """Each payer's days. Raises CannotClose that names those without."""
    found = {payer: row for payer in payers if (row := row_of(calendar, payer)) is not None}
    if missing := [payer for payer in payers if payer not in found]:
        raise CannotClose(CloseRefusal.CALENDAR_MISSING, missing)
    return found


def prices_of(payers: Sequence[str], period: str, fees: Sequence[ReviewFee]) -> dict[str, ReviewFee]:
    """What each payer's authority is paid per receipt. Raises CannotClose that names the authorities without."""
    authorities = {payer: review_authority(payer) for payer in payers}
    prices = {each: fee_in_force(fees, each, period) for each in set(authorities.values())}
    if missing := sorted(authority for authority, fee in prices.items() if fee is None):
        raise CannotClose(CloseRefusal.TARIFF_MISSING, missing)
    return {payer: fee for payer in payers if (fee := prices[authorities[payer]]) is not None}


async def _receipts(step: Step, sequences: Mapping[str, int]) -> dict[str, int]:
    """How many receipts each payer is told of first within its cut, over 0 yen as well: they were reviewed."""
    payers = list(sequences)
    accounts = [PAYER_ACCOUNT + payer for payer in payers]
    rows = await step.tx.fetch(QUERIES["former_statements"], accounts, step.period)
    formers = {row["account_id"]: former_of(dict(row)) for row in rows}
    own = [formers.get(account, Former()) for account in accounts]
    counted = await step.tx.fetch(
        QUERIES["count_receipts"],
        payers,
        [former.open_from.sequence for former in own],
        [former.cut.sequence for former in own],
        [former.period for former in own],
        list(sequences.values()),
        step.period,
        FIRST_CAUSES,
    )
    return {row["payer_number"]: row["receipts"] for row in counted}


def _order(step: Step, payer: str, charged: FeeCharge) -> Order:
    transfer = order_id(TransferKind.FEE, step.period, payer)
    told = Told(payer_number=payer, cause=transfer, period=step.period, traceparent=step.traceparent, at=step.now)
    return Order(
        transfer_id=transfer,
        movement=Movement(
            from_account=PAYER_ACCOUNT + payer,
            to_account=fee_account(review_authority(payer)),
            amount_yen=charged.fee_yen,
        ),
        kind=TransferKind.FEE,
        cause_event_id=told.event_id(FEE_CHARGED),
        traceparent=step.traceparent,
        period=step.period,
        payer_number=payer,
    )


def _fee_charged(step: Step, order: Order, receipts: int) -> FeeCharged:
    return FeeCharged(
        told=Told(
            payer_number=order.payer_number,
            cause=order.transfer_id,
            period=step.period,
            traceparent=step.traceparent,
            at=step.now,
        ),
        fee_yen=order.movement.amount_yen,
        receipts=receipts,
        review_authority=review_authority(order.payer_number),
        transfer_id=order.transfer_id,
    )


async def _versions(step: Step, accounts: Sequence[str]) -> dict[str, int]:
    rows = await step.tx.fetch(QUERIES["places"], accounts)
    return dict.fromkeys(accounts, 0) | {row["account_id"]: row["version"] for row in rows}


async def _insert(step: Step, cuts: Sequence[_NewCut]) -> None:
    await step.tx.execute(
        QUERIES["insert_cuts"],
        step.period,
        [each.account_id for each in cuts],
        [each.place.version for each in cuts],
        [each.place.sequence for each in cuts],
        [each.charged.receipts for each in cuts],
        [each.charged.price_sen for each in cuts],
        [each.charged.fee_yen for each in cuts],
        [each.days.closes_on for each in cuts],
        [each.days.due_on for each in cuts],
        [each.days.pays_on for each in cuts],
        step.now,
    )
