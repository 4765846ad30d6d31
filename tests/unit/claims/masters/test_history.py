"""What files of one kind say together."""

from tests.support.published_masters import NEVER, changes, day, full, periods, told

BASE = full("2020-03-20", ("0", "A", "20200401", NEVER, "first"), ("0", "B", "20200401", NEVER, "b"))


def test_a_row_of_a_full_file_holds_to_the_end_of_its_era() -> None:
    assert periods(told(BASE), "A") == [("2020-04-01", "2022-03-31", "first")]


def test_a_change_holds_from_its_day_and_ends_the_version_before() -> None:
    history = told(BASE, changes("2020-09-01", ("5", "A", "20201001", "", "second")))

    assert periods(history, "A") == [
        ("2020-04-01", "2020-09-30", "first"),
        ("2020-10-01", "2022-03-31", "second"),
    ]


def test_a_change_without_a_day_corrects_what_was_published_last() -> None:
    history = told(
        BASE,
        changes("2020-09-01", ("5", "A", "20201001", "", "second")),
        changes("2020-11-01", ("5", "A", "", "", "corrected")),
    )

    assert periods(history, "A") == [
        ("2020-04-01", "2020-09-30", "first"),
        ("2020-10-01", "2022-03-31", "corrected"),
    ]


def test_a_column_left_blank_keeps_what_it_said() -> None:
    history = told(BASE, changes("2020-09-01", ("5", "A", "20201001", "", "")))

    assert periods(history, "A")[1] == ("2020-10-01", "2022-03-31", "first")


def test_a_change_of_an_earlier_day_does_not_undo_a_later_one() -> None:
    history = told(
        BASE,
        changes("2020-09-01", ("5", "A", "20201001", "", "later")),
        changes("2020-12-01", ("5", "A", "20200701", "", "earlier")),
    )

    assert periods(history, "A") == [
        ("2020-04-01", "2020-06-30", "first"),
        ("2020-07-01", "2020-09-30", "earlier"),
        ("2020-10-01", "2022-03-31", "later"),
    ]


def test_a_change_of_a_day_before_the_code_began_moves_its_beginning() -> None:
    history = told(
        BASE,
        changes("2020-09-01", ("3", "N", "20201101", NEVER, "new")),
        changes("2020-09-10", ("5", "N", "20201001", "", "")),
    )

    assert periods(history, "N") == [("2020-10-01", "2022-03-31", "new")]


def test_an_abolished_code_ends_on_its_last_day_of_use() -> None:
    history = told(BASE, changes("2020-11-08", ("9", "A", "20201201", "20201130", "")))

    assert periods(history, "A") == [("2020-04-01", "2020-11-30", "first")]


def test_an_abolition_takes_away_a_version_announced_for_a_later_day() -> None:
    history = told(
        BASE,
        changes("2020-09-01", ("5", "A", "20210101", "", "never came")),
        changes("2020-11-08", ("9", "A", "", "20201130", "")),
    )

    assert periods(history, "A") == [("2020-04-01", "2020-11-30", "first")]


def test_an_erased_code_never_was() -> None:
    history = told(
        BASE,
        changes("2020-09-01", ("3", "N", "20201001", NEVER, "new")),
        changes("2020-09-10", ("1", "N", "20201001", "", "")),
    )

    assert periods(history, "N") == []


def test_a_revived_code_lives_again_after_a_gap() -> None:
    history = told(
        BASE,
        changes("2020-11-08", ("9", "A", "", "20201130", "")),
        changes("2021-02-01", ("2", "A", "20210301", NEVER, "again")),
    )

    assert periods(history, "A") == [
        ("2020-04-01", "2020-11-30", "first"),
        ("2021-03-01", "2022-03-31", "again"),
    ]


def test_a_code_revived_without_a_day_of_its_own_lives_from_the_day_after_its_end() -> None:
    history = told(
        BASE,
        changes("2020-11-08", ("9", "A", "", "20201130", "")),
        changes("2021-02-01", ("2", "A", "20200401", NEVER, "again")),
    )

    assert periods(history, "A")[1] == ("2020-12-01", "2022-03-31", "again")


def test_a_code_that_a_later_full_file_of_the_era_lacks_ends_before_that_file() -> None:
    history = told(BASE, full("2021-07-01", ("0", "A", "20210601", NEVER, "kept")))

    assert periods(history, "B") == [("2020-04-01", "2021-06-30", "b")]
    assert periods(history, "A") == [
        ("2020-04-01", "2021-05-31", "first"),
        ("2021-06-01", "2022-03-31", "kept"),
    ]


def test_a_later_full_file_does_not_prolong_what_was_abolished_before_it() -> None:
    history = told(
        BASE,
        changes("2020-11-08", ("9", "B", "", "20201130", "")),
        full("2021-07-01", ("0", "A", "20200401", NEVER, "first")),
    )

    assert periods(history, "B") == [("2020-04-01", "2020-11-30", "b")]


def test_an_era_without_its_full_file_is_not_loaded_and_is_served_by_no_other() -> None:
    history = told(BASE, changes("2022-06-01", ("3", "N", "20220701", NEVER, "new")))

    assert history.loaded_on(day("2022-03-31")) is not None
    assert history.loaded_on(day("2022-07-01")) is None
    assert periods(history, "N") == [("2022-07-01", "2024-03-31", "new")]


def test_a_day_beyond_the_revisions_known_is_not_loaded() -> None:
    history = told(full("2022-03-20", ("0", "A", "20220401", NEVER, "a")))

    assert history.loaded_on(day("2024-03-31")) is not None
    assert history.loaded_on(day("2024-04-01")) is None
    assert history.loaded_on(day("2022-03-31")) is None


def test_a_full_file_published_before_the_revision_is_of_the_era_that_its_rows_bear() -> None:
    history = told(full("2022-03-20", ("0", "A", "20220401", NEVER, "a")))

    assert history.eras[0].era == (day("2022-04-01"), day("2024-03-31"))
    assert history.eras[0].attested_from == day("2022-04-01")


def test_a_full_file_that_comes_out_late_attests_from_its_own_day_only() -> None:
    history = told(full("2021-02-18", ("0", "A", "20200401", NEVER, "a")))

    assert history.loaded_on(day("2020-04-01")) is not None
    assert history.eras[0].attested_from == day("2021-02-18")


def test_a_row_new_under_two_masters_stands_in_both() -> None:
    history = told(
        BASE,
        full("2022-03-20", ("0", "A", "20220401", NEVER, "a22")),
        changes("2022-03-25", ("3", "N", "20220325", NEVER, "new")),
    )

    assert periods(history, "N") == [
        ("2022-03-25", "2022-03-31", "new"),
        ("2022-04-01", "2024-03-31", "new"),
    ]


def test_a_change_to_a_code_that_nobody_knows_is_told() -> None:
    history = told(BASE, changes("2020-09-01", ("5", "X", "20201001", "", "x")))

    assert [(each.line, each.code) for each in history.unapplied] == [(1, "X")]
    assert periods(history, "X") == []


def test_a_change_that_makes_the_record_break_a_rule_changes_nothing_and_is_told() -> None:
    history = told(BASE, changes("2020-09-01", ("5", "A", "20201001", "", "?")))

    assert periods(history, "A") == [
        ("2020-04-01", "2022-03-31", "first"),
    ]
    assert [(each.line, each.code) for each in history.unapplied] == [(1, "A")]
