"""The bytes of statements. They are held to their digests for years: what is here may not change.

A new word, column or font makes other bytes, and statements issued before could not be written again as they were. So
whoever changes the layout keeps the old one beside it, for the statements that were issued with it.
"""

import csv
import hashlib
import io
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from itertools import pairwise

import pypdf
import pytest

from services.settlement.adapters.statements.pdf import text
from services.settlement.adapters.statements.pdf_font import cut_font
from services.settlement.adapters.statements.statement_csv import StatementCsv
from services.settlement.adapters.statements.statement_pdf import RIGHT, SIZE, StatementPdf, alphabet
from services.settlement.domain.netting import Side, UnpaidStatement, net
from services.settlement.domain.notices import Head
from services.settlement.domain.statement import (
    LAYOUT_NOW,
    Column,
    Cut,
    Draft,
    Former,
    Heads,
    Layout,
    Line,
    Place,
    Share,
    totals_of,
)
from services.shared.kernel.money import Yen

FONT = {
    Layout.FIRST: "c3abe4d4677d4fa99397f53f5e3f733807e151e628fdaae16ee90f3e7a7841ef",
    Layout.SECOND: "accbf7fe6fa020a104ed20d9d40fe04c1896477e33929723c8d2f3fc70463227",
}
CSV = {
    (Layout.FIRST, Side.PAYER): "4d23ed358cecd3d03b346d7dec8fa3226b5e8b85d128f6ad3ab6fc780f704bb7",
    (Layout.FIRST, Side.HOSPITAL): "4202c7c937da7dd70abfd17d10596f2729ce77e00642f28de2a24bab8c72cf0a",
    (Layout.SECOND, Side.PAYER): "64b0669815945e0915f36c1f2dd064773483838af1aa0ff9f0c97e534b7c2c5d",
    (Layout.SECOND, Side.HOSPITAL): "f39df70017aaddae3992bdc4e08ada65b030049e2647fd268ac6a54b644e2a5e",
}
PDF = {
    (Layout.FIRST, Side.PAYER): "161b67b8c4a9f65d3f6be4fc32186f708dec2fc88b8dceafc9abf36459ba41d4",
    (Layout.FIRST, Side.HOSPITAL): "5a5741581ebe7de96e38c75f20c3576031f26444d2995945fec6efd8f872e63d",
    (Layout.SECOND, Side.PAYER): "d63900555fba37edcb1e1f51ed58221df5dbfefa37d6942c841d876b14a2bb34",
    (Layout.SECOND, Side.HOSPITAL): "8d3f0b5ceaa3d2315cf388413b11a1472ab82ea66b03330d1bb70bd15b6f5da9",
}
TAKING_UP = {
    "csv": "6068050ee8426f95c6cb965f94d4e2d5deaff9497b79fa38220ff654ccbb2b3e",
    "pdf": "2a09da53cb44b60ed7d8492920632fbf3d58e287719b4928b1814d5be17d3881",
}
LAYOUTS = pytest.mark.parametrize("layout", Layout)
SIDES = pytest.mark.parametrize("side", Side)
ISSUED_ON = date(2026, 5, 1)


def line(number: int, **changed: object) -> Line:
    made = Line(
        column=Column.CLAIM,
        is_late=False,
        kind="claim",
        cause="SUBMITTED",
        counterparty="1310000001",
        claim_id=f"clm_{number:032x}",
        claim_month="202604",
        treatment_month="202603",
        receipt_kind="1112",
        points=1_234,
        yen=-8_638,
        reduced_yen=120,
        patient_yen=3_702,
        is_leading=True,
        transfer_id=f"trf_{number:032x}",
        takes_back="",
        sequence=number + 1,
        posted_on=date(2026, 4, 11),
    )
    return replace(made, **changed)  # type: ignore[arg-type]  # a builder's keywords


def all_lines(side: Side, *, most: int = 40) -> list[Line]:
    """Each kind of line once, and so many plain ones that they need two pages."""
    sign = side.sign * -1
    earlier = {"is_late": True, "claim_month": "202603", "treatment_month": "202602"}
    causes = ["WITHDRAWN", "HOSPITAL_REVIEW", "PAYER_REVIEW", "ERROR_REPORTED", "LATE_CODE", "READJUDICATED", "NEW_ONE"]
    lines = [line(number) for number in range(most)]
    lines.append(line(most, **earlier))
    for place, cause in enumerate(causes, most + 1):
        change = {"column": Column.ADJUSTMENT, "cause": cause, "yen": 700, "points": -100, "takes_back": "trf_a"}
        change |= {"patient_yen": -300}
        lines.append(line(place, **(earlier | change)))
    lines.append(line(90, cause="PERSON_DECIDED", yen=0))
    lines[1] = line(1, patient_yen=None)
    lines[2] = line(2, is_leading=False)
    moved = {"claim_id": "", "cause": "", "treatment_month": "", "receipt_kind": "", "points": 0, "sequence": 0}
    moved |= {"reduced_yen": 0, "patient_yen": None, "is_leading": False}
    for place, (kind, column) in enumerate(
        [("fee", Column.FEE), ("incoming", Column.PAID), ("allocation", Column.PAID), ("refund", Column.PAID)], 91
    ):
        lines.append(line(place, kind=kind, column=column, yen=-300, **moved))
    return [replace(each, yen=sign * each.yen, sequence=each.sequence if side is Side.PAYER else 0) for each in lines]


def draft(layout: Layout, side: Side, lines: list[Line]) -> Draft:
    holder = "06132013" if side is Side.PAYER else "1310000001"
    former = Former(period="202603", cut=Place(version=7, sequence=5), closing_yen=side.sign * 50)
    totals = totals_of(lines)
    cut = Cut(
        period="202604",
        account_id=f"{side.value}:{holder}",
        side=side,
        place=Place(version=99, sequence=90),
        receipts=41,
        price_sen=7160,
        fee_yen=Yen(2_935),
        closes_on=date(2026, 4, 30),
        due_on=date(2026, 5, 20),
        pays_on=date(2026, 5, 21),
    )
    head = Head(block=1_234, sha256="0123456789abcdef" * 4)
    share = Share(counterparty="21136015", column=Column.CLAIM, is_late=True, lines=41, yen=totals.claims_yen)
    return Draft(
        statement_id="stm_" + "89abcdef" * 4,
        cut=cut,
        former=former,
        totals=totals,
        shares=(share,),
        ahead_yen=0,
        open_from=Place(version=100, sequence=91),
        net=net(side, brought_yen=0, new_yen=totals.new_yen),
        pays_on=date(2026, 5, 25),
        heads=Heads(transfers=head, events=head, files=Head()),
        layout=layout,
    )


def taking_up(most: int = 2) -> Draft:
    """A hospital's statement that takes earlier ones up."""
    own = draft(Layout.SECOND, Side.HOSPITAL, all_lines(Side.HOSPITAL))
    earlier = tuple(
        UnpaidStatement(statement_id="stm_" + f"{number:032x}", period=f"2025{number:02}", yen=Yen(1_000 * number))
        for number in range(1, most + 1)
    )
    former = replace(own.former, carried_yen=-30, taken_up=earlier)
    return replace(
        own, former=former, net=net(Side.HOSPITAL, brought_yen=former.brought_yen, new_yen=own.totals.new_yen)
    )


def csv_of(layout: Layout, side: Side, lines: list[Line], *, at_once: int = 7) -> bytes:
    document = StatementCsv(draft(layout, side, lines), issued_on=ISSUED_ON)
    return document.begin() + b"".join(document.lines(each) for each in pages(lines, at_once))


def pdf_of(layout: Layout, side: Side, lines: list[Line], *, at_once: int = 7) -> bytes:
    document = StatementPdf(draft(layout, side, lines), issued_on=ISSUED_ON)
    written = [document.begin(), *(document.lines(each) for each in pages(lines, at_once))]
    return b"".join([*written, document.end("c" * 64)])


def pages(lines: list[Line], at_once: int) -> Iterator[list[Line]]:
    return (lines[start : start + at_once] for start in range(0, len(lines), at_once))


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


@LAYOUTS
def test_the_font_is_cut_to_the_same_bytes(layout: Layout) -> None:
    assert sha256(cut_font(alphabet(layout)).file) == FONT[layout]


@LAYOUTS
@SIDES
def test_the_csv_of_a_statement_never_changes(layout: Layout, side: Side) -> None:
    assert sha256(csv_of(layout, side, all_lines(side))) == CSV[layout, side]


@LAYOUTS
@SIDES
def test_the_pdf_of_a_statement_never_changes(layout: Layout, side: Side) -> None:
    assert sha256(pdf_of(layout, side, all_lines(side))) == PDF[layout, side]


def test_a_statement_that_takes_others_up_names_them_and_never_changes() -> None:
    document, printed = StatementCsv(taking_up(), issued_on=ISSUED_ON), StatementPdf(taking_up(), issued_on=ISSUED_ON)
    table, pages_ = document.begin(), printed.begin() + printed.end("c" * 64)

    rows = list(csv.DictReader(io.StringIO(table.decode("utf-8-sig"))))
    named = [(row["請求年月"], row["金額"], row["理由"][-2:]) for row in rows if row["区分"] == "繰入明細書"]
    assert named == [("2025/01", "1000", "01"), ("2025/02", "2000", "02")]
    sums = {row["区分"]: int(row["金額"]) for row in rows if row["行種"] == "集計"}
    brought = sums["前回からの繰越額"] + sums["過月明細書の繰入額"]
    new = sum(sums[word] for word in ("当月診療報酬", "調整(再審査・過誤・取下げ等)", "審査支払手数料"))
    assert (brought, sums["今回お支払額"] + sums["次回への繰越額"]) == (2_970, brought + new)
    first = pypdf.PdfReader(io.BytesIO(pages_), strict=True).pages[0].extract_text()
    assert all(word in first for word in ("過月明細書の繰入額", "繰入明細書 2025/02", "stm_" + f"{2:032x}"))
    assert {"csv": sha256(table), "pdf": sha256(pages_)} == TAKING_UP


def test_a_page_names_as_many_statements_as_it_has_room_for() -> None:
    printed = StatementPdf(taking_up(12), issued_on=ISSUED_ON)
    first = pypdf.PdfReader(io.BytesIO(printed.begin() + printed.end("c" * 64)), strict=True).pages[0].extract_text()

    assert first.count("繰入明細書") == 11
    assert "+ 2" in first


@LAYOUTS
@SIDES
def test_how_lines_come_in_pieces_makes_no_difference(layout: Layout, side: Side) -> None:
    lines = all_lines(side)

    assert csv_of(layout, side, lines, at_once=1) == csv_of(layout, side, lines, at_once=1_000)
    assert pdf_of(layout, side, lines, at_once=1) == pdf_of(layout, side, lines, at_once=1_000)


@LAYOUTS
@SIDES
def test_the_lines_of_the_csv_add_up_to_its_sums(layout: Layout, side: Side) -> None:
    rows = list(csv.DictReader(io.StringIO(csv_of(layout, side, all_lines(side)).decode("utf-8-sig"))))

    sums = {row["区分"]: int(row["金額"]) for row in rows if row["行種"] == "集計"}
    lines = [row for row in rows if row["行種"] == "明細"]
    added = {word: sum(int(row["金額"]) for row in lines if row["区分"] == word) for word in ("診療報酬", "調整")}
    assert sums["当月診療報酬"] == added["診療報酬"]
    assert sums["調整(再審査・過誤・取下げ等)"] == added["調整"]
    assert sums["差引残高"] == sums["前回残高"] + sum(int(row["金額"]) for row in lines)
    assert [int(row["番号"]) for row in lines] == list(range(1, len(lines) + 1))


@SIDES
def test_what_patients_pay_and_what_was_cut_adds_up_column_by_column_with_each_receipt_once(side: Side) -> None:
    rows = list(csv.DictReader(io.StringIO(csv_of(Layout.SECOND, side, all_lines(side)).decode("utf-8-sig"))))

    sums = {row["区分"]: int(row["金額"]) for row in rows if row["行種"] == "集計"}
    facts = {row["区分"]: row["理由"] for row in rows if row["行種"] == "見出"}
    lines = [row for row in rows if row["行種"] == "明細"]
    parts = [row["患者負担額"] for row in lines]
    assert (
        sums["患者負担額(参考)"] == sum(int(part) for part in parts if part not in ("", "不明")) == 40 * 3_702 - 2_100
    )
    assert sums["査定額(参考)"] == sum(int(row["査定額"] or 0) for row in lines)
    assert (parts[1], parts[2], parts[-1]) == ("不明", "", "")
    assert (facts["様式"], facts["患者負担額不明件数"]) == ("2", "1")


@SIDES
def test_the_first_layout_says_nothing_of_what_patients_pay(side: Side) -> None:
    content = csv_of(Layout.FIRST, side, all_lines(side)).decode("utf-8-sig")

    assert "患者負担額" not in content
    assert "様式" not in content


@LAYOUTS
@SIDES
def test_another_reader_finds_every_page_and_word_of_the_pdf(layout: Layout, side: Side) -> None:
    lines = all_lines(side)
    reader = pypdf.PdfReader(io.BytesIO(pdf_of(layout, side, lines)), strict=True)
    said = [page.extract_text() for page in reader.pages]

    assert len(said) == 1 + 1 + 2
    title = "診療報酬等請求明細書" if side is Side.PAYER else "診療報酬等支払明細書"
    assert all(f"{number} / 4 頁" in page and title in page for number, page in enumerate(said, 1))
    assert "0123456789abcdef" * 4 in said[0]
    assert "c" * 64 in said[0]
    assert "21136015" in said[1]
    assert all(each.claim_id in said[2] + said[3] for each in lines)
    assert all(word in said[3] for word in ("月遅れ", "過月", "取下げ 取消", "再審査(保険者) 取消", "過誤 取消"))
    assert "△" in "".join(said)


def cells_of(page: pypdf.PageObject) -> dict[tuple[float, float], str]:
    """What is printed on a page, by height and left edge."""
    found: dict[tuple[float, float], str] = {}

    def see(said: str, _: object, place: list[float], *__: object) -> None:
        key = (-place[5], place[4])
        found[key] = found.get(key, "") + said

    page.extract_text(visitor_text=see)
    return {key: said.strip() for key, said in sorted(found.items()) if said.strip()}


@LAYOUTS
@SIDES
def test_no_cell_of_a_line_runs_into_the_next_however_large_its_amounts_are(layout: Layout, side: Side) -> None:
    large = {"points": 9_999_999, "yen": -999_999_999, "reduced_yen": 9_999_999, "patient_yen": -99_999_999}
    lines = [replace(each, **large) if each.claim_id else each for each in all_lines(side)]  # type: ignore[arg-type]
    font = cut_font(alphabet(layout))

    for page in pypdf.PdfReader(io.BytesIO(pdf_of(layout, side, lines))).pages[2:]:
        cells = list(cells_of(page).items())
        table = [each for each in cells if -522 <= each[0][0] <= -34]
        assert len(table) > 12
        for ((height, left), said), (beside, following) in pairwise([*table, ((0.0, 0.0), "")]):
            end = left + font.width(said, SIZE)
            assert end + 2 <= (beside[1] if beside[0] == height else RIGHT + 2), (said, following)


def test_the_font_prints_no_character_that_it_was_cut_without() -> None:
    with pytest.raises(KeyError):
        text(cut_font(alphabet(LAYOUT_NOW)), (0, 0), 7, "鬱")


def test_a_million_lines_never_stand_in_memory() -> None:
    """What a page leaves behind is its place: 16 bytes, and its row in the table of the end."""
    document = StatementPdf(draft(LAYOUT_NOW, Side.HOSPITAL, [line(1)]), issued_on=ISSUED_ON)
    document.begin()
    for _ in range(100):
        document.lines([line(1)] * 74)

    kept = [value for value in vars(document).values() if isinstance(value, list)]
    assert kept == [[]]
