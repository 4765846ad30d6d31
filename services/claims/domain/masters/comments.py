"""コメントマスター: one comment and how a receipt writes it.

Source: マスターファイル仕様説明書, April 2022, chapter 3 (6) and 別紙6-1, 6-2. Items 6 and 8 count the characters of
names and are checked against them; 3 is always 8; 18 and 19 are reserves; 25 to 30 are reserves at the end, kept raw.
"""

from dataclasses import dataclass
from datetime import date
from enum import Enum
from typing import Final

from services.claims.domain.masters.fields import (
    Column,
    choice,
    code,
    day,
    digits,
    flag,
    kind_letter,
    last_day,
    length,
    number,
    one_of,
    reserve,
    text,
)
from services.claims.domain.masters.kinds import CHANGES_BUT_REVIVAL, ChangeClass


class CommentPattern(Enum):
    """パターン (item 4, 別紙6-1): what the receipt writes beside the code."""

    FREE_TEXT = "10"
    """Any text, the comment's code having none."""
    FIXED_TEXT = "20"
    """Nothing: the comment is the master's text."""
    TEXT_ADDED = "30"
    """Text behind the master's."""
    ACT_ADDED = "31"
    """An act's code, nine digits."""
    DIGITS_INSERTED = "40"
    """Digits that are set into the master's text at `insertions`."""
    NUMBER_ADDED = "42"
    """A number."""
    DATE_ADDED = "50"
    """A date GYYMMDD in the Japanese calendar."""
    TIME_ADDED = "51"
    """A time HHMM."""
    MINUTES_ADDED = "52"
    """Minutes, five digits."""
    MOMENT_ADDED = "53"
    """Day and time, DDHHMM."""
    DATE_AND_NUMBER_ADDED = "80"
    """A date GYYMMDD and a number of eight digits."""
    SITE_BY_MODIFIERS = "90"
    """Codes of modifiers that name a site."""


@dataclass(frozen=True, slots=True)
class Insertion:
    """レセプト編集情報: so many digits stand from that column of the text on, counted from 1; both 0 where unused."""

    column: int
    digits: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MasterComment:
    """One row of the comment master; the table below gives the item of each field.

    `text` is the fixed text (漢字名称). `insertions` are the places used, in their order. `chosen` tells
    選択式コメント, which some acts demand. `extra` are the reserves from item 25 on, and what a later layout put there.
    """

    change: ChangeClass
    pattern: CommentPattern
    serial: str
    text: str
    kana: str
    insertions: tuple[Insertion, ...]
    chosen: bool
    valid_from: date
    valid_to: date | None
    code: str
    publication_order: str
    extra: tuple[str, ...] = ()


_PLACE = number(2)

COMMENT_COLUMNS: Final = (
    Column(1, "変更区分", "change", choice(CHANGES_BUT_REVIVAL)),
    Column(2, "マスター種別", "", kind_letter("C")),
    Column(3, "区分", "", choice({"8": None})),
    Column(4, "パターン", "pattern", one_of(CommentPattern)),
    Column(5, "一連番号", "serial", digits(1, 6)),
    Column(6, "コメント文 漢字有効桁数", "", length()),
    Column(7, "コメント文 漢字名称", "text", text(150)),
    Column(8, "コメント文 カナ有効桁数", "", length()),
    Column(9, "コメント文 カナ名称", "kana", text(20)),
    Column(10, "レセプト編集情報① カラム位置", "insertions.0.column", _PLACE),
    Column(11, "レセプト編集情報① 桁数", "insertions.0.digits", _PLACE),
    Column(12, "レセプト編集情報② カラム位置", "insertions.1.column", _PLACE),
    Column(13, "レセプト編集情報② 桁数", "insertions.1.digits", _PLACE),
    Column(14, "レセプト編集情報③ カラム位置", "insertions.2.column", _PLACE),
    Column(15, "レセプト編集情報③ 桁数", "insertions.2.digits", _PLACE),
    Column(16, "レセプト編集情報④ カラム位置", "insertions.3.column", _PLACE),
    Column(17, "レセプト編集情報④ 桁数", "insertions.3.digits", _PLACE),
    Column(18, "予備", "", reserve()),
    Column(19, "予備", "", reserve()),
    Column(20, "選択式コメント識別", "chosen", flag()),
    Column(21, "変更年月日", "valid_from", day()),
    Column(22, "廃止年月日", "valid_to", last_day()),
    Column(23, "コメントコード", "code", code(r"8[0-9]{8}", "9 digits, the first 8")),
    Column(24, "公表順序番号", "publication_order", digits(0, 9)),
)
