"""The import contracts of pyproject.toml catch what they are there for. `make check` holds the real code to them."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from infra.local.settings import REPOSITORY

SERVICES = ["claims", "coding", "eligibility", "settlement"]


@pytest.fixture(scope="module")
def skeleton(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Every package of the platform, empty."""
    root = tmp_path_factory.mktemp("skeleton")
    rings = [f"services/{name}/{ring}" for name in SERVICES for ring in ("domain", "application", "adapters")]
    rings += [f"services/{name}/entrypoints" for name in SERVICES]
    shared = ["services/shared/chassis", "services/shared/kernel", "services/cli", "infra"]
    for package in (*rings, *shared, "seikyu/claims/v1"):
        for part in (root / package, *(root / package).parents):
            if part != root and root in part.parents:
                part.mkdir(parents=True, exist_ok=True)
                (part / "__init__.py").touch()
    for name in SERVICES:
        (root / "services" / name / "settings.py").touch()
        (root / "services" / name / "bootstrap.py").touch()
    (root / "seikyu/claims/v1/claim_pb2.py").touch()
    shutil.copy(REPOSITORY / "pyproject.toml", root)
    return root


def broken_contracts(root: Path) -> set[str]:
    command = str(Path(sys.executable).with_name("lint-imports"))
    done = subprocess.run(
        [command, "--no-logo", "--no-cache"], cwd=root, capture_output=True, text=True, check=False, timeout=60
    )
    return {line.removesuffix(" BROKEN") for line in done.stdout.splitlines() if line.endswith(" BROKEN")}


def test_the_empty_skeleton_keeps_every_contract(skeleton: Path) -> None:
    assert broken_contracts(skeleton) == set()


@pytest.mark.parametrize(
    ("module", "imported", "contract"),
    [
        ("services/claims/domain/rule.py", "services.claims.adapters", "entrypoints > bootstrap"),
        ("services/claims/application/use.py", "services.claims.settings", "entrypoints > bootstrap"),
        ("services/claims/helpers.py", "json", "entrypoints > bootstrap"),
        ("services/claims/adapters/peek.py", "services.settlement.domain", "no service imports another"),
        ("services/cli/short.py", "services.claims.domain", "no service imports another"),
        ("services/shared/kernel/yen.py", "services.shared.chassis", "no service imports another"),
        ("services/shared/chassis/sly.py", "services.claims.domain", "no service imports another"),
        ("services/coding/domain/rule.py", "asyncpg", "domain, application and kernel"),
        ("services/coding/application/use.py", "services.shared.chassis", "domain, application and kernel"),
        ("services/shared/kernel/money.py", "pydantic", "domain, application and kernel"),
        ("services/settlement/domain/rule.py", "seikyu.claims.v1.claim_pb2", "generated messages"),
    ],
)
def test_a_forbidden_import_breaks_its_contract(skeleton: Path, module: str, imported: str, contract: str) -> None:
    intruder = skeleton / module
    intruder.write_text(f"import {imported}\n")

    broken = broken_contracts(skeleton)

    intruder.unlink()
    assert any(name.startswith(contract) for name in broken), broken
