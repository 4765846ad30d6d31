"""Why a person decided: kept with the decision, shown to the hospital, told to nobody else."""

import asyncpg
import grpc
import grpc.aio
import pytest
from seikyu.claims.v1 import (
    claim_pb2,
    claim_service_pb2,
    claim_service_pb2_grpc,
    correction_service_pb2,
)

from tests.integration.claims.test_ledger import HOSPITAL
from tests.integration.corrections.site import ACCEPTED, CUT, DEADLINE_S, OWN, UNCLEAR, WORDS, Site, reason_of
from tests.integration.corrections.world import PAYER


async def test_a_person_accepts_what_a_rule_pended_and_settlement_pays_it(site: Site) -> None:
    claim_id = await site.world.pended()
    before = await site.claim(claim_id)
    done = await site.decide_pended(correction_service_pb2.DecidePendedRequest(claim_id=claim_id, accepted=ACCEPTED))
    claim = await site.claim(claim_id)
    await site.world.settle(shuffled=4)

    assert before.state == claim_pb2.CLAIM_STATE_PENDED
    assert done.state == claim.state == claim_pb2.CLAIM_STATE_APPROVED
    assert (claim.decision.cause, claim.decision.number) == (claim_pb2.DECISION_CAUSE_PERSON_DECIDED, 2)
    assert "accepted_by_person" in claim.decision.notes
    assert await site.world.balances() == {f"hospital:{HOSPITAL}": 511, f"payer:{PAYER}": -511}
    assert await site.world.faults() == ()
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await site.decide_pended(correction_service_pb2.DecidePendedRequest(claim_id=claim_id, accepted=ACCEPTED))
    assert reason_of(refused) == (grpc.StatusCode.FAILED_PRECONDITION, "NOT_PENDED")


async def test_why_a_person_decided_stands_in_the_claim_its_timeline_and_the_hospitals_file(site: Site) -> None:
    claim_id = await site.world.pended()
    await site.decide_pended(
        correction_service_pb2.DecidePendedRequest(claim_id=claim_id, returned=UNCLEAR, note=WORDS)
    )
    claim = await site.claim(claim_id)

    assert [(each.reason, each.note, each.asked_by) for each in claim.corrections] == [
        ("TREATMENT", WORDS, "operator:ops")
    ]
    assert [(each.stage, each.reason) for each in claim.timeline][-1] == ("redecided", "TREATMENT")
    request = claim_service_pb2.DownloadOutcomesRequest(
        file=claim_service_pb2.OUTCOME_FILE_RETURNS,
        review_agency=claim_pb2.REVIEW_AGENCY_SSK,
        claim_month=claim.claim_month,
    )
    stub = claim_service_pb2_grpc.ClaimServiceStub(site.channel(OWN))
    file = b"".join([each.chunk async for each in stub.DownloadOutcomes(request, timeout=DEADLINE_S)])
    assert f"診療内容の照会：{WORDS}" in file.decode("cp932")


async def test_why_a_review_came_out_as_it_did_is_kept_whatever_came_out(site: Site) -> None:
    upheld, cut, returned = await site.world.decided(3)
    outcomes = {
        upheld: correction_service_pb2.DecideReviewRequest(
            upheld=correction_service_pb2.ReviewUpheld(reason=correction_service_pb2.UPHOLD_REASON_NOTHING_NEW)
        ),
        cut: correction_service_pb2.DecideReviewRequest(reduced=CUT, note=WORDS),
        returned: correction_service_pb2.DecideReviewRequest(returned=UNCLEAR),
    }
    kept = {}
    for claim_id, request in outcomes.items():
        request.claim_id = claim_id
        await site.review(claim_id)
        await site.decide(request)
        last = (await site.claim(claim_id)).corrections[-1]
        kept[claim_id] = (last.reason, last.note)

    assert kept == {upheld: ("NOTHING_NEW", ""), cut: ("B", WORDS), returned: ("TREATMENT", "")}


async def test_words_of_a_person_s_stand_in_no_event_and_no_answer_that_is_kept(site: Site) -> None:
    [claim_id] = await site.world.decided()
    await site.review(claim_id)
    await site.decide(correction_service_pb2.DecideReviewRequest(claim_id=claim_id, returned=UNCLEAR, note=WORDS))

    connection = await asyncpg.connect(site.world.claims_dsn)
    tables = [row[0] for row in await connection.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")]
    holding = []
    for table in tables:
        if await connection.fetchval(f"SELECT has_table_privilege('\"{table}\"', 'SELECT')"):
            rows = await connection.fetch(f'SELECT kept::text AS kept FROM "{table}" AS kept')
            written = (WORDS, WORDS.encode().hex())
            holding += [table for row in rows if any(each in row["kept"] for each in written)]
    await connection.close()
    assert holding == ["correction_note"]


@pytest.mark.parametrize("note", ["見本さんの記録がない", "ミホンタロウ", "1980年1月より前", "090-1234-5678 に照会"])
async def test_words_that_may_name_the_patient_are_refused_and_not_repeated(site: Site, note: str) -> None:
    claim_id = await site.world.pended()

    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await site.decide_pended(
            correction_service_pb2.DecidePendedRequest(claim_id=claim_id, returned=UNCLEAR, note=note)
        )

    assert reason_of(refused) == (grpc.StatusCode.FAILED_PRECONDITION, "NOTE_NAMES_PATIENT")
    assert note not in str(refused.value)
    assert (await site.claim(claim_id)).state == claim_pb2.CLAIM_STATE_PENDED


@pytest.mark.parametrize(
    "request_",
    [
        correction_service_pb2.DecidePendedRequest(returned=correction_service_pb2.ReviewReturned()),
        correction_service_pb2.DecidePendedRequest(accepted=ACCEPTED, note="長" * 201),
        correction_service_pb2.DecidePendedRequest(accepted=ACCEPTED, note="二行\nの文"),
    ],
    ids=["no reason", "too long", "a line break"],
)
async def test_a_return_without_a_reason_and_a_long_note_are_refused(
    site: Site, request_: correction_service_pb2.DecidePendedRequest
) -> None:
    request = correction_service_pb2.DecidePendedRequest()
    request.CopyFrom(request_)
    request.claim_id = await site.world.pended()

    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await site.decide_pended(request)

    assert refused.value.code() is grpc.StatusCode.INVALID_ARGUMENT
    assert not request.note or request.note not in str(refused.value)


async def test_a_person_cuts_points_of_what_a_rule_pended_and_settlement_pays_the_rest(site: Site) -> None:
    claim_id = await site.world.pended()
    done = await site.decide_pended(
        correction_service_pb2.DecidePendedRequest(claim_id=claim_id, reduced=CUT, note=WORDS)
    )
    claim = await site.claim(claim_id)
    await site.world.settle(shuffled=2)

    assert done.state == claim.state == claim_pb2.CLAIM_STATE_REDUCED
    assert [(each.code, each.official_code) for each in claim.decision.reasons] == [("REDUCED_BY_PERSON", "B")]
    assert (claim.decision.payers[0].share_yen, claim.decision.patient_yen, claim.decision.reduced_yen) == (
        441,
        189,
        100,
    )
    assert [(each.reason, each.note) for each in claim.corrections] == [("B", WORDS)]
    assert await site.world.balances() == {f"hospital:{HOSPITAL}": 441, f"payer:{PAYER}": -441}
