"""What the name of a drug consists of: stem, form, amounts, maker. Order and spelling of the parts do not matter.

Names of generics are 一般名＋剤形＋含量 with the maker in 「」 behind (平成17年9月22日 薬食審査発第0922001号), those of
brands mostly the same without a maker. Texts turn the parts round (5mg錠), leave some out, or shorten forms (OD錠).
"""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from services.coding.domain.naming.spelling import BETWEEN_NUMBERS, MICRO, spelled

GENERIC_MARK: Final = "【般】"
"""一般名処方: the text names a substance, no product."""
_UNITS: Final[Mapping[str, tuple[str, Decimal | int]]] = {
    "KG": ("G", 1_000), "G": ("G", 1), "MG": ("G", Decimal("1e-3")), f"{MICRO}G": ("G", Decimal("1e-6")),
    "NG": ("G", Decimal("1e-9")), "L": ("L", 1), "DL": ("L", Decimal("1e-1")), "ML": ("L", Decimal("1e-3")),
    f"{MICRO}L": ("L", Decimal("1e-6")), "%": ("%", 1), "単位": ("単位", 1), "万単位": ("単位", 10_000),
    "GBQ": ("BQ", 1_000), "MBQ": ("BQ", 1), "KBQ": ("BQ", Decimal("1e-3")), "MEQ": ("MEQ", 1), "MMOL": ("MMOL", 1),
    "CM": ("M", Decimal("1e-2")), "MM": ("M", Decimal("1e-3")), "KCAL": ("KCAL", 1), "PPM": ("PPM", 1),
}  # fmt: skip
"""Unit to its dimension and size in it."""
_LATIN_FORM: Final = "(?:ODT?|RPD|RM|SR|CR|LA|D|DS|CAP)(?![A-Z])"
"""Forms that stand behind a unit without a space: 10mgOD錠."""
_AMOUNT: Final = re.compile(
    rf"([0-9]+(?:\.[0-9]+)?)({'|'.join(sorted(_UNITS, key=len, reverse=True))})(?=[^A-Z]|$|{_LATIN_FORM})",
)
_FIGURE: Final = re.compile(r"[0-9]+(?:\.[0-9]+)?")
_FORMS: Final = {
    "錠": ("錠", "錠剤"),
    "口腔内崩壊錠": ("口腔内崩壊錠", "OD錠", "D錠", "RPD錠", "RM錠", "ODT", "OD", "口腔内速溶錠"),
    "徐放錠": ("徐放錠", "SR錠", "CR錠", "LA錠"),
    "徐放カプセル": ("徐放カプセル", "SRカプセル", "LAカプセル"),
    "腸溶錠": ("腸溶錠",),
    "配合錠": ("配合錠",),
    "カプセル": ("カプセル", "CAP", "カプセル剤"),
    "細粒": ("細粒",),
    "カ粒": ("カ粒",),
    "散": ("散", "散剤"),
    "末": ("末",),
    "シロップ用": ("シロップ用", "ドライシロップ", "DS"),
    "シロップ": ("シロップ",),
    "内用液": ("内用液", "内服液"),
    "注射用": ("注射用", "注用"),
    "静注用": ("静注用",),
    "点滴静注用": ("点滴静注用",),
    "筋注用": ("筋注用",),
    "皮下注用": ("皮下注用",),
    "注": ("注", "注射液", "注射"),
    "静注": ("静注", "静注液"),
    "点滴静注": ("点滴静注", "点滴静注液"),
    "筋注": ("筋注",),
    "皮下注": ("皮下注", "皮下注射"),
    "シリンジ": ("シリンジ", "皮下注シリンジ", "静注シリンジ"),
    "点眼液": ("点眼液", "点眼", "点眼薬"),
    "点鼻液": ("点鼻液", "点鼻", "点鼻薬"),
    "軟膏": ("軟膏", "軟コウ"),
    "クリーム": ("クリーム",),
    "ローション": ("ローション",),
    "ゲル": ("ゲル",),
    "テープ": ("テープ",),
    "パップ": ("パップ", "パップ剤"),
    "坐剤": ("坐剤", "坐薬", "座薬", "座剤"),
    "吸入液": ("吸入液",),
    "外用液": ("外用液",),
    "液": ("液",),
    "ゼリー": ("ゼリー",),
}
"""Form (剤形) to the words for it. A form beside 用 is another: it has still to be dissolved."""
_NARROWER: Final[Mapping[str, frozenset[str]]] = {
    "注": frozenset({"静注", "点滴静注", "筋注", "皮下注"}),
    "注射用": frozenset({"静注用", "点滴静注用", "筋注用", "皮下注用"}),
    "錠": frozenset({"配合錠"}),
}
"""Forms that a wider word may mean as well; never the other way round."""
_FORM_OF: Final = {spelled(word): form for form, words in _FORMS.items() for word in words}
_FORM: Final = re.compile(
    "|".join(
        rf"(?<![A-Z]){word}(?![A-Z])" if word.isascii() else re.escape(word)
        for word in sorted(_FORM_OF, key=len, reverse=True)
    )
)
_MAKER: Final = re.compile(r"「([^」]*)」|\(([^()]*(?:製薬|薬品|工業|化学|ファーマ|薬業|本舗|製剤))\)")
_JOINING: Final = re.compile(r"^[(),、/._*:;「」]+|[(),、/._*:;「」]+$|[-・]")
"""What stands around and between the words of a stem: リンデロン－ＶＧ, リンデロンVG."""


_USAGE: Final = re.compile(
    r"_?(?:[0-9.]+(?:錠|T|C|CAP|カプセル|包|G|ML|枚|本|個|管|瓶|V|A))?[_・、,]?"
    r"(?:分[1-6](?![0-9包])|(?<!\()1日[1-9]回|[0-9]+日分|毎食|朝食|夕食|食後|食前|食間|眠前|就寝前|頓服|屯服|頓用|屯用).*$"
)
"""How much of it and when to take it (用法・用量): a prescription's, no part of a name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DrugParts:
    """One name taken apart. `amounts`: each with its dimension, in grams, litres, percent, 単位 and so on."""

    stem: str
    form: str = ""
    amounts: frozenset[tuple[str, Decimal]] = frozenset()
    maker: str = ""
    is_generic: bool = False
    """Whether the text says that it names no product (【般】)."""

    def agrees_with(self, product: "DrugParts") -> bool:
        """Whether the product has all that this text says: the same stem, and no part that speaks against it."""
        return (
            self.stem == product.stem
            and self.amounts <= product.amounts
            and (not self.form or self._may_be(product.form))
            and self.maker in ("", product.maker)
        )

    def _may_be(self, form: str) -> bool:
        return self.form == form or form in _NARROWER.get(self.form, ())

    def against(self, product: "DrugParts") -> int:
        """How many parts both state, and differently: amounts of one dimension, form, maker."""
        theirs = {dimension for dimension, _ in product.amounts}
        return (
            any(dimension in theirs for dimension, _ in self.amounts - product.amounts)
            + (bool(self.form and product.form) and not self._may_be(product.form))
            + (bool(self.maker and product.maker) and self.maker != product.maker)
        )


def without_usage(spelling: str) -> str:
    """The name without what a prescription says behind it: 3錠分3毎食後7日分."""
    name = _USAGE.sub("", spelling)
    return name or spelling


def maker_in(spelling: str) -> str:
    """The maker that stands in 「」, or as a company's name in brackets; empty without."""
    marked = _MAKER.search(spelling)
    return next(filter(None, marked.groups()), "") if marked is not None else ""


def parts_of(spelling: str, makers: Collection[str] = ()) -> DrugParts:
    """The parts of a spelled name. `makers`: names that stand for a maker behind form or amount without 「」 too."""
    is_generic = spelling.startswith(GENERIC_MARK)
    rest = spelling.removeprefix(GENERIC_MARK).replace(BETWEEN_NUMBERS, " ")
    marked = _MAKER.search(rest)
    maker = maker_in(rest)
    rest = rest.replace(marked[0], " ") if marked else rest
    written = list(_AMOUNT.finditer(rest))
    form, rest = _without_form(_AMOUNT.sub(" ", rest))
    words = _without_figures(rest.split(), {Decimal(found[1]) for found in written})
    if not maker and len(words) > 1 and words[-1] in makers:
        maker = words.pop()
    stem = _JOINING.sub("", "".join(words))
    amounts = frozenset(_amount(found) for found in written)
    return DrugParts(stem=stem, form=form, amounts=amounts, maker=maker, is_generic=is_generic)


def _amount(found: re.Match[str]) -> tuple[str, Decimal]:
    dimension, size = _UNITS[found[2]]
    return dimension, (Decimal(found[1]) * Decimal(size)).normalize()


def _without_figures(words: list[str], figures: Collection[Decimal]) -> list[str]:
    """The words but the bare number of an amount that is stated too: カルタン錠500 500mg, メコバラミン錠500 0.5mg."""
    said = {figure * factor for figure in figures for factor in (1, 1_000)}
    return [word for word in words if not _FIGURE.fullmatch(word) or Decimal(word) not in said]


def _without_form(rest: str) -> tuple[str, str]:
    """The last form word, for what stands before it may be part of a brand; without one, the rest as it is."""
    found = list(_FORM.finditer(rest))
    if not found or not rest[: found[-1].start()].strip():
        return "", rest
    last = found[-1]
    return _FORM_OF[last[0]], f"{rest[: last.start()]} {rest[last.end() :]}"
