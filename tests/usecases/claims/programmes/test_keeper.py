"""Local programmes in memory: the contract, and what is kept of them."""

import pytest

from services.claims.application.programmes import NO_LOCAL_PROGRAMMES, ProgrammeKeeper, import_programmes
from services.claims.domain.share.told import NATIONAL_ALONE
from tests.contracts.claims.programmes import AUGUST, CHILDREN, FIRST, JULY, JUNE, MONTH, SECOND, ProgrammeContract
from tests.support.programmes import ProgrammesInMemory


@pytest.fixture
def ledger() -> ProgrammesInMemory:
    return ProgrammesInMemory()


class TestProgrammesInMemory(ProgrammeContract):
    """The fake."""


async def test_what_was_told_is_read_once_however_often_it_is_asked_for(ledger: ProgrammesInMemory) -> None:
    await import_programmes(ledger, FIRST, now=JUNE)
    keeper = ProgrammeKeeper()

    first = await keeper.history(ledger)

    assert await keeper.history(ledger) is first
    assert ledger.read == 2


async def test_a_new_table_is_picked_up_with_the_next_question_and_nothing_else_is_read(
    ledger: ProgrammesInMemory,
) -> None:
    await import_programmes(ledger, FIRST, now=JUNE)
    keeper = ProgrammeKeeper()
    before = await keeper.history(ledger)
    await import_programmes(ledger, SECOND, now=JULY)

    after = await keeper.history(ledger)

    assert ledger.read == 3
    assert before.known(AUGUST).table.find(CHILDREN, MONTH).outpatient_limit_yen == 500
    assert after.known(AUGUST).table.find(CHILDREN, MONTH).outpatient_limit_yen == 200


async def test_where_no_programme_is_told_of_only_the_national_ones_are_known(ledger: ProgrammesInMemory) -> None:
    await import_programmes(ledger, FIRST, now=JUNE)

    assert (await NO_LOCAL_PROGRAMMES.history(ledger)).known(AUGUST) is NATIONAL_ALONE
