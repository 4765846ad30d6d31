"""A month adjudicated again in which a person has several claims: one is paid, wherever batches end."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Final, NamedTuple

import pytest

from services.claims.application import readjudicating
from services.claims.application.readjudicating import Past, PastClaim, Readjudicating
from services.claims.domain.edits.edit import Edit
from services.claims.domain.examination import ALONE, Surroundings
from services.claims.domain.outcome import Outcome
from services.claims.domain.readjudication import Batch, Difference, Place, terms_of
from services.shared.kernel.ids import ClaimId
from services.shared.kernel.months import Month
from tests.contracts.claims.builders import NOW, NoTraces
from tests.usecases.claims.readjudication.masters import DECLARED, GONE, NothingRegistered, Published
from tests.usecases.claims.readjudication.past_in_memory import PastInMemory
from tests.usecases.claims.readjudication.test_judged_again import CLAIM, PAYER, again

A, B, C = [ClaimId("clm_" + letter * 32) for letter in "abc"]
PAID, BACK = Outcome.APPROVED, Outcome.RETURNED
BATCHES: Final = (1, 2, 100)


def claim_of(claim_id: ClaimId, *, known: date = DECLARED, around: Surroundings = ALONE) -> PastClaim:
    """The person's claim as it was decided by what was known on a day."""
    place = replace(CLAIM.place, terms=terms_of(again(CLAIM, known, around).decision))
    return replace(CLAIM, claim_id=claim_id, person=b"person", place=place)


def went_back_and_came_again() -> PastInMemory:
    """A went back for its code; B then came as an ordinary claim and was paid."""
    return PastInMemory.of(claim_of(A, known=GONE), claim_of(B))


class Told(NamedTuple):
    """What a run told, batch by batch, all in one."""

    claims: int
    differences: tuple[Difference, ...]


def asking() -> Readjudicating:
    return Readjudicating(schedules=Published(), registrations=NothingRegistered(), traces=NoTraces())


async def run(ledger: PastInMemory, as_of: date, *, dry: bool = False) -> Told:
    past, batches = Past(month=Month(2024, 5), as_of=as_of), list[Batch]()
    while not batches or batches[-1].last is not None:
        after = batches[-1].last if batches else None
        batches.append(await _batch(ledger, past, after, dry=dry))
    differences = tuple(each for batch in batches for each in batch.differences)
    return Told(sum(batch.claims for batch in batches), differences)


async def _batch(ledger: PastInMemory, past: Past, after: ClaimId | None, *, dry: bool, now: datetime = NOW) -> Batch:
    if dry:
        return await asking().look(ledger, past, after)
    return await asking().decide(ledger, past, after, now=now)


def outcomes(ledger: PastInMemory) -> dict[ClaimId, Outcome]:
    return {each.claim_id: each.place.terms.outcome for each in ledger.claims.values() if each.place.terms is not None}


def payer_yen(ledger: PastInMemory) -> int:
    return sum(each.place.terms.yen_of(PAYER) for each in ledger.claims.values() if each.place.terms is not None)


@pytest.fixture(params=BATCHES, ids=lambda most: f"batches of {most}")
def _batches(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(readjudicating, "MOST_PER_BATCH", request.param)


pytestmark = pytest.mark.usefixtures("_batches")


async def test_a_claim_that_went_back_is_not_paid_beside_the_one_that_came_after_it() -> None:
    ledger = went_back_and_came_again()

    await run(ledger, DECLARED)

    assert (outcomes(ledger), payer_yen(ledger)) == ({A: BACK, B: PAID}, 511)
    terms = ledger.claims[A].place.terms
    assert terms is not None
    assert [each.code for each in terms.grounds] == [Edit.DUPLICATE.name]


async def test_one_that_went_back_as_a_duplicate_is_paid_at_once_where_the_other_goes_back() -> None:
    paid = replace(claim_of(A), receipt=CLAIM.receipt.replace(b"112007410", b"112007411"))
    ledger = PastInMemory.of(paid, claim_of(B, around=Surroundings(has_twin=True)))

    await run(ledger, DECLARED)

    assert (outcomes(ledger), payer_yen(ledger)) == ({A: BACK, B: PAID}, 511)


@pytest.mark.parametrize("order", [(A, B, C), (C, A, B), (B, C, A)])
async def test_of_several_that_went_back_the_first_that_came_is_paid(order: Sequence[ClaimId]) -> None:
    ledger = PastInMemory.of(*(claim_of(each, known=GONE) for each in order))

    await run(ledger, DECLARED)

    assert outcomes(ledger) == {order[0]: PAID, order[1]: BACK, order[2]: BACK}


async def test_of_two_that_were_paid_one_stays_paid() -> None:
    ledger = PastInMemory.of(claim_of(B), claim_of(A))

    await run(ledger, DECLARED)

    assert outcomes(ledger) == {B: PAID, A: BACK}


async def test_a_claim_on_its_way_keeps_one_that_went_back_from_being_paid_and_takes_nothing_from_one_that_stands() -> (
    None
):
    on_its_way = replace(claim_of(C), place=Place(terms=None, cause=None, has_covers=False))
    back, paid = PastInMemory.of(claim_of(A, known=GONE), on_its_way), PastInMemory.of(claim_of(A), on_its_way)

    await run(back, DECLARED)
    await run(paid, DECLARED)

    assert (outcomes(back), outcomes(paid)) == ({A: BACK}, {A: PAID})


async def test_by_the_same_knowledge_nothing_differs_and_a_second_run_changes_nothing() -> None:
    ledger = went_back_and_came_again()

    same = await run(went_back_and_came_again(), GONE)
    first, second = await run(ledger, DECLARED), await run(ledger, DECLARED)

    assert [each.claim_id for each in same.differences] == [B]
    assert [each.claim_id for each in first.differences] == [A]
    assert second == Told(2, ())


async def test_a_look_tells_what_the_run_does() -> None:
    both = (claim_of(C, known=GONE), claim_of(A, known=GONE), claim_of(B))

    looked = await run(PastInMemory.of(*both), DECLARED, dry=True)
    done = await run(PastInMemory.of(*both), DECLARED)

    assert looked == done


async def test_claims_kept_before_persons_were_are_nobody_else_s() -> None:
    ledger = PastInMemory.of(*(replace(claim_of(each, known=GONE), person=b"") for each in (A, B)))

    await run(ledger, DECLARED)

    assert outcomes(ledger) == {A: PAID, B: PAID}
