"""A decision is explained with the codes that it saw, and with no others."""

from datetime import UTC, datetime

from services.claims.adapters.explanations import found_diagnoses_of
from services.claims.application.explaining import ExaminedAgain, KeptDecision, examined_again
from services.claims.application.registrations import NOTHING_REGISTERED
from services.claims.domain.found_codes import FoundCode
from tests.contracts.claims.builders import HOSPITAL
from tests.support.coded_visits import EPILEPSY, LINE, NAMED, UNKNOWN, VisitMasters, visits


async def explained(*codes: FoundCode) -> ExaminedAgain:
    [receipt] = visits(HOSPITAL)
    kept = KeptDecision(
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
    again = await examined_again(kept, VisitMasters(), NOTHING_REGISTERED)
    assert again is not None
    return again


async def test_the_codes_that_a_decision_saw_explain_why_it_passed() -> None:
    beside, without = await explained(NAMED), await explained()

    assert [each.edit.id for each in beside.examination.findings] == ["coding.names-disease"]
    assert [each.edit.id for each in without.examination.findings] == ["disease.asked-for-uncoded"]
    assert without.found == ()


async def test_a_found_code_is_told_by_its_name_in_the_master_where_there_is_one() -> None:
    known, strange = await explained(NAMED), await explained(UNKNOWN)
    named, unknown = (found_diagnoses_of(each.found, each.schedule) for each in (known, strange))

    assert [(each.line, each.disease_code, each.name) for each in named] == [(LINE, EPILEPSY, "病")]
    assert [(each.disease_code, each.name) for each in unknown] == [("9999999", "")]
