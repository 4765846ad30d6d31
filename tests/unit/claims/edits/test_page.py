"""docs/edits.md: every column of the masters is classified, and what is said to use one does."""

import re
from pathlib import Path

import pytest

from infra.edit_columns import COLUMN_USES, USED, USES
from infra.edits_page import PAGE, columns_of, page
from services.claims.domain.edits.edit import Edit
from services.claims.domain.masters.kinds import MasterKind
from services.claims.domain.masters.layouts import LAYOUTS

ROOMS = Path(__file__).resolve().parents[4] / "services" / "claims" / "domain"
BESIDE_EDITS = {"history", "pricing", "names"}


@pytest.mark.parametrize("kind", list(MasterKind))
def test_every_column_of_the_specification_is_classified_once(kind: MasterKind) -> None:
    assert [item for item, _ in columns_of(kind)] == sorted(COLUMN_USES[kind])
    assert {each.use for each in COLUMN_USES[kind].values()} <= set(USES)
    assert len(list(columns_of(kind))) == LAYOUTS[kind].least


@pytest.mark.parametrize("kind", list(MasterKind))
def test_a_used_column_names_edits_that_there_are_and_any_other_says_why(kind: MasterKind) -> None:
    known = {edit.id for edit in Edit} | BESIDE_EDITS

    for item, each in COLUMN_USES[kind].items():
        if each.use == USED:
            assert set(each.says.split(", ")) <= known, (kind, item)
        assert each.says


@pytest.mark.parametrize("kind", list(MasterKind))
def test_what_is_said_to_use_a_column_reads_its_field(kind: MasterKind) -> None:
    sources = {room: _source(room) for room in ("edits", "pricing", "masters")}

    for column in LAYOUTS[kind].columns:
        use = COLUMN_USES[kind][column.item]
        if use.use != USED or not column.field:
            continue
        users = set(use.says.split(", "))
        rooms = {"masters"} | (users & {"pricing"}) | ({"edits"} if users - BESIDE_EDITS else set())
        assert _reads("".join(sources[room] for room in sorted(rooms)), column.field), (kind, column.item, column.field)


def test_every_edit_of_a_master_stands_beside_a_column_of_it() -> None:
    beside = {said for uses in COLUMN_USES.values() for use in uses.values() for said in use.says.split(", ")}
    of_no_column = {
        "claim.duplicate",
        "claim.too-early",
        "receipt.kind-age",
        "claim.late",
        "payment.not-divisible",
        "code.untold",
    }

    assert {edit.id for edit in Edit} - beside == of_no_column


def test_the_page_is_what_the_edits_and_the_layouts_say() -> None:
    assert PAGE.read_text(encoding="utf-8") == page()


def _reads(source: str, field: str) -> bool:
    """Whether some part of the field's path is read as an attribute."""
    parts = [part for part in field.split(".") if not part.isdigit()]
    return any(re.search(rf"\.{part}\b", source) for part in parts)


def _source(room: str) -> str:
    return "\n".join(path.read_text(encoding="utf-8") for path in sorted((ROOMS / room).glob("*.py")))
