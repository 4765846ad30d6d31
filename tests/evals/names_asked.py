"""What the evaluation of names asks, and which codes are right answers. Official files only; nothing is learned here.

What weights and probabilities were chosen on is never asked: for procedures the two columns of the 2022 master, for
drugs the codes whose digest is odd.
"""

import hashlib
import random
import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from math import sqrt
from typing import Final

from infra.local.settings import REPOSITORY
from services.coding.adapters.name_master_files import load_name_master, name_master_of
from services.coding.domain.naming.deciding import AUTOMATIC_NAMES, NameCoder, NameCoding
from services.coding.domain.naming.listed import Listed, NameKind, NameMaster
from services.coding.domain.naming.spelling import spelled
from services.shared.kernel.months import Month

DATA: Final = REPOSITORY.parent / "shared" / "data"
FULL: Final = DATA / "masters" / "full"
SEED: Final = 20240601
NOISY: Final = 2_000
_95_PERCENT: Final = 1.96
_BINS: Final = 10
OFFICIAL_FLOORS: Final = ((1, 0.98),)
CHANGED_FLOORS: Final = ((5, 0.93),)
LIST_FLOORS: Final = ((1, 0.95),)
LIST_STRENGTH_FLOORS: Final = ((1, 0.99),)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One text, and the codes that are right; none for a text that no code of the master has."""

    text: str
    right: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """What was answered to each text of a question."""

    asked: tuple[Asked, ...]
    given: tuple[NameCoding, ...]

    def right(self, within: int) -> float:
        """How often a right code stands among the first."""
        return sum(self._is_right(asked, given, within) for asked, given in self._pairs()) / len(self.given)

    @property
    def automatic(self) -> float:
        """How often the answer was sure."""
        return sum(given.route in AUTOMATIC_NAMES for given in self.given) / len(self.given)

    @property
    def precision(self) -> float:
        """How often a sure answer is right. Raises ZeroDivisionError without one."""
        sure = [self._is_right(asked, given, 1) for asked, given in self._pairs() if given.route in AUTOMATIC_NAMES]
        return sum(sure) / len(sure)

    @property
    def calibration_error(self) -> float:
        """Of the first candidate's p, over ten equal bins."""
        bins: list[list[tuple[float, bool]]] = [[] for _ in range(_BINS)]
        for asked, given in self._pairs():
            p = given.candidates[0].p if given.candidates else 0.0
            bins[min(int(p * _BINS), _BINS - 1)].append((p, self._is_right(asked, given, 1)))
        return sum(abs(sum(p for p, _ in held) - sum(right for _, right in held)) for held in bins) / len(self.given)

    def missed(self, within: int, most: int) -> list[tuple[Asked, NameCoding]]:
        """Texts whose right code does not stand among the first, as many drawn by seed."""
        found = [(asked, given) for asked, given in self._pairs() if not self._is_right(asked, given, within)]
        return random.Random(SEED).sample(found, min(most, len(found)))

    def interval(self, share: float) -> tuple[float, float]:
        """The 95 % interval of a share of the texts (Wilson)."""
        count, z = len(self.given), _95_PERCENT
        middle = (share + z * z / (2 * count)) / (1 + z * z / count)
        half = z * sqrt(share * (1 - share) / count + z * z / (4 * count * count)) / (1 + z * z / count)
        return max(middle - half, 0.0), min(middle + half, 1.0)

    def _pairs(self) -> Iterator[tuple[Asked, NameCoding]]:
        return zip(self.asked, self.given, strict=True)

    @staticmethod
    def _is_right(asked: Asked, given: NameCoding, within: int) -> bool:
        return any(candidate.row.code in asked.right for candidate in given.candidates[:within])


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """Texts asked of one master in one month, with the floors of the shares that are right within so many.

    `examples_beyond`: show texts whose right code is not among the first so many; None: none.
    """

    title: str
    master: NameMaster
    month: Month
    asked: tuple[Asked, ...]
    floors: tuple[tuple[int, float], ...] = ()
    examples_beyond: int | None = None

    def answered(self) -> Answers:
        """What the coder answers."""
        return Answers(
            asked=self.asked, given=tuple(_coder(self.master).code([e.text for e in self.asked], self.month))
        )


@lru_cache(maxsize=8)
def _coder(master: NameMaster) -> NameCoder:
    return NameCoder(master)


@lru_cache(maxsize=4)
def published(kind: NameKind, stem: str) -> NameMaster:
    """One full master by itself."""
    return name_master_of(kind, [FULL / f"{stem}.zip"])


@lru_cache(maxsize=2)
def whole(kind: NameKind) -> NameMaster:
    """What all files at hand tell together, the differential ones too."""
    return load_name_master(kind, FULL.parent)


def only(master: NameMaster, column: int) -> NameMaster:
    """The master with one column of names and nothing else to be found by."""
    rows = (replace(row, names=(row.names[column],), kana="", former=(), generic_name="") for row in master.rows)
    return replace(master, rows=tuple(rows))


def procedure_questions() -> Iterator[Question]:
    """Official wording, changed wording, noise, and what only the other publication has."""
    now, before = published(NameKind.PROCEDURE, "s_20240531"), published(NameKind.PROCEDURE, "s_ALL20220218")
    ask = _asker(now, Month(2024, 6))
    short = _asker(only(now, 0), Month(2024, 6))
    official = [(row, row.names[1]) for row in now.rows]
    other = [(row, name) for row, name in official if is_other(name, row.names[0])]
    yield ask("official wording (基本漢字名称), both columns indexed", official, OFFICIAL_FLOORS)
    changed = ask("wording changed from 2022 to 2024", _changed(before, now), CHANGED_FLOORS)
    yield replace(changed, examples_beyond=5)
    both = _asker(load_name_master(NameKind.PROCEDURE, FULL), Month(2024, 6))
    yield both("the same with the 2022 publication beside, which has these names", _changed(before, now))
    yield ask("official wording, one character dropped, doubled or swapped", _noisy(now.rows))
    yield ask("official wording in half width, hiragana, small letters, with spaces", _respelled(now.rows))
    yield ask("in the 2022 publication alone: no right code", [(None, row.name) for row in _without(before, now)])
    yield short("official wording, only 省略漢字名称 indexed", official)
    yield short("the same, where the two columns differ", other)


def drug_questions() -> Iterator[Question]:
    """The master's own wordings turned round or damaged, its generic names, and products that were listed later."""
    now = published(NameKind.DRUG, "y_ALL20240321")
    ask = _asker(now, Month(2024, 4))
    measured = [row for row in now.rows if is_measured(row.code)]
    names = Counter(spelled(row.names[1]) for row in now.rows)
    alone = [row for row in measured if names[spelled(row.names[1])] == 1 and row.names[0] != row.names[1]]
    products = _asker(only(now, 0), Month(2024, 4))
    yield ask("name with strength (項番5)", [(row, row.names[0]) for row in measured])
    by_product = products(
        "品名 (項番35) that one code alone has, item 5 indexed", [(row, row.names[1]) for row in alone]
    )
    yield replace(by_product, examples_beyond=1)
    yield ask("form and strength turned round, units in words, maker without 「」", _rewritten(measured))
    yield ask("one character dropped, doubled or swapped", _noisy(measured))
    yield ask("half width, hiragana, small letters, with spaces", _respelled(measured))
    yield _generic(products, [row for row in measured if row.generic_name])
    yield _generic_changes(now)
    yield ask("products listed later: no right code", [(None, row.name) for row in _listed_later(now)])


def listed_questions(rows: Sequence[Mapping[str, str]]) -> Iterator[Question]:
    """The Ministry's list: 品名, and 品名 with 規格, to the notified product of its 薬価基準収載医薬品コード."""
    now = published(NameKind.DRUG, "y_ALL20240321")
    by_code: dict[str, set[str]] = {}
    for row in now.rows:
        by_code.setdefault(row.standard_code, set()).add(row.code)
    known = [(row, frozenset(by_code[code])) for row in rows if (code := row["薬価基準収載医薬品コード"]) in by_code]
    month = Month(2024, 4)
    named = tuple(Asked(text=row["品名"], right=right) for row, right in known)
    strong = tuple(Asked(text=f"{row['品名']} {row['規格']}", right=right) for row, right in known)
    yield Question(title="品名", master=now, month=month, asked=named, floors=LIST_FLOORS)
    yield Question(title="品名 and 規格", master=now, month=month, asked=strong, floors=LIST_STRENGTH_FLOORS)


def noisy_texts(kind: NameKind) -> list[str]:
    """Damaged official names of the newest master: what speed is measured with."""
    return [text for _, text in _noisy(load_name_master(kind, FULL).rows)]


def is_measured(code: str) -> bool:
    """Whether a code is of the half that nothing was chosen on."""
    return hashlib.sha256(code.encode()).digest()[0] % 2 == 0


def is_other(name: str, than: str) -> bool:
    """Whether two wordings differ by more than width and spaces. What the coder folds beyond that counts as changed."""
    return _plain(name) != _plain(than)


def _plain(name: str) -> str:
    return "".join(unicodedata.normalize("NFKC", name).split())


Texts = Iterable[tuple[Listed | None, str]]


def _asker(master: NameMaster, month: Month) -> Callable[..., Question]:
    def ask(title: str, texts: Texts, floors: tuple[tuple[int, float], ...] = ()) -> Question:
        asked = tuple(Asked(text=text, right=frozenset([row.code] if row else [])) for row, text in texts)
        return Question(title=title, master=master, month=month, asked=asked, floors=floors)

    return ask


def _changed(before: NameMaster, now: NameMaster) -> Iterator[tuple[Listed, str]]:
    """The earlier 省略漢字名称 of each code that lives on under another."""
    rows = {row.code: row for row in now.rows}
    for old in before.rows:
        row = rows.get(old.code)
        if row is not None and is_other(row.name, old.name):
            yield row, old.name


def _without(before: NameMaster, now: NameMaster) -> Iterator[Listed]:
    """What the later publication has neither by code nor by name."""
    codes = {row.code for row in now.rows}
    names = {spelled(name) for row in now.rows for name in row.names}
    return (row for row in before.rows if row.code not in codes and spelled(row.name) not in names)


def _listed_later(now: NameMaster) -> Iterator[Listed]:
    """Products of the differential files of a master that it has not; 選定療養 codes are no other products."""
    later = whole(NameKind.DRUG)
    codes = {row.code for row in now.rows}
    names = {spelled(name) for row in now.rows for name in row.names}
    rows = (row for row in later.rows if row.code not in codes and spelled(row.name) not in names)
    return (row for row in rows if not row.name.endswith("（選）"))


def _generic(ask: Callable[..., Question], rows: Sequence[Listed]) -> Question:
    """Generic names, found by product names alone: each product of the generic is right."""
    codes: dict[str, set[str]] = {}
    for row in ask("", []).master.rows:
        codes.setdefault(row.generic_code, set()).add(row.code)
    names = sorted({(row.generic_name, row.generic_code) for row in rows})
    asked = tuple(Asked(text=name, right=frozenset(codes[code])) for name, code in names)
    return replace(ask("一般名 (項番38) to a product of it, product names indexed", []), asked=asked)


def _generic_changes(now: NameMaster) -> Question:
    """Generic names as differential files changed them, asked of the master before."""
    later = {row.code: row for row in whole(NameKind.DRUG).rows}
    changed = [(row, later[row.code].generic_name) for row in now.rows]
    named = {
        name: {row.code for row, other in changed if other == name} for row, name in changed if name != row.generic_name
    }
    asked = tuple(Asked(text=name, right=frozenset(codes)) for name, codes in sorted(named.items()))
    return Question(
        title="一般名 as changed or given in 2024-06 to 2025-08", master=now, month=Month(2024, 4), asked=asked
    )


def _noisy(rows: Sequence[Listed]) -> Iterator[tuple[Listed, str]]:
    chance = random.Random(SEED)
    for row in chance.sample(list(rows), min(NOISY, len(rows))):
        yield row, _damaged(row.name, chance)


def _damaged(name: str, chance: random.Random) -> str:
    place = chance.randrange(len(name))
    ways = (
        name[:place] + name[place + 1 :],
        name[: place + 1] + name[place:],
        name[:place] + name[place:][1::-1] + name[place + 2 :],
    )
    return chance.choice(ways) or name


def _respelled(rows: Sequence[Listed]) -> Iterator[tuple[Listed, str]]:
    chance = random.Random(SEED + 1)
    for row in chance.sample(list(rows), min(NOISY, len(rows))):
        text = unicodedata.normalize("NFKC", row.name)
        place = chance.randrange(len(text))
        yield row, chance.choice((text.lower(), f"{text[:place]} {text[place:]}", text.translate(_HIRAGANA), text))


_HIRAGANA: Final = {number: number - 0x60 for number in range(ord("ァ"), ord("ヶ") + 1)}
_IN_WORDS: Final = {"mg": "ミリグラム", "mL": "cc", "μg": "マイクログラム", "g": "グラム", "%": "パーセント"}


def _rewritten(rows: Sequence[Listed]) -> Iterator[tuple[Listed, str]]:
    """By rule, each name in one of three ways that people write; names that the rule leaves alone are left out."""
    for row in rows:
        text = unicodedata.normalize("NFKC", row.name)
        way = hashlib.sha256(row.code.encode()).digest()[1] % 3
        written = (_turned, _in_words, _unmarked)[way](text)
        if written != text:
            yield row, written


def _turned(text: str) -> str:
    return re.sub(
        r"(錠|カプセル|細粒|顆粒|散|注|テープ|軟膏|クリーム|点眼液)([0-9.]+(?:mg|g|%|mL|μg))", r"\2\1", text, count=1
    )


def _in_words(text: str) -> str:
    return re.sub(r"(?<=[0-9])(mg|mL|μg|g|%)(?![a-zA-Z])", lambda found: _IN_WORDS[found[0]], text, count=1)


def _unmarked(text: str) -> str:
    return re.sub(r"「([^」]*)」", r" \1", text)
