"""What PaymentBooks keep, the fake and the Postgres one alike. Subclass and give the fixture `desk`."""

from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from datetime import timedelta
from typing import Protocol

import pytest

from services.settlement.application.accepting import Result, take_result
from services.settlement.application.books import Books
from services.settlement.application.paying import (
    ForbiddenStep,
    SamePersonAbandons,
    SamePersonUnsettles,
    Shown,
    UnknownPayments,
    abandon,
    accept,
    give_back,
    refuse,
    settle,
    unsettle,
)
from services.settlement.application.payment_book import PaymentBook, Step
from services.settlement.application.proposing_payments import Asked, left_out, propose, reinstruct
from services.settlement.application.releasing import Asked as FileAsked
from services.settlement.application.releasing import Released, approve, release
from services.settlement.domain.bank.pain002 import Report, Said, Verdict
from services.settlement.domain.payments.batches import Batch, Refusal, Refused
from services.settlement.domain.payments.files import FileForm, bare
from services.settlement.domain.payments.states import PaymentState
from services.shared.chassis.postgres import ConstraintViolated
from tests.support.payments import AT, CHECKER, HOSPITALS, MAKER, OTHER, PAY_DAY, PERIOD, TERMS, TRACE, account, cause

FIRST = next(iter(HOSPITALS))
ACCEPTED, REFUSED, PENDING = Verdict.ACCEPTED, Verdict.REFUSED, Verdict.PENDING


def shown(by: str, payment_ids: Sequence[str], state: PaymentState = PaymentState.SETTLED) -> Shown:
    return Shown(match_id="mat_1", matched_by=by, state=state, payment_ids=payment_ids)


class Desk(Protocol):
    """A place where payments are made, one transaction at a time.

    `close` closes PERIOD with money in the bank; `decide_anew` makes the nth decision on the claim of a hospital.
    """

    def transaction(self) -> AbstractAsyncContextManager[tuple[PaymentBook, Books]]: ...

    async def close(self, owed: Mapping[str, int]) -> None: ...

    async def decide_anew(self, hospital: str, yen: int, nth: int) -> None: ...

    async def payee(self, hospital: str, name: str) -> None: ...


async def proposed(desk: Desk, excepted: Sequence[str] = ()) -> Batch | Sequence[Refused]:
    asked = Asked(period=PERIOD, pays_on=None, by=MAKER, traceparent=TRACE, excepted=excepted)
    async with desk.transaction() as (book, _):
        return await propose(book, TERMS, asked, now=AT)


async def approved(desk: Desk, excepted: Sequence[str] = ()) -> Batch:
    batch = await proposed(desk, excepted)
    assert isinstance(batch, Batch), batch
    async with desk.transaction() as (book, _):
        await approve(book, batch.batch_id, CHECKER, now=AT)
    return batch


async def released(desk: Desk, *batches: Batch) -> Released | Sequence[Refused] | None:
    asked = FileAsked(batch_ids=[each.batch_id for each in batches], form=FileForm.ZENGIN, by=CHECKER)
    async with desk.transaction() as (book, books):
        return await release(book, books, asked, now=AT)


async def instructed(desk: Desk) -> list[str]:
    """A released file's payments, by hospital."""
    await ready(desk)
    batch = await approved(desk)
    assert isinstance(await released(desk, batch), Released)
    async with desk.transaction() as (book, _):
        return [each.payment.payment_id for each in (await book.filed(batch, FileForm.ZENGIN)).due]


async def ready(desk: Desk) -> None:
    await desk.close(HOSPITALS)
    for code in HOSPITALS:
        await desk.payee(code, "ア")


class PaymentBookContract:
    async def states(self, desk: Desk, ids: Sequence[str]) -> list[str]:
        async with desk.transaction() as (book, _):
            standing = {each.payment.payment_id: each.state.value for each in await book.stand(ids)}
        return [standing[each] for each in ids]

    async def test_an_open_period_has_nothing_to_propose(self, desk: Desk) -> None:
        assert await proposed(desk) == [Refused(why=Refusal.PERIOD_OPEN)]

    async def test_hospitals_without_an_account_are_named_in_their_order(self, desk: Desk) -> None:
        await desk.close(HOSPITALS)

        assert await proposed(desk) == [Refused(why=Refusal.NO_PAYEE, hospital_code=code) for code in HOSPITALS]

    async def test_a_batch_is_what_the_statements_leave_without_those_left_out(self, desk: Desk) -> None:
        await ready(desk)
        batch = await proposed(desk, excepted=[FIRST])

        assert isinstance(batch, Batch)
        assert (batch.number, batch.payments, batch.total_yen, batch.pays_on) == (1, 2, 1_530, PAY_DAY)
        async with desk.transaction() as (book, _):
            filed = await book.filed(batch, FileForm.ZENGIN)
            [approval] = await book.approvals([batch.batch_id, "pmb_unknown"])
        assert [each.payment.hospital_code for each in filed.due] == list(HOSPITALS)[1:]
        assert (approval.batch, approval.approved_by, approval.file_id) == (batch, None, None)

    async def test_what_a_live_payment_pays_is_not_proposed_again(self, desk: Desk) -> None:
        await ready(desk)
        await proposed(desk, excepted=[FIRST])
        rest = await proposed(desk)

        assert isinstance(rest, Batch)
        assert (rest.number, rest.total_yen) == (2, HOSPITALS[FIRST])
        assert await proposed(desk) == [Refused(why=Refusal.NOTHING_TO_PAY)]

    async def test_a_statement_that_its_balance_does_not_cover_is_left_out_and_told(self, desk: Desk) -> None:
        await ready(desk)
        await desk.decide_anew(FIRST, HOSPITALS[FIRST] - 1, 2)
        batch = await proposed(desk)

        assert isinstance(batch, Batch)
        assert batch.total_yen == sum(HOSPITALS.values()) - HOSPITALS[FIRST]
        asked = Asked(period=PERIOD, pays_on=None, by=MAKER, traceparent=TRACE)
        async with desk.transaction() as (book, _):
            assert [each.hospital_code for each in await left_out(book, asked)] == [FIRST]
        assert await proposed(desk) == [Refused(why=Refusal.OVER_BALANCE, hospital_code=FIRST)]
        await desk.decide_anew(FIRST, HOSPITALS[FIRST], 3)
        assert isinstance(await proposed(desk), Batch)

    async def test_what_other_payments_are_to_take_is_not_free(self, desk: Desk) -> None:
        ids = await instructed(desk)
        async with desk.transaction() as (book, books):
            assert set((await book.free_yen(list(HOSPITALS))).values()) == {0}
            await settle(book, books, ids[:1], cause(1), at=AT)
            await refuse(book, books, ids[1:], cause(2), at=AT)

        async with desk.transaction() as (book, _):
            free = await book.free_yen(list(HOSPITALS))
            await reinstruct(book, TERMS, ids[1:], cause(3), pays_on=PAY_DAY, now=AT)
        assert list(free.values()) == [0, *list(HOSPITALS.values())[1:]]
        async with desk.transaction() as (book, _):
            assert set((await book.free_yen(list(HOSPITALS))).values()) == {0}

    async def test_a_released_file_is_kept_and_given_out_again(self, desk: Desk) -> None:
        await ready(desk)
        batch = await approved(desk)
        first, again = await released(desk, batch), await released(desk, batch)

        assert isinstance(first, Released)
        assert isinstance(again, Released)
        assert replace(first, is_new=False, payers={}) == replace(again, payers={})
        async with desk.transaction() as (book, _):
            sent = await book.sent(first.file.file_id.removeprefix("bkf_"))
            assert await book.sent("unknown") == []
            assert await book.read_file("bkf_unknown") is None
        assert len(sent) == len(HOSPITALS)
        assert len({each.reference for each in sent}) == len(HOSPITALS)

    async def test_the_same_batch_in_another_file_is_refused(self, desk: Desk) -> None:
        await ready(desk)
        one, other = await approved(desk, excepted=[FIRST]), await approved(desk)
        await released(desk, one)

        assert await released(desk, one, other) == [Refused(why=Refusal.IN_ANOTHER_FILE)]

    @pytest.mark.parametrize(("days", "is_released"), [(364, True), (365, False)])
    async def test_a_pay_day_of_another_year_is_not_told_to_a_bank_that_reads_no_year(
        self, desk: Desk, days: int, is_released: bool
    ) -> None:
        await ready(desk)
        pays_on = AT.date() + timedelta(days=days)
        async with desk.transaction() as (book, _):
            asked = Asked(period=PERIOD, pays_on=pays_on, by=MAKER, traceparent=TRACE)
            batch = await propose(book, TERMS, asked, now=AT)
            assert isinstance(batch, Batch)
            await approve(book, batch.batch_id, CHECKER, now=AT)

        done = await released(desk, batch)

        assert isinstance(done, Released) == is_released
        assert is_released or done == [Refused(why=Refusal.PAY_DAY_FAR)]

    async def test_a_batch_that_there_is_not_is_not_released(self, desk: Desk) -> None:
        await ready(desk)
        batch = await approved(desk)

        assert await released(desk, replace(batch, batch_id="pmb_" + "0" * 32)) is None

    async def test_the_same_cause_moves_a_payment_once(self, desk: Desk) -> None:
        ids = await instructed(desk)
        counts = []
        for number in (1, 1, 2):
            async with desk.transaction() as (book, books):
                done = await settle(book, books, ids[:number], cause(1), at=AT)
            counts.append(done)

        assert counts == [1, 0, 1]
        assert await self.states(desk, ids) == ["settled", "settled", "instructed"]

    async def test_a_step_that_is_not_allowed_leaves_all_payments_as_they_were(self, desk: Desk) -> None:
        ids = await instructed(desk)
        async with desk.transaction() as (book, books):
            await settle(book, books, ids[:1], cause(1), at=AT)

        with pytest.raises(ForbiddenStep):
            async with desk.transaction() as (book, books):
                await accept(book, books, ids, cause(2), at=AT)
        with pytest.raises(UnknownPayments):
            async with desk.transaction() as (book, books):
                await settle(book, books, [*ids, "pay_unknown"], cause(3), at=AT)
        assert await self.states(desk, ids) == ["settled", "instructed", "instructed"]

    async def test_only_what_was_shown_is_taken_back_and_by_another_person(self, desk: Desk) -> None:
        ids = await instructed(desk)
        for match, refusal in (
            (shown(OTHER, ids), ForbiddenStep),
            (shown(OTHER, ids, PaymentState.RETURNED), ForbiddenStep),
            (shown(CHECKER, ids), SamePersonUnsettles),
            (shown(OTHER, ["pay_unknown"]), UnknownPayments),
        ):
            with pytest.raises(refusal):
                async with desk.transaction() as (book, books):
                    await unsettle(book, books, match, cause(1, by=CHECKER), at=AT)
        assert await self.states(desk, ids) == ["instructed"] * 3

    async def test_a_later_result_that_repeats_what_is_known_tells_what_is_new(self, desk: Desk) -> None:
        ids = await instructed(desk)
        for number, verdicts in enumerate(([ACCEPTED, PENDING, PENDING], [ACCEPTED, REFUSED, ACCEPTED])):
            async with desk.transaction() as (book, books):
                said = await self.result(book, ids, verdicts)
                await take_result(book, books, said, cause(number), at=AT)
            async with desk.transaction() as (book, books):
                await settle(book, books, ids[:1], cause(7), at=AT)

        assert await self.states(desk, ids) == ["settled", "refused", "accepted"]

    async def test_a_result_that_takes_what_was_refused_is_refused_as_a_whole(self, desk: Desk) -> None:
        ids = await instructed(desk)
        async with desk.transaction() as (book, books):
            await take_result(book, books, await self.result(book, ids, [REFUSED, PENDING, PENDING]), cause(1), at=AT)

        with pytest.raises(ForbiddenStep):
            async with desk.transaction() as (book, books):
                await take_result(book, books, await self.result(book, ids, [ACCEPTED] * 3), cause(2), at=AT)
        assert await self.states(desk, ids) == ["refused", "instructed", "instructed"]

    async def result(self, book: PaymentBook, ids: Sequence[str], verdicts: Sequence[Verdict]) -> Result:
        """What a bank says of each of these payments of one file."""
        [approval] = await book.approvals([(await book.stand(ids))[0].batch.batch_id])
        message = bare(approval.file_id or "")
        references = {each.payment_id: each.reference for each in await book.sent(message)}
        said = [
            Said(about=references[each], verdict=verdict, reason="")
            for each, verdict in zip(ids, verdicts, strict=True)
        ]
        report = Report(message_id=message, message=PENDING, instructions=[], payments=said)
        return Result(report=report, content=repr(report).encode())

    async def test_an_event_that_does_not_follow_is_refused(self, desk: Desk) -> None:
        ids = await instructed(desk)
        wrong = Step(
            payment_id=ids[0], number=3, state=PaymentState.RETURNED, before=PaymentState.INSTRUCTED, cause=cause(1)
        )

        with pytest.raises(ConstraintViolated, match="payment_event_follows"):
            async with desk.transaction() as (book, _):
                await book.insert_steps([wrong], AT)

    async def test_an_abandoned_payment_frees_its_statement(self, desk: Desk) -> None:
        ids = await instructed(desk)
        async with desk.transaction() as (book, books):
            await abandon(book, books, ids[:1], cause(1, "WRONG_DAY", by=OTHER), at=AT)
        batch = await approved(desk)

        assert (batch.payments, batch.total_yen) == (1, HOSPITALS[FIRST])
        assert isinstance(await released(desk, batch), Released)
        async with desk.transaction() as (book, _):
            [due] = (await book.filed(batch, FileForm.ZENGIN)).due
        assert due.payment.former is not None
        assert (due.payment.attempt, due.payment.former.payment_id) == (2, ids[0])

    @pytest.mark.parametrize("by", [MAKER, CHECKER])
    @pytest.mark.parametrize("is_accepted", [False, True])
    async def test_who_proposed_or_released_does_not_abandon_what_stands_in_a_file(
        self, desk: Desk, by: str, is_accepted: bool
    ) -> None:
        ids = await instructed(desk)
        if is_accepted:
            async with desk.transaction() as (book, books):
                await accept(book, books, ids, cause(1), at=AT)
        before = await self.states(desk, ids)

        with pytest.raises(SamePersonAbandons) as refused:
            async with desk.transaction() as (book, books):
                await abandon(book, books, ids[:2], cause(2, by=by), at=AT)

        codes = list(HOSPITALS)[:2]
        assert set(refused.value.refused) == {
            Refused(why=Refusal.SAME_PERSON_ABANDONS, hospital_code=code) for code in codes
        }
        assert await self.states(desk, ids) == before

    @pytest.mark.parametrize("by", [MAKER, CHECKER, OTHER])
    async def test_whoever_abandons_what_the_bank_refused_or_what_stands_in_no_file(self, desk: Desk, by: str) -> None:
        ids = await instructed(desk)
        async with desk.transaction() as (book, books):
            await refuse(book, books, ids[:1], cause(1), at=AT)
        async with desk.transaction() as (book, books):
            assert await abandon(book, books, ids[:1], cause(2, by=by), at=AT) == 1
        batch = await approved(desk)
        async with desk.transaction() as (book, books):
            [due] = (await book.filed(batch, FileForm.ZENGIN)).due
            assert await abandon(book, books, [due.payment.payment_id], cause(3, by=by), at=AT) == 1

    async def test_what_came_back_is_instructed_again_once_to_the_payee_of_today(self, desk: Desk) -> None:
        ids = await instructed(desk)
        async with desk.transaction() as (book, books):
            await settle(book, books, ids, cause(1), at=AT)
        async with desk.transaction() as (book, books):
            await give_back(book, books, ids[:1], cause(2), at=AT)
        await desk.payee(FIRST, "イ")
        made = []
        for _ in range(2):
            async with desk.transaction() as (book, _books):
                done = await reinstruct(book, TERMS, ids[:1], cause(3), pays_on=PAY_DAY, now=AT)
            made.append(done)

        assert isinstance(made[0], Batch)
        assert made[0] == made[1]
        async with desk.transaction() as (book, _):
            [due] = (await book.filed(made[0], FileForm.ZENGIN)).due
            assert await book.successors(ids) == [made[0].batch_id]
        assert (due.account.name, due.payment.attempt) == (account("ｲ").name, 2)
        assert await self.states(desk, ids) == ["reinstructed", "settled", "settled"]

    async def test_a_transaction_that_is_given_up_leaves_nothing(self, desk: Desk) -> None:
        await ready(desk)

        async def given_up() -> None:
            async with desk.transaction() as (book, _):
                await propose(book, TERMS, Asked(period=PERIOD, pays_on=None, by=MAKER, traceparent=TRACE), now=AT)
                raise KeyError

        with pytest.raises(KeyError):
            await given_up()
        batch = await proposed(desk)
        assert isinstance(batch, Batch)
        assert batch.number == 1
