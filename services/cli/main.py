"""`seikyu`: assembles the commands that the rooms offer through the entry-point group `seikyu.commands`."""

from importlib.metadata import EntryPoint, entry_points
from typing import Final

import click
from typing_extensions import override

INTERRUPTED: Final = 130
"""Exit code after Ctrl-C."""
GROUP: Final = "seikyu.commands"


class BrokenCommand(Exception):
    """An entry point of the group names something that is no command."""


class CommandLine(click.Group):
    """The group of all commands: whatever is interrupted ends with INTERRUPTED."""

    @override
    def invoke(self, ctx: click.Context) -> object:
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt as stopped:
            click.echo("interrupted", err=True)
            raise click.exceptions.Exit(INTERRUPTED) from stopped


def assemble() -> CommandLine:
    """The whole command line. Raises BrokenCommand."""
    group = CommandLine(
        "seikyu",
        help=(
            "Claims and payments of Japan's statutory health insurance, from a terminal.\n\n"
            "Exit codes: 0 done, 1 refused or something was found, 2 used wrongly, 3 a server cannot be reached or "
            "failed, 4 not permitted, 5 not found, 130 interrupted."
        ),
    )
    for entry in sorted(entry_points(group=GROUP), key=lambda each: each.name):
        _add(group, entry)
    return group


def _add(group: click.Group, entry: EntryPoint) -> None:
    """A name with a dot, `coding.recode`, is a command of another room's group."""
    outer, _, name = entry.name.rpartition(".")
    found = group.commands.get(outer) if outer else group
    if not isinstance(found, click.Group):
        raise BrokenCommand(f"{entry.name}: {outer} is no group")
    found.add_command(_command(entry), name)


def _command(entry: EntryPoint) -> click.Command:
    found = entry.load()
    if not isinstance(found, click.Command):
        raise BrokenCommand(f"{entry.name} ({entry.value}) is no command")
    return found


def main() -> None:
    """Run the command that the arguments name."""
    assemble().main(prog_name="seikyu")


if __name__ == "__main__":
    main()
