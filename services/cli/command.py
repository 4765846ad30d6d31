"""What all commands share: the --json flag, running their coroutine, printing tables, progress after a second."""

import asyncio
import json
import sys
import threading
from collections.abc import Callable, Coroutine, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime
from typing import Any, Final, TypeVar

import click
from google.protobuf.json_format import MessageToDict
from google.protobuf.message import Message
from rich import box
from rich.cells import cell_len
from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from services.cli.failures import translated
from services.shared.kernel.months import business_day

Answer = TypeVar("Answer")
PROGRESS_AFTER_S: Final = 1.0
PLAIN_WIDTH: Final = 250
"""Columns where standard output is no terminal: nothing is wrapped or cut there."""
LEAST_WIDTH: Final = 150
"""Columns at a terminal, at least: a narrow one wraps whole lines, and an id stays in one piece."""

json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON for programs.")


def run(work: Coroutine[Any, Any, Answer]) -> Answer:
    """Run a command's coroutine; its failures say what to do."""
    return asyncio.run(translated(work))


def today() -> date:
    """The day in Tokyo, wherever the command is typed: claims and cover know no other."""
    return business_day(datetime.now(UTC))


def console() -> Console:
    """Where results go; wide where nobody looks at a terminal."""
    if not sys.stdout.isatty():
        return Console(width=PLAIN_WIDTH)
    return Console(width=max(LEAST_WIDTH, Console().width))


def table(title: str, *columns: str, right: Sequence[str] = ()) -> Table:
    """An empty table; `right` names the columns of numbers."""
    made = Table(title=title, title_justify="left", box=box.SIMPLE, pad_edge=False, min_width=cell_len(title))
    for column in columns:
        made.add_column(column, justify="right" if column in right else "left", overflow="fold")  # an id is never cut
    return made


def print_json(value: object) -> None:
    """One JSON value on a line of its own."""
    click.echo(json.dumps(value, ensure_ascii=False))


def as_dict(message: Message) -> dict[str, Any]:
    """A message for programs: the proto's field names, every field without presence written out."""
    found: dict[str, Any] = MessageToDict(
        message, preserving_proto_field_name=True, always_print_fields_with_no_presence=True
    )
    return found


@contextmanager
def progress(what: str) -> Iterator[Callable[[str], None]]:
    """A spinner where standard error is a terminal, once the work has taken a second; call it to tell how far."""
    bar = Progress(
        SpinnerColumn(),
        TextColumn("{task.description}"),
        TimeElapsedColumn(),
        console=Console(stderr=True),
        transient=True,
    )
    task = bar.add_task(what)
    timer = threading.Timer(PROGRESS_AFTER_S, bar.start)
    if sys.stderr.isatty():
        timer.start()
    try:
        yield lambda how_far: bar.update(task, description=f"{what}  {how_far}")
    finally:
        timer.cancel()
        if timer.ident is not None:
            timer.join()
        if bar.live.is_started:
            bar.stop()


def yen(amount: int) -> str:
    """`12,340`."""
    return f"{amount:,}"
