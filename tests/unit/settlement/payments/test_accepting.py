import pytest

from services.settlement.application.accepting import UnknownReferences, judged
from services.settlement.application.payment_book import Sent
from services.settlement.domain.bank.pain002 import Report, Said, Verdict

SENT = [
    Sent(payment_id="pay_1", instruction="i1", reference="1"),
    Sent(payment_id="pay_2", instruction="i1", reference="2"),
    Sent(payment_id="pay_3", instruction="i2", reference="3"),
]


def said(about: str, verdict: Verdict) -> Said:
    return Said(about=about, verdict=verdict, reason="")


def verdicts(report: Report) -> dict[str, Verdict]:
    return {payment: each.verdict for payment, each in judged(report, SENT).items()}


def test_what_is_said_of_the_message_holds_of_every_payment() -> None:
    report = Report(message_id="m", message=Verdict.ACCEPTED, instructions=[], payments=[])

    assert set(verdicts(report).values()) == {Verdict.ACCEPTED}


def test_what_is_said_of_a_payment_holds_before_its_instruction_and_that_before_the_message() -> None:
    report = Report(
        message_id="m",
        message=Verdict.ACCEPTED,
        instructions=[said("i1", Verdict.REFUSED)],
        payments=[said("2", Verdict.PENDING)],
    )

    assert verdicts(report) == {
        "pay_1": Verdict.REFUSED,
        "pay_2": Verdict.PENDING,
        "pay_3": Verdict.ACCEPTED,
    }


def test_of_what_nothing_is_said_nothing_is_decided() -> None:
    report = Report(message_id="m", message=None, instructions=[], payments=[said("1", Verdict.ACCEPTED)])

    assert [each for each, verdict in verdicts(report).items() if verdict is Verdict.PENDING] == ["pay_2", "pay_3"]


@pytest.mark.parametrize(
    ("instructions", "payments"),
    [([said("i9", Verdict.ACCEPTED)], []), ([], [said("1", Verdict.ACCEPTED), said("9", Verdict.ACCEPTED)])],
)
def test_a_reference_that_was_never_sent_refuses_the_whole(instructions: list[Said], payments: list[Said]) -> None:
    report = Report(message_id="m", message=None, instructions=instructions, payments=payments)

    with pytest.raises(UnknownReferences) as caught:
        judged(report, SENT)
    assert len(caught.value.references) == 1
