"""What is told of the codes in force, and of what earlier revisions said."""

from seikyu.claims.v1 import claim_pb2
from seikyu.coding.v1 import coding_service_pb2
from seikyu.coding.v1.events_pb2 import CodingCompleted

from services.claims.entrypoints.code_forms import coded_diagnoses_of

RANKED = coding_service_pb2.CODING_ROUTE_RANKED
REVIEW = coding_service_pb2.CODING_ROUTE_REVIEW
REVIEWED = coding_service_pb2.CODING_ROUTE_REVIEWED
Line = tuple[int, "coding_service_pb2.CodingRoute.ValueType", str]


def answer(revision: int, *lines: Line) -> bytes:
    message = CodingCompleted(claim_id="clm_1", revision=revision)
    for line, route, code in lines:
        message.codings.add(line=line, route=route, disease_code=code)
    return message.SerializeToString()


def told(*answers: bytes, late: tuple[bool, ...] = ()) -> list[claim_pb2.CodedDiagnosis]:
    return coded_diagnoses_of(answers, late or (False,) * len(answers), ())


def test_a_line_is_told_as_the_highest_revision_says_it_with_the_one_since_which_it_does() -> None:
    first = answer(0, (4, RANKED, "3459004"), (5, REVIEW, "2500013"))
    one, other = told(
        first,
        answer(1, (4, RANKED, "3459004"), (5, REVIEWED, "2500015")),
        answer(2, (4, REVIEWED, "3459005"), (5, REVIEWED, "2500015")),
        late=(False, False, True),
    )

    assert (one.disease_code, one.route, one.revision, one.decided_by) == ("3459005", "reviewed", 2, "person")
    assert (other.disease_code, other.revision, other.late, one.late) == ("2500015", 1, False, True)
    assert [(each.revision, each.disease_code, each.decided_by) for each in one.earlier] == [(0, "3459004", "coder")]


def test_what_was_said_before_stands_latest_first_and_a_code_for_review_is_told_by_its_route_only() -> None:
    [line] = told(answer(0, (4, REVIEW, "3459004")), answer(1, (4, REVIEWED, "3459004")), answer(2, (4, REVIEWED, "")))

    assert (line.disease_code, line.route, line.revision) == ("", "reviewed", 2)
    assert [(each.route, each.disease_code) for each in line.earlier] == [("reviewed", "3459004"), ("review", "")]


def test_a_code_that_was_withdrawn_and_came_again_stands_since_it_came_again() -> None:
    [line] = told(answer(0, (4, RANKED, "3459004")), answer(1, (4, REVIEWED, "")), answer(3, (4, RANKED, "3459004")))

    assert (line.disease_code, line.revision) == ("3459004", 3)
    assert [each.revision for each in line.earlier] == [1, 0]


def test_nothing_is_told_before_coding_has_answered_but_which_texts_were_withheld() -> None:
    [withheld] = coded_diagnoses_of((), (), (4,))

    assert (withheld.line, withheld.route, withheld.decided_by) == (4, "withheld", "")
