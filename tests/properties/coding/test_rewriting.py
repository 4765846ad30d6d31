from hypothesis import given
from hypothesis import strategies as st

from services.coding.adapters.word_files import shipped_words
from services.coding.domain.normalise import normalised
from services.coding.domain.rewriting import MOST_REWRITTEN, rewritten

WORDS = shipped_words()
KNOWN = sorted((*WORDS.diseases, *WORDS.latin, *WORDS.same, *WORDS.kin, *WORDS.left_out))
PIECES = st.one_of(
    st.sampled_from(KNOWN), st.sampled_from([*"左右・、/()?-ノ性症病炎0123IV", "疑い", "S/O", "STAGE", "L1"])
)
TEXTS = st.one_of(st.text(max_size=30), st.lists(PIECES, max_size=6).map("".join)).map(normalised)
NAMED = frozenset(map(normalised, ("胃癌", "疼痛", "肝腫瘍", "感冒", "糖尿病", "転移性肝癌", "紅斑症")))


@given(TEXTS)
def test_every_rewriting_is_normalised_another_text_and_one_of_few(text: str) -> None:
    found = rewritten(text, WORDS, NAMED)

    assert len(found) == len(set(found)) <= MOST_REWRITTEN
    assert text not in found
    assert all(each and each == normalised(each) for each in found)


@given(TEXTS)
def test_the_same_text_is_always_rewritten_the_same_way(text: str) -> None:
    assert rewritten(text, WORDS, NAMED) == rewritten(text, WORDS, NAMED)
