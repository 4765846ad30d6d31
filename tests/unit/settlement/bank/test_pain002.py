"""What a bank says of payments, as messages written by hand."""

import pytest

from services.settlement.domain.bank.pain002 import NoResult, Said, Verdict, read_pain002

NAMESPACE = "urn:iso:std:iso:20022:tech:xsd:pain.002.001.03"


def message(parts: str, *, group: str = "", namespace: str = NAMESPACE) -> bytes:
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<Document xmlns="{namespace}"><CstmrPmtStsRpt>
<GrpHdr><MsgId>bank-1</MsgId><CreDtTm>2026-12-01T10:00:00</CreDtTm></GrpHdr>
<OrgnlGrpInfAndSts><OrgnlMsgId>m1</OrgnlMsgId><OrgnlMsgNmId>pain.001.001.03</OrgnlMsgNmId>{group}</OrgnlGrpInfAndSts>
{parts}</CstmrPmtStsRpt></Document>""".encode()


def payment(reference: str, status: str, reason: str = "") -> str:
    why = f"<StsRsnInf><Rsn><Cd>{reason}</Cd></Rsn></StsRsnInf>" if reason else ""
    about = f"<OrgnlEndToEndId>{reference}</OrgnlEndToEndId>"
    return f"<TxInfAndSts>{about}<TxSts>{status}</TxSts>{why}</TxInfAndSts>"


def instruction(parts: str, status: str = "") -> str:
    told = f"<PmtInfSts>{status}</PmtInfSts>" if status else ""
    return f"<OrgnlPmtInfAndSts><OrgnlPmtInfId>i1</OrgnlPmtInfId>{told}{parts}</OrgnlPmtInfAndSts>"


HEADER = b'<?xml version="1.0"?><AppHdr xmlns="urn:iso:std:iso:20022:tech:xsd:head.001.001.01"><Fr>secret</Fr></AppHdr>'
DOCTYPE = b'<!DOCTYPE Document [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;&a;">]>'


def test_payments_are_accepted_refused_with_the_bank_s_reason_or_pending() -> None:
    parts = payment("0000000001", "ACCP") + payment("0000000002", "RJCT", "AC01") + payment("0000000003", "PDNG")

    report = read_pain002(message(instruction(parts, "PART"), group="<GrpSts>PART</GrpSts>"))

    assert (report.message_id, report.message) == ("m1", Verdict.PENDING)
    assert report.instructions == [Said(about="i1", verdict=Verdict.PENDING, reason="")]
    assert report.payments == [
        Said(about="0000000001", verdict=Verdict.ACCEPTED, reason=""),
        Said(about="0000000002", verdict=Verdict.REFUSED, reason="AC01"),
        Said(about="0000000003", verdict=Verdict.PENDING, reason=""),
    ]


def own_words(words: str) -> bytes:
    why = f"<StsRsnInf><Rsn><Prtry>{words}</Prtry></Rsn></StsRsnInf>"
    return message(instruction(payment("1", "RJCT").replace("</TxSts>", f"</TxSts>{why}")))


@pytest.mark.parametrize(
    ("words", "kept"),
    [
        ("ｺｳｻﾞﾅｼ", "ｺｳｻﾞﾅｼ"),
        ("x" * 35, "x" * 35),
        ("x" * 36, "x" * 34 + "…"),
        ("x" * 100_000, "x" * 34 + "…"),
        ("no\n  such\taccount", "no such account"),
        ("a\u009bb\u202ec\u200bd&#x85;e", "abcd e"),
    ],
)
def test_a_bank_s_own_words_are_bounded_and_printable(words: str, kept: str) -> None:
    assert read_pain002(own_words(words)).payments[0].reason == kept


@pytest.mark.parametrize(
    ("content", "field"),
    [
        (message(instruction(payment("1", "RJCT", "AC012"))), "Cd"),
        (message(instruction(payment("1" * 36, "RJCT"))), "OrgnlEndToEndId"),
        (message("").replace(b"m1", b"m" * 36), "OrgnlMsgId"),
        (message(instruction("")).replace(b"i1", b"i" * 36), "OrgnlPmtInfId"),
    ],
)
def test_what_is_longer_than_its_type_is_refused_by_its_name_and_not_told(content: bytes, field: str) -> None:
    with pytest.raises(NoResult, match=f"^{field}: ") as caught:
        read_pain002(content)

    assert "more than" in str(caught.value)
    assert len(str(caught.value)) < 100


def test_a_whole_message_may_be_accepted_without_a_word_on_its_payments() -> None:
    report = read_pain002(message("", group="<GrpSts>ACCP</GrpSts>"))

    assert (report.message, report.instructions, report.payments) == (Verdict.ACCEPTED, [], [])


def test_a_business_header_before_the_message_is_left_unread() -> None:
    assert read_pain002(HEADER + message("", group="<GrpSts>RJCT</GrpSts>")).message is Verdict.REFUSED


def test_a_later_version_of_the_message_is_read_as_well() -> None:
    later = message(instruction(payment("1", "ACSC")), namespace=NAMESPACE[:-2] + "10")

    assert read_pain002(later).payments[0].verdict is Verdict.ACCEPTED


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"not XML",
        message("")[:-5],
        message("", namespace="urn:iso:std:iso:20022:tech:xsd:pain.001.001.03"),
        message("").replace(b"OrgnlGrpInfAndSts", b"Other"),
        message(instruction(payment("1", "WHAT"))),
        message(instruction(payment("", "ACCP"))),
        message(instruction(payment("1", "ACCP") + payment("1", "RJCT"))),
        message("") + message(""),
        HEADER,
        message("").replace(b"<Document", DOCTYPE + b"<Document", 1),
        message("").replace(b"m1", b"&a;").replace(b"<Document", DOCTYPE + b"<Document", 1),
    ],
)
def test_what_is_no_result_is_refused_without_telling_what_stands_in_it(content: bytes) -> None:
    with pytest.raises(NoResult) as caught:
        read_pain002(content)

    assert "secret" not in str(caught.value)
