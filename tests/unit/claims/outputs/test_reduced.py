"""増減点連絡書: cut points by receipt and line, in thirty columns that readers take apart by place and by title."""

import pytest

from services.claims.domain.outputs.reduced import Cut, ReducedReceipt, opening, reduced
from services.claims.domain.outputs.writing import era_month, wide
from services.claims.domain.uke.document import read_document
from services.shared.kernel.months import Month
from tests.support import uke

NUMBER = "1" * 30
RECEIPT = uke.receipt(
    uke.head(receipt_number="7", chart_number="A-12", institution_note="MEMO"),
    uke.insurer(),
    uke.programme(),
    uke.disease(),
    uke.act(),
    uke.act(treatment_section="60", item_code="160008010", points="", times="2"),
    uke.act(treatment_section="", item_code="160010010", points="52", times="2"),
)


def _rows(*cuts: Cut) -> list[list[str]]:
    content = reduced(ReducedReceipt(search_number=NUMBER, document=read_document(RECEIPT), cuts=cuts))
    return [line.split(",") for line in content.decode("cp932").split("\r\n")[:-1]]


def test_the_file_opens_with_the_hospital_and_the_titles_of_thirty_columns() -> None:
    header, titles, end = opening("1310000003").decode("cp932").split("\r\n")

    assert header == "1,,,,0000003,,,"
    fields = titles.split(",")
    assert (len(fields), fields[0], end) == (30, "2", "")
    assert [fields[place - 1] for place in (2, 3, 18, 19, 20, 22, 23, 24, 26, 28, 29)] == [
        "診療年月",
        "レセプト番号",
        "氏名",
        "カルテ番号等",
        "箇所１",
        "法別番号",
        "増減点数（金額）",
        "事由",
        "請求内容",
        "補正・査定後内容",
        "検索番号",
    ]


def test_a_receipts_first_cut_says_whose_it_is_and_what_was_cut_where_and_why() -> None:
    ((*row,),) = _rows(Cut(6, "D", 104, 52))

    assert len(row) == 30
    assert {place: row[place - 1] for place in range(1, 31) if row[place - 1]} == {
        1: "3",
        2: "50605",
        3: "7",
        8: "01130012",
        10: "54130018",
        18: "見本　太郎",
        19: "A-12",
        20: "60",
        22: "01",
        23: "-52",
        24: "D",
        26: "１６０００８０１０　１０４点",
        28: "１６０００８０１０　５２点",
        29: NUMBER,
        30: "MEMO",
    }


def test_further_cuts_of_a_receipt_leave_out_what_the_first_row_says() -> None:
    _, second = _rows(Cut(6, "D", 104, 52), Cut(7, "AB", 10, 0))

    assert (second[0], second[1:19]) == ("4", [""] * 18)
    assert (second[19], second[22], second[23], second[28]) == ("60", "-10", "AB", NUMBER)


def test_a_cut_of_the_sum_names_no_line() -> None:
    ((*row,),) = _rows(Cut(0, "H", 288, 238))

    assert (row[19], row[22], row[23], row[25], row[27]) == ("", "-50", "H", "２８８点", "２３８点")


def test_a_receipt_without_cuts_has_no_row() -> None:
    assert _rows() == []


def test_a_municipal_insurer_has_no_law_number() -> None:
    receipt = uke.receipt(uke.head(), uke.insurer(insurer_number="  138016"), uke.act())
    content = reduced(ReducedReceipt(search_number=NUMBER, document=read_document(receipt), cuts=[Cut(3, "D", 73, 0)]))

    row = content.decode("cp932").split(",")
    assert (row[7], row[21]) == ("138016", "")


@pytest.mark.parametrize(
    ("month", "text"),
    [(Month(2024, 5), "50605"), (Month(2019, 5), "50105"), (Month(2019, 4), "43104"), (Month(1988, 12), "36312")],
)
def test_a_month_is_written_by_its_era(month: Month, text: str) -> None:
    assert era_month(month) == text


def test_a_month_before_the_eras_in_use_is_refused() -> None:
    with pytest.raises(ValueError, match="era"):
        era_month(Month(1860, 1))


def test_text_is_written_in_full_width_and_never_holds_a_comma() -> None:
    assert wide("a, b: 10 é") == "ａ，　ｂ：　１０　〓"
