from datetime import date

from services.coding.domain.master import Disease, DiseaseMaster
from services.coding.domain.pool import AS_THEY_ARE, KEPT
from services.coding.domain.retrieval import SpellingIndex
from services.coding.domain.words import Kind, Meaning, Words

SITES = "頭顔目耳鼻口喉首肩腕肘手指胸腹背腰腿膝足"


def disease(number: int, name: str, icd10: str) -> Disease:
    code = f"{1_000_000 + number}"
    return Disease(
        code=code,
        name=name,
        abbreviation=name,
        kana="",
        icd10=icd10,
        valid_from=date(2002, 6, 1),
        valid_to=date.max,
    )


def found(text: str, index: SpellingIndex) -> list[str]:
    """The names of the candidates of a text."""
    each = index.search(index.queries([text]))
    return [index.diseases[owner].name for owner in each.owners.tolist()]


def test_a_mention_is_searched_for_in_the_masters_words_too() -> None:
    words = Words(diseases={"VT": Meaning(kind=Kind.ACRONYM, diseases=("心室頻拍",))})
    rows = [disease(1, "心室頻拍", "I472"), disease(2, "深部静脈血栓症", "I802")]

    assert found("発作性VT", SpellingIndex(DiseaseMaster("test", rows, words=words), {}))[0] == "心室頻拍"
    assert found("発作性VT", SpellingIndex(DiseaseMaster("test", rows), {})) == []


def test_a_candidate_tells_which_text_of_the_mention_met_it() -> None:
    words = Words(diseases={"VT": Meaning(kind=Kind.ACRONYM, diseases=("心室頻拍",))})
    rows = [disease(1, "心室頻拍", "I472"), disease(2, "発作性頭痛", "G440")]
    index = SpellingIndex(DiseaseMaster("test", rows, words=words), {})
    queries = index.queries(["頭痛", "発作性VT"])

    candidates = index.search(queries)

    assert candidates.sizes.tolist()[1] == 2
    assert [queries.texts[row] for row in candidates.queries.tolist()[-2:]] == ["発作性心室頻拍", "発作性VT"]


def test_a_mention_has_the_diseases_that_it_ends_with_though_they_are_little_like_it() -> None:
    strangers = [disease(5_000 + number, chr(0x5000 + number) * 2 + "癌", "Z000") for number in range(1_000)]
    index = SpellingIndex(DiseaseMaster("test", [disease(1, "癌", "C809"), *strangers]), {})

    assert "癌" in found("顔面未分化癌", index)


def test_a_name_is_compared_with_the_text_that_is_most_like_it_whatever_met_the_best_spelling() -> None:
    words = Words(diseases={"VT": Meaning(kind=Kind.ACRONYM, diseases=("心室頻拍",))})
    row = disease(1, "心室頻拍", "I472")
    index = SpellingIndex(DiseaseMaster("test", [row], words=words), {"発作VT": row.code})
    queries = index.queries(["発作VT"])

    each = index.search(queries)

    assert index.texts[each.spellings[0]] == "発作VT"
    assert queries.texts[each.queries[0]] == "発作VT"
    assert queries.texts[each.name_queries[0]] == "発作心室頻拍"
    assert 0 < each.own[0] < each.best[0]


def test_behind_the_likeliest_a_new_icd10_is_kept_before_one_that_is_there() -> None:
    alike = [disease(number, f"{site}部打撲傷", "S000") for number, site in enumerate(SITES)]
    alike += [disease(50 + number, f"{site}打撲傷", "S000") for number, site in enumerate(SITES)]
    assert len(alike) >= KEPT > AS_THEY_ARE
    other = disease(999, "打撲後の長く続く強い痛み", "T140")
    strangers = [disease(5_000 + number, chr(0x5000 + number) * 2, "Z000") for number in range(2_500)]
    index = SpellingIndex(DiseaseMaster("test", [*alike, other, *strangers]), {})

    names = found("全身打撲傷", index)

    assert len(names) == KEPT
    assert other.name in names


def test_a_text_of_unknown_characters_has_no_candidates() -> None:
    index = SpellingIndex(DiseaseMaster("test", [disease(1, "肺炎", "J189")]), {})

    assert found("xyz", index) == []
    assert len(index.search(index.queries([])).sizes) == 0
