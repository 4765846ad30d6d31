"""What bank lines and their matches are in the ledger. A line's money is in suspense until it is known whose it is.

The platform's own money has an account of its own, which alone pays what a bank takes for itself and may fall below
zero: suspense holds what is nobody's yet and nothing else. What an earlier release moved stands as it was moved.

Payments themselves are not moved here: their transfers stand pending since they were instructed, and are completed or
taken back by whoever keeps payments.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from services.settlement.domain.bank.statements import BankStatement, Direction
from services.settlement.domain.reconciliation.placed import Act, Match, PlacedLine, undone_id
from services.settlement.domain.reconciliation.verdicts import Matched, Part, Purpose
from services.settlement.domain.transfers import Order, TransferKind, order_id, reversal_of_order
from services.shared.kernel.double_entry import Movement
from services.shared.kernel.ids import EventId
from services.shared.kernel.money import Yen
from services.shared.kernel.months import Month


def bank_account(account: str) -> str:
    """The ledger's account for the money in a bank account; negative: that much is there."""
    return f"bank:{account}"


def suspense_account(account: str) -> str:
    """The ledger's account for what came into a bank account and is nobody's yet."""
    return f"suspense:{account}"


def own_account(account: str) -> str:
    """The ledger's account for the platform's own money in a bank account: what was there first, interest, charges."""
    return f"own:{account}"


def payer_account(payer_number: str) -> str:
    """The payer's account; negative: that much it owes."""
    return f"payer:{payer_number}"


def opening_move(statement: BankStatement, file_id: str, act: Act) -> Order | None:
    """Of an account's first statement: what was there before, as the platform's own. None where nothing was."""
    if not statement.opening_yen:
        return None
    account = statement.account
    return _order(
        TransferKind.OPENING,
        (bank_account(account), own_account(account), statement.opening_yen),
        names=(account,),
        cause=file_id,
        act=act,
        period=str(Month.of(statement.since)),
    )


def moves_at_import(placed: PlacedLine, act: Act) -> Iterator[Order]:
    """Money that came in: to its payers where they are known, else to suspense; what came back is a payment's own."""
    if placed.line.direction is Direction.OUT:
        return
    if not isinstance(placed.verdict, Matched):
        yield arrival(placed, act)
        return
    for part in placed.verdict.parts:
        if part.purpose is Purpose.PAYER:
            yield _order(
                TransferKind.INCOMING,
                (bank_account(placed.account), payer_account(part.target), part.yen),
                names=(placed.line_id, part.target, part.statement_id),
                cause=placed.line_id,
                act=act,
                period=period_of(placed),
                payer=part.target,
            )


def arrival(placed: PlacedLine, act: Act) -> Order:
    """The whole line into suspense: anew, under another id, after each return that was taken back."""
    again = (str(placed.former_arrivals),) if placed.former_arrivals else ()
    return _order(
        TransferKind.INCOMING,
        (bank_account(placed.account), suspense_account(placed.account), placed.line.yen),
        names=(placed.line_id, *again),
        cause=placed.line_id,
        act=act,
        period=period_of(placed),
    )


def moves_out_of_queue(placed: PlacedLine, part: Part, match_id: str, act: Act) -> Sequence[Order]:
    """What a part of a waiting line moves once it is known what it is."""
    account = placed.account
    if part.purpose is Purpose.PAYER:
        ways = (TransferKind.ALLOCATION, suspense_account(account), payer_account(part.target))
    elif part.purpose is Purpose.REFUND:
        ways = (TransferKind.REFUND, payer_account(part.target), bank_account(account))
    elif part.purpose is Purpose.OWN and placed.line.direction is Direction.OUT:
        ways = (TransferKind.CHARGE, own_account(account), bank_account(account))
    elif part.purpose is Purpose.OWN:
        ways = (TransferKind.ALLOCATION, suspense_account(account), own_account(account))
    elif part.purpose is Purpose.RETURN:
        back = reversal_of_order(
            arrival(placed, act),
            cause_event_id=EventId(match_id),
            traceparent=act.traceparent,
            period=period_of(placed),
        )
        return (back,)
    else:
        return ()
    kind, giver, taker = ways
    payer = part.target if part.purpose in {Purpose.PAYER, Purpose.REFUND} else ""
    move = _order(
        kind,
        (giver, taker, part.yen),
        names=(match_id,),
        cause=match_id,
        act=act,
        period=period_of(placed),
        payer=payer,
    )
    return (move,)


def moves_back(placed: PlacedLine, matches: Sequence[Match], act: Act) -> dict[str, tuple[Order, ...]]:
    """By match: what takes it back. With what arrives late, the line's money is in suspense then."""
    return {each.match_id: _back(placed, each, act) for each in matches}


def arrival_after_all(placed: PlacedLine, matches: Sequence[Match], act: Act) -> tuple[Order, ...]:
    """Money that was somebody's when it came in never was in suspense: before that is taken back, it arrives there.

    In this order, for the bank account never holds less than is pending on it.
    """
    never = (_came_in_as(placed, each, act) or _came_back_at_import(each) for each in matches)
    return (arrival(placed, act),) if any(never) else ()


def _came_back_at_import(match: Match) -> bool:
    return match.part.purpose is Purpose.RETURN and match.transfer_id is None


def _back(placed: PlacedLine, match: Match, act: Act) -> tuple[Order, ...]:
    if match.part.purpose is Purpose.RETURN:
        anew = arrival(replace(placed, former_arrivals=placed.former_arrivals + 1), act)
        return () if _came_back_at_import(match) else (anew,)
    made = _moved_by(placed, match, act)
    cause = EventId(undone_id(match.match_id))
    period = period_of(placed)
    return tuple(
        reversal_of_order(each, cause_event_id=cause, traceparent=act.traceparent, period=period) for each in made
    )


def _moved_by(placed: PlacedLine, match: Match, act: Act) -> Sequence[Order]:
    """What the match moved, whichever release did."""
    if match.transfer_id is None:
        return ()
    former = _charge_of_suspense(placed, match, act)
    if match.part.purpose is Purpose.OWN and match.transfer_id == former.transfer_id:
        return (former,)
    return _came_in_as(placed, match, act) or moves_out_of_queue(placed, match.part, match.match_id, act)


def _charge_of_suspense(placed: PlacedLine, match: Match, act: Act) -> Order:
    """How charges were paid before there were own accounts."""
    return _order(
        TransferKind.REFUND,
        (suspense_account(placed.account), bank_account(placed.account), match.part.yen),
        names=(match.match_id,),
        cause=match.match_id,
        act=act,
        period=period_of(placed),
    )


def _came_in_as(placed: PlacedLine, match: Match, act: Act) -> tuple[Order, ...]:
    """The order by which the line's money went to its payer at its import; empty where it went through suspense."""
    as_matched = replace(placed, verdict=Matched(rule=match.rule, parts=(match.part,)))
    return tuple(each for each in moves_at_import(as_matched, act) if each.transfer_id == match.transfer_id)


def period_of(placed: PlacedLine) -> str:
    """The month that the bank booked it in, YYYYMM."""
    return str(Month.of(placed.line.booked))


def _order(
    kind: TransferKind,
    movement: tuple[str, str, int],
    *,
    names: tuple[str, ...],
    cause: str,
    act: Act,
    period: str,
    payer: str = "",
) -> Order:
    giver, taker, yen = movement
    return Order(
        transfer_id=order_id(kind, *names),
        movement=Movement(from_account=giver, to_account=taker, amount_yen=Yen(yen)),
        kind=kind,
        cause_event_id=EventId(cause),
        traceparent=act.traceparent,
        period=period,
        payer_number=payer,
    )
