import os
import signal
import subprocess
import sys
from pathlib import Path

PROGRAM = """
from services.shared.chassis.crashpoints import crashpoint
for step in range(3):
    print(step, flush=True)
    crashpoint("test.before-commit")
    crashpoint("test.after-commit")
print("end", flush=True)
"""


def run(tmp_path: Path, armed: str | None) -> tuple[int, str, str]:
    record = tmp_path / "hit"
    environment = os.environ | {"SEIKYU_CRASHPOINT_FILE": str(record)}
    environment.pop("SEIKYU_CRASHPOINT", None)
    if armed is not None:
        environment["SEIKYU_CRASHPOINT"] = armed
    done = subprocess.run([sys.executable, "-c", PROGRAM], env=environment, check=False, capture_output=True, text=True)
    return done.returncode, done.stdout, record.read_text(encoding="utf-8") if record.exists() else ""


def test_the_process_dies_at_the_first_passage_of_the_armed_point_and_says_so(tmp_path: Path) -> None:
    assert run(tmp_path, "test.after-commit") == (-signal.SIGKILL, "0\n", "test.after-commit\n")


def test_a_number_lets_the_passages_before_it_live(tmp_path: Path) -> None:
    assert run(tmp_path, "test.before-commit:3") == (-signal.SIGKILL, "0\n1\n2\n", "test.before-commit\n")


def test_an_unarmed_process_and_one_armed_elsewhere_live(tmp_path: Path) -> None:
    assert run(tmp_path, None) == (0, "0\n1\n2\nend\n", "")
    assert run(tmp_path, "test.elsewhere") == (0, "0\n1\n2\nend\n", "")
