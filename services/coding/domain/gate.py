"""Why a text is no diagnosis to code although it names a disease: it denies it, or speaks of another time or person.

Suspicion (疑い) is none of these: it is a modifier (8002), as are 術後 (8048), 既往 at the end (8142) and 予防 (8076).
A name of the master that holds such a word is a diagnosis (合併症なし): ask the master first.
"""

import re
from enum import Enum
from typing import Final


class Gate(Enum):
    """Why a text is not to be coded, in order of precedence."""

    NONE = "none"
    """Nothing speaks against a diagnosis."""
    FAMILY = "family"
    """家族歴: another person's."""
    NORMAL = "normal"
    """A finding without disease: 正常, 異常なし, 問題なし."""
    NEGATED = "negated"
    """What is told is that it is not there: なし, ない, 無, 否定, (-)."""
    HISTORY = "history"
    """What was, beyond the suffix 既往: 既往歴, 病歴."""
    RISK = "risk"
    """What might come: リスク, 注意, 危険."""


_DENIED: Final = (
    r"(?:ナシ|無シ|無ク|(?<!有)無|ナイ|ナカッタ|セズ|ミラレズ|認メズ|マセン(?:デシタ)?"
    r"|否定(?:的|サレル|デキル)?|\([-−‐ー]\)|[-−])"
)
RULES: Final = {
    Gate.FAMILY: re.compile(r"家族歴|家族ニ|(?:父|母|兄|姉|弟|妹|祖父|祖母)(?:ガ|ニ)"),
    Gate.NORMAL: re.compile(
        r"(?:異常|問題|著変|著患|所見|支障)(?:ハ|ヲ|モ)?(?:認メ)?(?:ナシ|無シ|無|ナイ|ズ)$"
        r"|正常(?:範囲|範囲内|域|大|化|デアル)?$|(?<!不)良好$"
    ),
    Gate.NEGATED: re.compile(rf"{_DENIED}$"),
    Gate.HISTORY: re.compile(r"既往(?:歴|症)|病歴"),
    Gate.RISK: re.compile(
        r"リスク|要注意|(?<!不)注意$|危険(?:性|度|因子)?(?:アリ|高イ|低イ)?$|(?:ノ|ニ)(?:恐レ|オソレ)"
    ),
}
"""In order of precedence; each reads a normalised text."""


def gate_of(spelling: str) -> Gate:
    """The first rule that holds for a normalised text, else NONE."""
    return next((gate for gate, rule in RULES.items() if rule.search(spelling)), Gate.NONE)
