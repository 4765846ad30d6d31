"""`python -m infra.demo`: starts the platform beside any other, sends a claim file, and shows what came of it.

Exit codes: 0 everything expected came; 1 something did not, or could not start; 130 stopped with Ctrl-C. Whatever
was started is stopped.
"""

import asyncio
import contextlib
import signal
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Final

import click
from rich.console import Console

from infra.demo.journey import Journey, Unexpected
from infra.local.jars import JarRefused
from infra.local.journal import Busy
from infra.local.processes import StartFailed
from infra.local.progress import Lines, Live, Reporter
from infra.local.settings import default_state_dir, isolated_settings
from infra.local.stack import NotOurs, PortsTaken, Stack
from services.cli.client import load_client
from services.cli.command import LEAST_WIDTH

EXIT_FAILED: Final = 1
EXIT_STOPPED: Final = 130
SERVICES: Final = frozenset({"claims", "eligibility", "coding", "settlement"})
PLAIN_WIDTH: Final = 150


def main() -> None:
    """Run the demo."""
    signal.signal(signal.SIGTERM, _stopped)
    console = Console(width=max(LEAST_WIDTH, Console().width) if sys.stdout.isatty() else PLAIN_WIDTH)
    try:
        _run(default_state_dir() / "demo", console)
    except KeyboardInterrupt:
        click.secho("stopped", fg="yellow", err=True)
        sys.exit(EXIT_STOPPED)
    except Unexpected as missing:
        click.secho(f"demo: {missing}", fg="red", err=True)
        sys.exit(EXIT_FAILED)
    except click.ClickException as failure:
        failure.show()
        sys.exit(EXIT_FAILED)
    except (StartFailed, JarRefused, PortsTaken, Busy, NotOurs) as failure:
        click.secho(f"demo: the platform did not start: {failure}", fg="red", err=True)
        sys.exit(EXIT_FAILED)


def _stopped(_number: int, _frame: object) -> None:
    raise KeyboardInterrupt


def _run(state_dir: Path, console: Console) -> None:
    with _platform(state_dir) as stack:
        client = load_client({"SEIKYU_STATE_DIR": str(stack.settings.state_dir)})
        asyncio.run(Journey(client, console).run())
        if sys.stdin.isatty() and sys.stdout.isatty():
            with contextlib.suppress(EOFError):
                console.input("\n[bold]The trace page stays up until you press Enter. ")


@contextlib.contextmanager
def _platform(state_dir: Path) -> Iterator[Stack]:
    """The whole platform on free ports with every claim traced; stopped at the end, whatever happens."""
    with _reporting() as reporter:
        settings = replace(isolated_settings(state_dir), trace_share=1.0)
        stack = Stack(settings, reporter)
        if missing := SERVICES - set(stack.components):
            raise StartFailed(f"there is no process for {', '.join(sorted(missing))}")
        stack.clean()
        stack.up()
    try:
        yield stack
    finally:
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.SIG_IGN)  # a second Ctrl-C would leave half of it running
        click.echo("stopping what was started", err=True)
        Stack(settings).down()


@contextlib.contextmanager
def _reporting() -> Iterator[Reporter]:
    if sys.stderr.isatty():
        with Live() as live:
            yield live
    else:
        yield Lines()


if __name__ == "__main__":
    main()
