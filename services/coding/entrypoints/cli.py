"""The offline commands of coding: `seikyu coding train`."""

import sys
from pathlib import Path

import click


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
    "--out", type=click.Path(dir_okay=False, path_type=Path), required=True, metavar="MODEL", help="The file to write."
)
def train(*, masters: Path, mentions: Path, out: Path) -> None:
    """Learn a model from labelled mentions: minutes on two cores, the same inputs give the same bytes."""
    from services.coding.training.from_files import NotTrained, model_from_files  # noqa: PLC0415 - numpy, LightGBM

    try:
        written = model_from_files(masters, mentions)
    except NotTrained as fault:
        raise click.ClickException(str(fault)) from fault
    out.write_bytes(written.content)
    sys.stdout.write(f"{out}: {written.version}, {written.mentions} mentions, {len(written.content)} bytes\n")
