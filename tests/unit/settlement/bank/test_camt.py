"""camt.052 and camt.054: messages by hand, also read by a reader of another origin; hostile XML refused."""

import re
from datetime import date

import pytest
from pyiso20022.camt.camt_052_001_02 import Document as Report
from pyiso20022.camt.camt_054_001_02 import Document as Notification
from xsdata.formats.dataclass.parsers import XmlParser

from services.settlement.domain.bank.camt import read_camt
from services.settlement.domain.bank.days import DayStyle
from services.settlement.domain.bank.reading import read_statement_file
from services.settlement.domain.bank.records import NoBankFile
from services.settlement.domain.bank.statements import Direction, Source, WrongBankFile
from tests.support.bank_statements import ACCOUNT, Line
from tests.support.camt import (
    DECLARATION,
    HEADER,
    NAMESPACE,
    PASSWORD,
    balance,
    camt_052,
    camt_054,
    entry,
    message,
    report,
)

DAY, NEXT = date(2026, 6, 30), date(2026, 7, 1)
LINES = [
    Line(day=DAY, yen=7_000, number="A1", name="東京健康保険組合", edi="06132013", narrative="振込"),
    Line(day=NEXT, yen=-300, number="A2", dealing="14"),
]


def whole(*entries: str, opening: int = 0, closing: int = 0, more: str = "") -> bytes:
    told = report(opening, entries, closing, since=DAY, until=NEXT)
    return message("camt.052", told + more).encode()


def rules(content: bytes) -> list[tuple[int, str, str]]:
    with pytest.raises(WrongBankFile) as refused:
        read_camt(content)
    return [(each.record, each.field, each.rule) for each in refused.value.violations]


def test_a_statement_of_zedi_is_cut_from_its_header_and_read() -> None:
    file = read_statement_file(camt_052(1_000, LINES, since=DAY, until=NEXT), DayStyle.IMPERIAL, NEXT)

    (told,) = file.statements
    first, second = told.lines
    assert file.source is Source.CAMT_052
    assert (told.account, told.since, told.until) == (ACCOUNT, DAY, NEXT)
    assert (told.opening_yen, told.closing_yen, told.made_on) == (1_000, 7_700, NEXT)
    assert (first.record, first.booked, first.signed_yen, first.inquiry_number) == (1, DAY, 7_000, "A1")
    assert (first.remitter, first.edi, first.narrative) == ("東京健康保険組合", "06132013", "振込")
    assert (second.record, second.signed_yen, second.dealing) == (2, -300, "14")


def test_another_reader_reads_the_same_out_of_the_statement() -> None:
    content = camt_052(1_000, LINES, since=DAY, until=NEXT)
    body = content[content.rindex(b"<?xml") :]
    theirs = XmlParser().from_bytes(body, Report).bk_to_cstmr_acct_rpt.rpt[0]
    ours = read_camt(content).statements[0]

    signs = {"CRDT": 1, "DBIT": -1}
    assert [signs[each.cdt_dbt_ind.value] * int(each.amt.value) for each in theirs.ntry] == [
        each.signed_yen for each in ours.lines
    ]
    assert [each.bookg_dt.dt.to_date() for each in theirs.ntry] == [each.booked for each in ours.lines]
    assert [int(each.amt.value) for each in theirs.bal] == [ours.opening_yen, ours.closing_yen]
    assert theirs.acct.id.othr.id == ACCOUNT[8:]


def test_another_reader_reads_the_same_out_of_the_notice() -> None:
    content = camt_054([LINES[0]])
    body = content[content.rindex(b"<?xml") :]
    theirs = XmlParser().from_bytes(body, Notification).bk_to_cstmr_dbt_cdt_ntfctn.ntfctn[0]
    ours = read_camt(content).statements[0]

    assert [(int(each.amt.value), each.sts.value) for each in theirs.ntry] == [(7_000, "BOOK")]
    assert [(each.yen, each.booked) for each in ours.lines] == [(7_000, DAY)]


def test_a_notice_has_money_that_came_in_and_what_was_taken_back() -> None:
    back = Line(day=DAY, yen=500, cancelled=True)
    file = read_camt(camt_054([Line(day=DAY, yen=500), back, Line(day=DAY, yen=-9)]))

    (told,) = file.statements
    assert (file.source, told.opening_yen) == (Source.CAMT_054, None)
    assert [(each.yen, each.direction, each.is_cancelled) for each in told.lines] == [
        (500, Direction.IN, False),
        (500, Direction.IN, True),
    ]


def test_what_is_not_booked_is_told_again_once_it_is() -> None:
    pending = entry(Line(day=DAY, yen=5), status="PDNG")
    (told,) = read_camt(whole(pending, entry(Line(day=DAY, yen=7)), closing=7)).statements

    assert [(each.record, each.yen) for each in told.lines] == [(2, 7)]


def test_of_several_transactions_in_one_entry_nobody_is_the_remitter() -> None:
    one = entry(Line(day=DAY, yen=7, name="A"))
    two = one.replace("</TxDtls>", "</TxDtls><TxDtls><RltdPties><Dbtr><Nm>B</Nm></Dbtr></RltdPties></TxDtls>")

    assert [read_camt(whole(each, closing=7)).statements[0].lines[0].remitter for each in (one, two)] == ["A", ""]


@pytest.mark.parametrize("lead", [b"", b"\xef\xbb\xbf", b"\r\n \n"])
def test_a_message_alone_is_read_whatever_stands_before_it(lead: bytes) -> None:
    content = lead + whole(entry(Line(day=DAY, yen=7)), closing=7)

    assert read_statement_file(content, DayStyle.IMPERIAL, NEXT).statements[0].closing_yen == 7


def test_several_messages_in_one_file_are_all_read() -> None:
    one = whole(entry(Line(day=DAY, yen=7)), closing=7)
    two = whole(entry(Line(day=DAY, yen=9)), opening=7, closing=16)

    assert [each.closing_yen for each in read_camt(HEADER.encode() + one + HEADER.encode() + two).statements] == [7, 16]


@pytest.mark.parametrize("code", ["OPBD", "PRCD"])
def test_either_code_of_an_opening_balance_will_do(code: str) -> None:
    content = whole(opening=5, closing=5).replace(b"OPBD", code.encode())

    assert read_camt(content).statements[0].opening_yen == 5


@pytest.mark.parametrize(
    ("change", "wrong"),
    [
        ((b'Ccy="JPY">7<', b'Ccy="USD">7<'), (1, "Amt", "currency")),
        ((b">7</Amt>", b">7.5</Amt>"), (1, "Amt", "amount")),
        ((b">7</Amt>", b">-7</Amt>"), (1, "Amt", "amount")),
        ((b">7</Amt>", b">0</Amt>"), (1, "Amt", "amount")),
        ((b">7</Amt>", b">1e999</Amt>"), (1, "Amt", "amount")),
        ((b">7</Amt>", b">NaN</Amt>"), (1, "Amt", "amount")),
        ((b">7</Amt>", b">9223372036854775808</Amt>"), (1, "Amt", "amount")),
        ((b">7</Amt>", b"></Amt>"), (1, "Amt", "present")),
        ((b"<CdtDbtInd>CRDT</CdtDbtInd><Sts>", b"<CdtDbtInd>X</CdtDbtInd><Sts>"), (1, "CdtDbtInd", "known")),
        ((b"<Sts>BOOK</Sts>", b""), (1, "Sts", "present")),
        ((b"<BookgDt><Dt>2026-06-30", b"<BookgDt><Dt>2026-02-30"), (1, "BookgDt", "calendar")),
        ((b"<BookgDt><Dt>2026-06-30", b"<BookgDt><Dt>9999-12-31"), (1, "BookgDt", "century")),
        ((b"<BookgDt><Dt>2026-06-30", b"<BookgDt><Dt>0001-01-01"), (1, "BookgDt", "century")),
        ((b"<BookgDt><Dt>2026-06-30", b"<BookgDt><Dt>9999-12-31T23:00:00-12:00"), (1, "BookgDt", "calendar")),
        ((b"<BookgDt><Dt>2026-06-30", b"<BookgDt><Dt>2026-06-30T25:00:00"), (1, "BookgDt", "calendar")),
        ((b"<BookgDt><Dt>2026-06-30", b"<BookgDt><Dt>2026-06-29"), (1, "Ntry/BookgDt", "span")),
        ((b"<Dt>2026-06-30</Dt></BookgDt>", b"</BookgDt>"), (1, "BookgDt", "present")),
        ((b"<MmbId>9999</MmbId>", b"<MmbId>99A9</MmbId>"), (0, "Acct", "account")),
        ((b"<Othr><Id>0000001", b"<Othr><Id>10000001"), (0, "Acct", "account")),
        ((b"<Prtry>1</Prtry>", b"<Prtry>3</Prtry>"), (0, "Acct", "account")),
        ((b"OPBD", b"FWAV"), (0, "Bal", "present")),
        ((b"<ToDtTm>2026-07-01", b"<ToDtTm>2026-06-29"), (0, "FrToDt", "span")),
    ],
)
def test_what_is_wrong_is_told_by_entry_and_rule(change: tuple[bytes, bytes], wrong: tuple[int, str, str]) -> None:
    content = whole(entry(Line(day=DAY, yen=7)), closing=8)
    broken = content.replace(*change)

    assert broken != content
    assert wrong in rules(broken)


@pytest.mark.parametrize(
    ("told", "day"),
    [
        ("2026-06-30T15:00:00Z", NEXT),
        ("2026-06-30T14:59:59Z", DAY),
        ("2026-06-30T23:59:59", DAY),
        ("2026-06-30T24:00:00", DAY),
        ("2026-07-01T00:30:00+09:00", NEXT),
        ("2026-06-30+09:00", DAY),
    ],
)
def test_a_time_is_of_its_day_in_tokyo(told: str, day: date) -> None:
    content = camt_052(0, [Line(day=DAY, yen=7)], since=DAY, until=NEXT)
    moved = content.replace(b"<BookgDt><Dt>2026-06-30", f"<BookgDt><Dt>{told}".encode())

    assert [line.booked for line in read_camt(moved).statements[0].lines] == [day]


def test_a_place_is_the_byte_at_which_the_element_begins() -> None:
    content = camt_052(0, [Line(day=DAY, yen=5), Line(day=DAY, yen=7)], since=DAY, until=NEXT)
    broken = content.replace(b'Ccy="JPY">7<', b'Ccy="USD">7<')
    with pytest.raises(WrongBankFile) as refused:
        read_camt(broken)

    (told,) = refused.value.violations
    assert told.record == 2
    assert told.offset == [found.start() for found in re.finditer(rb"<Ntry>", broken)][1]


def test_a_balance_below_zero_is_refused() -> None:
    told = report(0, [], 5, since=DAY, until=NEXT).replace(balance("CLBD", 5, NEXT), balance("CLBD", 5, NEXT, "DBIT"))

    assert (0, "Bal", "overdrawn") in rules(message("camt.052", told).encode())


BOMB = (
    '<!DOCTYPE a [<!ENTITY a "0123456789"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">'
    '<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;">]>'
)
EXTERNAL = '<!DOCTYPE a [<!ENTITY a SYSTEM "file:///etc/passwd">]>'


@pytest.mark.parametrize(
    "type_of_document", [BOMB, EXTERNAL, "<!DOCTYPE Document>", '<!DOCTYPE a SYSTEM "http://x/y">']
)
def test_a_document_type_is_never_read(type_of_document: str) -> None:
    body = whole().decode().replace(DECLARATION, DECLARATION + type_of_document)

    assert rules((HEADER + body).encode()) == [(2, "document", "safe")]


@pytest.mark.parametrize(
    "content",
    [
        b"<",
        b"<a>",
        b"<?xml version='1.0'?>",
        b"<?xml version='1.0' encoding='Shift_JIS'?><a/>",
        whole()[:-20],
        whole() + b"<more/>",
        whole().replace(b"</Rpt>", b"</rpt>"),
        whole().replace(b"<Id>R1", b"<Id>\xff"),
        whole().replace(b"<Id>R1", b"<Id>&nbsp;"),
    ],
)
def test_xml_that_is_not_well_formed_is_refused(content: bytes) -> None:
    assert {rule for _, _, rule in rules(content)} <= {"well_formed", "safe"}


@pytest.mark.parametrize(
    "content",
    [
        HEADER.encode(),
        b"<a/>",
        whole().replace(b"camt.052.001.02", b"camt.052.001.08"),
        whole().replace(b"camt.052.001.02", b"camt.053.001.02"),
        whole() + camt_054([LINES[0]]),
        (DECLARATION + "<a/>\n").encode() * 1_001,
    ],
    ids=["header only", "anything", "another version", "camt.053", "two kinds", "too many"],
)
def test_another_kind_of_message_is_no_bank_file(content: bytes) -> None:
    with pytest.raises(NoBankFile):
        read_camt(content)


def test_a_message_without_an_account_is_refused() -> None:
    assert rules(message("camt.052", "").encode()) == [(0, "Rpt", "present")]
    assert rules(f'<Document xmlns="{NAMESPACE}camt.052.001.02"/>'.encode()) == [(0, "BkToCstmrAcctRpt", "present")]


@pytest.mark.parametrize("change", [(b"<Sts>BOOK</Sts>", b""), (b"</Rpt>", b""), (b"JPY", b"USD")])
def test_the_headers_password_is_in_no_refusal(change: tuple[bytes, bytes]) -> None:
    content = camt_052(0, LINES, since=DAY, until=NEXT).replace(*change)
    with pytest.raises(WrongBankFile) as refused:
        read_camt(content)

    assert PASSWORD not in f"{refused.value!r} {refused.value} {refused.value.violations}"
    assert refused.value.__cause__ is None
