"""The compiled rules say the same as the plain ones, and are used only for the sources that they were made from."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from infra import native
from infra.local.environments import base_environment
from infra.local.settings import REPOSITORY
from infra.native import BUILT, SWITCH, modules, native_tree
from tests.support.official_data import official_data


@pytest.fixture
def tree() -> Path:
    found = native_tree()
    if found is None:
        pytest.skip("these sources are not compiled; `make native` does it where a C compiler is at hand")
    return found


def said_in(folder: Path, teller: str) -> list[str]:
    done = subprocess.run(
        [sys.executable, "-m", f"tests.support.{teller}", str(official_data("masters"))],
        cwd=folder,
        env={**os.environ, **base_environment(), "PYTHONHASHSEED": "0"},
        capture_output=True,
        text=True,
        check=True,
        timeout=200,
    )
    return done.stdout.splitlines()


def test_compiled_rules_decide_as_the_plain_ones_do(tree: Path) -> None:
    plain, compiled = both_said(tree, "decided_lines")

    assert sum(" APPROVED " in line for line in plain) > 100
    assert compiled == plain


def test_the_compiled_coder_codes_as_the_plain_one_does(tree: Path) -> None:
    plain, compiled = both_said(tree, "coded_lines")

    routes = ("EXACT", "DECOMPOSED", "REVIEW", "NOT_A_DIAGNOSIS")
    assert all(sum(f"('{route}'" in line for line in plain) > 10 for route in routes)
    assert compiled == plain


def both_said(tree: Path, teller: str) -> tuple[list[str], list[str]]:
    loaded, *compiled = said_in(tree, teller)
    assert loaded.endswith(".so")
    assert loaded.startswith(str(tree))
    loaded, *plain = said_in(REPOSITORY, teller)
    assert loaded.endswith(".py")
    assert len(plain) > 1_000
    return plain, compiled


def test_every_module_of_the_way_is_compiled(tree: Path) -> None:
    missing = [
        path for path in modules() if not list((tree / path.relative_to(REPOSITORY)).parent.glob(f"{path.stem}.*.so"))
    ]
    assert not missing


def test_a_switch_leaves_the_rules_plain(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(SWITCH, "0")
    assert native_tree() is None


def test_sources_that_changed_are_not_served_from_a_copy_of_what_they_were(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy = tmp_path / "services"
    copy.mkdir()
    (copy / "rule.py").write_text("POINTS = 1\n")
    monkeypatch.setattr("infra.native.ROOT", tmp_path)
    monkeypatch.setattr("infra.native.SERVICES", copy)
    monkeypatch.setattr("infra.native.BUILT", tmp_path / BUILT.name)
    monkeypatch.delenv(SWITCH, raising=False)
    assert native_tree() is None
    made = tmp_path / BUILT.name / native._digest(native._sources())
    made.mkdir(parents=True)
    assert native_tree() == made
    (copy / "rule.py").write_text("POINTS = 2\n")
    assert native_tree() is None
