"""camt.052.001.02 and camt.054.001.02 as ZEDI gives them: 入出金取引明細 and 振込入金通知 in XML.

A file of ZEDI is a business header and the message behind one another, each with an XML declaration of its own: it is
cut there before anything is parsed. Nothing is expanded and no document type is read. Of the header only the kind of
message is looked at: it may hold a password. What is wrong is told by entry, byte offset and rule, never with a value.
Sources: ISO 20022 camt.052.001.02, camt.054.001.02; the use of fields as for pain.001 in ZEDI [one implementation; U].
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from itertools import pairwise
from typing import Final
from xml.etree.ElementTree import Element, ParseError, TreeBuilder

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import DefusedXMLParser
from typing_extensions import override

from services.settlement.domain.bank.records import NoBankFile, Violation, violation
from services.settlement.domain.bank.statements import (
    BankFile,
    BankLine,
    BankStatement,
    Direction,
    Source,
    WrongBankFile,
)
from services.shared.kernel.months import BUSINESS_ZONE

DECLARATION: Final = re.compile(rb"<\?xml[ \t\r\n]")
UTF8_MARK: Final = b"\xef\xbb\xbf"
BLANKS: Final = b" \t\r\n"
HEADER: Final = "head.001.001."
NAMESPACE: Final = "urn:iso:std:iso:20022:tech:xsd:"
MESSAGES: Final = {
    f"{NAMESPACE}camt.052.001.02": (Source.CAMT_052, "BkToCstmrAcctRpt", "Rpt"),
    f"{NAMESPACE}camt.054.001.02": (Source.CAMT_054, "BkToCstmrDbtCdtNtfctn", "Ntfctn"),
}
MOST_DOCUMENTS: Final = 1_000
MOST_YEN: Final = 10**14
FIRST_DAY: Final = date(1970, 1, 1)
LAST_DAY: Final = date(2199, 12, 31)
"""Days beyond are refused: some days are added to what is kept, and the calendar ends."""
DAY_LENGTH: Final = 10
"""Of YYYY-MM-DD."""
OPENING: Final = ("OPBD", "PRCD")
CLOSING: Final = ("CLBD", "ITBD")
BOOKED: Final = "BOOK"
MOST_TEXT: Final = 400
"""Characters that are kept of a text; the file keeps all."""
ACCOUNT_NUMBER: Final = re.compile(r"0*(\d{7})")
ACCOUNT_TYPES: Final = frozenset("1249")


class Placed(Element):
    """An element that knows the byte it begins at."""

    at: int = 0


class _PlacingBuilder(TreeBuilder):
    """Builds Placed elements; `where` tells the byte that the parser is at."""

    where: Callable[[], int]

    @override
    def start(self, tag: str, attrs: dict[str, str], /) -> Element:
        element = super().start(tag, attrs)
        if isinstance(element, Placed):
            element.at = self.where()
        return element


@dataclass(slots=True)
class _Reading:
    """What was found wrong, and which entry of the file is being read: 0 outside of entries."""

    namespace: str
    entry: int = 0
    entries: int = 0
    wrong: list[Violation] = field(default_factory=list)

    def tell(self, near: Element, name: str, rule: str, said: str) -> None:
        self.wrong.append(violation(self.entry, (getattr(near, "at", 0), name), rule, said))

    def child(self, parent: Element, path: str) -> Element | None:
        return parent.find("/".join(f"{{{self.namespace}}}{step}" for step in path.split("/")))

    def children(self, parent: Element, name: str) -> list[Element]:
        return parent.findall(f"{{{self.namespace}}}{name}")

    def text(self, parent: Element, path: str) -> str:
        found = self.child(parent, path)
        return (found.text or "").strip()[:MOST_TEXT] if found is not None else ""

    def needed(self, parent: Element, path: str) -> str:
        told = self.text(parent, path)
        if not told:
            self.tell(parent, path, "present", "is missing or empty")
        return told


def read_camt(content: bytes) -> BankFile:
    """The statements of a file of one or more messages. Raises WrongBankFile, NoBankFile."""
    messages = [root for root in _documents(content) if HEADER not in root.tag]
    if not messages:
        raise NoBankFile("the XML holds no message, or a header only")
    kinds = {_namespace(root) for root in messages}
    if len(kinds) > 1 or not kinds <= MESSAGES.keys():
        known = ", ".join(name.removeprefix(NAMESPACE) for name in MESSAGES)
        raise NoBankFile(f"the XML is of none of the kinds that are read, or of more than one: {known}")
    namespace = kinds.pop()
    source, _, _ = MESSAGES[namespace]
    reading = _Reading(namespace)
    statements = tuple(_statements(messages, source, reading))
    if not statements and not reading.wrong:
        reading.tell(messages[0], "Rpt", "present", "the message tells of no account")
    if reading.wrong:
        raise WrongBankFile(reading.wrong)
    return BankFile(source=source, statements=statements)


def _documents(content: bytes) -> Iterator[Element]:
    """The roots of the documents that stand behind one another."""
    starts = [found.start() for found in DECLARATION.finditer(content)]
    if len(starts) > MOST_DOCUMENTS:
        raise NoBankFile(f"the file holds more than {MOST_DOCUMENTS} documents")
    number = 0
    for begin, end in pairwise([0, *starts, len(content)]):
        document = content[begin:end].lstrip(UTF8_MARK + BLANKS)
        if document:
            number += 1
            yield _parsed(document, number, end - len(document))


def _parsed(document: bytes, number: int, begin: int) -> Element:
    builder = _PlacingBuilder(element_factory=Placed)
    parser = DefusedXMLParser(target=builder, forbid_dtd=True)
    builder.where = lambda: begin + parser.parser.CurrentByteIndex
    try:
        parser.feed(document)
        root: Element = parser.close()
    except (ParseError, ValueError, LookupError) as fault:
        rule = "safe" if isinstance(fault, DefusedXmlException) else "well_formed"
        said = "has a document type or an entity" if rule == "safe" else "is no well-formed XML"
        at = begin + max(parser.parser.ErrorByteIndex, 0)
        raise WrongBankFile([violation(number, (at, "document"), rule, said)]) from None
    return root


def _namespace(root: Element) -> str:
    return root.tag[1:].partition("}")[0] if root.tag.startswith("{") else ""


def _statements(messages: list[Element], source: Source, reading: _Reading) -> Iterator[BankStatement]:
    _, outer, inner = MESSAGES[reading.namespace]
    for root in messages:
        message = reading.child(root, outer)
        if message is None:
            reading.tell(root, outer, "present", "is missing")
            continue
        for told in reading.children(message, inner):
            reading.entry = 0
            yield _statement(message, told, source, reading)


def _statement(message: Element, told: Element, source: Source, reading: _Reading) -> BankStatement:
    account = _account(told, reading)
    made = _day(reading.needed(message, "GrpHdr/CreDtTm"), message, "GrpHdr/CreDtTm", reading)
    opening, closing = (
        (_balance(told, OPENING, reading), _balance(told, CLOSING, reading))
        if source.proves_a_balance
        else (None, None)
    )
    lines = tuple(line for entry in reading.children(told, "Ntry") for line in _line(entry, source, reading))
    reading.entry = 0
    since, until = _span(told, lines, made, reading)
    for line in lines:
        if not since <= line.booked <= until:
            reading.entry = line.record
            reading.tell(told, "Ntry/BookgDt", "span", "lies outside of the days of FrToDt")
    return BankStatement(
        account=account,
        record=0,
        opening_at=getattr(told, "at", 0),
        made_on=made,
        since=since,
        until=until,
        opening_yen=opening,
        closing_yen=closing,
        lines=lines,
    )


def _account(told: Element, reading: _Reading) -> str:
    """Bank, branch, 預金種目 and number as the fixed-length files have them."""
    bank = reading.needed(told, "Acct/Svcr/FinInstnId/ClrSysMmbId/MmbId")
    branch = reading.needed(told, "Acct/Svcr/BrnchId/Id")
    kind = reading.text(told, "Acct/Tp/Prtry") or reading.needed(told, "Acct/Tp/Cd")
    number = ACCOUNT_NUMBER.fullmatch(reading.needed(told, "Acct/Id/Othr/Id"))
    if number is None or kind not in ACCOUNT_TYPES or not re.fullmatch(r"\d{4}/\d{3}", f"{bank}/{branch}", re.ASCII):
        reading.tell(told, "Acct", "account", "is no bank of 4 digits, branch of 3, 預金種目 and number of 7")
        return ""
    return bank + branch + kind + number[1]


def _balance(told: Element, codes: tuple[str, ...], reading: _Reading) -> int | None:
    """The first balance of the first of these codes that is there."""
    for code in codes:
        for each in reading.children(told, "Bal"):
            if reading.text(each, "Tp/CdOrPrtry/Cd") == code:
                yen = _yen(each, reading)
                if yen and _direction(each, reading) is Direction.OUT:
                    reading.tell(each, "Bal", "overdrawn", "is below zero, which no account of this platform may be")
                return yen
    reading.tell(told, "Bal", "present", f"has no balance of {' or '.join(codes)}")
    return None


def _span(told: Element, lines: tuple[BankLine, ...], made: date, reading: _Reading) -> tuple[date, date]:
    """FrToDt where it is told, else the days of the lines, else the day on which it was made."""
    if reading.child(told, "FrToDt") is None:
        days = [line.booked for line in lines] or [made]
        return min(days), max(days)
    since = _day(reading.needed(told, "FrToDt/FrDtTm"), told, "FrToDt/FrDtTm", reading)
    until = _day(reading.needed(told, "FrToDt/ToDtTm"), told, "FrToDt/ToDtTm", reading)
    if until < since:
        reading.tell(told, "FrToDt", "span", "ends before it begins")
    return since, until


def _line(entry: Element, source: Source, reading: _Reading) -> Iterator[BankLine]:
    """What is booked; what is announced or pending is told again once it is."""
    reading.entries += 1
    reading.entry = reading.entries
    if reading.needed(entry, "Sts") != BOOKED:
        return
    direction = _direction(entry, reading)
    is_back = reading.text(entry, "RvslInd").lower() in {"true", "1"}
    if source is Source.CAMT_054 and direction is Direction.OUT and not is_back:
        return  # a notice of money that went out announces nothing that is expected
    parties = _only_transaction(entry, reading)
    booked = _day(_day_text(entry, "BookgDt", reading), entry, "BookgDt", reading)
    valued = _day_text(entry, "ValDt", reading, needed=False)
    yield BankLine(
        record=reading.entry,
        booked=booked,
        valued=_day(valued, entry, "ValDt", reading) if valued else None,
        direction=Direction.IN if source is Source.CAMT_054 else direction,
        yen=_yen(entry, reading),
        dealing=reading.text(entry, "BkTxCd/Prtry/Cd"),
        inquiry_number=reading.text(entry, "AcctSvcrRef") or reading.text(entry, "NtryRef"),
        remitter_code=_first(parties, reading, "RltdPties/Dbtr/Id/OrgId/Othr/Id"),
        remitter=_first(parties, reading, "RltdPties/UltmtDbtr/Nm", "RltdPties/Dbtr/Nm"),
        from_bank=_first(parties, reading, "RltdAgts/DbtrAgt/FinInstnId/ClrSysMmbId/MmbId"),
        from_branch=_first(parties, reading, "RltdAgts/DbtrAgt/BrnchId/Id"),
        narrative=reading.text(entry, "AddtlNtryInf") or _first(parties, reading, "AddtlTxInf"),
        edi=_first(parties, reading, "RmtInf/Strd/CdtrRefInf/Ref", "Refs/EndToEndId", "RmtInf/Ustrd"),
        is_cancelled=is_back and source is Source.CAMT_054,
    )


def _only_transaction(entry: Element, reading: _Reading) -> Element:
    """The details of an entry that is one transaction; of several nobody's name is told: a person looks."""
    found = [each for details in reading.children(entry, "NtryDtls") for each in reading.children(details, "TxDtls")]
    return found[0] if len(found) == 1 else entry


def _first(parent: Element, reading: _Reading, *paths: str) -> str:
    return next((told for path in paths if (told := reading.text(parent, path))), "")


def _direction(near: Element, reading: _Reading) -> Direction:
    told = reading.needed(near, "CdtDbtInd")
    if told not in {"CRDT", "DBIT", ""}:
        reading.tell(near, "CdtDbtInd", "known", "is neither CRDT nor DBIT")
    return Direction.OUT if told == "DBIT" else Direction.IN


def _yen(near: Element, reading: _Reading) -> int:
    """Whole yen; 0 where it is wrong, which is told."""
    amount = reading.child(near, "Amt")
    told = reading.needed(near, "Amt")
    if amount is not None and amount.get("Ccy") != "JPY":
        reading.tell(near, "Amt", "currency", "is not in JPY")
    try:
        yen = Decimal(told or "0")
    except InvalidOperation:
        yen = Decimal("NaN")
    if not yen.is_finite() or yen != yen.to_integral_value() or not 0 <= yen <= MOST_YEN:
        reading.tell(near, "Amt", "amount", "is no whole number of yen")
        return 0
    if yen == 0 and near.tag.endswith("}Ntry"):
        reading.tell(near, "Amt", "amount", "is 0")
    return int(yen)


def _day_text(entry: Element, name: str, reading: _Reading, *, needed: bool = True) -> str:
    told = reading.text(entry, f"{name}/Dt") or reading.text(entry, f"{name}/DtTm")
    if not told and needed:
        reading.tell(entry, name, "present", "is missing or empty")
    return told


def _day(told: str, near: Element, name: str, reading: _Reading) -> date:
    """The day of YYYY-MM-DD, or that in Tokyo of a time; a time without an offset is Tokyo's."""
    try:
        day = _day_in_tokyo(told)
    except (ValueError, OverflowError):
        if told:
            reading.tell(near, name, "calendar", "is no day of the calendar, YYYY-MM-DD")
        return date.min
    if not FIRST_DAY <= day <= LAST_DAY:
        reading.tell(near, name, "century", "is no day on which a bank books")
    return day


def _day_in_tokyo(told: str) -> date:
    """24:00 is the end of its day. Raises ValueError, OverflowError."""
    day = date.fromisoformat(told[:DAY_LENGTH])
    if told[DAY_LENGTH : DAY_LENGTH + 1] != "T":
        return day
    moment = datetime.fromisoformat(told.replace("T24:00", "T00:00"))
    return moment.date() if moment.tzinfo is None else moment.astimezone(BUSINESS_ZONE).date()
