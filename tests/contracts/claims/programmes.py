"""What every ledger of local programmes must do; each passes these."""

from datetime import UTC, datetime, timedelta

from services.claims.application.programmes import (
    Imported,
    ProgrammeKeeper,
    ProgrammeLedger,
    import_programmes,
)
from services.claims.domain.faulty_rows import FaultyRows
from services.shared.kernel.months import Month
from tests.support.programmes import programme_file

CHILDREN, DISABLED = "8813", "8013"
JUNE, JULY, AUGUST = (datetime(2026, month, 1, tzinfo=UTC) for month in (6, 7, 8))
MONTH = Month(2026, 5)
FIRST = programme_file(f"{CHILDREN},子ども医療,,,500,,,,,条例", f"{DISABLED},障害者医療,10,,,,,,,条例")
SECOND = programme_file(f"{CHILDREN},子ども医療,,,200,,,,,条例", f"{DISABLED},障害者医療,10,,,,,,,条例")


class ProgrammeContract:
    """The suite; a subclass has a fixture `ledger`."""

    async def test_what_is_told_anew_of_a_number_replaces_it_and_stays_known_for_before(
        self, ledger: ProgrammeLedger
    ) -> None:
        assert await import_programmes(ledger, FIRST, now=JUNE) == Imported(2, 2, (DISABLED, CHILDREN))
        assert await import_programmes(ledger, SECOND, now=JULY) == Imported(2, 2, (CHILDREN,))

        assert [(each.number, each.known_at) for each in await ledger.told_after(None)] == [
            (DISABLED, JUNE),
            (CHILDREN, JUNE),
            (CHILDREN, JULY),
        ]
        assert await limits(ledger, JUNE - timedelta(days=1), JUNE, JULY, AUGUST) == [None, 500, 200, 200]

    async def test_the_same_file_again_changes_nothing(self, ledger: ProgrammeLedger) -> None:
        await import_programmes(ledger, FIRST, now=JUNE)

        assert await import_programmes(ledger, FIRST, now=JULY) == Imported(2, 2, ())
        assert await ledger.latest() == JUNE

    async def test_what_was_told_first_may_be_told_again_after_something_else(self, ledger: ProgrammeLedger) -> None:
        await import_programmes(ledger, FIRST, now=JUNE)
        await import_programmes(ledger, SECOND, now=JULY)
        await import_programmes(ledger, FIRST, now=AUGUST)

        assert await limits(ledger, JUNE, JULY, AUGUST) == [500, 200, 500]

    async def test_a_faulty_file_changes_nothing(self, ledger: ProgrammeLedger) -> None:
        faulty = programme_file(f"{CHILDREN},子ども医療,,,500,,,,,条例", "80,b,ten,,,,,,,条例")

        assert isinstance(await import_programmes(ledger, faulty, now=JUNE), FaultyRows)
        assert await ledger.latest() is None
        assert await ledger.told_after(None) == []

    async def test_what_is_told_later_is_never_known_earlier_whatever_the_clock_says(
        self, ledger: ProgrammeLedger
    ) -> None:
        await import_programmes(ledger, FIRST, now=JULY)
        await import_programmes(ledger, SECOND, now=JUNE)

        [later] = await ledger.told_after(JULY)
        assert (later.number, later.known_at) == (CHILDREN, await ledger.latest())

    async def test_only_what_was_told_since_is_read(self, ledger: ProgrammeLedger) -> None:
        await import_programmes(ledger, FIRST, now=JUNE)
        await import_programmes(ledger, SECOND, now=JULY)

        assert [each.number for each in await ledger.told_after(JUNE)] == [CHILDREN]
        assert await ledger.told_after(JULY) == []


async def limits(ledger: ProgrammeLedger, *known: datetime) -> list[int | None]:
    """The outpatient limit of the children's programme, as known at instants."""
    history = await ProgrammeKeeper().history(ledger)
    return [history.known(at).table.find(f"{CHILDREN}0012", MONTH).outpatient_limit_yen for at in known]
