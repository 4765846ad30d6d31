"""増減点連絡書 (CSV): which points were cut from which line of which receipt, and why.

Thirty columns by record type [S]: 1 the hospital, 2 the titles, 3 a receipt's first cut, 4 its further ones, where what
the row before says is left out. Types 5 (totals, meals) and 6 (sums) are not written: nobody told us their layout. Nor
are columns whose title alone is known, and 診療科コード and 受付番号, on whose order readers disagree.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from services.claims.domain.outputs.writing import era_month, wide, written
from services.claims.domain.uke.columns import Record
from services.claims.domain.uke.document import Document
from services.claims.domain.uke.lines import ActRecord, CommentRecord, DrugRecord, MaterialRecord
from services.claims.domain.uke.records import InsurerRecord, ProgrammeRecord, ReceiptRecord
from services.shared.kernel.months import Month

TITLES: Final = (
    "診療年月",
    "レセプト番号",
    "診療科コード",
    "受付番号",
    "特別審査委員会",
    "明細種別",
    "保険者番号",
    "老人市町村番号",
    "第一公費負担者番号",
    "第二公費負担者番号",
    "第三公費負担者番号",
    "第四公費負担者番号",
    "区分",
    "高額療養費負担区分",
    "職務上の事由",
    "老人減免区分",
    "氏名",
    "カルテ番号等",
    "箇所１",
    "箇所２",
    "法別番号",
    "増減点数（金額）",
    "事由",
    "負担（請求内容）",
    "請求内容",
    "負担（補正・査定後内容）",
    "補正・査定後内容",
    "検索番号",
    "請求情報",
)
_COLUMN: Final = {title: place for place, title in enumerate(TITLES, 1)}
_PROGRAMMES: Final = ("第一公費負担者番号", "第二公費負担者番号", "第三公費負担者番号", "第四公費負担者番号")
_HEADER_COLUMNS: Final = 8
"""Of record type 1: column 5 is 医療機関コード [S], 8 診療科名称 [S]; the others are not known."""
_INSURER_DIGITS: Final = 8


class Cut(NamedTuple):
    """Points taken from one line of a receipt, counted with its times; line 0 is the receipt's sum.

    `letters` are 増減点事由, at most two, or empty where they are not known to us.
    """

    line: int
    letters: str
    points_before: int
    points_after: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ReducedReceipt:
    """A receipt as submitted, its lines counted from 1 at RE, and what was cut from it."""

    search_number: str
    document: Document
    cuts: Sequence[Cut]


def opening(hospital_code: str) -> bytes:
    """Record types 1 and 2 for a hospital (10 digits)."""
    header = [""] * _HEADER_COLUMNS
    header[0], header[4] = "1", hospital_code[3:]
    return written(*header) + written("2", *TITLES)


def reduced(receipt: ReducedReceipt) -> bytes:
    """The receipt's rows: type 3, then types 4; nothing where nothing was cut."""
    sections = dict(_sections(receipt.document))
    records = {record.line: record for record in receipt.document.records}
    rows = [
        _cut(cut, sections.get(cut.line, ""), records.get(cut.line)) | {"検索番号": receipt.search_number}
        for cut in receipt.cuts
    ]
    if rows:
        rows[0] |= _receipt(receipt.document)
    return b"".join([_row("4" if place else "3", row) for place, row in enumerate(rows)])


def _row(record_type: str, values: dict[str, str]) -> bytes:
    fields = [record_type] + [""] * len(TITLES)
    for title, value in values.items():
        fields[_COLUMN[title]] = value
    return written(*fields)


def _receipt(document: Document) -> dict[str, str]:
    """What identifies the receipt, in its first row."""
    found: dict[str, str] = {}
    programmes = iter(_PROGRAMMES)
    for record in document.records:
        match record:
            case ReceiptRecord():
                found |= _head(record)
            case InsurerRecord():
                found["保険者番号"] = record.insurer_number.strip()
                found["法別番号"] = _law_of(record.insurer_number.strip())
            case ProgrammeRecord():
                found[next(programmes)] = record.programme_number
            case _:
                pass
    return found


def _head(record: ReceiptRecord) -> dict[str, str]:
    return {
        "診療年月": era_month(Month.parse(record.treatment_month)),
        "レセプト番号": str(record.receipt_number),
        "氏名": record.name,
        "カルテ番号等": record.chart_number,
        "請求情報": record.institution_note,
    }


def _law_of(insurer_number: str) -> str:
    """法別番号: the first two of eight digits; municipal insurers have six and none."""
    return insurer_number[:2] if len(insurer_number) == _INSURER_DIGITS else ""


def _cut(cut: Cut, section: str, record: Record | None) -> dict[str, str]:
    item = record.item_code if isinstance(record, ActRecord | DrugRecord | MaterialRecord) else ""
    return {
        "箇所１": section,
        "増減点数（金額）": f"{cut.points_after - cut.points_before:+d}",
        "事由": cut.letters,
        "請求内容": _content(item, cut.points_before),
        "補正・査定後内容": _content(item, cut.points_after),
    }


def _content(item_code: str, points: int) -> str:
    """The item by its code: names are the masters', which may be of another day than the hospital's."""
    return wide(f"{item_code} {points}点".strip())


def _sections(document: Document) -> Iterator[tuple[int, str]]:
    """Each line of treatment with its section (診療識別), which holds until another is stated."""
    section = ""
    for record in document.records:
        if isinstance(record, ActRecord | DrugRecord | MaterialRecord | CommentRecord):
            section = record.treatment_section or section
            yield record.line, section
