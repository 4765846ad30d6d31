"""The tables of words that ship with the coder, read into the domain's form. Written for this project."""

import csv
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files
from typing import Final

from services.coding.domain.normalise import normalised
from services.coding.domain.words import Kind, Meaning, Words

BETWEEN: Final = "|"
_REMARK: Final = "#"
_FOLDER: Final = files("services.coding").joinpath("words")


@cache
def shipped_words() -> Words:
    """All tables. A tenth of a second the first time."""
    japanese = tuple(_rows("words.tsv"))
    return Words(
        diseases={normalised(row["written"]): _meaning(row) for row in _rows("diseases.tsv")},
        latin={normalised(row["written"]): normalised(row["standard"]) for row in _rows("latin.tsv")},
        same=_of(japanese, "same"),
        kin=_of(japanese, "kin"),
        left_out=frozenset(_of(japanese, "left out")),
    )


def _meaning(row: Mapping[str, str]) -> Meaning:
    return Meaning(kind=Kind(row["kind"]), diseases=tuple(row["diseases"].split(BETWEEN)))


def _of(rows: tuple[Mapping[str, str], ...], kind: str) -> Mapping[str, str]:
    return {normalised(row["written"]): normalised(row["standard"]) for row in rows if row["kind"] == kind}


def _rows(name: str) -> Iterator[Mapping[str, str]]:
    """The rows below the remark that states the origin."""
    lines = _FOLDER.joinpath(name).read_text(encoding="utf-8").splitlines()
    yield from csv.DictReader((line for line in lines if not line.startswith(_REMARK)), delimiter="\t")
