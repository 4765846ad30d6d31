"""What a found code was to a decision: not seen, seen, or what it depended on."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from services.claims.application.coded_claims import CodeUse, use_of
from services.claims.application.explaining import KeptDecision
from services.claims.application.registrations import NOTHING_REGISTERED
from services.claims.domain.found_codes import FoundCode
from tests.contracts.claims.builders import HOSPITAL
from tests.support.coded_visits import CONTRADICTS, NAMED, OTHER, UNKNOWN, VisitMasters, visits


def decision(*codes: FoundCode) -> KeptDecision:
    """A decision that saw these codes."""
    [receipt] = visits(HOSPITAL)
    return KeptDecision(
        receipt=receipt.submitted.receipt,
        hospital_code=HOSPITAL,
        claim_month="202406",
        decided_at=datetime(2024, 7, 10, tzinfo=UTC),
        notes=(),
        reasons=(),
        billed_points=73,
        reduced_yen=0,
        codes=codes,
    )


async def use(code: FoundCode, kept: KeptDecision, *, demands: bool) -> CodeUse:
    return await use_of(code, kept, VisitMasters(demands=demands), NOTHING_REGISTERED)


@pytest.mark.parametrize(
    ("code", "demands", "wanted"),
    [
        (NAMED, True, CodeUse.DEPENDED),
        (NAMED, False, CodeUse.SEEN),
        (OTHER, True, CodeUse.SEEN),
        (CONTRADICTS, False, CodeUse.DEPENDED),
        (UNKNOWN, True, CodeUse.SEEN),
    ],
    ids=["names what is demanded", "nothing is demanded", "another disease", "the other sex", "not believed"],
)
async def test_a_decision_depends_on_a_code_where_the_rules_would_do_something_else_without_it(
    code: FoundCode, demands: bool, wanted: CodeUse
) -> None:
    assert await use(code, decision(code), demands=demands) is wanted


async def test_a_code_that_the_decision_did_not_see_or_saw_on_another_line_is_not_seen() -> None:
    elsewhere = replace_line(NAMED)

    assert await use(NAMED, decision(), demands=True) is CodeUse.NOT_SEEN
    assert await use(NAMED, decision(OTHER), demands=True) is CodeUse.NOT_SEEN
    assert await use(NAMED, decision(elsewhere), demands=True) is CodeUse.NOT_SEEN


async def test_a_code_is_the_same_whatever_its_modifiers_were_at_the_decision() -> None:
    seen = NAMED._replace(modifiers=("8002",))

    assert await use(NAMED, decision(seen), demands=True) is CodeUse.DEPENDED


async def test_of_a_receipt_that_is_read_no_longer_nobody_can_say() -> None:
    kept = replace(decision(NAMED), receipt=b"RE,1\r\n")

    assert await use(NAMED, kept, demands=True) is CodeUse.UNKNOWN


def replace_line(code: FoundCode) -> FoundCode:
    return code._replace(line=code.line + 1)
