"""The tables of words against the official disease master: nothing in them points at a name that is not there."""

from importlib.resources import files

from services.coding.adapters.master_files import load_master
from services.coding.adapters.word_files import shipped_words
from services.coding.domain.normalise import normalised
from services.coding.domain.words import spellings_of
from tests.support.official_data import official_data


def test_every_spelling_of_a_disease_means_a_name_of_the_master_and_is_none_itself() -> None:
    folder = official_data("masters", "full")
    master = load_master(folder / "b_20240601.zip", folder / "z_20250601.zip")
    named = {normalised(name) for row in master.rows for name in (row.name, row.abbreviation)}
    spellings = list(spellings_of(shipped_words()))

    assert [each.disease for each in spellings if normalised(each.disease) not in named] == []
    assert [each.text for each in spellings if each.text in named] == []


def test_every_table_says_where_it_comes_from_and_tells_nothing_twice() -> None:
    for table in ("diseases.tsv", "latin.tsv", "words.tsv"):
        origin, _, *rows = files("services.coding").joinpath("words", table).read_text(encoding="utf-8").splitlines()
        written = [normalised(row.split("\t")[0]) for row in rows]

        assert origin.startswith("# Written for this project from general medical knowledge")
        assert len(written) == len(set(written))
