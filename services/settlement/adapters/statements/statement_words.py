"""The Japanese words of statements, the same in CSV and PDF; and how amounts and days are written."""

from datetime import date
from typing import Final

from services.settlement.domain.netting import Side
from services.settlement.domain.statement import Column, Draft, Layout, Line, Share

TITLES: Final = {Side.PAYER: "診療報酬等請求明細書", Side.HOSPITAL: "診療報酬等支払明細書"}
HOLDERS: Final = {Side.PAYER: "保険者等番号", Side.HOSPITAL: "医療機関コード"}
COUNTERPARTIES: Final = {Side.PAYER: "医療機関等", Side.HOSPITAL: "保険者等"}
COLUMNS: Final = {
    Column.CLAIM: "診療報酬",
    Column.ADJUSTMENT: "調整",
    Column.FEE: "審査支払手数料",
    Column.PAID: "入出金",
}
LATE: Final = "月遅れ"
EARLIER: Final = "過月"
MARKS: Final = {Column.CLAIM: LATE, Column.ADJUSTMENT: EARLIER}
TAKEN_BACK: Final = "取消"
CAUSES: Final = {
    "SUBMITTED": "",
    "WITHDRAWN": "取下げ",
    "HOSPITAL_REVIEW": "再審査(医療機関)",
    "PAYER_REVIEW": "再審査(保険者)",
    "ERROR_REPORTED": "過誤",
    "LATE_CODE": "傷病名コード後着",
    "READJUDICATED": "再計算",
    "PERSON_DECIDED": "審査決定",
}
"""Why claims decided, by the name of its cause; one that is not known yet stands as claims names it."""
MOVES: Final = {
    "incoming": "入金",
    "allocation": "入金充当",
    "payment": "支払",
    "refund": "返金",
    "opening": "期首",
    "fee": "手数料",
}
PAYER_ROWS: Final = ("前回残高", "当月診療報酬", "調整(再審査・過誤・取下げ等)", "審査支払手数料", "入金", "差引残高")
HOSPITAL_ROWS: Final = (
    "前回残高",
    "当月診療報酬",
    "調整(再審査・過誤・取下げ等)",
    "審査支払手数料",
    "支払済",
    "差引残高",
)
PAYABLE: Final = {Side.PAYER: "今回ご請求額", Side.HOSPITAL: "今回お支払額"}
DAY: Final = {Side.PAYER: "お支払期限", Side.HOSPITAL: "お支払日"}
CHAINS: Final = ("振替", "通知", "銀行ファイル")
RECEIPT_ROWS: Final = ("患者負担額(参考)", "査定額(参考)")
"""Sums over receipts: in no balance, so they stand apart."""
UNKNOWN: Final = "不明"
"""A patient's part that was not kept when the receipt was settled: not 0."""
UNKNOWN_LINES: Final = "患者負担額不明件数"
LAYOUT: Final = "様式"
BROUGHT: Final = "前回からの繰越額"
CARRIED: Final = "次回への繰越額"
TAKEN_UP: Final = "過月明細書の繰入額"
TAKEN_UP_EACH: Final = "繰入明細書"
"""Said only where a statement takes others up; of characters that the fonts of all layouts have."""


def month(value: str) -> str:
    """`2026/04`, empty for none."""
    return f"{value[:4]}/{value[4:]}" if value else ""


def day(value: date) -> str:
    """`2026/04/30`."""
    return f"{value:%Y/%m/%d}"


def amount(yen: int) -> str:
    """`1,234`, a negative amount as `△1,234`."""
    return f"{yen:,}" if yen >= 0 else f"△{-yen:,}"


def price(sen: int) -> str:
    """`71.60`."""
    return f"{sen // 100}.{sen % 100:02}"


def mark_of(told: Line | Share) -> str:
    """月遅れ for claims that missed their month, 過月 for corrections of an earlier month, empty otherwise."""
    return MARKS.get(told.column, "") if told.is_late else ""


def reason_of(line: Line) -> str:
    """Why the line is there: the decision's cause, or what moved."""
    word = CAUSES.get(line.cause, line.cause) if line.claim_id else MOVES.get(line.kind, line.kind)
    return f"{word} {TAKEN_BACK}".strip() if line.takes_back else word


def summary(draft: Draft) -> list[tuple[str, int]]:
    """What is added up on the first page, in yen as the holder reads them."""
    sign, totals = draft.cut.side.sign, draft.totals
    amounts = (
        draft.former.closing_yen,
        totals.claims_yen,
        totals.adjustments_yen,
        totals.fees_yen,
        totals.paid_yen,
        draft.closing_yen,
    )
    words = PAYER_ROWS if draft.cut.side is Side.PAYER else HOSPITAL_ROWS
    return [
        *((word, sign * yen) for word, yen in zip(words, amounts, strict=True)),
        (BROUGHT, sign * draft.former.carried_yen),
        *([(TAKEN_UP, draft.former.taken_up_yen)] if draft.taken_up else []),
        (PAYABLE[draft.cut.side], draft.net.payable_yen),
        (CARRIED, sign * draft.net.carried_yen),
    ]


def receipt_summary(draft: Draft) -> list[tuple[str, int]]:
    """What patients pay and what was cut, each receipt once; in yen, whoever reads it. Empty in the first layout."""
    if draft.layout is Layout.FIRST:
        return []
    receipts = draft.totals.receipts
    return list(zip(RECEIPT_ROWS, (receipts.patient_yen, receipts.reduced_yen), strict=True))


def layout_facts(draft: Draft) -> list[tuple[str, str]]:
    """The layout's number, and how many lines' patients' parts are unknown if any are. Empty in the first layout."""
    if draft.layout is Layout.FIRST:
        return []
    unknown = draft.totals.receipts.unknown_lines
    return [(LAYOUT, str(draft.layout.value)), *([(UNKNOWN_LINES, f"{unknown:,}")] if unknown else [])]


def receipt_yen(line: Line) -> tuple[int | str, int | str]:
    """What the patient pays and what was cut, on the one line of a decision that says it; empty on all others."""
    if not line.is_leading:
        return "", ""
    return UNKNOWN if line.patient_yen is None else line.patient_yen, line.reduced_yen


def pay_day(draft: Draft) -> date:
    """The day that the holder waits for: a payer's due day, a hospital's pay day."""
    return draft.cut.due_on if draft.cut.side is Side.PAYER else draft.pays_on


def heads(draft: Draft) -> list[tuple[str, int, str]]:
    """The chains' heads: what they are over, the block, its digest."""
    found = draft.heads
    named = zip(CHAINS, (found.transfers, found.events, found.files), strict=True)
    return [(word, head.block, head.sha256) for word, head in named]
