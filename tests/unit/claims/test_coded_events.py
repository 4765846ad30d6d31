"""coding.completed as claims reads it: only codes that coding was sure of are told to the edits."""

import pytest
from seikyu.coding.v1 import coding_service_pb2
from seikyu.coding.v1.events_pb2 import CodingCompleted

from services.claims.adapters.messages import coded_of, read_codes, read_revision, say_the_same
from services.claims.domain.found_codes import CodeRevision, FoundCode
from services.shared.chassis.messages import DeadLetterReason, Event, PoisonEvent

OF_ANOTHER_VERSION = 99


def completed() -> CodingCompleted:
    message = CodingCompleted(claim_id="clm_1")
    exact = coding_service_pb2.CODING_ROUTE_EXACT
    message.codings.add(line=4, route=exact, disease_code="3459004", modifier_codes=["2056", "8002"])
    message.codings.add(line=5, route=coding_service_pb2.CODING_ROUTE_UNRESOLVED, disease_code="2500013")
    message.codings.add(line=6, disease_code="2500013")
    message.codings.add(line=7, route=exact)
    return message


def test_a_code_of_an_exact_match_is_told_with_its_line_and_modifiers_and_no_other_is() -> None:
    content = completed().SerializeToString()
    event = Event("coding.completed", 0, 0, "clm_1", content, ())

    assert coded_of(event).codes == (FoundCode(4, "3459004", ("2056", "8002")),)
    assert read_codes(content) == coded_of(event).codes


def test_a_decomposed_code_is_told_and_one_for_review_or_no_diagnosis_is_not() -> None:
    message = CodingCompleted(claim_id="clm_1")
    decomposed, review = coding_service_pb2.CODING_ROUTE_DECOMPOSED, coding_service_pb2.CODING_ROUTE_REVIEW
    message.codings.add(line=4, route=decomposed, disease_code="3669004", modifier_codes=["2049"])
    message.codings.add(line=5, route=review, disease_code="7245001", modifier_codes=["1076"])
    message.codings.add(line=6, route=coding_service_pb2.CODING_ROUTE_NOT_A_DIAGNOSIS)

    assert read_codes(message.SerializeToString()) == (FoundCode(4, "3669004", ("2049",)),)


def test_a_route_that_this_version_does_not_know_is_not_one_of_a_sure_code() -> None:
    message = CodingCompleted(claim_id="clm_1")
    message.codings.add(line=4, route=OF_ANOTHER_VERSION, disease_code="3459004")

    assert read_codes(message.SerializeToString()) == ()


def test_a_ranked_code_and_a_reviewer_s_are_told_and_a_reviewer_s_word_that_there_is_none_is_no_code() -> None:
    message = CodingCompleted(claim_id="clm_1")
    reviewed = coding_service_pb2.CODING_ROUTE_REVIEWED
    message.codings.add(line=4, route=coding_service_pb2.CODING_ROUTE_RANKED, disease_code="3459004")
    message.codings.add(line=5, route=reviewed, disease_code="3669004", modifier_codes=["2049"])
    message.codings.add(line=6, route=reviewed)

    assert read_codes(message.SerializeToString()) == (FoundCode(4, "3459004", ()), FoundCode(5, "3669004", ("2049",)))


def test_a_revision_is_told_with_its_number_and_when_it_was_given() -> None:
    message = completed()
    message.revision = 3
    message.completed_time.FromJsonString("2026-04-10T03:00:00Z")
    event = Event("coding.completed", 0, 0, "clm_1", message.SerializeToString(), ())

    assert coded_of(event).revision == 3
    assert read_revision(event.value) == CodeRevision(3, coded_of(event).codes, coded_of(event).completed_at)


def test_a_revision_below_the_first_breaks_the_contract() -> None:
    message = CodingCompleted(claim_id="clm_1", revision=-1)

    with pytest.raises(PoisonEvent) as poison:
        coded_of(Event("coding.completed", 0, 0, "clm_1", message.SerializeToString(), ()))

    assert poison.value.reason is DeadLetterReason.INVALID


def test_two_answers_say_the_same_where_their_lines_do_in_whatever_order_and_by_whichever_coder() -> None:
    one, other, another = completed(), completed(), completed()
    other.coder_version = "later"
    other.codings.sort(key=lambda each: -each.line)
    another.codings[0].modifier_codes.reverse()

    assert say_the_same(one.SerializeToString(), other.SerializeToString())
    assert not say_the_same(one.SerializeToString(), another.SerializeToString())
