"""The diseases that a mention ends with: 癌 of 顔面未分化癌. Pure.

Coders take them where the master has nothing nearer.
"""

import re
from typing import Final

from services.coding.domain.master import Disease, DiseaseMaster

MOST_HEADS: Final = 3
MOST_CHARACTERS: Final = 64
"""Longer texts are no names."""
_DOUBT: Final = re.compile(r"ノ?疑イ?$")


def heads(text: str, master: DiseaseMaster) -> tuple[Disease, ...]:
    """The diseases whose names end a normalised text, the shortest MOST_HEADS of them, the longest first.

    They share few letters with a long mention, so that a search by likeness hardly finds them.
    """
    body = _DOUBT.sub("", text)[-MOST_CHARACTERS:]
    named = master.named.rows
    ends = [body[start:] for start in range(len(body))]
    found = dict.fromkeys(row.code for end in ends if end in named for row in named[end])
    return tuple(master.diseases_by_code[code][-1] for code in list(found)[-MOST_HEADS:])
