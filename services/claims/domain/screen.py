"""The identifier screen: whether free text names the patient of its receipt.

It looks for what the receipt itself knows of the patient (name, reading, symbol and number, payers' numbers, birth
date) and for long runs of digits. It errs on the side of yes: a text wrongly held back costs a person's minute, a text
wrongly let through discloses a patient. It cannot find another person's name; texts go to coding only, which logs none
of them.
"""

import re
from datetime import date

from services.claims.domain.uke.facts import ReceiptFacts
from services.shared.kernel.folding import has_long_run_of_digits, in_figures, letters, plain
from services.shared.kernel.imperial_eras import IMPERIAL_ERAS

SHORTEST_NAME = 2
SHORTEST_NUMBER = 3
SHORTEST_READING_WITHIN = 3

_KANA_RUN = re.compile(r"[ァ-ヺー]+")
_HONORIFIC = re.compile(r"(?:サン|サマ|クン|チャン|シ)$")
_WORDS = ("氏名", "生年月日", "記号", "番号", "電話", "住所")
_DATE = re.compile(r"(?<!\d)(?=(\d{1,4})\D{1,3}(\d{1,2})\D{1,3}(\d{1,4})(?!\d))")
_MONTH = re.compile(r"(?<!\d)(?=(\d{1,4})\D{1,3}(\d{1,2})(?!\d))")


def person_in_text(text: str, facts: ReceiptFacts) -> bool:
    """Whether the text may name the patient of this receipt, however wide, spaced or written in which kana."""
    written = plain(text)
    folded = letters(written)
    return (
        _named(folded, facts)
        or _read_aloud(folded, written, facts.kana)
        or _numbered(written, folded, facts)
        or _born(written, folded, facts.birth_date)
        or any(word in folded for word in _WORDS)
    )


def _named(folded: str, facts: ReceiptFacts) -> bool:
    """The whole name, or the family or given name of two characters or more."""
    name = plain(facts.name)
    parts = [letters(name), *(letters(part) for part in re.split(r"[\s・]+", name))]
    return any(len(part) >= SHORTEST_NAME and part in folded for part in parts)


def _read_aloud(folded: str, written: str, kana: str) -> bool:
    """The reading, or three kana of its beginning or end anywhere, or two and more standing alone (before さん too).

    The receipt does not say where the family name's reading ends.
    """
    reading = letters(plain(kana))
    if len(reading) < SHORTEST_NAME:
        return False
    within = min(SHORTEST_READING_WITHIN, len(reading))
    if reading[:within] in folded or reading[-within:] in folded:
        return True
    runs = {run for whole in _KANA_RUN.findall(written) for run in (whole, _HONORIFIC.sub("", whole))}
    return any(len(run) >= SHORTEST_NAME and (reading.startswith(run) or reading.endswith(run)) for run in runs)


def _numbered(written: str, folded: str, facts: ReceiptFacts) -> bool:
    """A long run of digits (telephone, identifiers), or a payer's symbol, number or own number of three or more."""
    if has_long_run_of_digits(written):
        return True
    for payer in facts.payers:
        symbol, number = letters(plain(payer.symbol)), letters(plain(payer.member_number))
        for part in (symbol, number, symbol + number, letters(plain(payer.number))):
            if len(part) >= SHORTEST_NUMBER and part in folded:
                return True
    return False


def _born(written: str, folded: str, birth: date) -> bool:
    """The birth date in figures or 漢数字, by Christian or era year, or its year and month, or in six digits."""
    years = {
        birth.year,
        birth.year % 100,
        *(birth.year - era.year_zero for era in IMPERIAL_ERAS if birth.year > era.year_zero),
    }
    six = {f"{year:02d}{birth:%m%d}" for year in years}
    if any(form in folded for form in six):
        return True
    text = in_figures(written)
    days = ((int(first), int(second), int(third)) for first, second, third in _DATE.findall(text))
    if any(_is_birth(day, birth, years) for day in days):
        return True
    months = ((int(first), int(second)) for first, second in _MONTH.findall(text))
    return any(month == birth.month and _whole_year(year, text, birth, years) for year, month in months)


def _is_birth(numbers: tuple[int, int, int], birth: date, years: set[int]) -> bool:
    first, second, third = numbers
    if first in years and (second, third) == (birth.month, birth.day):
        return True
    return third in years and {first, second} == {birth.month, birth.day}


def _whole_year(year: int, text: str, birth: date, years: set[int]) -> bool:
    """Whether a year beside the birth month is the year of birth: in four digits, or written as a year of an era."""
    return year == birth.year or (year in years and f"{year}年{birth.month}月" in text)
