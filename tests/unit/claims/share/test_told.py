"""What was told of local programmes, as it was known at any instant."""

from datetime import UTC, datetime, timedelta

from services.claims.domain.share.local import programme_of_row
from services.claims.domain.share.national import NATIONAL
from services.claims.domain.share.programmes import UNLISTED, Programme
from services.claims.domain.share.told import MOST_TABLES, NATIONAL_ALONE, NOTHING_TOLD, ProgrammeHistory, Told
from services.shared.kernel.months import Month

JUNE, JULY, AUGUST = (datetime(2026, month, 1, tzinfo=UTC) for month in (6, 7, 8))
A_MOMENT = timedelta(microseconds=1)
MONTH = Month(2026, 5)


def _row(number: str, percent: int, since: str = "") -> Programme:
    return programme_of_row({"number": number, "name": "a", "percent": str(percent), "since": since, "source": "x"})


HISTORY = ProgrammeHistory(
    [
        Told("8013", JULY, (_row("8013", 20),)),
        Told("8013", JUNE, (_row("8013", 10),)),
        Told("81", JUNE, (_row("81", 30),)),
        Told("54", AUGUST, (_row("54", 5),)),
    ]
)


def _percent(at: datetime, number: str, month: Month = MONTH) -> int | None:
    return HISTORY.known(at).table.find(number, month).percent


def test_before_the_first_word_only_the_national_programmes_are_known() -> None:
    assert HISTORY.known(JUNE - A_MOMENT) is NATIONAL_ALONE
    assert NOTHING_TOLD.known(AUGUST).table is NATIONAL
    assert (NOTHING_TOLD.latest, HISTORY.latest) == (None, AUGUST)


def test_what_is_told_anew_of_a_number_replaces_what_was_known_of_it_and_of_no_other() -> None:
    assert (_percent(JUNE, "80130012"), _percent(JULY - A_MOMENT, "80130012")) == (10, 10)
    assert (_percent(JULY, "80130012"), _percent(JULY, "81130012")) == (20, 30)


def test_a_row_told_for_a_national_number_holds_instead_of_the_national_row() -> None:
    assert (_percent(JULY, "54130012"), _percent(AUGUST, "54130012")) == (20, 5)


def test_a_number_told_again_with_other_months_holds_in_those_alone() -> None:
    later = HISTORY.with_told([Told("81", AUGUST, (_row("81", 30, "2026-08"),))])

    assert later.known(AUGUST).table.find("81130012", Month(2026, 8)).percent == 30
    assert later.known(AUGUST).table.find("81130012", Month(2026, 7)) is UNLISTED
    assert HISTORY.known(AUGUST).table.find("81130012", Month(2026, 7)).percent == 30


def test_what_is_known_is_made_once_and_kept_within_bounds() -> None:
    many = ProgrammeHistory(
        [Told("80", JUNE + timedelta(days=day), (_row("80", day),)) for day in range(MOST_TABLES + 5)]
    )
    last = JUNE + timedelta(days=MOST_TABLES + 4)

    assert many.known(last) is many.known(last + A_MOMENT)
    assert [
        many.known(JUNE + timedelta(days=day)).table.find("80", MONTH).percent for day in range(MOST_TABLES + 5)
    ] == list(range(MOST_TABLES + 5))


def test_the_rows_told_last_stand_in_the_order_of_their_numbers() -> None:
    assert [(each.number, each.known_at) for each in HISTORY.known(AUGUST).told] == [
        ("54", AUGUST),
        ("8013", JULY),
        ("81", JUNE),
    ]
