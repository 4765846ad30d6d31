"""What holds for any set of published files: order, repetition, knowledge, and periods that never overlap."""

from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise, permutations

from hypothesis import given
from hypothesis import strategies as st

from services.claims.application.masters import Masters
from services.claims.domain.masters.kinds import MasterKind
from services.claims.domain.masters.publication import PublishedFile
from services.claims.domain.masters.records import Fields
from services.shared.kernel.months import Month
from tests.support.published_masters import NEVER, REVISIONS, changes, full, told

_CODES = ("A", "B", "C")
_ALL_REVISIONS = {kind: REVISIONS.get(kind, ()) for kind in MasterKind}
_FIRST = date(2020, 3, 1)
_days = st.integers(0, 1_400).map(lambda days: _FIRST + timedelta(days=days))
_texts = st.sampled_from(["p", "q", "r", "s", "?"])


def _written(day: date) -> str:
    return day.strftime("%Y%m%d")


@st.composite
def _complete(draw: st.DrawFn, code: str, change: str) -> Fields:
    starts = draw(_days)
    ends = draw(st.just(NEVER) | st.integers(0, 400).map(lambda days: _written(starts + timedelta(days=days))))
    return (change, code, _written(starts), ends, draw(_texts.filter(lambda text: text != "?")))


@st.composite
def _sparse(draw: st.DrawFn, code: str, change: str) -> Fields:
    starts = draw(st.just("") | _days.map(_written))
    ends = draw(_days.map(_written)) if change == "9" else ""
    return (change, code, starts, ends, draw(st.just("") | _texts))


@st.composite
def _files(draw: st.DrawFn) -> PublishedFile:
    published = str(draw(_days))
    codes = draw(st.lists(st.sampled_from(_CODES), unique=True, min_size=1))
    if draw(st.integers(0, 2)) == 0:
        return full(published, *(draw(_complete(code, draw(st.sampled_from("0235")))) for code in codes))
    records = []
    for code in codes:
        change = draw(st.sampled_from("3559912"))
        records.append(draw(_complete(code, change) if change in "23" else _sparse(code, change)))
    return changes(published, *records)


_sets = st.lists(_files(), max_size=5)


@given(_sets, st.randoms())
def test_the_order_of_import_does_not_matter(files: list[PublishedFile], random: object) -> None:
    shuffled = list(files)
    random.shuffle(shuffled)  # type: ignore[attr-defined]  # hypothesis hands over a random.Random

    assert told(*shuffled) == told(*files)


@given(_sets)
def test_importing_again_has_no_second_effect(files: list[PublishedFile]) -> None:
    assert told(*files, *files) == told(*files)


@given(_sets)
def test_periods_of_a_code_are_in_order_and_never_overlap(files: list[PublishedFile]) -> None:
    history = told(*files)
    for code in _CODES:
        days = [(each.first, each.last) for each in history.versions(code)]

        assert all(first <= last for first, last in days)
        assert all(last < following for (_, last), (following, _) in pairwise(days))


@given(_sets)
def test_an_era_is_loaded_only_by_a_full_file(files: list[PublishedFile]) -> None:
    history = told(*files)
    fulls = sum(file.full for file in files)

    assert sum(each.attested_from is not None for each in history.eras) <= fulls


@st.composite
def _files_of_whole_records(draw: st.DrawFn) -> PublishedFile:
    codes = draw(st.lists(st.sampled_from(_CODES), unique=True, min_size=1))
    records = [draw(_complete(code, draw(st.sampled_from("023")))) for code in codes]
    return (full if draw(st.booleans()) else changes)(str(draw(_days)), *records)


@given(st.lists(_files_of_whole_records(), max_size=5), _days, _days)
def test_what_was_known_on_a_day_is_what_the_files_published_by_then_say(
    files: list[PublishedFile], known: date, treated: date
) -> None:
    month = Month.of(treated)
    then = Masters.of(files, _ALL_REVISIONS).schedule(month, known)
    alone = Masters.of([file for file in files if file.published_on <= known], _ALL_REVISIONS).schedule(month)

    assert (then.kinds, then.attested, then.comments) == (alone.kinds, alone.attested, alone.comments)


@st.composite
def _published_again(draw: st.DrawFn) -> list[PublishedFile]:
    """Few files of whole records, some of them published again: on another day, or as full file or not."""
    files = draw(st.lists(_files_of_whole_records(), min_size=1, max_size=2))
    for file in draw(st.lists(st.sampled_from(files), min_size=1, max_size=2)):
        files.append(replace(file, published_on=draw(_days), full=draw(st.booleans())))
    return files


def _known(masters: Masters, treated: Month, files: list[PublishedFile]) -> list[object]:
    """What is known of a month by all files, and on each day on which a file was published and the day before."""
    days = sorted({day for file in files for day in (file.published_on, file.published_on - timedelta(days=1))})
    schedules = [masters.schedule(treated, day) for day in (None, *days)]
    return [(each.kinds, each.attested, each.comments) for each in schedules]


@given(_published_again(), _days)
def test_every_order_of_files_published_again_tells_the_same_as_known_on_any_day(
    files: list[PublishedFile], treated: date
) -> None:
    month = Month.of(treated)
    expected = _known(Masters.of(files, _ALL_REVISIONS), month, files)
    for order in permutations(files):
        masters = Masters.of([], _ALL_REVISIONS)
        for file in (*order, order[0]):
            masters.schedule(month)
            masters = masters.with_files([file])

        assert _known(masters, month, files) == expected


@given(st.lists(_files_of_whole_records(), min_size=1, max_size=4), st.integers(0, 400), _days)
def test_equal_content_published_again_later_changes_nothing(
    files: list[PublishedFile], later: int, treated: date
) -> None:
    month = Month.of(treated)
    again = [replace(file, published_on=file.published_on + timedelta(days=later)) for file in files]

    once, twice = Masters.of(files, _ALL_REVISIONS), Masters.of([*files, *again], _ALL_REVISIONS)
    assert _known(twice, month, again) == _known(once, month, again)
