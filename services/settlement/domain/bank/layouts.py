"""The records of the banks' fixed-length files, field by field, as data.

Sources: 全銀協標準通信プロトコル レコードフォーマット (総合振込, 120 bytes); layouts of 入出金取引明細 and 振込入金通知
(200 bytes) as banks publish them. Numbers stand right with zeros before them, texts left with spaces behind them.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from functools import cached_property
from itertools import accumulate
from typing import Final

from services.settlement.domain.bank.characters import Alphabet


class Form(Enum):
    """What the bytes of a field are."""

    DIGITS = "digits"
    DIGITS_OR_BLANK = "digits or blank"
    """A number that may be left out: spaces, or zeros."""
    AMOUNT = "amount"
    """Yen, more than 0."""
    MONTH_DAY = "MMDD"
    DATE = "YYMMDD"
    """YY of the imperial era or of the Gregorian year, as the bank has it."""
    DATE_OR_NONE = "YYMMDD or zeros"
    CODE = "one of a closed set"
    TEXT = "text"
    ANYTHING = "anything"
    """What the sender may use as he likes, in the characters of EDI情報."""
    BLANK = "blank"


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One field: its place from 0, its length in bytes, its form; `codes` of CODE, `alphabet` of texts."""

    name: str
    japanese: str
    at: int
    length: int
    form: Form
    codes: tuple[str, ...] = ()
    alphabet: Alphabet = Alphabet.NAME

    @property
    def end(self) -> int:
        """The place behind it."""
        return self.at + self.length

    @property
    def shape(self) -> str:
        """A pattern over bytes of what the form allows, calendar and voicing marks left aside."""
        if self.form is Form.CODE:
            return "(?:" + "|".join(re.escape(code) for code in self.codes) + ")"
        if self.form is Form.BLANK:
            return f" {{{self.length}}}"
        if self.form is Form.DIGITS_OR_BLANK:
            return rf"(?:\d{{{self.length}}}| {{{self.length}}})"
        if self.form is Form.AMOUNT:
            return rf"(?!0{{{self.length}}})\d{{{self.length}}}"
        if self.form in (Form.TEXT, Form.ANYTHING):
            left = "" if self.form is Form.ANYTHING else rf"(?! (?! {{{self.length - 1}}}))"
            return rf"{left}(?![\xde\xdf])[{self.alphabet.value}]{{{self.length}}}"
        return rf"\d{{{self.length}}}"


@dataclass(frozen=True, kw_only=True)
class Record:
    """One kind of record: データ区分 (the first byte) and its fields in order."""

    mark: str
    name: str
    fields: tuple[Field, ...]

    @cached_property
    def shape(self) -> re.Pattern[bytes]:
        """One pattern for all fields: what it matches breaks no form, calendar and voicing marks left aside."""
        return re.compile("".join(field.shape for field in self.fields).encode("latin-1"))

    @property
    def size(self) -> int:
        """Bytes of the record."""
        return self.fields[-1].end

    @cached_property
    def by_name(self) -> Mapping[str, Field]:
        """The fields by their names."""
        return {field.name: field for field in self.fields}

    @cached_property
    def slices(self) -> Mapping[str, slice]:
        """Where each field stands."""
        return {field.name: slice(field.at, field.end) for field in self.fields}

    @cached_property
    def has_days(self) -> bool:
        """Whether a field is a day, which no pattern tells whole."""
        return any(field.form in (Form.MONTH_DAY, Form.DATE, Form.DATE_OR_NONE) for field in self.fields)

    def __getitem__(self, name: str) -> Field:
        """The field of this name."""
        return self.by_name[name]


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """A kind of file: its 種別コード, the bytes of a record, and its records."""

    kind: str
    japanese: str
    size: int
    header: Record
    data: Record
    trailer: Record
    end: Record | None


class FileKind(Enum):
    """Kinds of file that are read."""

    TRANSFERS = "21"
    """総合振込."""
    STATEMENT = "03"
    """入出金取引明細."""
    CREDITS = "01"
    """振込入金通知 (A)."""


Row = tuple[str, str, int, Form] | tuple[str, str, int, Form, tuple[str, ...] | Alphabet]
ACCOUNT_TYPES: Final = ("1", "2", "4", "9")
"""預金種目: 普通, 当座, 貯蓄, その他."""
PAYER_ACCOUNT_TYPES: Final = ("1", "2", "9")


def record(mark: str, name: str, *rows: Row) -> Record:
    """A record whose first byte is the mark; each field stands where the one before it ends."""
    every: tuple[Row, ...] = (("mark", "データ区分", 1, Form.CODE, (mark,)), *rows)
    places = accumulate((row[2] for row in every), initial=0)
    return Record(mark=mark, name=name, fields=tuple(_field(row, at) for row, at in zip(every, places, strict=False)))


def _field(row: Row, at: int) -> Field:
    name, japanese, length, form = row[:4]
    more = row[4] if len(row) > 4 else ()  # noqa: PLR2004 - the fifth is optional
    if isinstance(more, Alphabet):
        return Field(name=name, japanese=japanese, at=at, length=length, form=form, alphabet=more)
    return Field(name=name, japanese=japanese, at=at, length=length, form=form, codes=more)


_KIND: Final = "kind"
_ENCODING: Final[Row] = ("encoding", "コード区分", 1, Form.CODE, ("0",))
_BANK: Final[Row] = ("bank", "仕向銀行番号", 4, Form.DIGITS)
_BANK_NAME: Final[Row] = ("bank_name", "仕向銀行名", 15, Form.TEXT, Alphabet.BANK)
_BRANCH: Final[Row] = ("branch", "仕向支店番号", 3, Form.DIGITS)
_BRANCH_NAME: Final[Row] = ("branch_name", "仕向支店名", 15, Form.TEXT, Alphabet.BANK)
_SPAN: Final[tuple[Row, ...]] = (
    ("made", "作成日", 6, Form.DATE),
    ("since", "勘定日(自)", 6, Form.DATE),
    ("until", "勘定日(至)", 6, Form.DATE),
)
_REMITTER: Final[tuple[Row, ...]] = (
    ("remitter_code", "依頼人コード", 10, Form.DIGITS_OR_BLANK),
    ("remitter", "依頼人名", 48, Form.TEXT),
    ("from_bank", "仕向銀行名", 15, Form.TEXT, Alphabet.BANK),
    ("from_branch", "仕向店名", 15, Form.TEXT, Alphabet.BANK),
)

TRANSFERS: Final = Layout(
    kind=FileKind.TRANSFERS.value,
    japanese="総合振込",
    size=120,
    header=record(
        "1",
        "header",
        (_KIND, "種別コード", 2, Form.CODE, ("21",)),
        _ENCODING,
        ("payer_code", "委託者コード", 10, Form.DIGITS),
        ("payer_name", "振込依頼人名", 40, Form.TEXT),
        ("pay_day", "取組日", 4, Form.MONTH_DAY),
        _BANK,
        _BANK_NAME,
        _BRANCH,
        _BRANCH_NAME,
        ("account_type", "預金種目", 1, Form.CODE, PAYER_ACCOUNT_TYPES),
        ("account", "口座番号", 7, Form.DIGITS),
        ("blank", "ダミー", 17, Form.BLANK),
    ),
    data=record(
        "2",
        "data",
        ("bank", "被仕向銀行番号", 4, Form.DIGITS),
        ("bank_name", "被仕向銀行名", 15, Form.TEXT, Alphabet.BANK),
        ("branch", "被仕向支店番号", 3, Form.DIGITS),
        ("branch_name", "被仕向支店名", 15, Form.TEXT, Alphabet.BANK),
        ("clearing_house", "手形交換所番号", 4, Form.DIGITS_OR_BLANK),
        ("account_type", "預金種目", 1, Form.CODE, ACCOUNT_TYPES),
        ("account", "口座番号", 7, Form.DIGITS),
        ("payee_name", "受取人名", 30, Form.TEXT),
        ("amount_yen", "振込金額", 10, Form.AMOUNT),
        ("novelty", "新規コード", 1, Form.CODE, ("0", "1", "2")),
        ("reference", "顧客コードまたはEDI情報", 20, Form.ANYTHING, Alphabet.EDI),
        ("manner", "振込指定区分", 1, Form.CODE, ("7", "8")),
        ("has_edi", "識別表示", 1, Form.CODE, ("Y", " ")),
        ("blank", "ダミー", 7, Form.BLANK),
    ),
    trailer=record(
        "8",
        "trailer",
        ("count", "合計件数", 6, Form.DIGITS),
        ("total_yen", "合計金額", 12, Form.DIGITS),
        ("blank", "ダミー", 101, Form.BLANK),
    ),
    end=record("9", "end", ("blank", "ダミー", 119, Form.BLANK)),
)

STATEMENT: Final = Layout(
    kind=FileKind.STATEMENT.value,
    japanese="入出金取引明細",
    size=200,
    header=record(
        "1",
        "header",
        (_KIND, "種別コード", 2, Form.CODE, ("03",)),
        _ENCODING,
        *_SPAN,
        _BANK,
        _BANK_NAME,
        _BRANCH,
        _BRANCH_NAME,
        ("blank", "ダミー", 3, Form.BLANK),
        ("account_type", "預金種目", 1, Form.CODE, ACCOUNT_TYPES),
        ("account", "口座番号", 10, Form.DIGITS),
        ("account_name", "口座名", 40, Form.TEXT),
        ("overdrawn", "貸越区分", 1, Form.CODE, ("1", "2", " ", "0")),
        ("passbook", "通帳・証書区分", 1, Form.CODE, ("1", "2", " ", "0")),
        ("opening_yen", "取引前残高", 14, Form.DIGITS),
        ("blank_2", "ダミー", 71, Form.BLANK),
    ),
    data=record(
        "2",
        "data",
        ("inquiry_number", "照会番号", 8, Form.DIGITS_OR_BLANK),
        ("booked", "勘定日", 6, Form.DATE),
        ("valued", "預入・払出日", 6, Form.DATE_OR_NONE),
        ("direction", "入払区分", 1, Form.CODE, ("1", "2")),
        ("dealing", "取引区分", 2, Form.CODE, ("10", "11", "12", "13", "14", "18", "19")),
        ("amount_yen", "金額", 12, Form.AMOUNT),
        ("uncleared_yen", "うち他店券金額", 12, Form.DIGITS_OR_BLANK),
        ("presented", "交換呈示日", 6, Form.DATE_OR_NONE),
        ("returned", "不渡返還日", 6, Form.DATE_OR_NONE),
        ("bill_type", "手形・小切手区分", 1, Form.DIGITS_OR_BLANK),
        ("bill_number", "手形・小切手番号", 7, Form.DIGITS_OR_BLANK),
        ("own_branch", "僚店番号", 3, Form.DIGITS_OR_BLANK),
        *_REMITTER,
        ("narrative", "摘要", 20, Form.TEXT, Alphabet.EDI),
        ("edi", "EDI情報", 20, Form.TEXT, Alphabet.EDI),
        ("blank", "ダミー", 1, Form.BLANK),
    ),
    trailer=record(
        "8",
        "trailer",
        ("in_count", "入金件数", 6, Form.DIGITS),
        ("in_yen", "入金額合計", 13, Form.DIGITS),
        ("out_count", "出金件数", 6, Form.DIGITS),
        ("out_yen", "出金額合計", 13, Form.DIGITS),
        ("overdrawn", "貸越区分", 1, Form.CODE, ("1", "2", " ", "0")),
        ("closing_yen", "取引後残高", 14, Form.DIGITS),
        ("count", "データレコード件数", 7, Form.DIGITS),
        ("blank", "ダミー", 139, Form.BLANK),
    ),
    end=record(
        "9",
        "end",
        ("records", "レコード総件数", 10, Form.DIGITS),
        ("accounts", "口座数", 5, Form.DIGITS),
        ("blank", "ダミー", 184, Form.BLANK),
    ),
)

CREDITS: Final = Layout(
    kind=FileKind.CREDITS.value,
    japanese="振込入金通知",
    size=200,
    header=record(
        "1",
        "header",
        (_KIND, "種別コード", 2, Form.CODE, ("01",)),
        _ENCODING,
        *_SPAN,
        _BANK,
        _BANK_NAME,
        _BRANCH,
        _BRANCH_NAME,
        ("account_type", "預金種目", 1, Form.CODE, ACCOUNT_TYPES),
        ("account", "口座番号", 7, Form.DIGITS),
        ("account_name", "口座名", 40, Form.TEXT),
        ("blank", "ダミー", 93, Form.BLANK),
    ),
    data=record(
        "2",
        "data",
        ("inquiry_number", "照会番号", 6, Form.DIGITS_OR_BLANK),
        ("booked", "勘定日", 6, Form.DATE),
        ("valued", "起算日", 6, Form.DATE_OR_NONE),
        ("amount_yen", "金額", 10, Form.AMOUNT),
        ("uncleared_yen", "うち他店券金額", 10, Form.DIGITS_OR_BLANK),
        *_REMITTER,
        ("cancelled", "取消区分", 1, Form.CODE, ("1", " ", "0")),
        ("edi", "EDI情報", 20, Form.TEXT, Alphabet.EDI),
        ("blank", "ダミー", 52, Form.BLANK),
    ),
    trailer=record(
        "8",
        "trailer",
        ("count", "振込合計件数", 6, Form.DIGITS),
        ("total_yen", "振込合計金額", 12, Form.DIGITS),
        ("cancelled_count", "取消合計件数", 6, Form.DIGITS),
        ("cancelled_yen", "取消合計金額", 12, Form.DIGITS),
        ("blank", "ダミー", 163, Form.BLANK),
    ),
    end=None,
)

LAYOUTS: Final = dict(zip(FileKind, (TRANSFERS, STATEMENT, CREDITS), strict=True))
