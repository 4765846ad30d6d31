"""Page tokens, access rows, metrics' labels, statuses."""

import grpc
import pytest
from google.rpc import error_details_pb2

from services.shared.chassis.access import allow
from services.shared.chassis.identity import Principal, PrincipalKind, Role
from services.shared.chassis.metrics import Count, Duration
from services.shared.chassis.page_tokens import read_page_token, write_page_token
from services.shared.chassis.rpc_errors import RpcRefusal, Violation, status_of
from tests.support.edge import MemoryTelemetry

FILTER = ("hospital:1310000001", "202204", "approved")


def test_a_page_token_gives_back_its_position_and_the_empty_one_is_the_first_page() -> None:
    token = write_page_token(["2022-05-10T00:00:00Z", "clm_1"], bound_to=FILTER)

    assert read_page_token(token, bound_to=FILTER) == ("2022-05-10T00:00:00Z", "clm_1")
    assert read_page_token("", bound_to=FILTER) is None


@pytest.mark.parametrize("other", [("hospital:1310000002", "202204", "approved"), ("hospital:1310000001", "202204")])
def test_a_page_token_of_another_caller_or_filter_is_refused(other: tuple[str, ...]) -> None:
    token = write_page_token(["clm_1"], bound_to=FILTER)

    with pytest.raises(RpcRefusal) as caught:
        read_page_token(token, bound_to=other)

    assert caught.value.violations[0].field == "page_token"


@pytest.mark.parametrize("token", ["!", "AAAA", "請求", "A" * 3_000, write_page_token(["a"], bound_to=FILTER)[:-2]])
def test_a_malformed_page_token_is_refused(token: str) -> None:
    with pytest.raises(RpcRefusal):
        read_page_token(token, bound_to=FILTER)


def test_an_access_row_admits_the_kinds_it_names_and_no_operator_by_default() -> None:
    row = allow(PrincipalKind.PAYER, PrincipalKind.OPERATOR)

    assert row.admits(Principal(kind=PrincipalKind.PAYER, id="06132013"))
    assert not row.admits(Principal(kind=PrincipalKind.HOSPITAL, id="1310000001"))
    assert not row.admits(Principal(kind=PrincipalKind.OPERATOR, id="kiku", roles=frozenset({Role.ADMIN})))


def test_an_operator_needs_the_role_and_an_admin_has_every_role() -> None:
    row = allow(operator=Role.VIEWER)

    assert row.admits(Principal(kind=PrincipalKind.OPERATOR, id="a", roles=frozenset({Role.VIEWER})))
    assert row.admits(Principal(kind=PrincipalKind.OPERATOR, id="a", roles=frozenset({Role.ADMIN})))
    assert not row.admits(Principal(kind=PrincipalKind.OPERATOR, id="a"))


def test_a_label_that_an_instrument_does_not_declare_is_refused() -> None:
    metrics = MemoryTelemetry().build().metrics

    with pytest.raises(ValueError, match=r"seikyu\.claims has no label hospital"):
        metrics.add(Count.CLAIMS, 1, stage="received", hospital="1310000001")


def test_no_instrument_has_a_label_for_a_person_a_claim_a_hospital_or_a_payer() -> None:
    labels = {label for item in (*Count, *Duration) for label in item.labels}

    assert not labels & {
        "hospital",
        "payer",
        "claim",
        "claim_id",
        "member",
        "member_key",
        "patient",
        "caller",
        "trace_id",
    }


def test_counts_and_durations_arrive_under_their_conventional_names() -> None:
    memory = MemoryTelemetry()
    metrics = memory.build().metrics

    metrics.add(Count.CONSUMED, 7, topic="claims.received", group="eligibility", outcome="applied")

    assert memory.counted("messaging.client.consumed.messages") == {
        (
            ("messaging.consumer.group.name", "eligibility"),
            ("messaging.destination.name", "claims.received"),
            ("messaging.operation.name", "process"),
            ("messaging.system", "kafka"),
            ("seikyu.outcome", "applied"),
        ): 7
    }


def test_a_status_holds_reason_violations_retry_and_request_id() -> None:
    refusal = RpcRefusal(
        grpc.StatusCode.INVALID_ARGUMENT,
        "INVALID_REQUEST",
        "the request breaks a rule of its fields",
        violations=[Violation(field="text", rule="string.min_len", description="must be at least 1 characters")],
        retry_after_s=0.25,
    )

    status = status_of(refusal, "ab" * 16)

    kinds = [detail.TypeName() for detail in status.details]
    assert status.code == 3
    assert kinds == [
        "google.rpc.ErrorInfo",
        "google.rpc.RequestInfo",
        "google.rpc.BadRequest",
        "google.rpc.RetryInfo",
    ]
    bad = error_details_pb2.BadRequest()
    status.details[2].Unpack(bad)
    assert bad.field_violations[0].reason == "string.min_len"
