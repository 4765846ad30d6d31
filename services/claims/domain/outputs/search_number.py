"""検索番号: the number under which a returned receipt is found again when the hospital submits it anew.

記録条件仕様 第1章 3 (4) イ: 17 to 30 digits, given by the review agency and written back by the hospital; how it is
composed is the agency's own affair. Ours is the head of the claim's id: it needs no table and leads back to the claim.
"""

from typing import Final

DIGITS: Final = 30
_PREFIX: Final = "clm_"
_HEX_DIGITS: Final = 24
"""96 bits: the most whole hexadecimal digits that 30 decimal ones hold."""


def search_number_of(claim_id: str) -> str:
    """The thirty digits for a claim's id."""
    return f"{int(claim_id.removeprefix(_PREFIX)[:_HEX_DIGITS], 16):0{DIGITS}d}"


def claim_id_head(search_number: str) -> str:
    """What the id of the claim with this search number begins with; empty for a number that is not ours."""
    if len(search_number) != DIGITS or not (search_number.isascii() and search_number.isdigit()):
        return ""
    number = int(search_number)
    return f"{_PREFIX}{number:0{_HEX_DIGITS}x}" if number < 16**_HEX_DIGITS else ""
