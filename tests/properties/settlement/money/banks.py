"""What the banks of the machine send: statements and notices of one account or several, in either form, and results."""

from collections.abc import Mapping, Sequence
from datetime import date

from tests.properties.settlement.money.bank_model import Account, Line
from tests.support import bank_statements, camt

Told = tuple[Account, int, int]
"""An account, and which of its lines are told: from, to."""
STATUSES = {"accepted": "ACCP", "refused": "RJCT", "pending": "PDNG"}


def statement_of(told: Sequence[Told], today: date) -> bytes:
    """入出金取引明細, or camt.052 where the bank of the first account writes XML; the others' banks then do as well."""
    if told[0][0].is_xml:
        reports = "".join(_report(each, today) for each in told)
        return (camt.HEADER + camt.message("camt.052", reports)).encode()
    return bank_statements.ended([row for each in told for row in _rows(each, today)], accounts=len(told))


def notice_of(account: Account, lines: Sequence[Line], *, is_cancelled: bool) -> bytes:
    """振込入金通知, or camt.054, of money that came in or is taken back."""
    told = [_line(each, is_xml=account.is_xml, is_cancelled=is_cancelled) for each in lines]
    if account.is_xml:
        return camt.camt_054(told, account=account.number)
    return bank_statements.notice_file(told, account=account.number)


def result_of(message: str, whole: str, payments: Mapping[str, str], number: int) -> bytes:
    """pain.002: what the bank says of a message as a whole, and of payments by reference; results differ by number."""
    about = "".join(
        f"<TxInfAndSts><OrgnlEndToEndId>{reference}</OrgnlEndToEndId><TxSts>{STATUSES[word]}</TxSts></TxInfAndSts>"
        for reference, word in payments.items()
    )
    told = f"<OrgnlPmtInfAndSts><OrgnlPmtInfId>0</OrgnlPmtInfId>{about}</OrgnlPmtInfAndSts>" if about else ""
    return (
        f'{camt.DECLARATION}<Document xmlns="{camt.NAMESPACE}pain.002.001.03"><CstmrPmtStsRpt>'
        f"<GrpHdr><MsgId>R{number}</MsgId><CreDtTm>2026-07-01T08:00:00</CreDtTm></GrpHdr><OrgnlGrpInfAndSts>"
        f"<OrgnlMsgId>{message}</OrgnlMsgId><GrpSts>{STATUSES[whole]}</GrpSts></OrgnlGrpInfAndSts>"
        f"{told}</CstmrPmtStsRpt></Document>"
    ).encode()


def _report(told: Told, today: date) -> str:
    account, first, until = told
    lines = [_line(each, is_xml=True) for each in account.lines[first:until]]
    since = lines[0].day if lines else today
    return camt.report(
        account.yen(first),
        [*map(camt.entry, lines)],
        account.yen(until),
        since=since,
        until=today,
        account=account.number,
    )


def _rows(told: Told, today: date) -> Sequence[bytes]:
    account, first, until = told
    lines = [_line(each, is_xml=False) for each in account.lines[first:until]]
    since = lines[0].day if lines else today
    return bank_statements.statement_rows(account.yen(first), lines, since=since, until=today, account=account.number)


def _line(line: Line, *, is_xml: bool, is_cancelled: bool = False) -> bank_statements.Line:
    """As the bank's file has it: the payer in 依頼人コード, or in XML in the remittance."""
    in_xml = line.reference or line.payer
    return bank_statements.Line(
        day=line.day,
        yen=line.yen,
        number=str(line.number),
        code=line.payer.rjust(10, "0") if line.payer else "",
        name=line.name,
        narrative="ｼｷﾝﾍﾝｷﾔｸ" if line.says_return else "",
        edi=in_xml if is_xml else line.reference,
        cancelled=is_cancelled,
    )
