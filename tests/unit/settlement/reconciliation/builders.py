"""Lines and what is expected of the bank, by hand."""

from datetime import date
from typing import Any

from services.settlement.domain.bank.statements import BankLine, BankStatement, Direction
from services.settlement.domain.reconciliation.expected import Expected, Outgoing, Owed
from services.settlement.domain.reconciliation.placed import PlacedLine
from services.settlement.domain.reconciliation.verdicts import Queued, Why
from tests.support.bank_statements import ACCOUNT

DAY = date(2026, 6, 30)
INSURER, PROGRAMME = "06132013", "21136015"
RETURN_WORDS = ("ﾍﾝｷﾔｸ", "ｸﾐﾓﾄﾞｼ")


def line(yen: int, *, day: date = DAY, **others: Any) -> BankLine:  # noqa: ANN401 - any field of a line
    """Negative yen went out."""
    direction = Direction.IN if yen > 0 else Direction.OUT
    return BankLine(record=2, booked=day, valued=None, direction=direction, yen=abs(yen), **others)


def from_payer(yen: int, payer: str = INSURER) -> BankLine:
    return line(yen, remitter_code=f"00{payer}", remitter="ｹﾝﾎﾟ")


def owed(statement: str, yen: int, *, payer: str = INSURER, received: int = 0, due: date = DAY) -> Owed:
    return Owed(payer_number=payer, statement_id=statement, payable_yen=yen, received_yen=received, due_on=due)


def outgoing(
    payment: str,
    yen: int,
    *,
    batch: str = "batch",
    name: str = "ﾋﾞﾖｳｲﾝ",
    day: date = DAY,
    settled: bool = False,
    account: str = ACCOUNT,
) -> Outgoing:
    return Outgoing(
        payment_id=payment,
        batch_id=batch,
        account=account,
        hospital_code="1310000001",
        payee_name=name,
        reference=payment.rjust(10, "0"),
        yen=yen,
        pays_on=day,
        is_settled=settled,
    )


def expected(*things: Owed | Outgoing, remitters: dict[tuple[str, str], frozenset[str]] | None = None) -> Expected:
    return Expected(
        owed=[each for each in things if isinstance(each, Owed)],
        outgoing=[each for each in things if isinstance(each, Outgoing)],
        payers=frozenset({INSURER, PROGRAMME}),
        remitters=remitters or {},
        return_words=RETURN_WORDS,
    )


def statement(
    opening: int, *lines: BankLine, since: date = DAY, until: date = DAY, closing: int | None = None
) -> BankStatement:
    return BankStatement(
        account=ACCOUNT,
        record=1,
        opening_at=115,
        made_on=until,
        since=since,
        until=until,
        opening_yen=opening,
        closing_yen=opening + sum(each.signed_yen for each in lines) if closing is None else closing,
        lines=lines,
    )


def waiting_line(told: BankLine) -> PlacedLine:
    return PlacedLine(
        line_id="bkl_1",
        account=ACCOUNT,
        position=1,
        file_id="stf_1",
        balance_before=0,
        line=told,
        verdict=Queued(why=Why.UNKNOWN_REMITTER),
    )
