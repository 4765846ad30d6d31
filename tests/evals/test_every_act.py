"""No act of the master is stopped, or priced otherwise than declared, on a receipt that is true to its row.

An addition by note stands beside an act of its group, and nowhere else.
"""

import pytest

from services.claims.domain.edits.edit import Severity
from tests.evals.every_act import Alone, Noted, every_act, every_note
from tests.mutations.scenes import Stage
from tests.mutations.seen import seen
from tests.support.judged import Judged
from tests.support.official_data import official_data
from tests.support.valid_receipts.masters import masters_before, read_masters

FEWEST = 5_500


@pytest.fixture(scope="module", params=["202407", "202110"])
def looked_at(request: pytest.FixtureRequest) -> list[tuple[Alone, Judged]]:
    """By the schedule of 2024, and by that before last, of which acts alone are at hand."""
    read = read_masters if request.param == "202407" else masters_before
    stage = Stage(read(official_data("masters")), request.param)
    return [(alone, seen(alone.scene)) for alone in every_act(stage)]


def test_most_acts_of_the_master_are_looked_at(looked_at: list[tuple[Alone, Judged]]) -> None:
    assert len(looked_at) >= FEWEST


def test_no_act_is_stopped_on_a_receipt_true_to_its_row(looked_at: list[tuple[Alone, Judged]]) -> None:
    stopped = [
        (alone.act.code, found.edit.id, found.detail)
        for alone, case in looked_at
        for found in case.findings
        if found.edit.severity is not Severity.NOTE
    ]

    assert stopped == []


def test_every_act_is_priced_as_its_row_says(looked_at: list[tuple[Alone, Judged]]) -> None:
    differing = [
        (alone.act.code, unit.points, answer.points)
        for alone, case in looked_at
        for unit, answer in zip(case.treatment.units, case.pricing.units, strict=True)
        if unit.points != answer.points
    ]

    assert differing == []


@pytest.fixture(scope="module")
def notes() -> list[Noted]:
    return list(every_note(Stage(read_masters(official_data("masters")))))


def test_no_addition_is_stopped_beside_an_act_of_its_group_and_both_are_priced(notes: list[Noted]) -> None:
    wrong = []
    for noted in notes:
        case = seen(noted.together)
        heavy = [found.edit.id for found in case.findings if found.edit.severity is not Severity.NOTE]
        units = zip(case.treatment.units, case.pricing.units, strict=True)
        if heavy or any(unit.points != answer.points for unit, answer in units):
            wrong.append((noted.note.code, noted.base.code, heavy))

    assert len(notes) > 400
    assert wrong == []


def test_every_addition_without_an_act_of_its_group_is_found(notes: list[Noted]) -> None:
    found = {noted.note.code: {each.edit.id for each in seen(noted.alone).findings} for noted in notes}

    assert [code for code, edits in found.items() if "note.without-base" not in edits] == []
