"""`make bench-uke`: reads a large generated claim file and prints speed and memory.

The file is generated, written to a temporary folder and read by a fresh process, so that the peak of memory is the
reader's alone. Figures are of the frame alone (borders, encoding) and of frame, rules and facts together.

    python -m tests.bench.uke [--megabytes 1000] [--seed 1] [--write]

With --write the figures replace the section of docs/performance.md between its two marks.
"""

import argparse
import json
import platform
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

from services.claims.domain.uke.findings import Profile
from services.claims.domain.uke.reader import UkeReader
from services.claims.domain.uke.submission import SubmissionReader
from services.claims.domain.uke.tally import counts_of_run
from tests.bench.pages import write_section
from tests.bench.uke_generate import generated_file

CHUNK_BYTES = 1 << 20
MARK = "bench-uke"


@dataclass(frozen=True, slots=True)
class Reading:
    """One reading of the file: what it did, in seconds of wall clock and of processor, and its peak of memory."""

    what: str
    receipts: int
    lines: int
    megabytes: float
    wall_s: float
    cpu_s: float
    peak_mb: float
    cache_hits_percent: float

    def row(self) -> str:
        """A row of the table."""
        per_receipt = self.cpu_s / self.receipts * 1e6
        return (
            f"| {self.what} | {self.megabytes:,.0f} | {self.receipts:,} | {self.lines:,} | {self.wall_s:.1f} "
            f"| {self.megabytes / self.wall_s:.1f} | {self.receipts / self.wall_s:,.0f} | {per_receipt:.0f} "
            f"| {self.peak_mb:.0f} | {self.cache_hits_percent:.1f} |"
        )


HEADINGS = (
    "reading",
    "MB",
    "receipts",
    "lines",
    "seconds",
    "MB/s",
    "receipts/s",
    "CPU µs per receipt",
    "peak RSS MB",
    "day-count cache hits %",
)


def _frame_only(path: Path) -> tuple[int, int]:
    reader = UkeReader(Profile.STRICT)
    with path.open("rb") as stream:
        while chunk := stream.read(CHUNK_BYTES):
            reader.feed(chunk)
    _, report = reader.finish()
    assert report.finding_count == 0
    return report.receipts, report.lines


def _with_rules(path: Path) -> tuple[int, int]:
    reader = SubmissionReader(Profile.STRICT)
    with path.open("rb") as stream:
        while chunk := stream.read(CHUNK_BYTES):
            for receipt in reader.feed(chunk):
                assert receipt.assessment.finding_count == 0
    _, report = reader.finish()
    assert report.finding_count == 0
    return report.receipts, report.lines


READINGS: dict[str, Callable[[Path], tuple[int, int]]] = {
    "frame alone": _frame_only,
    "frame, rules and facts": _with_rules,
}


def read(path: Path, what: str) -> Reading:
    """Read the file in this process and measure it."""
    began, cpu = time.perf_counter(), time.process_time()
    receipts, lines = READINGS[what](path)
    wall_s, cpu_s = time.perf_counter() - began, time.process_time() - cpu
    cache = counts_of_run.cache_info()
    asked = cache.hits + cache.misses
    return Reading(
        what=what,
        receipts=receipts,
        lines=lines,
        megabytes=path.stat().st_size / 1e6,
        wall_s=wall_s,
        cpu_s=cpu_s,
        peak_mb=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        cache_hits_percent=100 * cache.hits / asked if asked else 0.0,
    )


def _in_fresh_process(path: Path, what: str) -> Reading:
    command = [sys.executable, "-m", "tests.bench.uke", "--read", str(path), "--what", what]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return Reading(**json.loads(done.stdout))


def _report(readings: list[Reading], seed: int) -> str:
    rows = [f"| {' | '.join(HEADINGS)} |", "|---" * len(HEADINGS) + "|", *(reading.row() for reading in readings)]
    machine = f"{platform.machine()}, Python {platform.python_version()}, one process, strict profile, seed {seed}"
    return "\n".join(["## Reading claim files (`make bench-uke`)", "", machine, "", *rows])


def main() -> None:
    """Generate, read twice, print, and write where asked."""
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--megabytes", type=int, default=1_000)
    arguments.add_argument("--seed", type=int, default=1)
    arguments.add_argument("--write", action="store_true")
    arguments.add_argument("--read", type=Path, help=argparse.SUPPRESS)
    arguments.add_argument("--what", choices=READINGS, default="frame, rules and facts", help=argparse.SUPPRESS)
    asked = arguments.parse_args()
    if asked.read:
        print(json.dumps(asdict(read(asked.read, asked.what))))
        return
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "RECEIPTC.UKE"
        print(f"generating {asked.megabytes:,} MB", file=sys.stderr)
        with path.open("wb", buffering=CHUNK_BYTES) as stream:
            stream.writelines(generated_file(asked.megabytes * 1_000_000, asked.seed))
        report = _report([_in_fresh_process(path, what) for what in READINGS], asked.seed)
    print(report)
    if asked.write:
        write_section(MARK, report)


if __name__ == "__main__":
    main()
