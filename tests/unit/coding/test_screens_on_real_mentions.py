"""How many real mentions, and no patient's, the screens hold back: they must not cost what a model is asked for."""

import csv

from services.coding.domain.identifiers import identifier_in
from services.coding.domain.injection import injection_in
from tests.support.official_data import official_data

MOST_OF_A_MILLION = 1_000


def real_mentions() -> list[str]:
    with official_data("mentions", "manbyo_part_a.csv").open(encoding="utf-8", newline="") as rows:
        return [row["surface"] for row in csv.DictReader(rows)]


def test_hardly_a_real_mention_is_held_back() -> None:
    mentions = real_mentions()

    for screen in (identifier_in, injection_in):
        held_back = sum(screen(mention) is not None for mention in mentions)
        assert held_back * 1_000_000 <= len(mentions) * MOST_OF_A_MILLION
