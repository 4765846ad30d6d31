"""GetClaim explains a stored decision from its receipt and the masters that the process holds."""

from dataclasses import replace
from pathlib import Path

import asyncpg
from seikyu.claims.v1 import claim_pb2

from infra.local.databases import ServiceDatabase
from services.claims.adapters.postgres_reads import ClaimReads
from services.claims.application.intake import assess_all
from services.claims.application.model import Agency, Submitted
from services.claims.domain.uke.findings import Profile
from services.claims.entrypoints.explained import explain
from services.claims.entrypoints.forms import claim_of
from services.shared.chassis.postgres import Database
from tests.integration.claims.test_ledger import HOSPITAL, accept, covered, decide, new_intake
from tests.support.kept_masters import kept_return_visit
from tests.support.uke import plain_receipt


async def test_a_decided_claim_tells_its_lines_and_the_knowledge_they_rest_on(
    database: Database, tmp_path: Path
) -> None:
    masters = kept_return_visit(tmp_path)
    submitted = Submitted(place=0, agency=Agency.SSK, claim_month="202406", receipt=plain_receipt())
    (assessed,) = assess_all(HOSPITAL, [submitted], Profile.LENIENT)
    intake = new_intake()
    (answer,) = await accept(database, [assessed], intake)
    assert answer.claim_id is not None
    waiting = await _read(database, answer.claim_id)
    await decide(database, [covered(answer.claim_id, assessed)], intake.recent)

    told = await explain(await _read(database, answer.claim_id), database, masters)

    (unit,) = told.decision.explanation.units
    (line,) = unit.lines
    assert (line.line, line.record, line.item_code) == (4, "SI", "112007410")
    assert (unit.declared_points, unit.priced_points, unit.allowed_points) == (73, 73, 73)
    assert list(told.decision.explanation.schedule.loaded_kinds) == ["act"]
    assert list(told.decision.explanation.notes) == []
    steps = [(step.text, step.yen) for step in told.decision.explanation.share_steps if step.step == "step"]
    assert steps[0] == ("lines of the insurance: the copay ratio: 73 points x 10 yen x 3/10 = 219", 219)
    assert told.decision.patient_yen == 219
    assert not waiting.decision.HasField("explanation")
    assert await explain(waiting, database, masters) == waiting


async def _read(database: Database, claim_id: str) -> claim_pb2.Claim:
    row = await ClaimReads(database).get(claim_id, None)
    assert row is not None
    return claim_of(row)


async def test_nothing_is_allowed_of_a_returned_claim(database: Database, tmp_path: Path) -> None:
    masters = kept_return_visit(tmp_path)
    submitted = Submitted(place=0, agency=Agency.SSK, claim_month="202406", receipt=plain_receipt())
    (assessed,) = assess_all(HOSPITAL, [submitted], Profile.LENIENT)
    intake = new_intake()
    (answer,) = await accept(database, [assessed], intake)
    assert answer.claim_id is not None
    known = covered(answer.claim_id, assessed)
    refused = tuple(replace(cover, covered=False, reason="ENDED") for cover in known.covers)
    await decide(database, [replace(known, covers=refused)], intake.recent)

    told = await explain(await _read(database, answer.claim_id), database, masters)

    (unit,) = told.decision.explanation.units
    assert told.state == claim_pb2.CLAIM_STATE_RETURNED
    assert (unit.priced_points, unit.HasField("allowed_points")) == (73, False)
    assert list(told.decision.explanation.share_steps) == []


async def test_of_a_receipt_that_is_read_no_longer_the_explanation_says_just_that(
    database: Database, migrated: ServiceDatabase, tmp_path: Path
) -> None:
    """As after an upgrade whose rules of form are stricter; only the owner of the tables can bring it about."""
    (assessed,) = assess_all(
        HOSPITAL,
        [Submitted(place=0, agency=Agency.SSK, claim_month="202406", receipt=plain_receipt())],
        Profile.LENIENT,
    )
    intake = new_intake()
    (answer,) = await accept(database, [assessed], intake)
    assert answer.claim_id is not None
    await decide(database, [covered(answer.claim_id, assessed)], intake.recent)
    owner = await asyncpg.connect(migrated.owner_dsn)
    await owner.execute("UPDATE claim SET receipt = $1", b"RE,broken\r\n")
    await owner.close()

    told = await explain(await _read(database, answer.claim_id), database, kept_return_visit(tmp_path))

    assert told.decision.patient_yen == 219, "what was decided stands"
    assert list(told.decision.explanation.notes) == ["receipt_unreadable"]
    assert not told.decision.explanation.units
