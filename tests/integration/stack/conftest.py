"""One running platform with the demo's hospital, payers, coverage and claims, for the tests of what its users type."""

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import pytest
from click.testing import CliRunner, Result
from dotenv import dotenv_values

from infra.demo.data import COVERAGE_FILE, HOSPITAL, INSURER, PROGRAMME, UKE_FILE
from infra.local.settings import REPOSITORY
from infra.local.stack import Stack
from services.cli.main import assemble
from tests.support.stack import running_platform

EXAMPLE_TIMEOUT_S = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Platform:
    """A running stack as its users reach it."""

    stack: Stack

    @property
    def variables(self) -> Mapping[str, str]:
        """What client.env tells."""
        return {name: value or "" for name, value in dotenv_values(self.stack.settings.client_env_file).items()}

    def type(self, *words: str, **environment: str) -> Result:
        """Run one `seikyu` command as somebody at a terminal of this machine."""
        told = {"SEIKYU_STATE_DIR": str(self.stack.settings.state_dir), **environment}
        return CliRunner().invoke(assemble(), list(words), env=told)

    def run_example(self, name: str, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """Run a program of docs/examples with the operator's addresses and the hospital's token."""
        token = self.stack.settings.state_dir / "identity" / f"hospital-{HOSPITAL[0]}.jwt"
        told = {**os.environ, **self.variables, "SEIKYU_TOKEN_FILE": str(token), **environment}
        command = [sys.executable, str(REPOSITORY / "docs" / "examples" / name), *words]
        return subprocess.run(
            command, env=told, cwd=REPOSITORY, capture_output=True, text=True, check=False, timeout=EXAMPLE_TIMEOUT_S
        )


@pytest.fixture(scope="package")
def platform() -> Iterator[Platform]:
    with running_platform() as stack:
        platform = Platform(stack=stack)
        for words in (
            ("hospital", "enrol", HOSPITAL[0], "--name", HOSPITAL[1]),
            *(("payer", "enrol", number, "--name", name) for number, name in (INSURER, PROGRAMME)),
            ("coverage", "import", str(COVERAGE_FILE)),
            ("submit", str(UKE_FILE), "--watch"),
        ):
            done = platform.type(*words)
            assert done.exit_code == 0, done.output
        yield platform
