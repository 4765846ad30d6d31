"""Each layout lists every item of the specification once, and every field of its row."""

from dataclasses import fields

import pytest

from services.claims.domain.masters.kinds import MasterKind
from services.claims.domain.masters.layouts import LAYOUTS
from services.claims.domain.masters.units import UNITS

ITEMS = {
    MasterKind.DISEASE: (46, 46),
    MasterKind.MODIFIER: (19, 19),
    MasterKind.ACT: (127, 150),
    MasterKind.DRUG: (35, 35),
    MasterKind.MATERIAL: (37, 37),
    MasterKind.COMMENT: (24, 30),
}
"""Items with a meaning or a reserve before the last of them, and columns in all: chapter 3 of the specification."""


@pytest.mark.parametrize("kind", MasterKind)
def test_columns_stand_in_the_order_of_the_specification(kind: MasterKind) -> None:
    layout = LAYOUTS[kind]

    assert (len(layout.columns), layout.least) == ITEMS[kind]
    assert [column.item for column in layout.columns] == list(range(1, len(layout.columns) + 1))


@pytest.mark.parametrize("kind", MasterKind)
def test_every_field_of_a_row_comes_from_a_column(kind: MasterKind) -> None:
    layout = LAYOUTS[kind]

    stated = {column.field.partition(".")[0] for column in layout.columns if column.field}

    assert stated | {"extra"} == {field.name for field in fields(layout.row)}


@pytest.mark.parametrize("kind", MasterKind)
def test_only_reserves_letters_and_lengths_are_not_kept(kind: MasterKind) -> None:
    layout = LAYOUTS[kind]
    counted = {item for item, _ in layout.lengths}

    dropped = {column.japanese for column in layout.columns if not column.field and column.item not in counted}

    assert dropped <= {"予備", "マスター種別", "区分"}


def test_units_are_those_of_the_specification() -> None:
    assert len(UNITS) == 61 + 60
    assert (UNITS["16"], UNITS["36"], UNITS["161"]) == ("錠", "ｍＬ", "２年")
