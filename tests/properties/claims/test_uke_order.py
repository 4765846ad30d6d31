"""The order of records: the language of sound receipts against the record-by-record search for what is wrong."""

import re

from hypothesis import example, given
from hypothesis import strategies as st

from services.claims.domain.uke.order import LETTERS, order_faults

KINDS = st.lists(st.sampled_from([*LETTERS, "JY"]), max_size=14)
SOUND = re.compile(
    "(RE )(HO )?(KO )*(SN )*(JD )*(MF )*(GR )*(SY )*((SI|IY|TO|CO) )*(SJ )*(TI (TR TS (SY )*((SI|IY|TO|CO) )*(SJ )*)+)*"
)


def _faults(kinds: list[str]) -> list[int]:
    letters = "".join(LETTERS.get(kind, "?") for kind in kinds)
    return [fault.place.line for fault in order_faults(letters, kinds, 1)]


@given(KINDS)
@example(["TI", "TR", "TS"])
@example(["RE", "TR", "TS"])
@example(["RE", "TI", "TR", "TI"])
@example(["RE", "TI", "TR", "TS", "SJ", "SY"])
@example(["RE", "HO", "HO"])
def test_a_fault_of_order_is_found_exactly_where_the_receipt_is_not_sound(kinds: list[str]) -> None:
    sound = SOUND.fullmatch("".join(f"{kind} " for kind in kinds if kind in LETTERS)) is not None

    lines = _faults(kinds)

    assert bool(lines) is not sound
    assert all(1 <= line <= max(1, len(kinds)) for line in lines)


@given(st.text("RHKNJMGYDCStrs?", max_size=14))
def test_any_word_ends_in_a_verdict(letters: str) -> None:
    kinds = [next((kind for kind, letter in LETTERS.items() if letter == each), "JY") for each in letters]

    assert isinstance(list(order_faults(letters, kinds, 1)), list)
