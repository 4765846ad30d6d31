"""One spelling for one name: takes out what two writers of the same diagnosis do differently. Refuses to guess."""

import re
import unicodedata
from typing import Final

_SPACES: Final = re.compile(r"\s+")
_KATAKANA: Final = r"[ァ-ヺー]"
_LONG_MARK: Final = re.compile(rf"(?<={_KATAKANA})[-‐‑‒–—―−─](?={_KATAKANA}|$)")
"""Hyphens, dashes and the minus sign that can only be a long mark (長音): after katakana, before it or the end."""


def normalised(text: str) -> str:
    """The text as the master's index knows it.

    NFKC (half-width kana and full-width letters become ordinary ones), no spaces, long marks between katakana as ー,
    letters in upper case. Idempotent. Removes no word and no modifier.
    """
    folded = _SPACES.sub("", unicodedata.normalize("NFKC", text))
    return _LONG_MARK.sub("ー", folded).upper()
