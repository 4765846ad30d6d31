"""Labelled mentions with a coder's lists, made by hand: what a comparison of models is tried on."""

from dataclasses import replace
from random import Random

from services.coding.adapters.master_files import load_master
from services.coding.domain.candidates import Candidate
from services.coding.domain.master import DiseaseMaster
from services.coding.training.labelled import Labelled
from tests.evals.model_comparison import Listed

SEED = 5
SURE = 0.95
THRESHOLD = 0.9
OFFERED = 6


def invented(count: int = 1_000, *, right: float = 0.7) -> tuple[DiseaseMaster, tuple[Listed, ...]]:
    """Mentions of which the first candidate is right as often as told; a fifth of them above every band, all right."""
    master, chance = load_master(None, None), Random(SEED)
    lists = []
    for number in range(count):
        drawn = chance.sample(master.rows, OFFERED)
        is_sure = number % 5 == 0
        gold = drawn[0] if is_sure or chance.random() < right else drawn[1]
        p = SURE if is_sure else chance.uniform(0.4, 0.85)
        rest = (1 - p) / OFFERED
        candidates = [
            Candidate(disease=each, p=p if place == 0 else rest, found_by=each.name) for place, each in enumerate(drawn)
        ]
        mention = Labelled(text=f"{gold.name}の{_kanji(number)}", gold=gold)
        lists.append(Listed(text=mention.text, mention=mention, candidates=tuple(candidates)))
    strangers = [_stranger(each) for each in lists[1::10]]
    return master, (*lists, *strangers)


def _stranger(like: Listed) -> Listed:
    text = f"よその{like.text[-3:]}"
    return replace(like, text=text, mention=Labelled(text=text, gold=None))


def _kanji(number: int) -> str:
    """A numeral that no screen takes for a number of somebody."""
    return "".join("あいうえおかきくけこ"[int(digit)] for digit in str(number))
