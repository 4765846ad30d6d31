"""Receipts of one invented patient whose every personal datum is a canary, one receipt per way through the platform."""

from datetime import date
from typing import Final

from services.shared.kernel.months import Month
from tests.support.canaries import Canaries, birth_forms
from tests.support.uke import act, comment, disease, head, insurer, line, programme, receipt, totals, volume

HOSPITAL: Final = "1310000003"
INSURER: Final = "01130012"
PROGRAMME: Final = "54130018"
CLAIM_MONTH: Final = "202406"
LAST_MONTH: Final = Month(2024, 6)
BIRTH: Final = date(1963, 9, 17)
NAME, READING = "鸚鵡院　瑠璃之介", "オウムインルリノスケ"
SYMBOL, NUMBER = "９７５３１８６４", "２４６８０１３５７"
STRANGERS_NUMBER = "８０２４６９１３５"
"""A member whom the insurer does not know."""
RECIPIENT = "7531862"
CHART = "86420975"
TELEPHONE = "０９０－１３５７－９２４６"
COMMENT = f"鸚鵡院様の母より電話あり {TELEPHONE}".replace(" ", "　")
NARRATIVE = "瑠璃之介殿は昭和３８年９月１７日生、渡り鳥を追って転倒した。"
PASSED = "孔雀寺様より感染した渡り鳥熱"
"""Free text that names somebody else: the identifier screen knows the patient only and lets it pass to coding."""
CODED = "高血圧症"
"""Free text with a code in the master; no canary, for it stands in the master itself."""
WITHHELD = "鸚鵡院瑠璃之介氏の不眠"
"""Free text that names the patient: it never leaves claims."""

CANARIES: Final = Canaries(
    {
        "name": NAME,
        "family name": "鸚鵡院",
        "given name": "瑠璃之介",
        "reading": READING,
        "symbol": SYMBOL,
        "number": NUMBER,
        "symbol and number": SYMBOL + NUMBER,
        "stranger's number": STRANGERS_NUMBER,
        "recipient's number": RECIPIENT,
        "chart": CHART,
        "telephone": TELEPHONE,
        "telephone digits": "09013579246",
        "comment": COMMENT,
        "narrative": NARRATIVE,
        "free text": "渡り鳥",
        "passed text": PASSED,
        "somebody else": "孔雀寺",
        "withheld text": WITHHELD,
        **birth_forms(BIRTH),
    }
)


def patient(number: int, *, marks: str = "", kind: str = "1112", **fields: str) -> str:
    """RE of the patient; each receipt is of a month of its own, for a second one of a month would be a duplicate."""
    known = {
        "receipt_number": str(number),
        "kind": kind,
        "treatment_month": str(LAST_MONTH.plus(-number)),
        "name": NAME,
        "kana": READING,
        "birth_date": f"{BIRTH:%Y%m%d}",
        "special_marks": marks,
        "chart_number": CHART,
    }
    return head(**known | fields)


def member(number: str = NUMBER, **fields: str) -> str:
    """HO of the patient."""
    return insurer(**{"symbol": SYMBOL, "member_number": number} | fields)


def said() -> tuple[str, str]:
    """A comment and a description of symptoms that name the patient."""
    return comment(comment_text=COMMENT), line("SJ", narrative_class="07", narrative=NARRATIVE)


def illness(**fields: str) -> str:
    """SY that began before any of the months."""
    return disease(**{"start_date": "20211001"} | fields)


def uncoded(*texts: str) -> tuple[str, ...]:
    """Diagnoses as free text."""
    return tuple(illness(disease_code="0000999", name=text) for text in texts)


def approved(number: int) -> bytes:
    """Covered, and shared with a public programme."""
    shared = programme(recipient_number=RECIPIENT, burden_yen="100")
    return receipt(patient(number, kind="1122"), member(), shared, illness(), act(share="2"), *said())


def returned(number: int) -> bytes:
    """Not covered."""
    return receipt(patient(number), member(STRANGERS_NUMBER), illness(), act(), *said())


def pended(number: int) -> bytes:
    """An injury by a third party."""
    return receipt(patient(number, marks="10"), member(), illness(), act(), *said())


def reduced(number: int) -> bytes:
    """More is declared than the lines hold."""
    return receipt(patient(number), member(points="80"), illness(), act(), *said())


def with_texts(number: int) -> bytes:
    """Diagnoses as free text: one that has a code, one that has none, one that names the patient."""
    return receipt(patient(number), member(), *uncoded(CODED, PASSED, WITHHELD), act(), *said())


def refused() -> list[bytes]:
    """Receipts whose form is wrong just where the personal data stand."""
    return [
        receipt(patient(1, birth_date="3380917"), member(), illness(), act()),
        receipt(patient(1, birth_date=BIRTH.isoformat()), member(), illness(), act()),
        receipt(patient(1, name="ｵｳﾑｲﾝ ﾙﾘﾉｽｹ", sex=CHART), member(), illness(), act()),
        receipt(patient(1), member(insurer_number="97531864A"), illness(), act()),
        receipt(
            patient(1), member(symbol="97531864", member_number="24680135A"), illness(), act(), comment(share=CHART)
        ),
        receipt(patient(1), member(), illness(start_date="S380917"), act()),
        receipt(patient(1), member(), *uncoded("ｵｳﾑｲﾝの不眠"), act(), f"ZZ,{NAME},{SYMBOL}"),
        receipt(patient(1), member(points=CHART + "A"), illness(), act(), NAME),
        "\r\n".join([patient(1), member(), illness(), act(), *said(), ""]).encode(),
        NAME.encode("utf-16"),
    ]


def broken_file() -> bytes:
    """A file whose frame is wrong: totals, order, and bytes that are no records."""
    return volume([approved(1), returned(1), NAME.encode("utf-8") + b"\r\n"], totals(7, CHART)) + NAME.encode("cp932")
