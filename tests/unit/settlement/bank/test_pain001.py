"""pain.001.001.03 against its published schema, and against bytes written by hand."""

import base64
import io
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from importlib.resources import files
from xml.etree.ElementTree import Element

import pytest
import xmlschema
from defusedxml.ElementTree import fromstring

from services.settlement.domain.bank.furikomi import MOST_YEN, CannotBeFiled
from services.settlement.domain.bank.pain001 import NAMESPACE, Instruction, Message, Transfer, rendered
from tests.unit.settlement.bank.builders import PAY_DAY, REMITTER, account

NAMES = {"p": NAMESPACE}
TRANSFER = Transfer(
    payee=account("ガッコウ ビョウイン"),
    yen=3_544,
    reference="0000000001",
    customer_code="1310000001",
    remittance="statement,stm_1\r\nclaim,clm_1\r\n",
)
INSTRUCTION = Instruction(instruction_id="1" * 32, remitter=REMITTER, pay_day=PAY_DAY, transfers=[TRANSFER])
MADE_AT = datetime(2026, 12, 1, 9, 30)  # noqa: DTZ001 - written without its offset
MESSAGE = Message(message_id="2" * 32, made_at=MADE_AT, instructions=[INSTRUCTION])
BY_HAND = """<?xml version="1.0" encoding="UTF-8"?>
<Document xmlns="urn:iso:std:iso:20022:tech:xsd:pain.001.001.03">
<CstmrCdtTrfInitn>
<GrpHdr>
<MsgId>22222222222222222222222222222222</MsgId>
<CreDtTm>2026-12-01T09:30:00</CreDtTm>
<NbOfTxs>1</NbOfTxs>
<InitgPty><Id><OrgId><Othr><Id>0123456789</Id><SchmeNm><Cd>BANK</Cd></SchmeNm></Othr></OrgId></Id></InitgPty>
</GrpHdr>
<PmtInf>
<PmtInfId>11111111111111111111111111111111</PmtInfId>
<PmtMtd>TRF</PmtMtd>
<NbOfTxs>1</NbOfTxs>
<CtrlSum>3544</CtrlSum>
<ReqdExctnDt>2026-12-21</ReqdExctnDt>
"""


@pytest.fixture(scope="module")
def schema() -> xmlschema.XMLSchema:
    return xmlschema.XMLSchema(str(files("sepaxml") / "schemas" / "pain.001.001.03.xsd"))


def body(content: bytes) -> Element:
    return fromstring(content)


def text(content: bytes, path: str) -> list[str | None]:
    return [each.text for each in body(content).iterfind(path, NAMES)]


def test_the_message_begins_as_it_was_written_by_hand() -> None:
    assert rendered(MESSAGE).decode().startswith(BY_HAND)


def test_the_message_is_valid_by_its_published_schema(schema: xmlschema.XMLSchema) -> None:
    schema.validate(io.BytesIO(rendered(MESSAGE)))


@pytest.mark.parametrize(
    ("former", "broken"),
    [
        ("<PmtMtd>TRF</PmtMtd>", "<PmtMtd>CASH</PmtMtd>"),
        ("<NbOfTxs>1</NbOfTxs>", "<NbOfTxs>one</NbOfTxs>"),
        ('Ccy="JPY"', 'Ccy="yen"'),
        ("<MsgId>", "<MessageId>"),
        (">3544</InstdAmt>", ">-3544</InstdAmt>"),
        (">22222222222222222222222222222222<", f">{'2' * 36}<"),
    ],
)
def test_the_schema_refuses_a_broken_message(schema: xmlschema.XMLSchema, former: str, broken: str) -> None:
    content = rendered(MESSAGE).decode()
    assert former in content
    told = content.replace(former, broken, 1)
    if broken == "<MessageId>":
        told = told.replace("</MsgId>", "</MessageId>", 1)

    assert not schema.is_valid(io.BytesIO(told.encode()))


def test_the_same_payments_are_the_same_bytes() -> None:
    assert rendered(MESSAGE) == rendered(replace(MESSAGE, instructions=[replace(INSTRUCTION)]))


def test_several_instructions_have_their_own_totals(schema: xmlschema.XMLSchema) -> None:
    second = replace(INSTRUCTION, instruction_id="3" * 32, transfers=[TRANSFER, replace(TRANSFER, yen=MOST_YEN)])
    content = rendered(replace(MESSAGE, instructions=[INSTRUCTION, second]))

    schema.validate(io.BytesIO(content))
    assert text(content, ".//p:PmtInf/p:CtrlSum") == ["3544", str(3_544 + MOST_YEN)]
    assert text(content, ".//p:GrpHdr/p:NbOfTxs") == ["2"]


def test_names_stand_as_the_bank_has_them_and_no_voicing_mark_is_lost() -> None:
    assert text(rendered(MESSAGE), ".//p:Cdtr/p:Nm") == ["ｶﾞﾂｺｳ ﾋﾞﾖｳｲﾝ"]


def test_the_remittance_tells_the_claims_in_lines_of_76_columns(schema: xmlschema.XMLSchema) -> None:
    told = "statement,stm_1\r\n" + "".join(f"claim,clm_{number:032x}\r\n" for number in range(1_000))
    content = rendered(
        replace(MESSAGE, instructions=[replace(INSTRUCTION, transfers=[replace(TRANSFER, remittance=told)])])
    )
    lines: Sequence[str] = [str(each) for each in text(content, ".//p:RmtInf/p:Ustrd")]

    schema.validate(io.BytesIO(content))
    assert lines[:2] == ["Content-Type: text/csv; charset=UTF-8", "Content-Transfer-Encoding: base64"]
    assert {len(line) for line in lines[2:-1]} == {76}
    assert base64.b64decode("".join(lines[2:])).decode() == told


def refused(**changed: object) -> list[tuple[int | None, str, str]]:
    transfer = replace(TRANSFER, **changed)  # type: ignore[arg-type]  # pytest's parameters are objects
    with pytest.raises(CannotBeFiled) as caught:
        rendered(replace(MESSAGE, instructions=[replace(INSTRUCTION, transfers=[transfer])]))
    return [(each.payment, each.field, each.rule) for each in caught.value.reasons]


@pytest.mark.parametrize("yen", [0, -1, MOST_YEN + 1, 2**63])
def test_a_sum_that_no_bank_takes_is_refused(yen: int) -> None:
    assert refused(yen=yen) == [(0, "InstdAmt", "amount")]


def test_an_account_that_no_bank_takes_is_refused_by_field() -> None:
    wrong = replace(TRANSFER.payee, bank="999", branch="99９", number="1234", name="病院")

    assert refused(payee=wrong) == [
        (0, "MmbId", "digits"),
        (0, "BrnchId", "digits"),
        (0, "Id", "digits"),
        (0, "Nm", "alphabet"),
    ]


def test_a_message_of_nothing_is_refused() -> None:
    with pytest.raises(CannotBeFiled):
        rendered(replace(MESSAGE, instructions=[]))
