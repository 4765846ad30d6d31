from datetime import date

import pytest

from services.coding.domain.naming.listed import Change, Entry, Listed, NameKind, NameMaster, Publication
from services.shared.kernel.months import Month

BEFORE, NOW = date(2022, 2, 18), date(2024, 5, 31)


def entry(change: Change, code: str, name: str = "", *, since: date | None = None, to: date | None = None) -> Entry:
    return Entry(change=change, code=code, names=(name, name), valid_from=since, valid_to=to)


def merged(*publications: Publication) -> dict[str, Listed]:
    return {row.code: row for row in NameMaster.of(NameKind.PROCEDURE, "test", publications).rows}


OLD = Publication(
    day=BEFORE,
    is_full=True,
    entries=(
        entry(Change.NONE, "113010010", "診療情報提供料（３）", since=date(2020, 4, 1)),
        entry(Change.NONE, "190190110", "急性期一般入院料７", since=date(2020, 4, 1)),
    ),
)
NEW = Publication(
    day=NOW,
    is_full=True,
    entries=(entry(Change.NONE, "113010010", "連携強化診療情報提供料", since=date(2024, 6, 1)),),
)


def test_a_code_that_lives_on_keeps_its_former_name_and_its_first_day() -> None:
    row = merged(OLD, NEW)["113010010"]

    assert row.name == "連携強化診療情報提供料"
    assert row.former == ("診療情報提供料（３）",)
    assert row.is_live(Month(2020, 4))
    assert row.is_live(Month(2026, 1))


def test_a_code_that_a_newer_whole_master_has_not_ends_with_it() -> None:
    row = merged(NEW, OLD)["190190110"]

    assert row.is_live(Month(2024, 5))
    assert not row.is_live(Month(2024, 6))


def test_a_differential_file_changes_what_it_states_and_leaves_the_rest() -> None:
    later = Publication(
        day=date(2024, 11, 8),
        is_full=False,
        entries=(
            entry(Change.CHANGED, "113010010", "", since=date(2024, 12, 1)),
            entry(Change.NEW, "111703870", "新しい加算", since=date(2024, 12, 1)),
        ),
    )

    rows = merged(NEW, later)

    assert rows["113010010"].name == "連携強化診療情報提供料"
    assert rows["113010010"].valid_from == date(2024, 6, 1)
    assert not rows["111703870"].is_live(Month(2024, 11))


def test_an_abolished_code_lives_to_its_last_day() -> None:
    ended = Publication(
        day=date(2024, 11, 8),
        is_full=False,
        entries=(entry(Change.ABOLISHED, "113010010", to=date(2024, 11, 30)),),
    )

    row = merged(NEW, ended)["113010010"]

    assert row.is_live(Month(2024, 11))
    assert not row.is_live(Month(2024, 12))


def test_a_change_of_a_code_that_no_file_has_is_left_out() -> None:
    changed = Publication(day=NOW, is_full=False, entries=(entry(Change.CHANGED, "113010010", ""),))

    assert merged(changed) == {}


@pytest.mark.parametrize("code", ["12345678", "1234567890", "１２３４５６７８９"])
def test_a_code_has_nine_digits(code: str) -> None:
    with pytest.raises(ValueError, match="9 digits"):
        Listed(code=code, names=("検査",), valid_from=BEFORE, valid_to=NOW)
