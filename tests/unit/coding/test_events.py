import pytest
from seikyu.coding.v1 import events_pb2

from services.coding.adapters.events import read_request
from services.coding.domain.verify import Patient, Sex
from services.shared.chassis.messages import DeadLetterReason, Event, PoisonEvent

CLAIM = "clm_" + "a" * 32
HEADERS = {"ce_id": "evt_" + "b" * 32, "traceparent": f"00-{'c' * 32}-{'d' * 16}-00"}


def event(value: bytes, *, key: str = CLAIM, **changed: str) -> Event:
    headers = HEADERS | changed
    return Event("coding.requested", 0, 0, key, value, [(name, text.encode()) for name, text in headers.items()])


def value(
    *lines: int, claim_id: str = CLAIM, month: str = "202410", text: str = "病", sex: int = 0, age: int = 0
) -> bytes:
    mentions = [events_pb2.Mention(line=line, text=text) for line in lines]
    message = events_pb2.CodingRequested(
        claim_id=claim_id, treatment_month=month, mentions=mentions, sex=sex, age_band_years=age
    )
    return message.SerializeToString()


def test_a_request_is_read_with_its_cause_and_its_trace() -> None:
    request = read_request(event(value(3, 7)))

    assert request.key == (CLAIM, HEADERS["ce_id"])
    assert request.traceparent == HEADERS["traceparent"]
    assert [mention.line for mention in request.mentions] == [3, 7]


@pytest.mark.parametrize(
    ("sex", "age", "patient"),
    [
        (2, 60, Patient(sex=Sex.FEMALE, age_band_years=60)),
        (1, 0, Patient(sex=Sex.MALE, age_band_years=0)),
        (0, 0, Patient()),
    ],
)
def test_sex_and_age_band_are_read_where_a_sex_is_told(sex: int, age: int, patient: Patient) -> None:
    assert read_request(event(value(1, sex=sex, age=age))).patient == patient


def test_bytes_that_are_no_message_are_unreadable() -> None:
    with pytest.raises(PoisonEvent) as poison:
        read_request(event(b"\xff\xff"))

    assert poison.value.reason is DeadLetterReason.UNREADABLE


@pytest.mark.parametrize(
    "bad",
    [
        event(value()),
        event(value(3, 3)),
        event(value(0)),
        event(value(1, month="202413")),
        event(value(1, claim_id="clm_1"), key="clm_1"),
        event(value(1), key="clm_" + "b" * 32),
        event(value(1, text="病" * 201)),
        event(value(1, sex=3)),
        event(value(1, sex=1, age=65)),
        event(value(1), ce_id=""),
        event(value(1), traceparent=""),
    ],
    ids=[
        "nothing",
        "a line twice",
        "line 0",
        "month 13",
        "claim id",
        "other key",
        "long text",
        "sex 3",
        "age 65",
        "no id",
        "no trace",
    ],
)
def test_a_request_that_breaks_its_contract_is_invalid(bad: Event) -> None:
    with pytest.raises(PoisonEvent) as poison:
        read_request(bad)

    assert poison.value.reason is DeadLetterReason.INVALID
