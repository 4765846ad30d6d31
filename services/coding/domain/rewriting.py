"""A mention in the master's words: abbreviations, foreign and lay words inside it replaced. Bounded, and no code."""

import re
from collections.abc import Container, Iterator
from itertools import chain
from typing import Final

from services.coding.domain.asides import without_asides
from services.coding.domain.normalise import normalised
from services.coding.domain.related import related
from services.coding.domain.words import Kind, Words

MOST_REWRITTEN: Final = 6
MOST_CHARACTERS: Final = 64
"""Longer texts are no names."""
LEAST_JOINED: Final = 6
"""Letters of a run that may be several English words: normalised texts have no spaces."""
_LETTERS: Final = re.compile(r"[A-Z]+")
_SCRIPTS: Final = (re.compile(r"[A-Z]"), re.compile(r"[ァ-ヺー]"), re.compile(r"[0-9]"))
_PARTICLES: Final = frozenset("ノガニヲハト")
_DOTS: Final = re.compile(r"(?<=[A-Z])[.'’`]|(?<=[A-Z]{3})[-−‐](?=[A-Z]{3})")
"""Marks inside a word in Latin letters that writers leave out as often."""
_DOUBTED: Final = re.compile(r"(?:[SR]/O|SUSP(?:ECTED)?(?:OF)?|SUSPICIONOF|疑イ(?=[:・]))[:・]?(?=.)")
_DOUBT_BEHIND: Final = re.compile(r"(?<=.)(?:[?？]+|(?<![A-Z])(?:SUSP|S/O|R/O))$")
_SIDE: Final = re.compile(r"([左右])側(?=[^頭腹胸方弯副索枝壁面脳臥屈切犬頚])")
"""左側 before a part of the body, and not 左 before 側頭 or 側腹."""
_DOUBT: Final = "ノ疑イ"
_NUMBER: Final = r"(?>1[0-2]|[1-9])"
"""Of a vertebra; taken one way only, as a run of ones can be cut into such numbers in millions of ways."""
_LEVEL: Final = rf"(?:TH|T|L|C|S)?{_NUMBER}"
_LEVELS: Final = re.compile(
    rf"(?<![A-Z0-9])第?(TH|T|L|C|S){_NUMBER}(?:[-/,・~]?{_LEVEL})*+(?:椎体?|レベル)?(?=[^0-9A-Z度期型群]{{2}})"
)
_LEVEL_NAMES: Final = {"T": "胸椎", "L": "腰椎", "C": "頚椎", "S": "仙椎"}
_NUMBERED: Final = re.compile(
    rf"(?:第?{_NUMBER}[-/,・~]?)++(?=胸椎|腰椎|頚椎|肋骨|中手骨|中足骨)|(?<=[胸腰頚]椎)第?{_NUMBER}(?![0-9])"
)
_STAGED: Final = re.compile(
    r"(?:STAGE|GRADE|NYHA|FORREST|KILLIP|GLEASON|(?:Y?P|(?<![A-Z])C)?T(?:[0-4][A-D]?|X|IS)N[0-3X][A-C]?(?:M[01X])?)"
    r"[-:]?(?:[0-9]+[A-D]?|[IVX]+[A-D]?|[A-D])?(?:度|期)?"
)
_ENDED: Final = re.compile(r"$|ノ|[・、,/()\[\]:;+]|疑|術後|再発|増悪|既往|後遺|合併|発作|急性増悪|リスク|治療|加療")
"""What may stand behind the lay name of a whole disease."""
_FINDING: Final = re.compile(
    r"狭窄|閉塞|動脈|静脈|損傷|断裂|血栓|塞栓|解離|梗塞|拡張|肥大|腫|挿入|関連|感染|留置|カテ|リュウ|欠損|縮小|出血|結石|ガン|浸潤"
    r"|転移|炎|破裂|切除|内|壁|穿孔|瘻|不全|逆流|産生|分泌|欠乏|過剰|抗体|陽性|検査|高値|低値|関節"
)
"""What befalls a part of the body."""
BEFORE_NOTHING: Final = frozenset({Kind.EVERYDAY})
SHORT: Final = 3
_BEFORE_SHORT: Final = frozenset("右左側両性、・/,+(ノ型度")
_SPREAD: Final = re.compile(
    r"^.*?(?:多発|両側|両|単発)?(肝|肺|腎|膵|脾|腟|皮膚|卵巣|甲状腺|膀胱|乳腺?|胃|結腸|小腸|胸膜|縦隔|副腎)(?:へノ|ノ|多発)?転移(?!性)(?:巣|腫瘍?)?"
)
_LOBE: Final = re.compile(r"(肺)?(上葉|中葉|下葉)(?:部|原発|発生|ノ)*(?:肺)?(?:門部|野)?((?:[^肺]{0,6})(?:ガン|腫瘍))$")
_EDGES: Final = re.compile(r"\(\)|\[\]|^[-/,・:)]+|[-/,・:(]+$")


def rewritten(text: str, words: Words, named: Container[str] = frozenset()) -> tuple[str, ...]:
    """Other spellings of a normalised text, the surest first; at most MOST_REWRITTEN, without the text itself.

    First the text with all known words replaced, then with the next meaning of one of them, then what it becomes by a
    change or two where that is a spelling of `named`, the master's.
    """
    if len(text) > MOST_CHARACTERS:
        return ()
    plain = tidied(text)
    found: dict[str, None] = {}
    replaced = tuple(_replaced(plain, words))
    for each in chain(replaced, related(normalised(replaced[0]), words, named)):
        variant = normalised(each)
        if variant and variant != text:
            found.setdefault(variant)
        if len(found) == MOST_REWRITTEN:
            break
    return tuple(found)


def tidied(text: str) -> str:
    """Marks of doubt as the master's suffix, levels of the spine as its part; asides, stages and grades left out."""
    text = without_asides(text) or text
    doubted = _DOUBTED.match(text)
    plain = text[doubted.end() :] + _DOUBT if doubted else _DOUBT_BEHIND.sub(_DOUBT, text)
    plain = _SIDE.sub(r"\1", plain)
    levelled = _NUMBERED.sub("", _LEVELS.sub(_level, _DOTS.sub("", plain)))
    return _EDGES.sub("", _turned(_STAGED.sub("", levelled))) or text


def _turned(text: str) -> str:
    """Names whose order the master turns round: a lobe before its lung, an organ behind "metastatic" (転移性)."""
    spread = _SPREAD.search(text)
    if spread:
        return f"転移性{spread[1]}ガン{text[spread.end() :]}"
    return _LOBE.sub(r"\2肺\3", text)


def _level(found: re.Match[str]) -> str:
    return _LEVEL_NAMES[found[1][0]]


def _replaced(text: str, words: Words) -> Iterator[str]:
    """The text with every known word in its likeliest meaning, then with one word in each of its other meanings."""
    pieces = list(_pieces(text, words))
    yield "".join(piece[0] for piece in pieces)
    for place, piece in enumerate(pieces):
        for other in piece[1:]:
            yield "".join(other if at == place else each[0] for at, each in enumerate(pieces))


def _pieces(text: str, words: Words) -> Iterator[tuple[str, ...]]:
    """The text cut into known words, each with its meanings, and what lies between them."""
    start = 0
    while start < len(text):
        known, meanings = _known_at(text, start, words)
        run = _LETTERS.match(text, start) if not known and text[start].isascii() else None
        if run:
            known, joined = run[0], _joined(run[0], words)
            meanings = (joined,) if joined else ()
        known = known or text[start]
        yield meanings or (known,)
        start += len(known)


def _known_at(text: str, start: int, words: Words) -> tuple[str, tuple[str, ...]]:
    """The longest known word there with its meanings; none where the text says the meaning already."""
    for word in words.replaced.at(text, start):
        stands = _stands(text, start, word) and not _is_short_name_inside(text, start, word, words)
        meanings = _meanings(word, text[start + len(word) :], words) if stands else ()
        if meanings:
            return (word, () if any(_is_said(text, start, word, each) for each in meanings) else meanings)
    return "", ()


def _meanings(word: str, behind: str, words: Words) -> tuple[str, ...]:
    """What the word may mean before what stands behind it: before a finding a part of the body, else a disease."""
    of_part = [each for each in (words.latin.get(word), words.same.get(word)) if each is not None]
    meaning = words.diseases.get(word)
    if meaning is None or (meaning.kind in BEFORE_NOTHING and not _ENDED.match(behind)):
        return tuple(of_part)
    names = [normalised(name) for name in meaning.diseases]
    return tuple(dict.fromkeys(of_part + names if _FINDING.match(behind) else names + of_part))


def _stands(text: str, start: int, word: str) -> bool:
    """Whether the word is one there: letters, kana and digits go on neither before nor behind it."""
    end = start + len(word)
    before, behind = text[start - 1 : start], text[end : end + 1]
    return not (_goes_on(before, word[0]) or _goes_on(word[-1], behind))


def _is_short_name_inside(text: str, start: int, word: str, words: Words) -> bool:
    """Whether a short lay name stands behind another word: it is mostly a part of a longer name there."""
    meaning = words.diseases.get(word)
    is_short = meaning is not None and meaning.kind in BEFORE_NOTHING and len(word) <= SHORT
    return is_short and start > 0 and text[start - 1] not in _BEFORE_SHORT


def _goes_on(one: str, other: str) -> bool:
    if not one or not other or one in _PARTICLES or other in _PARTICLES:
        return False
    return any(script.match(one) and script.match(other) for script in _SCRIPTS)


def _is_said(text: str, start: int, word: str, meaning: str) -> bool:
    """Whether the text has the meaning already at this place (高血圧 within 高血圧症)."""
    offset = meaning.find(word)
    return offset >= 0 and text.startswith(meaning, max(start - offset, 0))


def _joined(run: str, words: Words) -> str:
    """English words written in one: all of the run by the fewest known words, else empty. A OF B is BのA."""
    if len(run) < LEAST_JOINED:
        return ""
    fewest: list[tuple[str, ...] | None] = [(), *(None for _ in run)]
    for start in range(len(run)):
        so_far = fewest[start]
        for word in words.english.at(run, start) if so_far is not None else ():
            end = start + len(word)
            known = fewest[end]
            if so_far is not None and (known is None or len(known) > len(so_far) + 1):
                fewest[end] = (*so_far, word)
    return _in_order(fewest[-1] or (), words)


def _in_order(found: tuple[str, ...], words: Words) -> str:
    parts: list[str] = [""]
    for word in found:
        if word == "OF":
            parts.append("")
        else:
            parts[-1] += _meanings(word, "", words)[0] if word not in words.latin else words.latin[word]
    return "".join(reversed(parts))
