from services.coding.domain.heads import MOST_HEADS, heads
from services.coding.domain.master import DiseaseMaster
from services.coding.domain.normalise import normalised
from tests.unit.coding.builders import disease

NAMES = ("癌", "胃癌", "残胃癌", "吻合部残胃癌")
MASTER = DiseaseMaster("test", [disease(f"000000{number}", name) for number, name in enumerate(NAMES)])


def names(text: str) -> list[str]:
    return [each.name for each in heads(normalised(text), MASTER)]


def test_the_diseases_that_end_a_mention_are_its_heads_the_longest_first() -> None:
    assert names("顔面未分化癌") == ["癌"]
    assert names("進行残胃癌") == ["残胃癌", "胃癌", "癌"]


def test_of_many_heads_the_shortest_are_kept() -> None:
    assert names("吻合部残胃癌") == ["残胃癌", "胃癌", "癌"]
    assert len(names("吻合部残胃癌")) == MOST_HEADS


def test_a_doubt_behind_the_disease_hides_no_head() -> None:
    assert names("顔面癌の疑い") == ["癌"]


def test_a_mention_without_a_name_at_its_end_has_no_head() -> None:
    assert names("癌の家族") == []
