"""What claims' ledger keeps, the fake and the Postgres one alike. Subclass and give the fixture `books`."""

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from datetime import timedelta
from typing import Protocol

import pytest

from services.claims.application.intake import new_claim
from services.claims.application.model import Decided, Ending, NewClaim, SetStage, Staged, Working
from services.claims.application.ports import DecisionLedger
from services.claims.application.release import ReleaseLedger
from services.claims.domain.correction import returned
from services.claims.domain.outcome import ReasonCode
from services.shared.kernel.ids import decision_id
from services.shared.kernel.member import MemberSecret
from tests.contracts.claims.builders import DEADLINE, NOW, SENDER, TRACE, claims, coded, determined, submitted, twins

LATER = NOW + timedelta(minutes=1)


class Ledger(ReleaseLedger, DecisionLedger, Protocol):
    """All three ports: one transaction may need them all."""


class Books(Protocol):
    """A ledger, one transaction at a time."""

    def transaction(self) -> AbstractAsyncContextManager[Ledger]: ...

    async def enrol_payer(self, payer_number: str, secret: bytes) -> None: ...


class GivenUp(Exception):
    """Makes a transaction roll back."""


async def accept(books: Books, new: Sequence[NewClaim]) -> None:
    async with books.transaction() as ledger:
        await ledger.insert_claims(SENDER, new, NOW)
        await ledger.insert_work(new, {each.claim_id: DEADLINE for each in new if each.plan.mentions}, NOW)


class IntakeContract:
    async def test_only_those_that_are_new_are_told(self, books: Books) -> None:
        one, other = claims(2)
        await accept(books, [one])

        async with books.transaction() as ledger:
            assert await ledger.insert_claims(SENDER, [one, other], NOW) == {other.claim_id}

    async def test_the_findings_of_those_that_exist_are_the_first(self, books: Books) -> None:
        one, other = claims(2)
        await accept(books, [one])

        async with books.transaction() as ledger:
            found = await ledger.first_findings([one.claim_id, other.claim_id])
        assert found == {one.claim_id: one.findings}

    async def test_a_claim_that_was_accepted_is_on_its_way_as_it_came(self, books: Books) -> None:
        (claim,) = claims(text="高血圧症")
        await accept(books, [claim])

        async with books.transaction() as ledger:
            (working,) = await ledger.lock_work([claim.claim_id])
        assert (working.claim_id, working.hospital_code) == (claim.claim_id, SENDER.hospital_code)
        assert (working.claim_month, working.treatment_month) == ("202406", "202405")
        assert (working.received_at, working.coding_deadline, working.traceparent) == (NOW, DEADLINE, claim.traceparent)
        assert (working.covers, working.determined_at, working.coded_at) == (None, None, None)

    async def test_a_transaction_that_is_given_up_leaves_nothing_and_tells_nobody(self, books: Books) -> None:
        (claim,) = claims()
        told: list[str] = []
        with pytest.raises(GivenUp):
            await self._accept_and_give_up(books, claim, told)

        async with books.transaction() as ledger:
            assert await ledger.known([claim.claim_id]) == set()
        assert told == []

    async def test_what_waits_for_the_commit_is_told_after_it(self, books: Books) -> None:
        told: list[str] = []
        async with books.transaction() as ledger:
            ledger.once_committed(lambda: told.append("committed"))
            before = list(told)

        assert (before, told) == ([], ["committed"])

    async def _accept_and_give_up(self, books: Books, claim: NewClaim, told: list[str]) -> None:
        async with books.transaction() as ledger:
            await ledger.insert_claims(SENDER, [claim], NOW)
            ledger.once_committed(lambda: told.append("committed"))
            raise GivenUp


class TwinContract:
    @pytest.mark.parametrize(
        ("code", "beside"), [(ReasonCode.THIRD_PARTY, True), (ReasonCode.ERROR_REPORTED, False)], ids=["stands", "back"]
    )
    async def test_a_claim_that_was_decided_counts_whatever_the_order_unless_it_went_back(
        self, books: Books, code: ReasonCode, beside: bool
    ) -> None:
        one, other = [new_claim(SENDER.hospital_code, each, each.facts, TRACE) for each in twins() if each.facts]
        for each in (one, other):
            await accept(books, [each])
        async with books.transaction() as ledger:
            await ledger.save_decisions([first(each, code) for each in await ledger.lock_work([other.claim_id])], NOW)

        async with books.transaction() as ledger:
            assert await ledger.with_twins([one.claim_id]) == ({one.claim_id} if beside else set())

    async def test_a_later_claim_of_a_person_has_a_twin_and_the_earlier_one_has_none(self, books: Books) -> None:
        one, other = [new_claim(SENDER.hospital_code, each, each.facts, TRACE) for each in twins() if each.facts]
        (stranger, *_) = [each for each in claims(3) if each.claim_id not in {one.claim_id, other.claim_id}]
        for each in (one, other, stranger):
            await accept(books, [each])

        async with books.transaction() as ledger:
            found = await ledger.with_twins([one.claim_id, other.claim_id, stranger.claim_id])
        assert found == {other.claim_id}


class WorkContract:
    async def test_work_comes_in_id_order_and_what_is_not_on_its_way_does_not_come(self, books: Books) -> None:
        new = claims(3)
        await accept(books, new[:2])

        async with books.transaction() as ledger:
            working = await ledger.lock_work([each.claim_id for each in reversed(new)])
        assert [each.claim_id for each in working] == [each.claim_id for each in new[:2]]

    async def test_the_first_cover_stays(self, books: Books) -> None:
        (claim,) = claims()
        await accept(books, [claim])
        first = determined(claim.claim_id)
        async with books.transaction() as ledger:
            await ledger.save_covers([first], NOW)
            await ledger.save_covers([determined(claim.claim_id, tenths=1, at=LATER)], LATER)

        async with books.transaction() as ledger:
            (working,) = await ledger.lock_work([claim.claim_id])
        assert (working.covers, working.determined_at) == (first.covers, NOW)

    async def test_a_code_in_time_ends_the_wait_and_a_late_one_does_not(self, books: Books) -> None:
        new = claims(2, text="高血圧症")
        await accept(books, new)
        in_time, late = [each.claim_id for each in new]
        async with books.transaction() as ledger:
            await ledger.save_codings([coded(in_time), coded(late)], {late}, LATER)

        async with books.transaction() as ledger:
            working = {each.claim_id: each.coded_at for each in await ledger.lock_work([in_time, late])}
        assert working == {in_time: LATER, late: None}

    async def test_overdue_is_what_has_covers_and_whose_deadline_has_passed(self, books: Books) -> None:
        waiting, uncovered = claims(2, text="高血圧症")
        await accept(books, [waiting, uncovered])
        async with books.transaction() as ledger:
            await ledger.save_covers([determined(waiting.claim_id)], NOW)

        async with books.transaction() as ledger:
            assert await ledger.lock_overdue(NOW, 10) == []
            found = await ledger.lock_overdue(DEADLINE, 10)
            assert await ledger.lock_overdue(DEADLINE, 0) == []
        assert [each.claim_id for each in found] == [waiting.claim_id]

    async def test_unmoved_is_what_nothing_has_touched_since(self, books: Books) -> None:
        still, touched, covered = claims(3)
        await accept(books, [still, touched, covered])
        async with books.transaction() as ledger:
            await ledger.touch([touched.claim_id], LATER)
            await ledger.save_covers([determined(covered.claim_id)], LATER)

        async with books.transaction() as ledger:
            found = await ledger.lock_unmoved(NOW, 10)
            all_of_them = await ledger.lock_unmoved(LATER, 10)
        assert [each.claim_id for each in found] == [still.claim_id]
        assert len(all_of_them) == 3

    async def test_receipts_and_secrets_are_read_of_those_that_are_there(self, books: Books) -> None:
        one, other = claims(2)
        await accept(books, [one])
        await books.enrol_payer("01130012", b"s" * 32)
        await books.enrol_payer("01130012", b"t" * 32)

        async with books.transaction() as ledger:
            receipts = await ledger.read_receipts([one.claim_id, other.claim_id])
            secrets = await ledger.payer_secrets(["01130012", "54130018"])
            known = await ledger.known([one.claim_id, other.claim_id])
        assert receipts == {one.claim_id: one.submitted.receipt}
        assert secrets == {"01130012": MemberSecret(version=1, secret=b"s" * 32)}
        assert known == {one.claim_id}


class StagingContract:
    async def test_a_set_begins_and_gives_its_receipts_in_the_file_s_order(self, books: Books) -> None:
        async with books.transaction() as ledger:
            begun = await ledger.begin("sub_1", SENDER, NOW)
            await ledger.stage("sub_1", staged(3, 1))
            await ledger.stage("sub_1", staged(2))

        async with books.transaction() as ledger:
            first = await ledger.next_staged("sub_1", 2)
            await ledger.forget("sub_1", [each.submitted.place for each in first])
            rest = await ledger.next_staged("sub_1", 2)
        assert begun.stage is SetStage.STAGING
        assert [*first, *rest] == staged(1, 2, 3)

    async def test_a_set_whose_totals_agree_is_released_once(self, books: Books) -> None:
        async with books.transaction() as ledger:
            await ledger.begin("sub_1", SENDER, NOW)
            await ledger.stage("sub_1", staged(1))
            ends = [await ledger.end(ending(released=True)), await ledger.end(ending(released=False))]
            again = await ledger.begin("sub_1", SENDER, LATER)
            await ledger.finish("sub_1")

        async with books.transaction() as ledger:
            finished = await ledger.lock("sub_1")
            assert await ledger.next_staged("sub_1", 2) == staged(1)
        assert ends == [True, False]
        assert (again.stage, again.content_sha256) == (SetStage.RELEASING, "digest")
        assert finished is not None
        assert finished.stage is SetStage.RELEASED

    async def test_a_refused_set_forgets_its_receipts_and_stays_refused(self, books: Books) -> None:
        async with books.transaction() as ledger:
            await ledger.begin("sub_1", SENDER, NOW)
            await ledger.stage("sub_1", staged(1))
            await ledger.end(ending(released=False))

        async with books.transaction() as ledger:
            again = await ledger.begin("sub_1", SENDER, LATER)
            assert await ledger.next_staged("sub_1", 2) == []
        assert again.stage is SetStage.REFUSED

    @pytest.mark.parametrize("given_up", [True, False])
    async def test_an_upload_that_broke_off_begins_anew(self, books: Books, given_up: bool) -> None:
        async with books.transaction() as ledger:
            await ledger.begin("sub_1", SENDER, NOW)
            await ledger.stage("sub_1", staged(1))
            if given_up:
                await ledger.end(ending(released=False, digest=""))

        async with books.transaction() as ledger:
            again = await ledger.begin("sub_1", SENDER, LATER)
            assert await ledger.next_staged("sub_1", 2) == []
        assert again.stage is SetStage.STAGING

    async def test_a_set_that_nobody_began_is_not_there(self, books: Books) -> None:
        async with books.transaction() as ledger:
            assert await ledger.lock("sub_1") is None


def staged(*numbers: int) -> list[Staged]:
    return [Staged(submitted=submitted(number), findings=()) for number in numbers]


def first(claim: Working, code: ReasonCode) -> Decided:
    """The claim's first decision, without money and for one reason."""
    return Decided(
        decision_id=decision_id(claim.claim_id, 1),
        number=1,
        claim=claim,
        decision=returned(code),
        member_keys={},
        traceparent=TRACE,
        decided_at=NOW,
    )


def ending(*, released: bool, digest: str = "digest") -> Ending:
    return Ending(submission_id="sub_1", released=released, content_sha256=digest, receipts=1)
