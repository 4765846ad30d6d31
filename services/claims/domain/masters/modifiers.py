"""修飾語マスター: one modifier of a disease name.

Source: マスターファイル仕様説明書, April 2022, chapter 3 (2) and 別紙2. Items 6 and 9 count the characters of names and
are checked against them; 4, 5, 8 and 11 are reserves.
"""

from dataclasses import dataclass
from datetime import date
from enum import Enum
from typing import Final

from services.claims.domain.masters.fields import (
    Column,
    choice,
    code,
    digits,
    flag,
    kind_letter,
    last_day,
    length,
    optional_day,
    pattern,
    reserve,
    text,
)
from services.claims.domain.masters.kinds import CHANGES, ChangeClass


class ModifierRole(Enum):
    """What a modifier says: the second character of 修飾語区分 (item 19)."""

    SITE = "1"
    """部位."""
    POSITION = "2"
    """位置."""
    CAUSE = "3"
    """病因."""
    COURSE = "4"
    """経過表現."""
    STATE = "5"
    """状態表現."""
    PATIENT = "6"
    """患者帰属."""
    OTHER = "7"
    """その他."""
    SUFFIX = "8"
    """接尾語."""
    DENTAL = "9"
    """歯科用."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Modifier:
    """One row of the modifier master; the table below gives the item of each field.

    `listed_on` is None for modifiers older than 2003-04-01, `changed_on` for those never changed. `classification` is
    修飾語区分 as written, eight characters. `extra` are columns behind the last that the specification defines.
    """

    change: ChangeClass
    code: str
    name: str
    kana: str
    name_changed: bool
    kana_changed: bool
    listed_on: date | None
    changed_on: date | None
    valid_to: date | None
    management_number: str
    exchange_code: str
    classification: str
    extra: tuple[str, ...] = ()

    @property
    def valid_from(self) -> date | None:
        """Since when the row says what it says; None where it has no date: since before 2003-04-01."""
        return self.changed_on or self.listed_on

    @property
    def role(self) -> ModifierRole:
        """What the modifier says."""
        return ModifierRole(self.classification[1])


MODIFIER_COLUMNS: Final = (
    Column(1, "変更区分", "change", choice(CHANGES)),
    Column(2, "マスター種別", "", kind_letter("Z")),
    Column(3, "修飾語コード", "code", code(r"[0-9]{4}", "4 digits")),
    Column(4, "予備", "", reserve()),
    Column(5, "予備", "", reserve()),
    Column(6, "修飾語名称桁数", "", length()),
    Column(7, "修飾語名称", "name", text(20)),
    Column(8, "予備", "", reserve()),
    Column(9, "修飾語カナ名称桁数", "", length()),
    Column(10, "修飾語カナ名称", "kana", text(30)),
    Column(11, "予備", "", reserve()),
    Column(12, "修飾語名称（変更情報）", "name_changed", flag()),
    Column(13, "修飾語カナ名称（変更情報）", "kana_changed", flag()),
    Column(14, "収載年月日", "listed_on", optional_day()),
    Column(15, "変更年月日", "changed_on", optional_day()),
    Column(16, "廃止年月日", "valid_to", last_day()),
    Column(17, "修飾語管理番号", "management_number", digits(8, 8)),
    Column(18, "修飾語交換用コード", "exchange_code", pattern("1 to 9 letters and digits", r"[0-9A-Z]{1,9}")),
    Column(19, "修飾語区分", "classification", pattern("8 characters, the second 1 to 9", r"[0-9A-Z][1-9][0-9A-Z]{6}")),
)
