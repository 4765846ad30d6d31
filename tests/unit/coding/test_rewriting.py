import pytest

from services.coding.adapters.word_files import shipped_words
from services.coding.domain.normalise import normalised
from services.coding.domain.rewriting import MOST_CHARACTERS, MOST_REWRITTEN, rewritten, tidied
from services.coding.domain.words import Kind, Meaning, Words, spellings_of

WORDS = Words(
    diseases={
        "DM": Meaning(kind=Kind.ACRONYM, diseases=("糖尿病", "皮膚筋炎")),
        "RCC": Meaning(kind=Kind.ACRONYM, diseases=("腎細胞癌",)),
        "HT": Meaning(kind=Kind.ACRONYM, diseases=("高血圧症",)),
        "高血圧": Meaning(kind=Kind.EVERYDAY, diseases=("高血圧症",)),
        "PA": Meaning(kind=Kind.ACRONYM, diseases=("悪性貧血",)),
        "GASTRICULCER": Meaning(kind=Kind.ENGLISH, diseases=("胃潰瘍",)),
    },
    latin={"FRACTURE": "骨折", "OF": "ノ", "FEMUR": "大腿骨", "LT": "左", "PA": "肺動脈"},
    same={"睾丸": "精巣"},
    kin={"症": "病", "腫脹": "腫大"},
    left_out=frozenset({"軽度"}),
)


@pytest.mark.parametrize(
    ("written", "known"),
    [
        ("DM性腎症", "糖尿病性腎症"),
        ("Lt RCC術後", "LTRCC術後"),
        ("左RCC術後", "左腎細胞癌術後"),
        ("睾丸腫瘍", "精巣腫瘍"),
        ("gastric ulcer", "胃潰瘍"),
        ("fracture of femur", "大腿骨骨折"),
        ("s/o DM", "糖尿病の疑い"),
        ("DM?", "糖尿病の疑い"),
        ("L1圧迫骨折", "腰椎圧迫骨折"),
        ("Th11-12圧迫骨折", "胸椎圧迫骨折"),
        ("第12胸椎圧迫骨折", "胸椎圧迫骨折"),
        ("RCC stageⅢ", "腎細胞癌"),
        ("RCC pT1bN0M0", "腎細胞癌"),
        ("結腸癌術後肝転移", "転移性肝癌"),
        ("左肺下葉癌", "左下葉肺癌"),
        ("高血圧の疑い", "高血圧症の疑い"),
        ("gastric-ulcer", "胃潰瘍"),
        ("PA狭窄", "肺動脈狭窄"),
        ("PA術後", "悪性貧血術後"),
    ],
)
def test_a_mention_is_said_in_the_masters_words(written: str, known: str) -> None:
    first = (*rewritten(normalised(written), WORDS), normalised(written))[0]

    assert first == normalised(known)


def test_a_lay_name_of_a_whole_disease_is_none_before_another_word() -> None:
    assert rewritten("高血圧性心疾患", WORDS) == ()


def test_the_next_meaning_of_an_ambiguous_word_comes_after_the_likeliest() -> None:
    assert rewritten("DM性腎症", WORDS)[:2] == ("糖尿病性腎症", "皮膚筋炎性腎症")


@pytest.mark.parametrize("text", ["高血圧症ノ疑イ", "高血圧性心疾患", "DMARD", "HTLV", "左腎細胞ガン"])
def test_no_word_is_seen_inside_another_and_none_is_said_twice(text: str) -> None:
    assert all("糖尿病" not in each and "症症" not in each for each in rewritten(text, WORDS))
    assert text == "高血圧症ノ疑イ" or not rewritten(text, WORDS)


def test_related_words_and_qualifiers_are_told_where_a_name_of_the_master_comes_of_them() -> None:
    assert rewritten(normalised("RCC腫脹"), WORDS, {normalised("細胞癌腫大")}) == (
        normalised("腎細胞癌腫脹"),
        normalised("腎細胞癌腫大"),
    )
    assert rewritten(normalised("軽度肝腫脹"), WORDS) == ()


def test_the_answer_is_bounded() -> None:
    assert len(rewritten("DM、" * 10, WORDS)) <= MOST_REWRITTEN
    assert rewritten("DM" + "性" * MOST_CHARACTERS, WORDS) == ()


def test_every_spelling_is_listed_with_each_disease_that_it_may_stand_for() -> None:
    listed = [each for each in spellings_of(WORDS) if each.text == "DM"]

    assert [(each.disease, each.rank, each.is_ambiguous) for each in listed] == [
        ("糖尿病", 0, True),
        ("皮膚筋炎", 1, True),
    ]


def test_the_shipped_tables_are_found_beside_the_code_and_normalised() -> None:
    words = shipped_words()

    assert len(words.diseases) > 1_500
    assert rewritten("DM性腎症", words)[0] == "糖尿病性腎症"
    assert all(text == normalised(text) for text in (*words.diseases, *words.latin, *words.same, *words.kin))


@pytest.mark.parametrize("text", ["1" * 63 + "度", "L" + "1" * 62 + "度", "第1" * 31 + "度"])
def test_digits_that_could_be_cut_into_vertebrae_in_millions_of_ways_are_cut_in_one(text: str) -> None:
    """It would not end where every way was tried, and nothing else of the process would go on meanwhile."""
    assert tidied(text) == text


def test_several_vertebrae_stay_one_part_of_the_spine() -> None:
    assert tidied("L10-12圧迫骨折") == "腰椎圧迫骨折"
    assert tidied("第11・12胸椎圧迫骨折") == "胸椎圧迫骨折"
