"""What plants faults into receipts, and what writes valid ones, know nothing of the platform that must judge them."""

import ast
from pathlib import Path

import pytest

from infra.local.settings import REPOSITORY

OURS = {"services", "infra", "seikyu"}


def imported_by(path: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found.add(node.module or "")
    return found


@pytest.mark.parametrize("room", ["mutator", "valid_receipts"])
def test_neither_mutator_nor_generator_imports_the_platform(room: str) -> None:
    modules = sorted((REPOSITORY / "tests" / "support" / room).rglob("*.py"))
    used = {(path.name, name) for path in modules for name in imported_by(path)}

    assert len(modules) > 1
    assert {each for each in used if each[1].split(".")[0] in OURS} == set()


def test_what_they_import_of_the_tests_is_only_themselves() -> None:
    rooms = ("tests.support.mutator", "tests.support.valid_receipts")
    modules = [path for room in rooms for path in (REPOSITORY / room.replace(".", "/")).rglob("*.py")]
    used = {(path.name, name) for path in modules for name in imported_by(path) if name.startswith("tests")}

    assert {each for each in used if not each[1].startswith(rooms)} == set()


def test_the_mutator_does_not_read_the_masters() -> None:
    modules = (REPOSITORY / "tests" / "support" / "mutator").rglob("*.py")
    used = {name for path in modules for name in imported_by(path)}

    assert {name for name in used if "valid_receipts" in name} == set()
