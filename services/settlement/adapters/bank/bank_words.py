"""How banks name money that comes back: dated words from words/returns.tsv, as there is no standard for them."""

import csv
from datetime import date
from functools import cache
from pathlib import Path
from typing import Final

WORDS: Final = Path(__file__).parents[2] / "words" / "returns.tsv"


def return_words(on: date) -> tuple[str, ...]:
    """The words that hold on a day."""
    return tuple(word for since, word in _words() if since <= on)


@cache
def _words() -> tuple[tuple[date, str], ...]:
    with WORDS.open(encoding="utf-8", newline="") as file:
        rows = csv.DictReader(file, delimiter="\t")
        return tuple((date.fromisoformat(row["from"]), row["word"]) for row in rows)
