"""The classes as people write them: 区ア, ア, 現役並みⅢ, 現役3, 一般, 低所得Ⅱ, 低2, the contract's names; a band."""

import re
import unicodedata
from typing import Final, NamedTuple

from services.claims.domain.share.case import LimitCategory
from services.claims.domain.share.ratio import CopayClass

_ROMAN: Final = {"3": "III", "2": "II", "1": "I"}
_BAND: Final = re.compile(r"^(?P<name>.+?)-?(?P<band>[1-3])$")


class NamedCategory(NamedTuple):
    """A class and its band; band 0 where none was written.

    `late_elderly` is the class of the ratio that a word for 75 and over tells: 一般Ⅰ (区キ) and 一般Ⅱ (区カ) have one
    limit and two ratios; None for all other words.
    """

    category: LimitCategory
    band: int
    late_elderly: CopayClass | None = None


def _plain(text: str) -> str:
    """As it is compared: full-width and circled forms folded, spaces gone."""
    return re.sub(r"[\s・_]", "", unicodedata.normalize("NFKC", text))


def _names() -> dict[str, LimitCategory]:
    names: dict[str, LimitCategory] = {}
    for category in LimitCategory:
        stem = _plain(category.value)
        names |= {stem: category, _plain(category.name.lower()): category, f"区{stem}": category}
        for digit, roman in _ROMAN.items():
            if stem.endswith(("並み" + roman, "所得" + roman)):
                short = stem.removesuffix(roman).replace("並み", "").replace("所得", "")
                names |= {f"{short}{each}": category for each in (digit, roman)}
                names |= {f"{stem.removesuffix(roman)}{digit}": category}
    return names


_NAMES: Final = _names()
_LATE_ELDERLY: Final = dict.fromkeys(("一般I", "区キ"), CopayClass.STANDARD) | dict.fromkeys(
    ("一般II", "区カ"), CopayClass.LATE_ELDERLY_TWO
)


def category_named(text: str) -> NamedCategory:
    """The class that a text names; ValueError with the names that there are."""
    plain = _plain(text)
    if plain in _NAMES:
        return NamedCategory(_NAMES[plain], 0)
    if plain in _LATE_ELDERLY:
        return NamedCategory(LimitCategory.ELDERLY_GENERAL, 0, _LATE_ELDERLY[plain])
    found = _BAND.match(plain)
    if found is not None and found["name"] in _NAMES:
        return NamedCategory(_NAMES[found["name"]], int(found["band"]))
    raise ValueError(f"no class is called {text!r}; there are {', '.join(each.value for each in LimitCategory)}")
