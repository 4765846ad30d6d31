"""pain.002: what a bank says of the payments it was given (受付結果), for a message, an instruction or one payment.

A file of ZEDI is a business header and the message behind one another, each with an XML declaration of its own: it is
cut there, and headers, which may hold a password, are not looked at. Nothing is expanded, no document type is read, and
what is wrong is told without what stands there. Source: ISO 20022 pain.002.001.03 and later.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Final
from xml.etree.ElementTree import Element, ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring

DECLARATION: Final = re.compile(rb"<\?xml[ \t\r\n]")
NAMESPACE: Final = re.compile(r"\{(urn:iso:std:iso:20022:tech:xsd:pain\.002\.001\.(\d\d))\}Document")
HEADER: Final = "head.001.001."
MOST_DOCUMENTS: Final = 10
MOST_STATUSES: Final = 1_000_000


LONGEST_ID: Final = 35
"""Max35Text: ids of messages, instructions and payments, and a bank's own words for a reason (Rsn/Prtry)."""
LONGEST_CODE: Final = 4
"""ExternalStatusReason1Code."""
CUT: Final = "…"
"""At the end of a bank's own words that were longer than they may be."""


class Verdict(Enum):
    """What a status says."""

    ACCEPTED = "accepted"
    REFUSED = "refused"
    PENDING = "pending"
    """Not decided yet, or decided one by one."""


VERDICTS: Final = {
    **dict.fromkeys(("ACTC", "ACCP", "ACSP", "ACSC", "ACWC"), Verdict.ACCEPTED),
    "RJCT": Verdict.REFUSED,
    **dict.fromkeys(("PDNG", "RCVD", "PART"), Verdict.PENDING),
}
"""ExternalPaymentGroupStatus1Code and its kin."""


class NoResult(Exception):
    """The file is no result that can be read; the message says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """A status. `about`: our id of what it is about. `reason`: the bank's code, such as AC01, or its own words.

    The reason may be empty. Words have printable characters alone and at most LONGEST_ID, the last of them CUT where
    there were more.
    """

    about: str
    verdict: Verdict
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What a bank says of one message; what is not said of a part holds of the whole."""

    message_id: str
    message: Verdict | None
    instructions: Sequence[Said]
    payments: Sequence[Said]


def read_pain002(content: bytes) -> Report:
    """The one report of the file. Raises NoResult."""
    roots = [root for root in _documents(content) if HEADER not in root.tag]
    if len(roots) != 1:
        raise NoResult("the file does not hold exactly one message")
    found = NAMESPACE.fullmatch(roots[0].tag)
    report = roots[0][0] if found is not None and len(roots[0]) == 1 else None
    if found is None or report is None:
        raise NoResult("the message is no pain.002")
    return _report(report, {"p": found[1]})


def _report(report: Element, names: dict[str, str]) -> Report:
    group = report.find("p:OrgnlGrpInfAndSts", names)
    if group is None:
        raise NoResult("the message does not say what it is about")
    status = _text(group, "p:GrpSts", names)
    instructions, payments = [], []
    for each in report.findall("p:OrgnlPmtInfAndSts", names):
        instruction = _id(each, "p:OrgnlPmtInfId", names)
        if told := _text(each, "p:PmtInfSts", names):
            instructions.append(_said(each, instruction, told, names))
        for one in each.findall("p:TxInfAndSts", names):
            told = _text(one, "p:TxSts", names)
            payments.append(_said(one, _id(one, "p:OrgnlEndToEndId", names), told, names))
    if len(payments) > MOST_STATUSES:
        raise NoResult(f"the message holds more than {MOST_STATUSES:,} payments")
    if len({each.about for each in payments}) < len(payments):
        raise NoResult("the message says two things of one payment")
    return Report(
        message_id=_id(group, "p:OrgnlMsgId", names),
        message=_verdict(status) if status else None,
        instructions=instructions,
        payments=payments,
    )


def _said(element: Element, about: str, status: str, names: dict[str, str]) -> Said:
    if not about:
        raise NoResult("a status does not say what it is about")
    code = _text(element, "p:StsRsnInf/p:Rsn/p:Cd", names)
    if len(code) > LONGEST_CODE:
        raise NoResult(f"Cd: a reason's code has more than {LONGEST_CODE} characters")
    words = _text(element, "p:StsRsnInf/p:Rsn/p:Prtry", names)
    if len(words) > LONGEST_ID:
        words = words[: LONGEST_ID - len(CUT)] + CUT
    return Said(about=about, verdict=_verdict(status), reason=code or words)


def _verdict(status: str) -> Verdict:
    if status not in VERDICTS:
        raise NoResult(f"a status is none of {', '.join(VERDICTS)}")
    return VERDICTS[status]


def _id(element: Element, path: str, names: dict[str, str]) -> str:
    told = _text(element, path, names)
    if len(told) > LONGEST_ID:
        raise NoResult(f"{path.removeprefix('p:')}: an id has more than {LONGEST_ID} characters")
    return told


def _text(element: Element, path: str, names: dict[str, str]) -> str:
    """Printable characters alone, on one line."""
    found = " ".join((element.findtext(path, default="", namespaces=names) or "").split())
    return "".join(filter(str.isprintable, found))


def _documents(content: bytes) -> Iterator[Element]:
    starts = [found.start() for found in DECLARATION.finditer(content)] or [0]
    if len(starts) > MOST_DOCUMENTS:
        raise NoResult(f"the file holds more than {MOST_DOCUMENTS} documents")
    for begin, end in zip(starts, [*starts[1:], len(content)], strict=True):
        try:
            yield fromstring(content[begin:end].strip(), forbid_dtd=True)
        except (ParseError, DefusedXmlException, ValueError) as fault:
            raise NoResult("the file is no XML that may be read") from fault
