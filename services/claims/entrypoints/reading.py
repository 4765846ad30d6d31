"""Files given on a command line, read in chunks with progress at a terminal."""

import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn, TransferSpeedColumn

CHUNK_BYTES: Final = 1_048_576
PROGRESS_AFTER_S: Final = 1.0


def chunks_with_progress(files: Sequence[Path], chunk_bytes: int = CHUNK_BYTES) -> Iterator[bytes]:
    """The files' chunks; a bar appears on standard error once reading takes longer than a second."""
    columns = (TextColumn("checking"), BarColumn(), DownloadColumn(), TransferSpeedColumn(), TimeRemainingColumn())
    progress = Progress(*columns, console=Console(stderr=True), transient=True)
    task = progress.add_task("check", total=sum(path.stat().st_size for path in files))
    began = time.monotonic()
    shown = False
    try:
        for chunk in _chunks(files, chunk_bytes):
            yield chunk
            if not shown and time.monotonic() - began > PROGRESS_AFTER_S:
                progress.start()
                shown = True
            progress.advance(task, len(chunk))
    finally:
        if shown:
            progress.stop()


def _chunks(files: Sequence[Path], chunk_bytes: int) -> Iterator[bytes]:
    for path in files:
        with path.open("rb") as stream:
            while chunk := stream.read(chunk_bytes):
                yield chunk
