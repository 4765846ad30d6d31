"""`python -m tests.bench.coding MODEL`: speed, memory and cold start of the trained coder on one core.

Asks for the mentions of the test part; `seikyu coding train` or `make eval` writes a model.
"""

import gc
import os
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from infra.local.settings import REPOSITORY
from services.coding.adapters.master_files import load_masters_of
from services.coding.adapters.model_files import read_model
from services.coding.domain.ranking import Ranker
from services.shared.kernel.months import Month

DATA: Final = REPOSITORY.parent / "shared" / "data"
MONTH: Final = Month(2024, 6)
MENTIONS: Final = 4_000
SINGLE: Final = 1_000
BYTES_A_MB: Final = 1024
START: Final = "--start"


def main(arguments: Sequence[str]) -> int:
    """Prints the speed row. With --start it only starts, for the parent that takes the time."""
    paths = [Path(argument) for argument in arguments if argument != START]
    if len(paths) != 1:
        print(__doc__)
        return 2
    ranker = Ranker(load_masters_of(DATA / "masters"), read_model(paths[0].read_bytes()).model)
    ranker.rank(["右急性中耳炎の疑い"], MONTH)
    gc.freeze()  # as a service does once it has started
    if START not in arguments:
        _measure(ranker, paths[0])
    return 0


def _measure(ranker: Ranker, model: Path) -> None:
    texts = _texts()
    began_s = time.process_time()
    ranker.rank(texts, MONTH)
    batch_s = time.process_time() - began_s
    alone_ms = sorted(_alone_ms(ranker, text) for text in texts[:SINGLE])
    memory_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / BYTES_A_MB
    print(f"mentions a second of processor time, in batches: {len(texts) / batch_s:,.0f}")
    print(f"one mention alone: median {statistics.median(alone_ms):.1f} ms, p99 {alone_ms[SINGLE * 99 // 100]:.1f} ms")
    print(f"resident memory at most: {memory_mb:,.0f} MB")
    began_s = time.perf_counter()
    command = [sys.executable, "-m", "tests.bench.coding", str(model), START]
    subprocess.run(command, cwd=REPOSITORY, env={**os.environ, "OPENBLAS_NUM_THREADS": "1"}, check=True, timeout=120)
    print(f"cold start to the first answer: {time.perf_counter() - began_s:.1f} s")


def _alone_ms(ranker: Ranker, text: str) -> float:
    began_s = time.perf_counter()
    ranker.rank([text], MONTH)
    return (time.perf_counter() - began_s) * 1000


def _texts() -> list[str]:
    lines = (DATA / "mentions" / "manbyo_part_a.csv").read_text(encoding="utf-8").splitlines()
    return [line.split(",")[0] for line in lines[-2 * MENTIONS :: 2]]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
