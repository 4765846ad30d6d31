"""The offline commands of coding: `seikyu coding train`."""

import sys
from pathlib import Path

import click

from services.coding.adapters.model_places import default_model_path


@click.group(name="coding")
def coding() -> None:
    """Train the coder of free text."""


@coding.command(name="train")
@click.option(
    "--masters",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    envvar="SEIKYU_MASTERS",
    required=True,
    metavar="DIR",
    help="Folder, or a folder above it, with one b_*.zip and one z_*.zip; else $SEIKYU_MASTERS.",
)
@click.option(
    "--mentions",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    required=True,
    metavar="FILE",
    help="CSV in UTF-8 with the columns surface, icd10_2003, standard_name; -1 marks what cannot be coded.",
)
@click.option(
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    default=default_model_path,
    metavar="MODEL",
    help="The file to write; else $SEIKYU_CODER_MODEL, else coder.model in the user's data, where `code` looks for it.",
)
@click.option(
    "--unseen",
    is_flag=True,
    help="Learn for mentions of diseases that none of the labelled mentions is of: better there, worse elsewhere.",
)
def train(*, masters: Path, mentions: Path, out: Path, unseen: bool) -> None:
    """Learn a model from labelled mentions: minutes on two cores, the same inputs give the same bytes.

    What is being done goes to standard error.
    """
    from services.coding.training.from_files import NotTrained, model_from_files  # noqa: PLC0415 - numpy, LightGBM

    try:
        written = model_from_files(masters, mentions, is_unseen=unseen, tell=_tell)
    except NotTrained as fault:
        raise click.ClickException(str(fault)) from fault
    _write(out, written.content)
    sys.stdout.write(f"{out}: {written.version}, {written.mentions} mentions, {len(written.content)} bytes\n")


def _tell(what: str) -> None:
    sys.stderr.write(f"{what}\n")


def _write(out: Path, content: bytes) -> None:
    """The file whole or not at all: a coder may be reading the one before."""
    out.parent.mkdir(parents=True, exist_ok=True)
    unfinished = out.with_name(f"{out.name}.unfinished")
    unfinished.write_bytes(content)
    unfinished.replace(out)
