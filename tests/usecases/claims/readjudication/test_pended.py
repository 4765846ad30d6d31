"""A person looks at a pended claim whose receipt does not pass the rules of form any more."""

from dataclasses import replace

from services.claims.application.correcting import Asker, Corrected
from services.claims.application.pended import DecidingPended
from services.claims.domain.correction import Refusal, State, unreadable
from services.claims.domain.readjudication import terms_of
from tests.contracts.claims.builders import NOW, NoTraces
from tests.usecases.claims.readjudication.masters import NothingRegistered, Published
from tests.usecases.claims.readjudication.past_in_memory import PastInMemory
from tests.usecases.claims.readjudication.test_judged_again import CLAIM

DESK = Asker(subject="operator:desk")
PENDED = replace(CLAIM, place=replace(CLAIM.place, terms=terms_of(unreadable())))


def deciding() -> DecidingPended:
    return DecidingPended(schedules=Published(), registrations=NothingRegistered(), traces=NoTraces())


async def test_it_cannot_be_accepted_while_it_is_read_no_longer() -> None:
    ledger = PastInMemory.of(replace(PENDED, receipt=b"RE,1\r\n"))

    assert await deciding().accept(ledger, CLAIM.claim_id, DESK, now=NOW) is Refusal.UNREADABLE
    assert ledger.announced == []


async def test_it_is_returned_or_accepted_once_it_is_read_again() -> None:
    unread, read = PastInMemory.of(replace(PENDED, receipt=b"RE,1\r\n")), PastInMemory.of(PENDED)

    back = await deciding().give_back(unread, CLAIM.claim_id, DESK, now=NOW)
    paid = await deciding().accept(read, CLAIM.claim_id, DESK, now=NOW)

    assert isinstance(back, Corrected)
    assert isinstance(paid, Corrected)
    assert (back.state, paid.state) == (State.RETURNED, State.APPROVED)
