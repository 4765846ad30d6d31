"""The injection screen of what may be put before a language model: whether a mention speaks to the model.

The model is assumed to obey whatever it reads. What keeps it harmless is the closed set of candidates and the rules of
agreement; this screen only keeps most attempts from being sent at all. What it holds back is coded without a model.
"""

import re
import unicodedata
from collections.abc import Callable
from enum import Enum
from typing import Final

MAX_CHARACTERS: Final = 64
"""Of a mention after NFKC; the 99th percentile of real ones is 17 characters, the longest official name 30."""


class InjectionRule(Enum):
    """What was found, in order of precedence. The value is what a metric may say."""

    EMPTY = "empty"
    """Nothing is left to be asked."""
    TOO_LONG = "too_long"
    """More than MAX_CHARACTERS."""
    INVISIBLE = "invisible"
    """A control, zero-width, bidirectional, private or unassigned character."""
    FOREIGN_CHARACTER = "foreign_character"
    """A character that no Japanese diagnosis is written with: Cyrillic, look-alike Greek, emoji."""
    MARKUP = "markup"
    """Braces, tags, back-ticks, role marks, line breaks."""
    LABEL = "label"
    """The form of a candidate's label, c01."""
    ROLE = "role"
    """A role of a conversation: system, user, assistant."""
    INSTRUCTION = "instruction"
    """A word that orders or speaks of the answer."""
    SENTENCE = "sentence"
    """Four and more Latin words in a row, or the end of a Japanese request."""


_SEEN_CONTROL: Final = frozenset({"Cc", "Cf", "Co", "Cs", "Cn", "Zl", "Zp"})
_WESTERN: Final = "".join(
    letter for letter in map(chr, range(0xC0, 0x180)) if unicodedata.normalize("NFD", letter)[0].isascii()
)
"""Latin letters with accents. Those that are letters of their own (ı, ø) stand in no diagnosis and look like others."""
_USUAL: Final = re.compile(
    rf"[\x00-\x7f{_WESTERN}ぁ-ヾ㐀-鿿豈-\ufaff\U00020000-\U0002ffff"
    r"±×÷°℃〜・、。々〆ヶー「」『』【】〈〉《》〔〕―‐‑‒–—−→←↑↓≧≦≠′″αβγδεζηθκλμπφψωΓΔΘΛΣΦΨΩ\u3099\u309a]*"
)
"""Kana, kanji, ASCII and accented letters, the marks of diagnoses, and Greek letters unlike Latin ones."""
_MARKUP: Final = re.compile(
    r"[{}\[\]`|\\^$@]|<[/!|A-Za-z]|[A-Za-z|]>|<<|>>|/\*|\*/|--+|##+|==+|\*\*|\"\s*:|```|\\[nrtu]|%[0-9a-f]{2}"
)
_LOOK_ALIKES: Final = str.maketrans("力口工卜夕八二一αβεηκμω", "カロエトタハニーabenkuw")
"""Kanji read as kana, Greek letters as Latin ones: words that a model is meant to see and a screen is not."""
_DIGITS_AS_LETTERS: Final = str.maketrans("013457", "oieast")


def _form(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern.translate(_LOOK_ALIKES))


_LABEL: Final = _form(
    r"(?<![a-z])c[\s_-]?(?:0\s?\d|o\s?[013-9])(?!\d)|(?<![a-z])c1[0-2](?![\d-])|\bnone\b|該当なし|pick"
)
_ROLE: Final = _form(
    r"system(?!ic)|assistant|(?<![a-z])user(?![a-z])|developer|chatgpt|(?<![a-z])gpt|(?<![a-z])llm(?![a-z])|inst(?=\W|$)|im_(?:start|end)|"
    r"システム|アシスタント|ユーザ|(?<![ァ-ヴー])ロール(?!ー)|言語モデル|人工知能|チャット|プロンプト|(?<![a-z])ai(?:は|へ|に|さ|、|,|:|で|と)"
)
_INSTRUCTION: Final = _form(
    r"ignore|disregard|forget|override|instruction|prompt|output|answer|respon[ds]|select|choose|return|reply|print|"
    r"execute|pretend|jailbreak|bypass|repeat|translate|json|token|schema|"
    r"(?<!母)指示|命令(?!性)|(?<!空間)(?<!半側)(?<!視)無視|(?<![喀筋娩拍])出力|選べ|選ん|選択し|選択せ|選ぶ|選び|回答|返答|答え|応答|返せ|返して|候補|従え|従って|"
    r"忘れ(?:て|ろ|な)|上書き|以前の|これまでの|上記|前述|ふりを|なりき|として振|設定を|制約|ルール|コードを|番号を|"
    r"にしてく|してくださ|して下さ|しなさい|せよ(?!$)|実行|開示|教えて|印字|表示し"
)
_LATIN_WORDS: Final = re.compile(r"(?:[A-Za-z']{2,}[\s,.;:!?]+){3,}[A-Za-z']{2,}")
_REQUEST: Final = re.compile(r"(?:ください|下さい|なさい|願います|お願い|せよ|しろ|すること|べき)[。.!]?$")
_SQUEEZED: Final = re.compile(r"[\s・._\-‐‑‒–—―−*~/、。,'\"「」『』]+")


def injection_in(text: str) -> InjectionRule | None:
    """The first rule that finds something addressed to a model, in the order of InjectionRule; None where none does."""
    return next((rule for rule, finds in RULES if finds(text)), None)


def _is_empty(text: str) -> bool:
    return not text.strip()


def _is_too_long(text: str) -> bool:
    return len(unicodedata.normalize("NFKC", text)) > MAX_CHARACTERS or len(text) > MAX_CHARACTERS


def _is_invisible(text: str) -> bool:
    return any(unicodedata.category(character) in _SEEN_CONTROL for character in text)


def _has_foreign_character(text: str) -> bool:
    return not _USUAL.fullmatch(unicodedata.normalize("NFKC", text))


def _has_markup(text: str) -> bool:
    return bool(_MARKUP.search(_folded(text)))


def _has_label(text: str) -> bool:
    return _found(_LABEL, text)


def _has_role(text: str) -> bool:
    return _found(_ROLE, text)


def _has_instruction(text: str) -> bool:
    return _found(_INSTRUCTION, text)


def _is_sentence(text: str) -> bool:
    folded = _folded(text)
    return bool(_LATIN_WORDS.search(folded) or _REQUEST.search(folded))


def _found(form: re.Pattern[str], text: str) -> bool:
    """As written, once more without spaces and marks between the letters, and with digits read as letters."""
    folded = _folded(text).translate(_LOOK_ALIKES)
    squeezed = _SQUEEZED.sub("", folded)
    return any(map(form.search, (folded, squeezed, squeezed.translate(_DIGITS_AS_LETTERS))))


def _folded(text: str) -> str:
    """NFKC, lower case, and Latin letters without their accents, so that ìgnore is ignore."""
    lower = unicodedata.normalize("NFKC", text).casefold()
    return unicodedata.normalize("NFC", "".join(_unaccented(character) for character in lower))


def _unaccented(character: str) -> str:
    first = unicodedata.normalize("NFD", character)[0]
    return first if first.isascii() else character


RULES: Final[tuple[tuple[InjectionRule, Callable[[str], bool]], ...]] = (
    (InjectionRule.EMPTY, _is_empty),
    (InjectionRule.TOO_LONG, _is_too_long),
    (InjectionRule.INVISIBLE, _is_invisible),
    (InjectionRule.FOREIGN_CHARACTER, _has_foreign_character),
    (InjectionRule.MARKUP, _has_markup),
    (InjectionRule.LABEL, _has_label),
    (InjectionRule.ROLE, _has_role),
    (InjectionRule.INSTRUCTION, _has_instruction),
    (InjectionRule.SENTENCE, _is_sentence),
)
