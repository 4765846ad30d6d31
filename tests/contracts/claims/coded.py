"""What the ledger keeps of codes, the fake and the Postgres one alike. Subclass and give the fixture `coded_books`."""

from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from datetime import timedelta
from typing import Protocol

from services.claims.application.late_codes import CodedClaims
from services.claims.application.model import Attached, Decided, NewClaim, Working
from services.claims.application.ports import IntakeLedger
from services.claims.domain.correction import Cause, State, unreadable
from services.claims.domain.found_codes import CodeRevision, FoundCode
from services.claims.domain.readjudication import terms_of
from services.shared.kernel.ids import decision_id
from tests.contracts.claims.builders import DEADLINE, NOW, SENDER, TRACE, claims, coded, determined

LATER = NOW + timedelta(minutes=1)
CODE = FoundCode(4, "8833421", ("2056", "8002"))


class CodedLedger(IntakeLedger, CodedClaims, Protocol):
    """Both ports: the suite accepts claims itself."""


class CodedBooks(Protocol):
    """A ledger, one transaction at a time."""

    def transaction(self) -> AbstractAsyncContextManager[CodedLedger]: ...


async def accepted(books: CodedBooks, count: int = 1) -> list[NewClaim]:
    new = claims(count, text="高血圧症")
    async with books.transaction() as ledger:
        await ledger.insert_claims(SENDER, new, NOW)
        await ledger.insert_work(new, {each.claim_id: DEADLINE for each in new}, NOW)
    return new


async def pended(books: CodedBooks, claim: NewClaim) -> None:
    """Decide the claim without money, on what eligibility answered."""
    async with books.transaction() as ledger:
        await ledger.save_covers([determined(claim.claim_id)], NOW)
        working = await ledger.lock_work([claim.claim_id])
        await ledger.save_decisions([decided(each) for each in working], NOW)


def decided(claim: Working) -> Decided:
    return Decided(
        decision_id=decision_id(claim.claim_id, 1),
        number=1,
        claim=claim,
        decision=unreadable(),
        member_keys={},
        traceparent=TRACE,
        decided_at=NOW,
    )


class CodedContract:
    async def test_it_is_told_which_claims_had_no_codes_before(self, coded_books: CodedBooks) -> None:
        one, other = [each.claim_id for each in await accepted(coded_books, 2)]
        async with coded_books.transaction() as ledger:
            first = await ledger.save_codings([coded(one)], set(), LATER)

        async with coded_books.transaction() as ledger:
            again = await ledger.save_codings([coded(one), coded(other)], {other}, LATER)
        assert (first, again) == (Attached(new={one: 0}), Attached(new={other: 0}))

    async def test_each_revision_is_kept_once_and_the_highest_that_is_new_is_told(
        self, coded_books: CodedBooks
    ) -> None:
        [claim] = [each.claim_id for each in await accepted(coded_books)]
        async with coded_books.transaction() as ledger:
            first = await ledger.save_codings([coded(claim, revision=2), coded(claim, revision=1)], set(), LATER)
            again = await ledger.save_codings([coded(claim, revision=2), coded(claim)], {claim}, LATER)

        assert (first.new, again.new) == ({claim: 2}, {claim: 0})

    async def test_another_answer_under_a_number_that_was_given_is_told_and_the_first_one_stays(
        self, coded_books: CodedBooks
    ) -> None:
        one, other = [each.claim_id for each in await accepted(coded_books, 2)]
        async with coded_books.transaction() as ledger:
            await ledger.save_codings([coded(one, CODE), coded(other, CODE)], set(), LATER)
            again = await ledger.save_codings([coded(one), coded(other, CODE, at=LATER)], set(), LATER)
            kept = await ledger.read_codings([one])

        assert again == Attached(new={}, contradicted=frozenset({one}))
        assert kept[one].codes == (CODE,)

    async def test_the_codes_that_coding_was_sure_of_are_read_again_and_the_first_answer_s(
        self, coded_books: CodedBooks
    ) -> None:
        one, other, uncoded = [each.claim_id for each in await accepted(coded_books, 3)]
        async with coded_books.transaction() as ledger:
            await ledger.save_codings([coded(one, CODE), coded(other)], set(), LATER)
            await ledger.save_codings([coded(one)], set(), LATER)

        async with coded_books.transaction() as ledger:
            assert await ledger.read_codings([one, other, uncoded]) == {
                one: CodeRevision(0, (CODE,), NOW),
                other: CodeRevision(0, (), NOW),
            }

    async def test_the_highest_revision_is_read_in_whatever_order_they_came(self, coded_books: CodedBooks) -> None:
        [claim] = [each.claim_id for each in await accepted(coded_books)]
        async with coded_books.transaction() as ledger:
            await ledger.save_codings([coded(claim, CODE, at=LATER, revision=1)], set(), LATER)
            await ledger.save_codings([coded(claim)], {claim}, LATER)

        async with coded_books.transaction() as ledger:
            assert await ledger.read_codings([claim]) == {claim: CodeRevision(1, (CODE,), LATER)}

    async def test_a_decided_claim_is_seen_with_its_codes_and_when_coding_answered(
        self, coded_books: CodedBooks
    ) -> None:
        one, other = await accepted(coded_books, 2)
        await pended(coded_books, one)
        async with coded_books.transaction() as ledger:
            await ledger.save_codings([coded(one.claim_id, CODE, at=LATER)], {one.claim_id}, LATER)

        async with coded_books.transaction() as ledger:
            seen = {each.claim_id: each for each in await ledger.past([one.claim_id, other.claim_id])}
            [standing] = await ledger.stand([one.claim_id])
        made, waits = seen[one.claim_id], seen[other.claim_id]
        assert (made.revisions, made.saw) == ((CodeRevision(0, (CODE,), LATER),), None)
        assert (made.place.terms, made.place.cause) == (terms_of(unreadable()), Cause.SUBMITTED)
        assert made.covers == determined(one.claim_id).covers
        assert (waits.revisions, waits.saw, waits.place.terms) == ((), None, None)
        assert (standing.state, standing.number, standing.claim.coded_at) == (State.PENDED, 1, None)

    async def test_a_decision_is_seen_with_the_revision_that_it_saw(self, coded_books: CodedBooks) -> None:
        [claim] = [each.claim_id for each in await accepted(coded_books)]
        async with coded_books.transaction() as ledger:
            await ledger.save_codings([coded(claim), coded(claim, CODE, revision=1)], set(), LATER)
            await ledger.save_covers([determined(claim)], NOW)
            [working] = await ledger.lock_work([claim])
            await ledger.save_decisions([decided(replace(working, coding_revision=1))], NOW)
            await ledger.save_codings([coded(claim, revision=2)], {claim}, LATER)

        async with coded_books.transaction() as ledger:
            [seen] = await ledger.past([claim])
            [standing] = await ledger.stand([claim])
        assert [each.number for each in seen.revisions] == [0, 1, 2]
        assert (seen.saw, seen.as_decided.codes, seen.codes) == (1, (CODE,), ())
        assert standing.claim.coding_revision == 1

    async def test_a_claim_under_review_is_seen_so_by_who_holds_it(self, coded_books: CodedBooks) -> None:
        [claim] = await accepted(coded_books)
        await pended(coded_books, claim)
        async with coded_books.transaction() as ledger:
            await ledger.open_review(claim.claim_id, Cause.PAYER_REVIEW, LATER)

        async with coded_books.transaction() as ledger:
            await ledger.hold([claim.claim_id])
            [seen] = await ledger.past([claim.claim_id])
        assert seen.place.under_review
