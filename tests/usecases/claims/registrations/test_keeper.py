"""Registrations in memory: the contract, and what is kept of them."""

import pytest

from services.claims.application.registrations import RegistrationKeeper, import_registrations
from tests.contracts.claims.registrations import AUGUST, CLINIC, FIRST, JULY, JUNE, OTHER, SECOND, RegistrationContract
from tests.support.registrations import RegistrationsInMemory


@pytest.fixture
def ledger() -> RegistrationsInMemory:
    return RegistrationsInMemory()


class TestRegistrationsInMemory(RegistrationContract):
    """The fake."""


async def test_a_registration_is_read_once_however_often_it_is_asked_for(ledger: RegistrationsInMemory) -> None:
    await import_registrations(ledger, FIRST, now=JUNE)
    keeper = RegistrationKeeper(ledger=ledger)

    first = await keeper.standards([CLINIC, OTHER], JULY)
    again = await keeper.standards([CLINIC], JULY)

    assert again[CLINIC] is first[CLINIC]
    assert ledger.read == 2


async def test_a_new_registration_is_picked_up_with_the_next_question(ledger: RegistrationsInMemory) -> None:
    await import_registrations(ledger, FIRST, now=JUNE)
    keeper = RegistrationKeeper(ledger=ledger)
    before = await keeper.standards([CLINIC], AUGUST)

    await import_registrations(ledger, SECOND, now=JULY)

    assert (await keeper.standards([CLINIC], AUGUST))[CLINIC] != before[CLINIC]
