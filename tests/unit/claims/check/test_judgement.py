"""What the check says of a finding is what the decision does with it."""

import pytest
from seikyu.claims.v1 import explanation_pb2

from services.claims.adapters.explanations import finding_of
from services.claims.domain.adjudication import adjudicate, asks_a_person
from services.claims.domain.edits.edit import Edit, Severity
from services.claims.domain.edits.finding import EditFinding
from services.claims.domain.examination import Examination
from services.claims.domain.outcome import Outcome
from tests.unit.claims.adjudication.builders import billed, covered, insurer

PLAIN = billed([insurer(100)], [("1", 100)])


def finding(edit: Edit, before: int | None, after: int | None) -> EditFinding:
    return EditFinding(edit=edit, line=4, detail="", points_before=before, points_after=after)


@pytest.mark.parametrize("edit", Edit)
@pytest.mark.parametrize(("before", "after"), [(None, None), (100, None), (100, 40)])
def test_a_finding_is_told_as_referred_if_and_only_if_it_asks_a_person(
    edit: Edit, before: int | None, after: int | None
) -> None:
    found = finding(edit, before, after)

    assert (finding_of(found).effect == explanation_pb2.RULE_EFFECT_REFER) is asks_a_person(found)


def test_a_cut_that_no_machine_can_size_is_told_as_it_is_decided() -> None:
    edit = next(each for each in Edit if each.severity is Severity.REDUCE)
    unsized = finding(edit, 100, None)
    decision = adjudicate(PLAIN, covered(PLAIN), Examination(findings=(unsized,), units=(), loaded=frozenset()))

    assert decision.outcome is Outcome.PENDED
    assert finding_of(unsized).effect == explanation_pb2.RULE_EFFECT_REFER
