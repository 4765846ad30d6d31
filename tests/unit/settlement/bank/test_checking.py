import pytest

from services.settlement.domain.bank.checking import checked
from services.settlement.domain.bank.furikomi import Payment
from services.settlement.domain.bank.layouts import FileKind
from services.settlement.domain.bank.records import MOST_VIOLATIONS, NoBankFile
from tests.unit.settlement.bank.builders import account, cells, file_of

HEADER = cells(
    *(("1", 1), ("21", 2), ("0", 1), ("0123456789", 10), ("ｼﾝｻｼﾊﾗｲ", 40), ("1221", 4), ("9999", 4), ("ﾃｽﾄ", 15)),
    *(("999", 3), ("", 15), ("1", 1), ("1", 7), ("", 17)),
    size=120,
)
ENTRY = cells(
    *(("2", 1), ("9999", 4), ("", 15), ("999", 3), ("", 15), ("", 4), ("1", 1), ("1234567", 7), ("ﾋﾞﾖｳｲﾝ", 30)),
    *(("3544", 10), ("0", 1), ("", 20), ("7", 1), ("", 1), ("", 7)),
    size=120,
)
TRAILER = cells(("8", 1), ("1", 6), ("3544", 12), ("", 101), size=120)
END = cells(("9", 1), ("", 119), size=120)
BY_HAND = HEADER + ENTRY + TRAILER + END


def told(content: bytes) -> list[tuple[int, int, str, str]]:
    return [(each.record, each.offset, each.field, each.rule) for each in checked(content).violations]


def with_bytes(record: int, offset: int, put: str, content: bytes = BY_HAND) -> bytes:
    at, changed = (record - 1) * 120 + offset, bytearray(content)
    changed[at : at + len(put.encode("cp932"))] = put.encode("cp932")
    return bytes(changed)


def test_a_file_written_by_hand_from_the_published_layout_is_in_order() -> None:
    found = checked(BY_HAND)

    assert (found.kind, found.records, found.violations) == (FileKind.TRANSFERS, 4, [])
    assert [(len(group.data), group.total_yen) for group in found.groups] == [(1, 3544)]
    assert found.groups[0].data[0]["payee_name"] == "ﾋﾞﾖｳｲﾝ"


def test_lines_may_end_each_record_or_none() -> None:
    rows = [HEADER, ENTRY, TRAILER, END]

    assert told(b"".join(row + b"\r\n" for row in rows)) == []
    assert told(b"\r\n".join(rows)) == [(4, 120, "record", "line_end")]


def test_several_groups_may_stand_before_one_end() -> None:
    second = HEADER + ENTRY + ENTRY + with_bytes(1, 1, "000002000000007088", TRAILER)

    assert told(HEADER + ENTRY + TRAILER + second + END) == []


@pytest.mark.parametrize(
    ("record", "offset", "put", "wrong"),
    [
        (1, 3, "1", (1, 3, "encoding", "known")),
        (1, 54, "0230", (1, 54, "pay_day", "calendar")),
        (1, 54, "12 1", (1, 56, "pay_day", "digits")),
        (1, 95, "4", (1, 95, "account_type", "known")),
        (1, 103, "X", (1, 103, "blank", "blank")),
        (2, 1, "99X9", (2, 3, "bank", "digits")),
        (2, 38, "12 4", (2, 40, "clearing_house", "digits_or_blank")),
        (2, 50, "ｯ", (2, 50, "payee_name", "alphabet")),
        (2, 52, "ｰ", (2, 52, "payee_name", "alphabet")),
        (2, 52, "a", (2, 52, "payee_name", "alphabet")),
        (2, 50, "ｱﾞ", (2, 51, "payee_name", "mark")),
        (2, 50, "ﾞ", (2, 50, "payee_name", "mark")),
        (2, 50, " ", (2, 51, "payee_name", "mark")),
        (2, 50, " ｱ", (2, 50, "payee_name", "left_aligned")),
        (2, 90, "3", (2, 90, "novelty", "known")),
        (2, 91, "ABC", (2, 91, "reference", "customer_code")),
        (2, 111, "6", (2, 111, "manner", "known")),
        (3, 1, "000002", (3, 1, "count", "sum")),
        (3, 18, "5", (3, 7, "total_yen", "sum")),
        (4, 119, "X", (4, 119, "blank", "blank")),
    ],
)
def test_each_wrong_byte_is_told_by_record_offset_field_and_rule(
    record: int, offset: int, put: str, wrong: tuple[int, int, str, str]
) -> None:
    assert told(with_bytes(record, offset, put)) == [wrong]


def test_a_transfer_of_nothing_is_told() -> None:
    assert (2, 80, "amount_yen", "amount") in told(with_bytes(2, 80, "0000000000"))


def test_edi_may_hold_letters_where_the_file_says_so() -> None:
    assert told(with_bytes(2, 112, "Y", with_bytes(2, 91, "ABC/ｦ"))) == []


@pytest.mark.parametrize(
    ("content", "wrong"),
    [
        (HEADER + TRAILER, [(2, 1, "count", "sum"), (2, 7, "total_yen", "sum"), (2, 0, "mark", "complete")]),
        (BY_HAND[:-1], [(4, 119, "record", "length")]),
        (BY_HAND + b"\x1a", [(5, 1, "record", "length"), (5, 0, "mark", "known")]),
        (HEADER + ENTRY + END, [(3, 0, "mark", "order")]),
        (BY_HAND + END, [(5, 0, "mark", "order")]),
    ],
)
def test_records_that_miss_or_stand_out_of_place_are_told(
    content: bytes, wrong: list[tuple[int, int, str, str]]
) -> None:
    assert told(content) == wrong


@pytest.mark.parametrize("content", [b"", b"2", b"191", b"\xff" * 240, "給与".encode("cp932")])
def test_what_is_of_no_kind_that_is_read_is_refused(content: bytes) -> None:
    with pytest.raises(NoBankFile):
        checked(content)


def test_violations_are_all_counted_and_the_first_thousand_kept() -> None:
    whole = file_of(*[Payment(payee=account("ﾋﾞﾖｳｲﾝX"), yen=1)] * 1_200)
    broken = whole.replace(b"X", b"x")
    found = checked(broken)

    assert (found.violation_count, len(found.violations)) == (1_200, MOST_VIOLATIONS)


STATEMENT = cells(
    *(("1", 1), ("03", 2), ("0", 1), ("081222", 6), ("081221", 6), ("081221", 6), ("9999", 4), ("ﾃｽﾄ", 15), ("999", 3)),
    *(("", 15), ("", 3), ("1", 1), ("1", 10), ("ｼﾝｻｼﾊﾗｲ", 40), ("1", 1), ("1", 1), ("10000", 14), ("", 71)),
    size=200,
)


def booked(direction: str, yen: str) -> bytes:
    return cells(
        *(("2", 1), ("1", 8), ("081221", 6), ("081221", 6), (direction, 1), ("11", 2), (yen, 12), ("0", 12), ("0", 6)),
        *(("0", 6), ("0", 1), ("0", 7), ("0", 3), ("0", 10), ("ｺｳｷﾖｳ", 48), ("ﾃｽﾄ", 15), ("", 15), ("ﾌﾘｺﾐ", 20)),
        *(("", 20), ("", 1)),
        size=200,
    )


def statement(closing: str, *, records: str = "5", count: str = "2") -> bytes:
    trailer = cells(
        *(("8", 1), ("1", 6), ("7000", 13), ("1", 6), ("3544", 13), ("1", 1), (closing, 14), (count, 7), ("", 139)),
        size=200,
    )
    end = cells(("9", 1), (records, 10), ("1", 5), ("", 184), size=200)
    return STATEMENT + booked("1", "7000") + booked("2", "3544") + trailer + end


def test_a_statement_proves_that_its_balance_follows_from_its_entries() -> None:
    assert told(statement("13456")) == []
    assert told(statement("13457")) == [(4, 40, "closing_yen", "sum")]
    assert told(statement("13456", count="3")) == [(4, 54, "count", "sum")]
    assert told(statement("13456", records="9")) == [(5, 1, "records", "sum")]


def test_a_notice_of_credits_counts_what_was_cancelled_by_itself() -> None:
    header = cells(
        *(("1", 1), ("01", 2), ("0", 1), ("081222", 6), ("081221", 6), ("081221", 6), ("9999", 4), ("ﾃｽﾄ", 15)),
        *(("999", 3), ("", 15), ("1", 1), ("1", 7), ("ｼﾝｻｼﾊﾗｲ", 40), ("", 93)),
        size=200,
    )
    entries = b"".join(
        cells(
            *(("2", 1), ("1", 6), ("081221", 6), ("081221", 6), ("7000", 10), ("0", 10), ("0", 10), ("ｺｳｷﾖｳ", 48)),
            *(("ﾃｽﾄ", 15), ("", 15), (cancelled, 1), ("", 20), ("", 52)),
            size=200,
        )
        for cancelled in ("", "", "1")
    )
    trailer = cells(("8", 1), ("2", 6), ("14000", 12), ("1", 6), ("7000", 12), ("", 163), size=200)

    assert told(header + entries + trailer) == []
    assert told(header + entries + with_bytes(1, 6, "3", trailer)) == [(5, 1, "count", "sum")]
