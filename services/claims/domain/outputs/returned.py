"""返戻ファイル (RECEIPTC.HEN): returned receipts as they were submitted, each with why it comes back.

Written: HI, then per receipt its own records, RE with the search number (検索番号), and HR per reason; HG closes.
[S]: the order of records and the fields of HI and HR are what public readers of real files agree on. Not written, since
their layouts are not known to us: the fields of HG, and the history block (履歴管理ブロック) with MN, JY, ON and RC.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Final

from services.claims.domain.outputs.writing import wide, written
from services.claims.domain.uke.characters import ENCODING
from services.claims.domain.uke.header import FIRST_VOLUME
from services.claims.domain.uke.records import ReceiptRecord
from services.claims.domain.uke.wire import CRLF, END_OF_FILE
from services.shared.kernel.months import Month

_SEARCH_NUMBER: Final = ReceiptRecord.layout.index_of("search_number")
_COLUMNS: Final = ReceiptRecord.layout.columns


class ReturnClass(Enum):
    """返戻区分 of HR [S]."""

    OFFICE = "1"
    """事務上の返戻: who pays, and what the receipt states of it."""
    REVIEW = "2"
    """審査上の返戻: what was done, against the fee schedule."""
    REVIEWED_AGAIN = "5"
    """再審査等（診療内容）."""
    ERROR = "6"
    """再審査等（事務上）."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnReason:
    """One reason: `section` is 診療識別 or empty, `code` 返戻事由コード or empty where it is not known to us."""

    return_class: ReturnClass
    section: str
    code: str
    text: str
    supplement: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnedReceipt:
    """A receipt that goes back: its records as submitted (cp932), in which month that was decided, and why."""

    search_number: str
    receipt: bytes
    decided_in: Month
    reasons: Sequence[ReturnReason]


def opening(*, agency: str, hospital_code: str, month: Month) -> bytes:
    """HI for the returns to a hospital (10 digits) of one claim month, from 支払基金 (1) or 国保連 (2) [S]."""
    prefecture, score_table, institution = hospital_code[:2], hospital_code[2:3], hospital_code[3:]
    return written("HI", agency, str(month), prefecture, score_table, institution, "", FIRST_VOLUME)


def returned(receipt: ReturnedReceipt) -> bytes:
    """The receipt's records and its reasons."""
    return with_search_number(receipt.receipt, receipt.search_number) + b"".join(
        [_reason(each, receipt) for each in receipt.reasons]
    )


def closing() -> bytes:
    """HG, whose fields are not known to us, and the end of the file."""
    return written("HG") + END_OF_FILE


def with_search_number(receipt: bytes, search_number: str) -> bytes:
    """The same records with this 検索番号 in RE (記録条件仕様 第1章 3 (4) イ); every other byte stays."""
    head, line_end, rest = receipt.partition(CRLF.encode())
    fields = head.split(b",")
    fields += [b""] * (_COLUMNS - len(fields))
    fields[_SEARCH_NUMBER] = search_number.encode(ENCODING)
    return b",".join(fields) + line_end + rest


def _reason(reason: ReturnReason, receipt: ReturnedReceipt) -> bytes:
    """HR: 処理年月, 返戻区分, 診療識別, 事由コード, 理由, 補足, 補正情報, 増減点連絡書年月, 検索番号 [S]."""
    return written(
        "HR",
        str(receipt.decided_in),
        reason.return_class.value,
        reason.section,
        reason.code,
        wide(reason.text),
        wide(reason.supplement),
        "",
        "",
        receipt.search_number,
    )
