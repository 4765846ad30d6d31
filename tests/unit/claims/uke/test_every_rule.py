"""Each rule of form against an example that breaks it, under both profiles."""

import pytest

from services.claims.domain.uke.assess import assess
from services.claims.domain.uke.facts import Assessment
from services.claims.domain.uke.findings import Finding, Profile, Rule, Severity
from services.claims.domain.uke.submission import SubmissionReader
from tests.support import uke
from tests.unit.claims.uke.rule_examples import DONOR, RECEIPTS, SETS, SUMS, Example, with_donor


def _name(example: Example) -> str:
    return f"{example.rule.id}-{example.record or 'set'}"


def _of_set(content: bytes, profile: Profile) -> list[Finding]:
    reader = SubmissionReader(profile)
    receipts = reader.feed(content)
    rest, report = reader.finish()
    return [*report.findings, *(each for receipt in (*receipts, *rest) for each in receipt.assessment.findings)]


def _place(finding: Finding) -> tuple[Rule, int, str, str]:
    return finding.rule, finding.line, finding.record, finding.field


@pytest.mark.parametrize("profile", Profile)
@pytest.mark.parametrize("example", RECEIPTS, ids=_name)
def test_a_receipt_that_breaks_a_rule_is_found_at_its_place(example: Example, profile: Profile) -> None:
    assessment = assess(example.content, profile=profile)

    found = {_place(each): each.severity for each in assessment.findings}
    assert found[tuple(example)[:1] + tuple(example)[2:]] is example.rule.severity(profile)  # type: ignore[index]
    assert assessment.rejected is any(severity is Severity.ERROR for severity in found.values())


@pytest.mark.parametrize("profile", Profile)
@pytest.mark.parametrize("example", SETS, ids=_name)
def test_a_set_that_breaks_a_rule_is_found_at_its_place(example: Example, profile: Profile) -> None:
    found = {_place(each): each.severity for each in _of_set(example.content, profile)}

    assert found[tuple(example)[:1] + tuple(example)[2:]] is example.rule.severity(profile)  # type: ignore[index]


@pytest.mark.parametrize("example", SUMS, ids=_name)
def test_sums_that_differ_are_found_and_reject_nothing(example: Example) -> None:
    facts = assess(example.content).facts

    assert facts is not None
    assert [_place(each) for each in facts.arithmetic] == [tuple(example)[:1] + tuple(example)[2:]]


def test_every_rule_has_an_example() -> None:
    assert {example.rule for example in (*RECEIPTS, *SETS, *SUMS)} == set(Rule)


def test_a_set_that_breaks_no_rule_has_no_finding() -> None:
    assert _of_set(uke.plain_file(3), Profile.STRICT) == []


def test_a_receipt_with_a_donor_that_breaks_no_rule_has_no_finding() -> None:
    assert assess(with_donor(*DONOR)).findings == ()


def test_no_two_rules_share_an_id() -> None:
    assert len({rule.id for rule in Rule}) == len(Rule)


def test_text_in_the_other_encoding_is_told_as_such() -> None:
    named = assess(uke.plain_receipt() + "CO,99,1,810000001,あ\r\n".encode())
    broken = assess(uke.plain_receipt() + b"CO,99,1,810000001,\x81\x20\r\n")

    assert _said(named) == ["the bytes are not Shift_JIS text (they are UTF-8 text)"]
    assert _said(broken) == ["the bytes are not Shift_JIS text"]


def _said(assessment: Assessment) -> list[str]:
    return [each.message for each in assessment.findings if each.rule is Rule.UNDECODABLE]
