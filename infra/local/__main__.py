"""`python -m infra.local up|down|status|clean-state|certificate`: the stack on this machine.

Exit codes: 0 done; 1 a component failed to start; 2 a port is in use or another command works on the stack;
3 (status) something does not run.
"""

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict

import click
from rich.console import Console
from rich.table import Table

from infra.local.jars import JarRefused
from infra.local.journal import Busy
from infra.local.processes import StartFailed
from infra.local.progress import Lines, Live, Reporter
from infra.local.settings import load_settings
from infra.local.stack import NotOurs, PortsTaken, Stack
from infra.local.status import ComponentStatus

EXIT_FAILED = 1
EXIT_BUSY = 2
EXIT_INCOMPLETE = 3


@click.group()
def main() -> None:
    """The whole platform on this machine."""


@main.command()
@click.argument("components", nargs=-1)
def up(components: tuple[str, ...]) -> None:
    """Start what does not run, of everything or of COMPONENTS, and print every address."""
    stack = Stack(load_settings())
    if unknown := set(components) - set(stack.components):
        raise click.UsageError(f"there is no {', '.join(sorted(unknown))}; there are {', '.join(stack.components)}")
    with _reporting() as reporter:
        started = Stack(load_settings(), reporter).up(components)
    if not started:
        click.echo("already running")
    _print_table([status for status in stack.status() if status.pid])
    click.echo(f"trace page  {stack.settings.zipkin_url}/zipkin/")
    click.echo(f"logs        {stack.settings.logs_dir}")
    click.echo(f"clients     {stack.settings.client_env_file}")


@main.command()
def down() -> None:
    """Stop exactly what `up` started."""
    with _reporting() as reporter:
        stopped = Stack(load_settings(), reporter).down()
    if not stopped:
        click.echo("nothing was running")


@main.command()
@click.option("--json", "as_json", is_flag=True, help="For programs.")
def status(*, as_json: bool) -> None:
    """Tell what runs; exit code 3 when something does not."""
    found = Stack(load_settings()).status()
    if as_json:
        click.echo(json.dumps([asdict(component) for component in found], indent=1))
    else:
        _print_table(found)
    sys.exit(0 if all(component.pid for component in found) else EXIT_INCOMPLETE)


@main.command("clean-state")
def clean_state() -> None:
    """Stop everything and empty the state folder."""
    stack = Stack(load_settings())
    with _reporting():
        stack.clean()
    click.echo(f"{stack.settings.state_dir} is gone")


@main.command()
@click.argument("identity")
def certificate(identity: str) -> None:
    """Issue a client certificate for IDENTITY, for example hospital/1310000001 or operator/sato/viewer."""
    pair = Stack(load_settings()).parts.keys.authority.client(identity)
    click.echo(f"SEIKYU_TLS_CERT_FILE={pair.cert_file}\nSEIKYU_TLS_KEY_FILE={pair.key_file}")


@contextmanager
def _reporting() -> Iterator[Reporter]:
    try:
        if sys.stderr.isatty():
            with Live() as live:
                yield live
        else:
            yield Lines()
    except (PortsTaken, Busy, NotOurs) as refused:
        click.secho(str(refused), fg="red", err=True)
        sys.exit(EXIT_BUSY)
    except (StartFailed, JarRefused) as failed:
        click.secho(str(failed), fg="red", err=True)
        sys.exit(EXIT_FAILED)


def _print_table(components: list[ComponentStatus]) -> None:
    table = Table(box=None, pad_edge=False)
    for title in ("component", "address", "pid", "up", "memory", "CPU"):
        table.add_column(title, justify="left" if title in {"component", "address"} else "right")
    for component in components:
        if component.pid is None:
            table.add_row(component.name, component.address, "[red]not running", "", "", "")
            continue
        numbers = (f"{component.uptime_s:,.0f} s", f"{component.memory_mib:,.0f} MiB", f"{component.cpu_s:,.1f} s")
        table.add_row(component.name, component.address, str(component.pid), *numbers)
    Console(width=None if sys.stdout.isatty() else 140).print(table)


if __name__ == "__main__":
    main()
