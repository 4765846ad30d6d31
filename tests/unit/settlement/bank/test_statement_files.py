"""Typed statements out of files that were written by hand from the layouts page."""

from datetime import date

import pytest

from services.settlement.domain.bank.days import DayStyle
from services.settlement.domain.bank.reading import read_statement_file
from services.settlement.domain.bank.records import NoBankFile
from services.settlement.domain.bank.statements import BankFile, Direction, Source, WrongBankFile
from tests.support.bank_statements import (
    ACCOUNT,
    Line,
    ended,
    notice_file,
    statement_file,
    statement_rows,
    western,
)
from tests.unit.settlement.bank.builders import file_of

TODAY = date(2026, 7, 1)
DAY = date(2026, 6, 30)


def read(content: bytes, style: DayStyle = DayStyle.IMPERIAL, on: date = TODAY) -> BankFile:
    return read_statement_file(content, style, on)


def rules(content: bytes, style: DayStyle = DayStyle.IMPERIAL, on: date = TODAY) -> list[tuple[int, int, str]]:
    with pytest.raises(WrongBankFile) as refused:
        read(content, style, on)
    return [(each.record, each.offset, each.rule) for each in refused.value.violations]


def test_a_statement_has_its_account_its_days_and_its_lines() -> None:
    line = Line(day=DAY, yen=7_000, number="42", code="0006132013", name="ｹﾝﾎﾟ(ﾄｳｷﾖｳ", narrative="ﾌﾘｺﾐ", edi="REF1")
    file = read(statement_file(1_000, [line, Line(day=DAY, yen=-300)]))

    (told,) = file.statements
    first, second = told.lines
    assert file.source is Source.ZENGIN_STATEMENT
    assert (told.account, told.since, told.until, told.made_on) == (ACCOUNT, DAY, DAY, DAY)
    assert (told.opening_yen, told.closing_yen) == (1_000, 7_700)
    assert (first.record, first.booked, first.direction, first.yen) == (2, DAY, Direction.IN, 7_000)
    assert (first.remitter_code, first.remitter, first.narrative, first.edi) == (
        *("0006132013", "ｹﾝﾎﾟ(ﾄｳｷﾖｳ", "ﾌﾘｺﾐ"),
        "REF1",
    )
    assert (first.inquiry_number, second.inquiry_number) == ("00000042", "")
    assert (second.direction, second.signed_yen) == (Direction.OUT, -300)


def test_several_accounts_of_one_file_are_statements_of_their_own() -> None:
    other = "999999810000002"
    one = statement_rows(0, [Line(day=DAY, yen=5)], since=DAY, until=DAY)
    two = statement_rows(9, [], since=DAY, until=DAY, account=other)
    file = read(ended([*one, *two], accounts=2))

    assert [(each.account, each.closing_yen) for each in file.statements] == [(ACCOUNT, 5), (other, 9)]


def test_a_notice_has_its_cancellations_and_no_balance() -> None:
    file = read(notice_file([Line(day=DAY, yen=700, name="ｹﾝﾎﾟ"), Line(day=DAY, yen=700, cancelled=True)]))

    (told,) = file.statements
    assert (file.source, told.opening_yen, told.closing_yen) == (Source.ZENGIN_CREDITS, None, None)
    assert [each.is_cancelled for each in told.lines] == [False, True]


def test_western_days_are_read_where_it_is_said_and_refused_where_not() -> None:
    content = statement_file(0, [Line(day=DAY, yen=5)], days=western)

    assert read(content, DayStyle.WESTERN).statements[0].since == DAY
    assert {rule for _, _, rule in rules(content)} == {"era"}


def test_a_statement_may_lie_across_the_change_of_an_era_and_the_end_of_a_year() -> None:
    change = [Line(day=date(2019, 4, 26), yen=1), Line(day=date(2019, 5, 7), yen=2)]
    year_end = [Line(day=date(2025, 12, 30), yen=1), Line(day=date(2026, 1, 5), yen=2)]

    for lines, on in ((change, date(2019, 5, 8)), (year_end, date(2026, 1, 6))):
        (told,) = read(statement_file(0, lines), on=on).statements
        assert [each.booked for each in told.lines] == [each.day for each in lines]


def test_a_day_of_no_leap_year_is_refused_with_its_place() -> None:
    content = statement_file(0, [Line(day=date(2026, 2, 28), yen=5)]).replace(b"080228", b"080229")

    assert rules(content, on=date(2026, 3, 2)) == [
        (1, 4, "calendar"),
        (1, 10, "calendar"),
        (1, 16, "calendar"),
        (2, 9, "calendar"),
        (2, 15, "calendar"),
    ]


def test_a_line_outside_of_the_headers_days_is_refused() -> None:
    rows = statement_rows(0, [Line(day=date(2026, 6, 29), yen=5)], since=DAY, until=DAY)

    assert rules(ended(rows, accounts=1)) == [(2, 9, "span")]


def test_an_overdrawn_account_is_refused() -> None:
    rows = statement_rows(500, [], since=DAY, until=DAY)
    below = rows[0][:113] + b"2" + rows[0][114:]

    assert (1, 115, "overdrawn") in rules(ended([below, *rows[1:]], accounts=1))


def test_a_wrong_sum_is_refused_with_record_offset_and_rule() -> None:
    broken = bytearray(statement_file(0, [Line(day=DAY, yen=5)]))
    broken[400 + 40 : 400 + 54] = b"%014d" % 6  # 取引後残高 of the trailer, the third record

    assert rules(bytes(broken)) == [(3, 40, "sum")]


def test_a_file_of_payments_tells_of_no_account() -> None:
    assert rules(file_of()) == [(1, 1, "statement")]


@pytest.mark.parametrize("content", [b"", b"\x00", b"hello", "請求".encode("utf-16")])
def test_what_is_no_bank_file_is_refused(content: bytes) -> None:
    with pytest.raises(NoBankFile):
        read(content)


def test_lines_that_differ_in_anything_but_their_place_have_another_identity() -> None:
    def digest(line: Line) -> bytes:
        return read(statement_file(0, [line])).statements[0].lines[0].content_sha256

    plain = Line(day=DAY, yen=5)
    others = [
        Line(day=DAY, yen=6),
        Line(day=date(2026, 6, 29), yen=5),
        Line(day=DAY, yen=5, number="1"),
        Line(day=DAY, yen=5, name="ｱ"),
        Line(day=DAY, yen=5, edi="A"),
        Line(day=DAY, yen=5, dealing="14"),
        Line(day=DAY, yen=5, narrative="A"),
        Line(day=DAY, yen=5, code="1234567890"),
    ]
    assert len({digest(plain), *map(digest, others)}) == len(others) + 1
    assert digest(plain) == digest(plain)
