"""`python -m tests.evals.names_speed KIND`: speed, memory and cold start of one master's names, as a row of a table."""

import os
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from infra.local.settings import REPOSITORY
from services.coding.adapters.name_master_files import load_name_master
from services.coding.domain.naming.deciding import NameCoder
from services.coding.domain.naming.listed import NameKind
from services.shared.kernel.months import Month
from tests.evals.names_asked import FULL, noisy_texts

MONTH: Final = Month(2024, 6)
SINGLE: Final = 600
KB_A_MB: Final = 1024
START: Final = "--start"
START_TIMEOUT_S: Final = 120


def main(arguments: Sequence[str]) -> int:
    """Prints the row. With --start it only starts, for the parent that takes the time."""
    kind = NameKind(arguments[0])
    coder = NameCoder(load_name_master(kind, FULL))
    coder.code(["腹部超音波検査"], MONTH)
    if START not in arguments:
        sys.stdout.write(_row(kind, coder) + "\n")
    return 0


def _row(kind: NameKind, coder: NameCoder) -> str:
    texts = noisy_texts(kind)
    began_s = time.process_time()
    coder.code(texts, MONTH)
    a_second = len(texts) / (time.process_time() - began_s)
    alone_ms = sorted(_alone_ms(coder, text) for text in texts[:SINGLE])
    memory_mb = _peak_kb() / KB_A_MB
    median, slow = alone_ms[SINGLE // 2], alone_ms[SINGLE * 99 // 100]
    cells = [f"{a_second:,.0f}", f"{median:.1f} ms, {slow:.1f} ms", f"{memory_mb:,.0f} MB", f"{_cold_s(kind):.1f} s"]
    return f"| {kind.value} | {' | '.join(cells)} |"


def _alone_ms(coder: NameCoder, text: str) -> float:
    began_s = time.perf_counter()
    coder.code([text], MONTH)
    return (time.perf_counter() - began_s) * 1000


def _peak_kb() -> int:
    """Of this program alone: what getrusage tells counts the process that started it too."""
    status = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) for line in status if line.startswith("VmHWM"))


def _cold_s(kind: NameKind) -> float:
    began_s = time.perf_counter()
    command = [sys.executable, "-m", "tests.evals.names_speed", kind.value, START]
    environment = {**os.environ, "OPENBLAS_NUM_THREADS": "1"}
    subprocess.run(command, cwd=REPOSITORY, env=environment, check=True, timeout=START_TIMEOUT_S)
    return time.perf_counter() - began_s


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
