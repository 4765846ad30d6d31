"""Every kind of fault planted into raw records is found by its edit, on its line; its innocent neighbour is not.

The masters are the official files; the faults come from a planter that knows neither them nor the edits.
"""

import pytest

from services.claims.domain.edits.edit import Edit, Severity
from services.claims.domain.edits.finding import EditFinding
from services.claims.domain.examination import effect_of
from services.claims.domain.uke.findings import Rule
from tests.mutations.catalogue import FAULTS
from tests.mutations.planted import Fault, Planted
from tests.mutations.scenes import Stage
from tests.mutations.seen import seen
from tests.support.official_data import official_data
from tests.support.valid_receipts.masters import read_masters

SUMS = {rule.id for rule in Rule if rule.id.startswith("sum.")}
"""縦計 is compared when a receipt is read, and reduced or returned by the decision itself."""


@pytest.fixture(scope="module")
def stage() -> Stage:
    return Stage(read_masters(official_data("masters")))


@pytest.fixture(params=list(FAULTS.values()), ids=list(FAULTS))
def fault(request: pytest.FixtureRequest) -> Fault:
    found = request.param
    assert isinstance(found, Fault)
    return found


@pytest.fixture
def planted(stage: Stage, fault: Fault) -> Planted:
    return fault.plant(stage)


def test_the_fault_is_found_by_its_edit_with_its_official_code(fault: Fault, planted: Planted) -> None:
    case = seen(planted.guilty)
    found = [each for each in case.findings if each.edit.id == fault.edit]

    if fault.edit in SUMS:
        assert [each.rule.id for each in case.form] == [fault.edit]
    else:
        assert found, [(each.edit.id, each.line, each.detail) for each in case.findings]
        assert {each.edit.official_code for each in found} == {fault.official_code}


def test_the_fault_is_found_on_the_line_to_blame(fault: Fault, planted: Planted) -> None:
    lines = {each.line for each in seen(planted.guilty).findings if each.edit.id == fault.edit}

    assert not planted.line or lines == {planted.line}


def test_nothing_stops_the_innocent_neighbour(planted: Planted) -> None:
    case = seen(planted.innocent)

    assert [said(each) for each in case.findings if each.edit.severity is not Severity.NOTE] == []
    assert case.form == ()


def test_the_edit_says_nothing_of_the_innocent_neighbour(fault: Fault, planted: Planted) -> None:
    assert [said(each) for each in seen(planted.innocent).findings if each.edit.id == fault.edit] == []


def test_a_reduction_leaves_less_than_was_declared_or_says_that_a_person_must(planted: Planted) -> None:
    cuts = [
        each
        for each in seen(planted.guilty).findings
        if each.edit.severity is Severity.REDUCE and effect_of(each) is not Severity.NOTE
    ]

    for each in cuts:
        assert each.points_before is not None
        assert each.points_after is None or 0 <= each.points_after < each.points_before


def test_what_is_expected_are_edits_that_there_are() -> None:
    known = {edit.id for edit in Edit} | SUMS

    assert {fault.edit for fault in FAULTS.values()} - known == set()


def test_every_edit_has_a_fault_that_it_must_find() -> None:
    assert {edit.id for edit in Edit} - {fault.edit for fault in FAULTS.values()} == set()


def said(finding: EditFinding) -> tuple[str, int, str]:
    return finding.edit.id, finding.line, finding.detail
