"""What the Books keep, the fake and the Postgres ones alike. Subclass and give the fixture `ledger`."""

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from datetime import timedelta
from typing import Protocol

import pytest

from services.settlement.application.books import Books
from services.settlement.domain.transfers import (
    NO_BALANCE,
    AlreadyResolved,
    Balance,
    ContradictoryTransfer,
    LimitExceeded,
    Order,
    TransferKind,
    UnknownPending,
    order_id,
    reversal_of_order,
)
from services.shared.kernel.double_entry import Movement
from services.shared.kernel.ids import EventId, TransferId
from services.shared.kernel.money import Yen
from tests.support.settlement import HOSPITAL, INSURER, NOW

PAYER = f"payer:{INSURER}"
OTHER_PAYER = "payer:06130001"
CLINIC = f"hospital:{HOSPITAL}"
BANK = "bank:999900110000001"
SUSPENSE = "suspense:999900110000001"
OWN = "own:999900110000001"
FEE = "fee:1"
CAUSE = EventId("evt_cause")
LATER = NOW + timedelta(days=1)
TRACE = "00-" + "a" * 32 + "-" + "b" * 16 + "-00"
OTHER_TRACE = "00-" + "c" * 32 + "-" + "d" * 16 + "-00"


def order(kind: TransferKind, giver: str, taker: str, yen: int, *, name: str = "one") -> Order:
    """A transfer; its id derives from kind and name."""
    return Order(
        transfer_id=order_id(kind, name),
        movement=Movement(from_account=giver, to_account=taker, amount_yen=Yen(yen)),
        kind=kind,
        cause_event_id=CAUSE,
        traceparent=TRACE,
        period="202604",
        payer_number=INSURER,
    )


def incoming(yen: int, name: str = "one", to: str = PAYER) -> Order:
    return order(TransferKind.INCOMING, BANK, to, yen, name=name)


def payment(yen: int, name: str = "one") -> Order:
    return order(TransferKind.PAYMENT, CLINIC, BANK, yen, name=name)


class LedgerOfBooks(Protocol):
    """A ledger, one transaction at a time. `owe` makes the hospital owed so much, as a claim does."""

    def transaction(self) -> AbstractAsyncContextManager[Books]: ...

    async def owe(self, hospital: str, yen: int) -> None: ...


class BooksContract:
    async def post(self, ledger: LedgerOfBooks, *orders: Order) -> int:
        async with ledger.transaction() as books:
            return await books.post(orders, NOW)

    async def hold(self, ledger: LedgerOfBooks, *orders: Order) -> int:
        async with ledger.transaction() as books:
            return await books.hold(orders, NOW)

    async def complete(self, ledger: LedgerOfBooks, *orders: Order) -> int:
        async with ledger.transaction() as books:
            return await books.complete([each.transfer_id for each in orders], cause_event_id=CAUSE, at=LATER)

    async def release(self, ledger: LedgerOfBooks, *orders: Order) -> int:
        async with ledger.transaction() as books:
            return await books.release([each.transfer_id for each in orders], cause_event_id=CAUSE, at=LATER)

    async def balance(self, ledger: LedgerOfBooks, account: str) -> Balance:
        async with ledger.transaction() as books:
            return (await books.balances([account]))[account]

    async def yen(self, ledger: LedgerOfBooks, accounts: Sequence[str]) -> list[int]:
        async with ledger.transaction() as books:
            found = await books.balances(accounts)
        return [found[each].balance_yen for each in accounts]

    async def test_an_account_that_nobody_has_heard_of_is_empty(self, ledger: LedgerOfBooks) -> None:
        assert await self.balance(ledger, "payer:06130009") == NO_BALANCE

    async def test_nothing_is_posted_held_or_resolved_where_nothing_is_given(self, ledger: LedgerOfBooks) -> None:
        counts = [await write(ledger) for write in (self.post, self.hold, self.complete, self.release)]

        assert counts == [0, 0, 0, 0]

    async def test_what_is_posted_moves_from_one_account_to_the_other(self, ledger: LedgerOfBooks) -> None:
        posted = await self.post(ledger, incoming(700), incoming(50, "two", SUSPENSE))

        assert posted == 2
        assert await self.yen(ledger, [BANK, PAYER, SUSPENSE]) == [-750, 700, 50]
        assert (await self.balance(ledger, BANK)).version == 2

    async def test_the_same_again_is_left_whatever_trace_it_comes_in(self, ledger: LedgerOfBooks) -> None:
        one = incoming(700)
        counts = [await self.post(ledger, one), await self.post(ledger, one, one, incoming(1, "two"))]
        again = await self.post(ledger, replace(one, traceparent=OTHER_TRACE))

        assert (counts, again) == ([1, 1], 0)
        assert await self.yen(ledger, [PAYER]) == [701]

    @pytest.mark.parametrize(
        ("field", "change"),
        [
            ("amount_yen", {"movement": Movement(from_account=BANK, to_account=PAYER, amount_yen=Yen(701))}),
            ("to_account", {"movement": Movement(from_account=BANK, to_account=SUSPENSE, amount_yen=Yen(700))}),
            (
                "from_account",
                {"movement": Movement(from_account="bank:999900110000002", to_account=PAYER, amount_yen=Yen(700))},
            ),
            ("period", {"period": "202605"}),
            ("payer_number", {"payer_number": ""}),
            ("cause_event_id", {"cause_event_id": EventId("evt_other")}),
        ],
    )
    async def test_other_content_is_a_conflict_that_names_the_field(
        self, ledger: LedgerOfBooks, field: str, change: dict[str, object]
    ) -> None:
        one = incoming(700)
        other = replace(one, **change)  # type: ignore[arg-type]  # each case gives its field's own type
        await self.post(ledger, one)

        for orders in ([other], [one, other]):
            with pytest.raises(ContradictoryTransfer) as conflict:
                await self.post(ledger, *orders)
            assert (conflict.value.transfer_id, conflict.value.field) == (one.transfer_id, field)
        assert await self.yen(ledger, [PAYER]) == [700]

    async def test_another_kind_under_the_same_id_is_a_conflict(self, ledger: LedgerOfBooks) -> None:
        one = incoming(700, to=SUSPENSE)
        await self.post(ledger, one)

        with pytest.raises(ContradictoryTransfer) as conflict:
            await self.post(ledger, replace(one, kind=TransferKind.OPENING))
        assert conflict.value.field == "kind"

    async def test_a_refused_batch_writes_nothing_and_leaves_the_transaction_usable(
        self, ledger: LedgerOfBooks
    ) -> None:
        fresh = incoming(5, "fresh")
        async with ledger.transaction() as books:
            with pytest.raises(LimitExceeded):
                await books.post([fresh, order(TransferKind.ALLOCATION, SUSPENSE, PAYER, 1)], NOW)
            assert await books.post([fresh], NOW) == 1

        assert await self.yen(ledger, [PAYER, SUSPENSE]) == [5, 0]

    async def test_suspense_may_not_fall_below_0_not_even_within_a_batch(self, ledger: LedgerOfBooks) -> None:
        allocation = order(TransferKind.ALLOCATION, SUSPENSE, PAYER, 50)
        money = incoming(50, "two", SUSPENSE)
        with pytest.raises(LimitExceeded) as refused:
            await self.post(ledger, allocation, money)

        assert refused.value.account_id == SUSPENSE
        assert await self.post(ledger, money, allocation) == 2

    async def test_the_bank_may_not_rise_above_0(self, ledger: LedgerOfBooks) -> None:
        await self.post(ledger, incoming(100))
        await ledger.owe(CLINIC, 1_000)

        with pytest.raises(LimitExceeded) as refused:
            await self.hold(ledger, payment(60), payment(41, "two"))
        assert refused.value.account_id == BANK
        assert await self.hold(ledger, payment(60), payment(40, "two")) == 2
        with pytest.raises(LimitExceeded):
            await self.post(ledger, order(TransferKind.REFUND, PAYER, BANK, 1))

    async def test_a_payment_may_not_bring_its_hospital_below_0(self, ledger: LedgerOfBooks) -> None:
        await self.post(ledger, incoming(1_000))
        await ledger.owe(CLINIC, 100)
        await self.hold(ledger, payment(60))

        with pytest.raises(LimitExceeded) as refused:
            await self.hold(ledger, payment(41, "two"))
        assert refused.value.account_id == CLINIC

    async def test_a_payer_may_owe_whatever_it_owes(self, ledger: LedgerOfBooks) -> None:
        assert await self.post(ledger, order(TransferKind.FEE, PAYER, FEE, 10**12)) == 1

        assert await self.yen(ledger, [PAYER, FEE]) == [-(10**12), 10**12]

    async def test_what_is_pending_is_in_no_balance_and_counts_beside_it(self, ledger: LedgerOfBooks) -> None:
        await self.post(ledger, incoming(1_000))
        await ledger.owe(CLINIC, 100)
        counts = [await self.hold(ledger, payment(60)), await self.hold(ledger, payment(60))]

        assert counts == [1, 0]
        clinic, bank = await self.balance(ledger, CLINIC), await self.balance(ledger, BANK)
        assert (clinic.balance_yen, clinic.pending_in_yen, clinic.pending_out_yen) == (100, 0, 60)
        assert (bank.balance_yen, bank.pending_in_yen, bank.pending_out_yen) == (-1_000, 60, 0)

    async def test_what_is_completed_is_posted_once_under_its_own_id(self, ledger: LedgerOfBooks) -> None:
        await self.post(ledger, incoming(1_000))
        await ledger.owe(CLINIC, 100)
        await self.hold(ledger, payment(60), payment(40, "two"))

        counts = [await self.complete(ledger, payment(60)) for _ in range(2)]

        assert counts == [1, 0]
        clinic = await self.balance(ledger, CLINIC)
        assert (clinic.balance_yen, clinic.pending_out_yen) == (40, 40)
        assert await self.yen(ledger, [BANK]) == [-940]
        assert await self.post(ledger, payment(60)) == 0
        assert await self.hold(ledger, payment(60)) == 0

    async def test_what_is_released_never_moved(self, ledger: LedgerOfBooks) -> None:
        await self.post(ledger, incoming(1_000))
        await ledger.owe(CLINIC, 100)
        await self.hold(ledger, payment(60))

        counts = [await self.release(ledger, payment(60)) for _ in range(2)]

        assert counts == [1, 0]
        clinic = await self.balance(ledger, CLINIC)
        assert (clinic.balance_yen, clinic.pending_out_yen) == (100, 0)
        assert await self.hold(ledger, payment(100, "again")) == 1

    async def test_a_pending_transfer_is_resolved_in_one_way_only(self, ledger: LedgerOfBooks) -> None:
        await self.post(ledger, incoming(1_000))
        await ledger.owe(CLINIC, 100)
        await self.hold(ledger, payment(60), payment(40, "two"))
        await self.complete(ledger, payment(60))
        await self.release(ledger, payment(40, "two"))

        with pytest.raises(AlreadyResolved) as posted:
            await self.release(ledger, payment(60))
        with pytest.raises(AlreadyResolved) as voided:
            await self.complete(ledger, payment(40, "two"))
        assert posted.value.transfer_id == payment(60).transfer_id
        assert voided.value.transfer_id == payment(40, "two").transfer_id

    async def test_what_was_never_held_cannot_be_resolved(self, ledger: LedgerOfBooks) -> None:
        with pytest.raises(UnknownPending):
            await self.complete(ledger, payment(60))

        with pytest.raises(UnknownPending):
            await self.release(ledger, payment(60))

    async def test_an_id_is_pending_or_posted_at_once_and_not_both(self, ledger: LedgerOfBooks) -> None:
        await self.post(ledger, incoming(1_000), incoming(30, "held", SUSPENSE))
        allocation = order(TransferKind.ALLOCATION, SUSPENSE, PAYER, 10)
        await self.hold(ledger, allocation)

        with pytest.raises(ContradictoryTransfer) as pending:
            await self.post(ledger, allocation)
        with pytest.raises(ContradictoryTransfer) as posted:
            await self.hold(ledger, incoming(1_000))
        assert {pending.value.field, posted.value.field} == {"pending"}

    async def test_other_content_than_what_is_pending_is_a_conflict(self, ledger: LedgerOfBooks) -> None:
        await self.post(ledger, incoming(1_000))
        await ledger.owe(CLINIC, 100)
        await self.hold(ledger, payment(60))

        with pytest.raises(ContradictoryTransfer) as conflict:
            await self.hold(ledger, payment(61))
        assert conflict.value.field == "amount_yen"

    async def test_completing_is_not_refused_where_the_hospital_owes_by_then(self, ledger: LedgerOfBooks) -> None:
        await self.post(ledger, incoming(1_000))
        await ledger.owe(CLINIC, 100)
        await self.hold(ledger, payment(100))
        await ledger.owe(CLINIC, -50)

        assert await self.complete(ledger, payment(100)) == 1
        assert await self.yen(ledger, [CLINIC]) == [-50]

    async def test_what_was_posted_and_reversed_is_held_again_though_the_hospital_owes_by_then(
        self, ledger: LedgerOfBooks
    ) -> None:
        await self.post(ledger, incoming(1_000))
        await ledger.owe(CLINIC, 100)
        await self.hold(ledger, payment(100))
        await self.complete(ledger, payment(100))
        await ledger.owe(CLINIC, -50)
        await self.post(
            ledger, reversal_of_order(payment(100), cause_event_id=CAUSE, traceparent=TRACE, period="202604")
        )
        again = {payment(100).transfer_id: payment(100, "again")}

        async with ledger.transaction() as books:
            await books.lock({CLINIC, BANK})
            counts = [await books.hold_again(again, LATER), await books.hold_again(again, LATER)]

        clinic = await self.balance(ledger, CLINIC)
        assert counts == [1, 0]
        assert (clinic.balance_yen, clinic.pending_out_yen) == (50, 100)
        assert await self.complete(ledger, payment(100, "again")) == 1
        assert await self.yen(ledger, [CLINIC, BANK]) == [-50, -900]

    @pytest.mark.parametrize("is_completed", [True, False])
    async def test_nothing_is_held_in_the_place_of_what_still_stands(
        self, ledger: LedgerOfBooks, is_completed: bool
    ) -> None:
        await self.post(ledger, incoming(1_000))
        await ledger.owe(CLINIC, 100)
        await self.hold(ledger, payment(100))
        if is_completed:
            await self.complete(ledger, payment(100))

        with pytest.raises(UnknownPending):
            async with ledger.transaction() as books:
                await books.hold_again({payment(100).transfer_id: payment(100, "again")}, LATER)

    async def test_own_money_alone_may_fall_below_0(self, ledger: LedgerOfBooks) -> None:
        await self.post(ledger, incoming(1_000))

        assert await self.post(ledger, order(TransferKind.CHARGE, OWN, BANK, 30)) == 1
        assert await self.yen(ledger, [OWN, BANK]) == [-30, -970]

    async def test_a_reversal_takes_back_the_whole_once(self, ledger: LedgerOfBooks) -> None:
        one = incoming(700)
        back = reversal_of_order(one, cause_event_id=CAUSE, traceparent=TRACE, period="202605")
        counts = [await self.post(ledger, one), await self.post(ledger, back), await self.post(ledger, back)]

        assert counts == [1, 1, 0]
        assert await self.yen(ledger, [BANK, PAYER]) == [0, 0]

    async def test_an_amount_as_large_as_a_transfer_may_be_is_kept_to_the_yen(self, ledger: LedgerOfBooks) -> None:
        await self.post(ledger, incoming(10**15, to=OTHER_PAYER), incoming(10**10, "two", OTHER_PAYER))

        assert await self.yen(ledger, [OTHER_PAYER]) == [10**15 + 10**10]

    async def test_ids_are_asked_for_once_each(self, ledger: LedgerOfBooks) -> None:
        await self.post(ledger, incoming(1_000))
        await ledger.owe(CLINIC, 100)
        await self.hold(ledger, payment(60))
        twice: list[TransferId] = [payment(60).transfer_id] * 2

        async with ledger.transaction() as books:
            assert await books.complete(twice, cause_event_id=CAUSE, at=LATER) == 1
