"""What settlement's ledger keeps, the fake and the Postgres one alike. Subclass and give the fixture `books`."""

from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from datetime import datetime
from typing import Protocol

import pytest

from services.settlement.adapters.messages import write_settled
from services.settlement.application.post_decisions import Ledger, NewDecision, Stream, Told
from services.settlement.domain.decision import Decision, content_sha256
from services.settlement.domain.posting import Change, Settled, replacement_of, settle, share_of
from services.shared.chassis.postgres import ConstraintViolated, TransientFault
from tests.support.settlement import INSURER, NOW, PROGRAMME, decision, part


class Books(Protocol):
    """A ledger, one transaction at a time."""

    def transaction(self) -> AbstractAsyncContextManager[Ledger]: ...

    async def enrol(self, payer: str) -> None: ...


class GivenUp(Exception):
    """Makes a transaction roll back."""


def new(*decisions: Decision) -> list[NewDecision]:
    return [NewDecision(decision=each, content_sha256=content_sha256(each)) for each in decisions]


def told(settled: list[Settled], at: datetime = NOW) -> list[Told]:
    return [Told(settled=each, value=write_settled(each, at), posted_at=at, is_enrolled=False) for each in settled]


async def write(ledger: Ledger, each: Decision, first: int = 1, *, replacing: Decision | None = None) -> list[Settled]:
    """Everything that one decision writes, its events from `first` on; what it replaces is taken back."""
    takes_back = tuple(share_of(replacing, part) for part in replacing.parts) if replacing is not None else ()
    payers = sorted({part.payer_number for decision in (each, replacing) if decision for part in decision.parts})
    await ledger.lock_streams(payers)
    settled = settle([Change(decision=each, takes_back=takes_back)], dict.fromkeys(payers, first))
    await ledger.record(new(each), NOW)
    await ledger.post(settled, NOW)
    await ledger.announce(told(settled), NOW)
    return settled


class LedgerContract:
    async def test_what_was_recorded_is_found_with_its_content_and_nothing_else(self, books: Books) -> None:
        one, other = decision(1, part()), decision(2, part())
        async with books.transaction() as ledger:
            await write(ledger, one)

        async with books.transaction() as ledger:
            found = await ledger.posted_among([one.decision_id, other.decision_id])
        assert found == {one.decision_id: content_sha256(one)}

    async def test_a_stream_that_nobody_has_heard_of_begins_at_1_and_is_not_published(self, books: Books) -> None:
        async with books.transaction() as ledger:
            streams = await ledger.lock_streams([INSURER])

        assert streams == {INSURER: Stream(next_sequence=1, is_enrolled=False)}

    async def test_no_payer_has_no_stream(self, books: Books) -> None:
        async with books.transaction() as ledger:
            assert await ledger.lock_streams([]) == {}

    async def test_each_payer_s_events_are_numbered_on_without_gap(self, books: Books) -> None:
        async with books.transaction() as ledger:
            await write(ledger, decision(1, part(), part(PROGRAMME, yen=200)))
            await write(ledger, decision(2, part()), first=2)

        async with books.transaction() as ledger:
            streams = await ledger.lock_streams([INSURER, PROGRAMME])
        assert {payer: stream.next_sequence for payer, stream in streams.items()} == {INSURER: 3, PROGRAMME: 2}

    async def test_an_enrolled_payer_s_stream_is_published_from_then_on(self, books: Books) -> None:
        async with books.transaction() as ledger:
            await write(ledger, decision(1, part()))
        await books.enrol(INSURER)

        async with books.transaction() as ledger:
            assert await ledger.lock_streams([INSURER]) == {INSURER: Stream(next_sequence=2, is_enrolled=True)}

    async def test_a_transaction_that_is_given_up_leaves_nothing(self, books: Books) -> None:
        one = decision(1, part())
        with pytest.raises(GivenUp):
            await self._write_and_give_up(books, one)

        async with books.transaction() as ledger:
            assert await ledger.posted_among([one.decision_id]) == {}
            assert (await ledger.lock_streams([INSURER]))[INSURER].next_sequence == 1

    async def test_a_decision_that_another_recorded_meanwhile_makes_the_batch_start_over(self, books: Books) -> None:
        one = decision(1, part())
        async with books.transaction() as ledger:
            await write(ledger, one)

        with pytest.raises(TransientFault):
            await self._record(books, one)

    async def test_a_transfer_that_stands_with_other_content_is_a_conflict(self, books: Books) -> None:
        one = decision(1, part(yen=700))
        async with books.transaction() as ledger:
            await write(ledger, one)

        with pytest.raises(ConstraintViolated) as conflict:
            await self._post(books, replace(one, parts=(part(yen=701),)))
        assert conflict.value.constraint == "transfer_same_content"

    async def test_shares_stand_until_a_later_decision_takes_them_back(self, books: Books) -> None:
        first = decision(1, part(), part(PROGRAMME, points=0, yen=0))
        other, second = decision(2, part()), decision(1, part(yen=500), nth=2)
        async with books.transaction() as ledger:
            await write(ledger, first)
            await write(ledger, other, first=2)
            before = await ledger.standing([first.decision_id])
            await write(ledger, second, first=3, replacing=replace(first, parts=(part(),)))

        async with books.transaction() as ledger:
            after = await ledger.standing([first.decision_id, second.decision_id])
        assert list(before) == [share_of(first, each) for each in first.parts]
        assert {share.decision_id: share.part for share in after} == {
            first.decision_id: part(PROGRAMME, points=0, yen=0),
            second.decision_id: part(yen=500),
        }

    async def test_the_latest_decision_of_a_claim_is_known_if_it_is_not_the_first(self, books: Books) -> None:
        one, third, second = decision(1, part()), decision(2, nth=3), decision(2, nth=2)
        async with books.transaction() as ledger:
            for each in (one, third, second):
                await write(ledger, each)

        async with books.transaction() as ledger:
            latest = await ledger.latest_among([one.claim_id, second.claim_id])
        assert latest == {second.claim_id: replacement_of(third)}

    async def _write_and_give_up(self, books: Books, one: Decision) -> None:
        async with books.transaction() as ledger:
            await write(ledger, one)
            raise GivenUp

    async def _record(self, books: Books, one: Decision) -> None:
        async with books.transaction() as ledger:
            await ledger.record(new(one), NOW)

    async def _post(self, books: Books, one: Decision) -> None:
        async with books.transaction() as ledger:
            await ledger.post(settle([Change(decision=one)], {INSURER: 2}), NOW)
