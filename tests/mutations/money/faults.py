"""Faults of settlement's money, to be planted into the running code or into a database: each is a likely slip.

A fault in SQL is a passage of a function that the ledger is written through, and what stands there instead.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final

import pytest

from services.settlement.adapters.bank.bank_records import PostgresBankRecords
from services.settlement.adapters.periods import cutting
from services.settlement.adapters.statements import statement_entries
from services.settlement.application import accepting, reconciling
from services.settlement.domain import netting, statement, tariff
from services.settlement.domain.bank import characters, furikomi
from services.settlement.domain.bank.pain002 import Verdict
from services.settlement.domain.payments import states
from services.settlement.domain.payments.states import LedgerStep, PaymentState
from services.settlement.domain.reconciliation import moves
from services.settlement.domain.reconciliation.placed import Act
from services.settlement.domain.reconciliation.recall import Recall, RecallState
from services.shared.kernel.money import Yen


@dataclass(frozen=True, slots=True, kw_only=True)
class SqlFault:
    """In the database's function of this name, `there` becomes `instead`."""

    function: str
    there: str
    instead: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MoneyFault:
    """What is wrong, in words; `plant` puts it into the code."""

    name: str
    plant: Callable[[pytest.MonkeyPatch], None]
    in_database: Sequence[SqlFault] = ()


def asking(before: PaymentState, after: PaymentState, step: LedgerStep) -> Callable[[pytest.MonkeyPatch], None]:
    """Another step of the ledger where a payment goes from one state to the other."""
    return lambda patch: patch.setitem(states.STEPS, (before, after), step)


def trailer_off_by_one(patch: pytest.MonkeyPatch) -> None:
    row = furikomi._row

    def off(record: object, **values: bytes) -> bytes:
        if "total_yen" in values:
            values["total_yen"] = f"{int(values['total_yen']) + 1:012}".encode()
        return row(record, **values)  # type: ignore[arg-type]

    patch.setattr(furikomi, "_row", off)


def long_mark_written(patch: pytest.MonkeyPatch) -> None:
    patch.setitem(characters._HALVED, ord("ー"), "ｰ")


def one_receipt_free(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(cutting, "charge", lambda receipts, fee: charge(max(receipts - 1, 0), fee))


def late_entries_dropped(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(statement_entries, "is_held", lambda **named: is_held(**named) and named["month"] >= named["period"])


is_held = statement.is_held
charge = tariff.charge
net = netting.net


def negative_nets_forgotten(patch: pytest.MonkeyPatch) -> None:
    """A net that cannot be paid is forgotten instead of carried over."""
    patch.setattr(statement, "net", lambda *args, **named: replace(net(*args, **named), carried_yen=Yen(0)))


def recalls_left_open(patch: pytest.MonkeyPatch) -> None:
    async def kept(self: object, recalls: Sequence[Recall], act: Act) -> None:
        left = [each for each in recalls if each.state is not RecallState.RETURNED]
        await keep_recalls(self, left, act)  # type: ignore[arg-type]  # bound by hand

    patch.setattr(PostgresBankRecords, "keep_recalls", kept)


keep_recalls = PostgresBankRecords.keep_recalls


async def said_only(*_: object, **__: object) -> int:
    """Says that it did something."""
    return 1


FAULTS: Final = [
    MoneyFault(name="the trailer's total is off by one", plant=trailer_off_by_one),
    MoneyFault(name="the long mark goes to the bank as it is", plant=long_mark_written),
    MoneyFault(
        name="a pending is released twice",
        plant=asking(PaymentState.REFUSED, PaymentState.ABANDONED, LedgerStep.RELEASE),
        in_database=[
            SqlFault(function="resolve_orders", there="AND p.transfer_id <> ALL (v_done) ", instead=""),
            SqlFault(
                function="resolve_orders",
                there="AS u (id, place) ORDER BY u.place;",
                instead="AS u (id, place) ORDER BY u.place ON CONFLICT DO NOTHING;",
            ),
        ],
    ),
    MoneyFault(
        name="a statement drops what comes late",
        plant=late_entries_dropped,
    ),
    MoneyFault(name="a negative net is forgotten", plant=negative_nets_forgotten),
    MoneyFault(name="a receipt is not charged for", plant=one_receipt_free),
    MoneyFault(
        name="a payment that came back is not reversed",
        plant=asking(PaymentState.SETTLED, PaymentState.RETURNED, LedgerStep.NOTHING),
    ),
    MoneyFault(
        name="an abandoned payment stays held",
        plant=asking(PaymentState.INSTRUCTED, PaymentState.ABANDONED, LedgerStep.NOTHING),
    ),
    MoneyFault(
        name="an import ignores the opening balance",
        plant=lambda patch: patch.setattr(reconciling, "opening_move", lambda *_: None),
    ),
    MoneyFault(
        name="money that came back is only said to be given back",
        plant=lambda patch: patch.setattr(reconciling, "give_back", said_only),
    ),
    MoneyFault(
        name="a payment is settled without the ledger",
        plant=asking(PaymentState.ACCEPTED, PaymentState.SETTLED, LedgerStep.NOTHING),
    ),
    MoneyFault(name="a recall stays open when its money came back", plant=recalls_left_open),
    MoneyFault(
        name="a second result of a file refuses what the first one accepted",
        plant=lambda patch: patch.setitem(accepting.KNOWN, Verdict.ACCEPTED, frozenset()),
    ),
    MoneyFault(
        name="a bank's charges and interest are not the platform's own",
        plant=lambda patch: patch.setattr(moves, "own_account", moves.suspense_account),
    ),
]
