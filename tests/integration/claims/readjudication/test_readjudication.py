"""A past month adjudicated again in the real ledger, over gRPC and from the command line, through settlement."""

import json
import re
from pathlib import Path
from uuid import uuid4

import asyncpg
import grpc
import pytest
from seikyu.claims.v1 import claim_pb2
from seikyu.claims.v1 import readjudication_service_pb2 as wire
from seikyu.claims.v1.events_pb2 import ClaimAdjudicated

from services.claims.adapters.postgres_corrections import PostgresCorrections, history_of
from services.claims.adapters.postgres_readjudication import PostgresReadjudication
from services.claims.application.correcting import Asker, Correcting
from services.claims.application.readjudicating import Past, Readjudicating
from services.claims.application.reported_errors import Reported, ReportedErrors
from services.shared.kernel.ids import ClaimId
from services.shared.kernel.months import Month
from tests.contracts.claims.builders import submitted
from tests.integration.claims.readjudication.site import MAY, Site
from tests.integration.claims.test_ledger import HOSPITAL, KEY, NOW, TRACES
from tests.support.uke import plain_receipt
from tests.usecases.claims.readjudication.masters import DECLARED, GONE, LOWERED, NothingRegistered, Published

PAYER = "01130012"
DESK = Asker(subject="operator:desk")


class KilledHere(Exception):
    """Stands for the end of the process in the middle of a month."""


def summary_of(told: list[wire.ReadjudicateResponse]) -> wire.ReadjudicationSummary:
    assert told[0].WhichOneof("part") == "begun"
    assert told[-1].WhichOneof("part") == "summary"
    return told[-1].summary


def differences(told: list[wire.ReadjudicateResponse]) -> list[wire.ReadjudicatedClaim]:
    return [each for response in told for each in response.batch.differences]


def written(told: list[wire.ReadjudicateResponse]) -> bytes:
    return b"".join(each.SerializeToString(deterministic=True) for each in told)


def skips(summary: wire.ReadjudicationSummary) -> dict[str, int]:
    prefix = "READJUDICATION_SKIP_"
    return {wire.ReadjudicationSkip.Name(e.skip).removeprefix(prefix).lower(): e.claims for e in summary.skipped}


async def test_by_the_same_knowledge_no_claim_of_the_month_changes(site: Site) -> None:
    await site.decided([plain_receipt(number) for number in range(1, 6)])

    told = await site.asked(DECLARED)

    assert (summary_of(told).claims, summary_of(told).unchanged, summary_of(told).changed) == (5, 5, 0)
    assert len(await site.announced()) == 5


async def test_registrations_are_those_known_when_the_day_ended(site: Site) -> None:
    await site.decided([plain_receipt()])

    await site.asked(LOWERED, dry_run=True)

    assert set(site.registered.asked) == {Past(month=Month.parse(MAY), as_of=LOWERED).known_until}


async def test_a_dry_run_tells_every_difference_in_claim_order_and_changes_nothing(site: Site) -> None:
    ids = await site.decided([plain_receipt(number) for number in range(1, 6)])

    told = await site.asked(LOWERED, dry_run=True)

    found = differences(told)
    assert [each.claim_id for each in found] == ids
    assert (found[0].before.outcome, found[0].after.outcome) == (
        claim_pb2.CLAIM_STATE_APPROVED,
        claim_pb2.CLAIM_STATE_REDUCED,
    )
    assert (found[0].before.shares[0].yen, found[0].after.shares[0].yen) == (511, 490)
    assert len(await site.announced()) == 5
    assert [len(response.batch.differences) for response in told[1:-1]] == [2, 2, 1]


async def test_the_same_inputs_give_byte_identical_results_and_the_dry_run_tells_what_the_run_does(site: Site) -> None:
    await site.decided([plain_receipt(number) for number in range(1, 6)])

    first, second = [written(await site.asked(LOWERED, dry_run=True)) for _ in range(2)]
    done = written(await site.asked(LOWERED))

    assert first == second == done


async def test_what_differs_gets_a_linked_decision_and_settlement_follows_to_the_yen(site: Site) -> None:
    ids = await site.decided([plain_receipt(number) for number in range(1, 4)])
    before = await site.settled()

    summary = summary_of(await site.asked(LOWERED))

    after = await site.settled()
    assert before == {f"hospital:{HOSPITAL}": 3 * 511, f"payer:{PAYER}": -3 * 511}
    assert after == {f"hospital:{HOSPITAL}": 3 * 490, f"payer:{PAYER}": -3 * 490}
    (payer,) = summary.payers
    assert (payer.payer_number, payer.yen.before, payer.yen.after) == (PAYER, -before[f"payer:{PAYER}"], 3 * 490)
    assert (summary.patient_yen.before, summary.patient_yen.after) == (3 * 219, 3 * 210)
    for claim in ids:
        made = [ClaimAdjudicated.FromString(row["content"]) for row in (await history_of(site.claims, claim)).decisions]
        assert [(each.number, each.cause) for each in made] == [
            (1, claim_pb2.DECISION_CAUSE_SUBMITTED),
            (2, claim_pb2.DECISION_CAUSE_READJUDICATED),
        ]
        assert made[1].replaces_decision_id == made[0].decision_id


async def test_there_and_back_again_every_balance_is_what_it_was(site: Site) -> None:
    await site.decided([plain_receipt(number) for number in range(1, 4)])
    before = await site.settled()

    await site.asked(GONE)
    gone = await site.settled()
    back = summary_of(await site.asked(DECLARED))

    assert gone == {f"hospital:{HOSPITAL}": 0, f"payer:{PAYER}": 0}
    assert (back.changed, await site.settled()) == (3, before)


async def test_a_month_once_readjudicated_does_not_change_again(site: Site) -> None:
    await site.decided([plain_receipt(number) for number in range(1, 4)])
    await site.asked(LOWERED)

    again = summary_of(await site.asked(LOWERED))

    assert (again.unchanged, again.changed) == (3, 0)
    assert len(await site.announced()) == 6


async def test_the_same_request_id_gets_the_first_answer_byte_by_byte_and_other_content_is_a_conflict(
    site: Site,
) -> None:
    await site.decided([plain_receipt(number) for number in range(1, 4)])
    request_id = str(uuid4())

    first, again = [written(await site.asked(LOWERED, request_id=request_id)) for _ in range(2)]
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await site.asked(GONE, request_id=request_id)

    assert first == again
    assert refused.value.code() is grpc.StatusCode.ALREADY_EXISTS
    assert len(await site.announced()) == 6


async def test_a_month_that_broke_off_in_a_batch_goes_on_without_a_claim_decided_twice(site: Site) -> None:
    ids = await site.decided([plain_receipt(number) for number in range(1, 6)])
    again = Readjudicating(schedules=Published(), registrations=NothingRegistered(), traces=TRACES)
    past = Past(month=Month.parse(MAY), as_of=LOWERED)

    async def batch(after: ClaimId | None, *, killed: bool) -> None:
        async with site.claims.transaction(label="test") as tx:
            await again.decide(PostgresReadjudication(tx, KEY), past, after, now=NOW)
            if killed:
                raise KilledHere

    await batch(None, killed=False)
    with pytest.raises(KilledHere):
        await batch(ids[1], killed=True)
    rest = summary_of(await site.asked(LOWERED))

    assert (rest.unchanged, rest.changed) == (2, 3)
    assert len({each.event_id for each in await site.announced()}) == len(await site.announced()) == 10
    assert await site.settled() == {f"hospital:{HOSPITAL}": 5 * 490, f"payer:{PAYER}": -5 * 490}


async def test_claims_that_are_not_the_machine_s_to_decide_are_left_alone_and_counted(site: Site) -> None:
    ids = await site.decided([plain_receipt(number) for number in range(1, 5)])
    await site.accepted(plain_receipt(9))
    correcting = Correcting(traces=TRACES)
    hospital = Asker(subject=f"hospital:{HOSPITAL}", hospital_code=HOSPITAL)
    async with site.claims.transaction(label="test") as tx:
        ledger = PostgresCorrections(tx, KEY)
        await correcting.withdraw(ledger, ids[0], hospital, now=NOW)
        await correcting.request_review(ledger, ids[1], hospital, "OTHER", now=NOW)
        agreed = Reported(reason="DUPLICATE", reference="2024-7")
        await ReportedErrors(traces=TRACES).report(ledger, ids[2], Asker(subject="operator:ops"), agreed, now=NOW)

    told = await site.asked(LOWERED)

    assert skips(summary_of(told)) == {"withdrawn": 1, "under_review": 1, "decided_by_people": 1, "on_its_way": 1}
    assert [each.claim_id for each in differences(told)] == [ids[3]]


async def test_a_decision_without_kept_covers_cannot_be_readjudicated_and_is_not_guessed(site: Site) -> None:
    await site.decided([plain_receipt(number) for number in range(1, 3)])
    connection = await asyncpg.connect(site.migrated.owner_dsn)
    await connection.execute("ALTER TABLE decision DISABLE TRIGGER USER; UPDATE decision SET covers = NULL")
    await connection.close()

    assert skips(summary_of(await site.asked(LOWERED))) == {"no_covers": 2}


@pytest.mark.parametrize("roles", [(), ("viewer",)])
async def test_only_an_operator_with_the_role_admin_may(site: Site, roles: tuple[str, ...]) -> None:
    request = wire.ReadjudicateRequest(request_id=str(uuid4()), month=MAY, as_of="2024-06-01", dry_run=True)

    with pytest.raises(grpc.aio.AioRpcError) as refused:
        _ = [each async for each in site.stub(*roles).Readjudicate(request)]

    assert refused.value.code() is grpc.StatusCode.PERMISSION_DENIED


@pytest.mark.parametrize(("month", "as_of"), [(MAY, "2999-01-01"), (MAY, "2024-02-30"), ("202413", "2024-06-01")])
async def test_a_day_that_has_not_come_and_a_day_or_month_that_is_none_are_refused(
    site: Site, month: str, as_of: str
) -> None:
    request = wire.ReadjudicateRequest(request_id=str(uuid4()), month=month, as_of=as_of)

    with pytest.raises(grpc.aio.AioRpcError) as refused:
        _ = [each async for each in site.stub("admin").Readjudicate(request)]

    assert refused.value.code() is grpc.StatusCode.INVALID_ARGUMENT


async def test_the_command_writes_the_same_document_every_time_and_shows_people_who_pays_what(
    site: Site, tmp_path: Path
) -> None:
    ids = await site.decided([plain_receipt(number) for number in range(1, 4)])
    asked = ("--as-of", str(LOWERED), "--dry-run")
    file = tmp_path / "may.json"

    first, second = [await site.typed(*asked, "--json") for _ in range(2)]
    shown = await site.typed(*asked, "-o", str(file))

    assert (first.exit_code, shown.exit_code) == (0, 0)
    assert first.stdout_bytes == second.stdout_bytes == file.read_bytes()
    told = json.loads(first.stdout)
    assert [each["claim_id"] for each in told["differences"]] == ids
    assert told["summary"]["payers_yen"] == {PAYER: {"before": 1533, "after": 1470}}
    assert "approved → reduced" in shown.stdout
    assert "511 → 490" in shown.stdout
    assert "3 claims, 0 unchanged, 3 would change" in shown.stdout


async def test_a_command_that_broke_off_names_the_call_and_goes_on_to_the_whole_document(site: Site) -> None:
    await site.decided([plain_receipt(number) for number in range(1, 6)])
    asked = ("--as-of", str(LOWERED), "--json")
    whole = await site.typed(*asked, "--dry-run")
    site.masters.answers = 2

    broken_off = await site.typed(*asked)
    (request_id,) = re.findall(r"--request-id (\S+)", broken_off.stderr)
    gone_on = await site.typed(*asked, "--request-id", request_id)

    assert (broken_off.exit_code, broken_off.stdout, gone_on.exit_code) == (3, "", 0)
    assert gone_on.stdout.replace('"dry_run": false', '"dry_run": true') == whole.stdout
    assert len(await site.announced()) == 10


async def test_of_a_persons_two_claims_one_is_paid_whatever_batches_they_are_in_and_a_second_run_changes_nothing(
    site: Site,
) -> None:
    twin = submitted(2, member=1).receipt
    await site.decided([submitted(1).receipt, *(submitted(number).receipt for number in range(3, 7)), twin])
    before = await site.settled()
    await site.asked(GONE)

    looked, done = [written(await site.asked(DECLARED, dry_run=dry)) for dry in (True, False)]
    again = summary_of(await site.asked(DECLARED))

    assert looked == done
    assert (again.changed, await site.settled()) == (0, before)
    assert before == {f"hospital:{HOSPITAL}": 5 * 511, f"payer:{PAYER}": -5 * 511}
