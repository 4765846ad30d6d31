from hypothesis import given
from hypothesis import strategies as st

from services.coding.domain.normalise import normalised
from services.coding.domain.written_forms import KANA, KANJI, PHRASES

WRITTEN = st.sampled_from(
    [*KANJI, *KANA, *PHRASES, *PHRASES.values(), *"ーｰ-―−~〜IVXivx型期度 \u3000\u3099ﾞへヘっッがガカ"]
)
TEXTS = st.one_of(st.text(max_size=30), st.lists(WRITTEN, max_size=12).map("".join))


@given(TEXTS)
def test_normalising_twice_changes_nothing_more(text: str) -> None:
    assert normalised(normalised(text)) == normalised(text)


@given(TEXTS)
def test_no_space_and_no_small_latin_letter_is_left(text: str) -> None:
    assert not any(character.isspace() or "a" <= character <= "z" for character in normalised(text))
