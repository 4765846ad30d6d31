from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from services.coding.domain.naming.drug_parts import parts_of
from services.coding.domain.naming.spelling import spelled

UNITS = [
    "mg",
    "㎎",
    "ミリグラム",
    "μg",
    "µg",
    "g",
    "グラム",
    "mL",
    "㎖",
    "cc",
    "%",
    "単位",
    "千単位",
    "万単位",
    "U",
    "IU",
]
WORDS = [
    "アムロジピン",
    "錠",
    "ＯＤ錠",
    "「トーワ」",
    "【般】",
    " ",
    "\u3000",
    "_",
    ",",
    ".",
    ":",
    "百万",
    "万",
    "ナトリウム",
    "Na",
]
NUMBERS = st.from_regex(r"[0-9０-９]{1,4}([.．][0-9]{1,3})?", fullmatch=True)
NAMES = st.lists(st.one_of(st.sampled_from([*UNITS, *WORDS]), NUMBERS), max_size=10).map("".join)


@given(st.one_of(NAMES, st.text(max_size=30)))
def test_spelling_twice_changes_nothing_more(text: str) -> None:
    assert spelled(spelled(text)) == spelled(text)


@given(st.integers(1, 99_999))
def test_one_amount_in_two_units_is_one_amount(micrograms: int) -> None:
    in_micrograms = parts_of(spelled(f"薬錠{micrograms}μg")).amounts
    in_milligrams = parts_of(spelled(f"薬錠{Decimal(micrograms) / 1000:f}mg")).amounts

    assert in_micrograms == in_milligrams == {("G", (Decimal(micrograms) / 1_000_000).normalize())}


@given(NAMES)
def test_a_text_agrees_with_itself_and_nothing_in_it_speaks_against_it(text: str) -> None:
    parts = parts_of(spelled(text))

    assert parts.agrees_with(parts)
    assert parts.against(parts) == 0
