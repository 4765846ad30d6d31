"""pain.001.001.03: payments as ISO 20022 XML, in the profile of 全銀EDIシステム (ZEDI). The same bytes for the same.

Refuses what the schema or a bank would not take; texts are those of 総合振込 in the same characters. The business
header (head.001) is not written: it carries the sender's password, which is the bank connection's matter.

Totals stand in each PmtInf; the group header counts PmtInf, as ZEDI has it. Source: ISO 20022 pain.001.001.03; the
mapping of ZEDI's fields as zengin4j documents it (one implementation [U]).
"""

import base64
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from xml.sax.saxutils import escape

from services.settlement.domain.bank.characters import Alphabet, NotWritable, read, written
from services.settlement.domain.bank.furikomi import MOST_YEN, Account, CannotBeFiled, Remitter, Unpayable

NAMESPACE: Final = "urn:iso:std:iso:20022:tech:xsd:pain.001.001.03"
CLEARING: Final = "JPZGN"
"""全銀システム, as ExternalClearingSystemIdentification1Code names it."""
ENCODED_COLUMNS: Final = 57
"""Bytes that base64 makes a line of 76 columns of."""
WIRE: Final = "7"
"""振込指定区分: テレ(電信)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Transfer:
    """One payment: `reference` of up to 35 characters comes back; `remittance` is a text for the payee's system."""

    payee: Account
    yen: int
    reference: str
    customer_code: str
    remittance: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Instruction:
    """PmtInf: payments from one account on one day. `instruction_id`: up to 35 characters."""

    instruction_id: str
    remitter: Remitter
    pay_day: date
    transfers: Sequence[Transfer]


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """A whole message. `made_at` is written without its offset, as ZEDI has it: give the time of Tokyo."""

    message_id: str
    made_at: datetime
    instructions: Sequence[Instruction]


def rendered(message: Message) -> bytes:
    """The message in UTF-8. Raises CannotBeFiled."""
    reasons = [reason for number, each in enumerate(message.instructions) for reason in _reasons(number, each)]
    if reasons or not message.instructions:
        raise CannotBeFiled(reasons)
    return "\n".join(_lines(message)).encode() + b"\n"


def _reasons(number: int, instruction: Instruction) -> Iterator[Unpayable]:
    yield from _account_reasons(number, None, instruction.remitter.account)
    for place, each in enumerate(instruction.transfers):
        if not 1 <= each.yen <= MOST_YEN:
            said = "is not 1 to 9,999,999,999"
            yield Unpayable(payment=place, field="InstdAmt", rule="amount", said=said, group=number)
        yield from _account_reasons(number, place, each.payee)


def _account_reasons(group: int, payment: int | None, account: Account) -> Iterator[Unpayable]:
    for field, told, length in (("MmbId", account.bank, 4), ("BrnchId", account.branch, 3), ("Id", account.number, 7)):
        if len(told) != length or not (told.isascii() and told.isdigit()):
            yield Unpayable(payment=payment, field=field, rule="digits", said=f"is not {length} digits", group=group)
    try:
        if not written(account.name, Alphabet.NAME).strip():
            yield Unpayable(payment=payment, field="Nm", rule="required", said="is empty", group=group)
    except NotWritable as refused:
        yield Unpayable(
            payment=payment, field="Nm", rule="alphabet", said=str(refused), offset=refused.place, group=group
        )


def _lines(message: Message) -> Iterator[str]:
    yield '<?xml version="1.0" encoding="UTF-8"?>'
    yield f'<Document xmlns="{NAMESPACE}">'
    yield "<CstmrCdtTrfInitn>"
    yield "<GrpHdr>"
    yield _text("MsgId", message.message_id)
    yield _text("CreDtTm", message.made_at.strftime("%Y-%m-%dT%H:%M:%S"))
    yield _text("NbOfTxs", str(len(message.instructions)))
    yield f"<InitgPty>{_remitter_id(message.instructions[0].remitter)}</InitgPty>"
    yield "</GrpHdr>"
    for each in message.instructions:
        yield from _instruction(each)
    yield "</CstmrCdtTrfInitn>"
    yield "</Document>"


def _instruction(instruction: Instruction) -> Iterator[str]:
    remitter = instruction.remitter
    yield "<PmtInf>"
    yield _text("PmtInfId", instruction.instruction_id)
    yield _text("PmtMtd", "TRF")
    yield _text("NbOfTxs", str(len(instruction.transfers)))
    yield _text("CtrlSum", str(_total(instruction)))
    yield _text("ReqdExctnDt", instruction.pay_day.isoformat())
    yield f"<Dbtr>{_remitter_id(remitter)}</Dbtr>"
    yield _account("DbtrAcct", remitter.account)
    yield _agent("DbtrAgt", remitter.account)
    yield f"<UltmtDbtr>{_name(remitter.account)}</UltmtDbtr>"
    for each in instruction.transfers:
        yield from _transfer(each)
    yield "</PmtInf>"


def _transfer(each: Transfer) -> Iterator[str]:
    yield "<CdtTrfTxInf>"
    yield f"<PmtId>{_text('InstrId', each.reference)}{_text('EndToEndId', each.reference)}</PmtId>"
    yield f'<Amt><InstdAmt Ccy="JPY">{each.yen}</InstdAmt></Amt>'
    yield _agent("CdtrAgt", each.payee)
    codes = (("Customer Code1", each.reference), ("Customer Code2", each.customer_code))
    others = "".join(
        f"<Othr>{_text('Id', code)}<SchmeNm>{_text('Prtry', name)}</SchmeNm></Othr>" for name, code in codes if code
    )
    yield f"<Cdtr>{_name(each.payee)}<Id><OrgId>{others}</OrgId></Id></Cdtr>"
    yield _account("CdtrAcct", each.payee)
    yield f"<InstrForCdtrAgt>{_text('InstrInf', WIRE)}</InstrForCdtrAgt>"
    yield f"<Purp>{_text('Prtry', '0')}</Purp>"
    yield f"<RmtInf>{''.join(_text('Ustrd', line) for line in _remittance(each.remittance))}</RmtInf>"
    yield "</CdtTrfTxInf>"


def _remittance(text: str) -> Iterator[str]:
    """EDI情報: MIME headers, then base64 in lines of 76 columns; an empty line is none in this schema."""
    yield "Content-Type: text/csv; charset=UTF-8"
    yield "Content-Transfer-Encoding: base64"
    content = text.encode()
    for at in range(0, len(content), ENCODED_COLUMNS):
        yield base64.b64encode(content[at : at + ENCODED_COLUMNS]).decode()


def _total(instruction: Instruction) -> int:
    return sum(each.yen for each in instruction.transfers)


def _remitter_id(remitter: Remitter) -> str:
    """委託者コード."""
    scheme = f"<SchmeNm>{_text('Cd', 'BANK')}</SchmeNm>"
    return f"<Id><OrgId><Othr>{_text('Id', remitter.code)}{scheme}</Othr></OrgId></Id>"


def _agent(tag: str, account: Account) -> str:
    system = f"<ClrSysId>{_text('Cd', CLEARING)}</ClrSysId>"
    member = f"<ClrSysMmbId>{system}{_text('MmbId', account.bank)}</ClrSysMmbId>"
    branch = f"<BrnchId>{_text('Id', account.branch)}</BrnchId>"
    return f"<{tag}><FinInstnId>{member}</FinInstnId>{branch}</{tag}>"


def _account(tag: str, account: Account) -> str:
    number = f"<Id><Othr>{_text('Id', account.number)}</Othr></Id>"
    return f"<{tag}>{number}<Tp>{_text('Prtry', account.kind.value)}</Tp>{_text('Ccy', 'JPY')}</{tag}>"


def _name(account: Account) -> str:
    return _text("Nm", read(written(account.name, Alphabet.NAME)).strip(" "))


def _text(tag: str, told: str) -> str:
    return f"<{tag}>{escape(told)}</{tag}>"
