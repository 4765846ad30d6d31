"""Builders of claim files in the official record format, valid under the strict profile unless told otherwise.

Patients and institutions are invented. A builder takes field values by the names of the record layouts, as text, and
gives lines; lines become receipts, receipts become volumes.
"""

from collections.abc import Iterable

from services.claims.domain.uke.document import RECORD_TYPES

LAYOUTS = {record.layout.record: record.layout for record in RECORD_TYPES}
ONCE_ON_THE_7TH = {"days_7": "1"}
END = b"\x1a"
FULL_WIDTH = {ord(digit): ord(digit) + 0xFEE0 for digit in "0123456789"}


def line(record: str, **fields: str) -> str:
    """A line of this record with these fields, all others empty."""
    layout = LAYOUTS[record]
    columns = [record] + [""] * len(layout.fields)
    for name, value in fields.items():
        columns[layout.index_of(name)] = value
    return ",".join(columns)


def head(**fields: str) -> str:
    """RE of an insured outpatient, May 2024."""
    known = {
        "receipt_number": "1",
        "kind": "1112",
        "treatment_month": "202405",
        "name": "見本　太郎",
        "sex": "1",
        "birth_date": "19800101",
        "kana": "ミホンタロウ",
    }
    return line("RE", **known | fields)


def insurer(**fields: str) -> str:
    """HO of an insurer with a right check digit, one day, 73 points."""
    known = {
        "insurer_number": "01130012",
        "symbol": "１２３",
        "member_number": "４５６",
        "days": "1",
        "points": "73",
    }
    return line("HO", **known | fields)


def programme(**fields: str) -> str:
    """KO of a public programme with a right check digit, one day, 73 points."""
    known = {"programme_number": "54130018", "recipient_number": "1234566", "days": "1", "points": "73"}
    return line("KO", **known | fields)


def disease(**fields: str) -> str:
    """SY of a coded diagnosis."""
    known = {"disease_code": "2500013", "start_date": "20240501", "outcome": "1", "main": "01"}
    return line("SY", **known | fields)


def act(**fields: str) -> str:
    """SI: a return visit on the 7th, 73 points."""
    known = {"treatment_section": "12", "share": "1", "item_code": "112007410", "points": "73", "times": "1"}
    return line("SI", **known | ONCE_ON_THE_7TH | fields)


def drug(**fields: str) -> str:
    """IY: a drug on the 7th, in the unit of the line before, without points."""
    known = {"share": "1", "item_code": "620004422", "quantity": "1", "times": "1"}
    return line("IY", **known | ONCE_ON_THE_7TH | fields)


def material(**fields: str) -> str:
    """TO: a material on the 7th, in the unit of the line before, without points."""
    known = {"share": "1", "item_code": "710010001", "quantity": "1", "times": "1"}
    return line("TO", **known | ONCE_ON_THE_7TH | fields)


def comment(**fields: str) -> str:
    """CO: a free comment of the whole receipt."""
    known = {"treatment_section": "99", "share": "1", "comment_code": "810000001", "comment_text": "経過良好"}
    return line("CO", **known | fields)


def receipt(*lines: str) -> bytes:
    """A receipt of these lines."""
    return "".join(f"{each}\r\n" for each in lines).encode("cp932")


def plain_receipt(number: int = 1) -> bytes:
    """An insured outpatient's receipt, each number's another member: one diagnosis, one visit, 73 points."""
    member = insurer(member_number=str(455 + number).translate(FULL_WIDTH))
    return receipt(head(receipt_number=str(number)), member, disease(), act())


def institution(**fields: str) -> str:
    """IR of an invented clinic in Tokyo, claiming in June 2024."""
    known = {
        "agency": "1",
        "prefecture": "13",
        "score_table": "1",
        "institution_code": "0000003",
        "name": "架空診療所",
        "claim_month": "202406",
        "volume": "00",
        "telephone": "03-0000-0000",
    }
    return line("IR", **known | fields)


def totals(count: int | str, points: int | str, volume: str = "99") -> str:
    """GO."""
    return line("GO", count=str(count), points=str(points), volume=volume)


def volume(receipts: Iterable[bytes], closing: str, opening: str | None = None, end: bytes = END) -> bytes:
    """A volume of these receipts between an IR and a GO line."""
    return receipt(institution() if opening is None else opening) + b"".join(receipts) + receipt(closing) + end


def plain_file(count: int = 1) -> bytes:
    """A file of `count` plain receipts whose totals agree."""
    return volume([plain_receipt(number + 1) for number in range(count)], totals(count, 73 * count))
