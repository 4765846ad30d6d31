"""What a command says when it cannot do what was asked, and the exit code it ends with.

Exit codes: 0 done, 1 refused or something was found, 2 used wrongly, 3 a server cannot be reached or failed, 4 not
permitted, 5 not found. Nothing here prints a stack trace.
"""

from collections.abc import Coroutine
from enum import IntEnum
from typing import Any, Final, TypeVar

import click
import grpc
import grpc.aio
from google.rpc import error_details_pb2
from grpc_status import rpc_status
from typing_extensions import override

from services.shared.chassis.kafka import PublishFailed
from services.shared.chassis.postgres import TransientFault

Answer = TypeVar("Answer")
MOST_VIOLATIONS: Final = 20
"""Violations that a terminal shows; the count says how many there were."""


class ExitCode(IntEnum):
    """How a command ended."""

    DONE = 0
    REFUSED = 1
    USAGE = 2
    UNAVAILABLE = 3
    NOT_PERMITTED = 4
    NOT_FOUND = 5


class CommandFailure(click.ClickException):
    """A command's failure: what happened in one line, then what to do about it."""

    def __init__(self, message: str, *, advice: str, code: ExitCode) -> None:
        super().__init__(message)
        self.advice = advice
        self.exit_code = code

    @override
    def show(self, file: Any = None) -> None:
        click.secho(f"seikyu: {self.message}", fg="red", err=True)
        if self.advice:
            click.echo(f"  {self.advice}", err=True)


_CODES: Final = {
    grpc.StatusCode.INVALID_ARGUMENT: ExitCode.USAGE,
    grpc.StatusCode.OUT_OF_RANGE: ExitCode.USAGE,
    grpc.StatusCode.NOT_FOUND: ExitCode.NOT_FOUND,
    grpc.StatusCode.PERMISSION_DENIED: ExitCode.NOT_PERMITTED,
    grpc.StatusCode.UNAUTHENTICATED: ExitCode.NOT_PERMITTED,
    grpc.StatusCode.ALREADY_EXISTS: ExitCode.REFUSED,
    grpc.StatusCode.FAILED_PRECONDITION: ExitCode.REFUSED,
    grpc.StatusCode.ABORTED: ExitCode.REFUSED,
}
_ADVICE: Final = {
    ExitCode.REFUSED: "change the input as said above and send it again",
    ExitCode.USAGE: "correct the fields named above; `--help` shows the usage",
    ExitCode.UNAVAILABLE: "see whether everything runs with `make status`, start it with `make up`, then try again",
    ExitCode.NOT_PERMITTED: "name the token of somebody who may do this: SEIKYU_TOKEN_FILE, for submit --token-file",
    ExitCode.NOT_FOUND: "check the id; a caller sees only what is its own",
}


def failure_of(error: grpc.aio.AioRpcError) -> CommandFailure:
    """The failure of a call that a server refused or that never reached one."""
    code = _CODES.get(error.code(), ExitCode.UNAVAILABLE)
    reason = error.details() or error.code().name
    lines = [f"{error.code().name}: {reason}", *_violations(error)]
    return CommandFailure("\n  ".join(lines), advice=_ADVICE[code], code=code)


def _violations(error: grpc.aio.AioRpcError) -> list[str]:
    """The fields that the server names, one line each."""
    status = rpc_status.from_call(error)  # type: ignore[arg-type]  # has what is asked of a call
    lines: list[str] = []
    for detail in status.details if status else ():
        bad = error_details_pb2.BadRequest()
        if detail.Unpack(bad):
            shown = bad.field_violations[:MOST_VIOLATIONS]
            lines += [f"{violation.field}: {violation.description}" for violation in shown]
            if len(bad.field_violations) > MOST_VIOLATIONS:
                lines.append(f"and {len(bad.field_violations) - MOST_VIOLATIONS} more")
    return lines


async def translated(work: Coroutine[Any, Any, Answer]) -> Answer:
    """Await the work; faults of the world become failures that say what to do."""
    try:
        return await work
    except grpc.aio.AioRpcError as error:
        raise failure_of(error) from error
    except (TransientFault, PublishFailed) as fault:
        raise CommandFailure(
            f"the broker or the database does not answer ({fault})",
            advice=_ADVICE[ExitCode.UNAVAILABLE],
            code=ExitCode.UNAVAILABLE,
        ) from fault
