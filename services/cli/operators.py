"""Which operator a command speaks for: what one proposes, another has to confirm.

`--as NAME`, or SEIKYU_AS, takes the token in the file that SEIKYU_<NAME>_TOKEN_FILE names; `make up` makes `checker`
beside the operator of every command.
"""

from pathlib import Path
from typing import Final

import click

from services.cli.client import Client, load_client

AS_VARIABLE: Final = "SEIKYU_AS"
as_option = click.option(
    "--as",
    "operator",
    default="",
    envvar=AS_VARIABLE,
    metavar="NAME",
    help="As another operator, for example checker: the token is in the file that SEIKYU_<NAME>_TOKEN_FILE names.",
)


def client_as(operator: str) -> Client:
    """The client that speaks as this operator; empty: as every command does. Raises CommandFailure."""
    client = load_client()
    if not operator:
        return client
    return client.speaking_with(Path(client.setting(f"SEIKYU_{operator.upper().replace('-', '_')}_TOKEN_FILE")))
