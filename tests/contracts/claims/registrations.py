"""What every ledger of registrations must do; each passes these."""

from datetime import UTC, datetime

from services.claims.application.registrations import (
    Imported,
    Known,
    RegistrationKeeper,
    RegistrationLedger,
    import_registrations,
)
from services.claims.domain.faulty_rows import FaultyRows
from tests.support.registrations import registration_file

CLINIC, OTHER = "1310000003", "1310000011"
JUNE, JULY, AUGUST = (datetime(2024, month, 1, tzinfo=UTC) for month in (6, 7, 8))
FIRST = registration_file(f"{CLINIC},standard,236,2024-04-01,", f"{OTHER},standard,100,2024-04-01,")
SECOND = registration_file(f"{CLINIC},standard,237,2024-04-01,", f"{OTHER},standard,100,2024-04-01,")
DAY = datetime(2024, 5, 1, tzinfo=UTC).date()


class RegistrationContract:
    """The suite; a subclass has a fixture `ledger`."""

    async def test_what_is_told_anew_replaces_what_was_known_and_what_was_known_stays(
        self, ledger: RegistrationLedger
    ) -> None:
        assert await import_registrations(ledger, FIRST, now=JUNE) == Imported(2, 2)
        assert await import_registrations(ledger, SECOND, now=JULY) == Imported(2, 1)

        assert await ledger.latest([CLINIC, OTHER], AUGUST) == [Known(CLINIC, JULY), Known(OTHER, JUNE)]
        assert await ledger.latest([CLINIC], JUNE) == [Known(CLINIC, JUNE)]

    async def test_the_same_file_again_changes_nothing(self, ledger: RegistrationLedger) -> None:
        await import_registrations(ledger, FIRST, now=JUNE)

        assert await import_registrations(ledger, FIRST, now=JULY) == Imported(2, 0)
        assert await ledger.latest([CLINIC], AUGUST) == [Known(CLINIC, JUNE)]

    async def test_what_was_told_first_may_be_told_again_after_something_else(self, ledger: RegistrationLedger) -> None:
        await import_registrations(ledger, FIRST, now=JUNE)
        await import_registrations(ledger, SECOND, now=JULY)

        assert await import_registrations(ledger, FIRST, now=AUGUST) == Imported(2, 1)
        assert await standards(ledger, CLINIC, AUGUST) == (True, False)

    async def test_a_faulty_file_changes_nothing(self, ledger: RegistrationLedger) -> None:
        faulty = registration_file(f"{CLINIC},standard,236,2024-04-01,", f"{OTHER},standard,?,2024-04-01,")

        assert isinstance(await import_registrations(ledger, faulty, now=JUNE), FaultyRows)
        assert await ledger.latest([CLINIC, OTHER], AUGUST) == []

    async def test_before_a_hospital_was_told_of_nothing_is_known(self, ledger: RegistrationLedger) -> None:
        await import_registrations(ledger, FIRST, now=JULY)

        assert await RegistrationKeeper(ledger=ledger).standards([CLINIC, "1310000029"], JUNE) == {}
        assert set(await RegistrationKeeper(ledger=ledger).standards([CLINIC, "1310000029"], JULY)) == {CLINIC}

    async def test_a_month_is_seen_with_the_knowledge_of_its_day(self, ledger: RegistrationLedger) -> None:
        await import_registrations(ledger, FIRST, now=JUNE)
        await import_registrations(ledger, SECOND, now=JULY)

        assert await standards(ledger, CLINIC, JUNE) == (True, False)
        assert await standards(ledger, CLINIC, JULY) == (False, True)


async def standards(ledger: RegistrationLedger, code: str, as_known: datetime) -> tuple[bool | None, bool | None]:
    """Whether the hospital meets 236 and 237."""
    known = (await RegistrationKeeper(ledger=ledger).standards([code], as_known))[code]
    return known.meets("236", DAY), known.meets("237", DAY)
