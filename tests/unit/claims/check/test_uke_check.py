"""CheckUkeFile: findings per receipt and a summary, from the bytes alone."""

from collections.abc import AsyncIterator

import grpc
import pytest
from seikyu.claims.v1 import claim_service_pb2, explanation_pb2

from services.claims.adapters.master_files import schedules_from
from services.claims.application.masters import Masters
from services.claims.entrypoints.uke_check import checked_file
from services.shared.chassis.rpc_errors import RpcRefusal
from tests.support import uke
from tests.support.kept_masters import Kept
from tests.support.official_data import official_data, part_a

HOSPITAL = "1310000003"
STRICT = claim_service_pb2.CheckUkeFileRequest(
    header=claim_service_pb2.CheckHeader(profile=claim_service_pb2.PROFILE_STRICT)
)
STRANGERS = uke.volume([uke.plain_receipt()], uke.totals(1, 73), uke.institution(institution_code="0000011"))


NOTHING = Masters.of([])


async def _requests(
    content: bytes, *first: claim_service_pb2.CheckUkeFileRequest
) -> AsyncIterator[claim_service_pb2.CheckUkeFileRequest]:
    for request in first:
        yield request
    for at in range(0, len(content), 100):
        yield claim_service_pb2.CheckUkeFileRequest(chunk=content[at : at + 100])


async def _checked(
    content: bytes, hospital_code: str | None = HOSPITAL, masters: Masters | None = None
) -> tuple[list[claim_service_pb2.CheckedReceipt], claim_service_pb2.CheckSummary]:
    receipts: list[claim_service_pb2.CheckedReceipt] = []
    summary = claim_service_pb2.CheckSummary()
    async for response in checked_file(hospital_code, Kept(masters or NOTHING), _requests(content, STRICT)):
        receipts += response.checked.receipts
        summary = response.summary
    return receipts, summary


async def test_every_receipt_is_answered_in_its_place_with_its_points() -> None:
    receipts, summary = await _checked(uke.plain_file(3))

    assert [(each.index, each.receipt_number, each.declared_points) for each in receipts] == [
        (0, 1, 73),
        (1, 2, 73),
        (2, 3, 73),
    ]
    assert (summary.receipts, summary.rejected_receipts, summary.declared_points) == (3, 0, 219)


async def test_what_is_wrong_in_form_or_sums_is_named_with_its_line() -> None:
    receipt = uke.receipt(uke.head(), uke.insurer(points="80"), uke.disease(disease_code="250001x"), uke.act())

    receipts, summary = await _checked(uke.volume([receipt], uke.totals(1, 80)))

    assert [(each.line, each.rule) for each in receipts[0].findings] == [(4, "field.mode")]
    assert (summary.rejected_receipts, summary.set_rejected) == (1, False)


async def test_totals_that_disagree_reject_the_set() -> None:
    _, summary = await _checked(uke.volume([uke.plain_receipt()], uke.totals(2, 73)))

    assert (summary.set_rejected, summary.rejected_receipts, summary.finding_count) == (True, 1, 1)
    assert [each.rule for each in summary.findings] == ["frame.total-count"]


async def test_a_hospital_cannot_check_anothers_file_but_an_operator_can() -> None:
    with pytest.raises(RpcRefusal) as refused:
        await _checked(STRANGERS)

    assert refused.value.code is grpc.StatusCode.PERMISSION_DENIED
    assert len((await _checked(STRANGERS, None))[0]) == 1


@pytest.mark.parametrize("first", [(), (STRICT, STRICT)], ids=["no header", "two headers"])
async def test_the_header_stands_first_and_once(first: tuple[claim_service_pb2.CheckUkeFileRequest, ...]) -> None:
    with pytest.raises(RpcRefusal) as refused:
        [each async for each in checked_file(HOSPITAL, Kept(NOTHING), _requests(uke.plain_file(), *first))]

    assert refused.value.code is grpc.StatusCode.INVALID_ARGUMENT


async def test_without_masters_every_unit_says_that_its_kind_is_not_loaded() -> None:
    receipts, summary = await _checked(uke.plain_file(1))

    (unit,) = receipts[0].explanation.units
    assert (unit.unpriced_reason, unit.missing, unit.declared_points) == ("kind-not-loaded", "act", 73)
    assert receipts[0].priced_points == 73
    assert (summary.units, summary.units_priced) == (1, 0)
    assert receipts[0].explanation.schedule.as_of_day == ""


async def test_the_real_file_is_priced_by_the_masters_that_are_kept_and_told_in_what_they_knew() -> None:
    masters = schedules_from([official_data("masters", "full", "s_ALL20220218.zip")])

    receipts, summary = await _checked(part_a(), None, masters)

    assert (len(receipts), summary.receipts, summary.units, summary.units_priced) == (45, 45, 171, 151)
    assert (summary.declared_points, summary.priced_points) == (61_495, 61_495)
    known = receipts[0].explanation.schedule
    assert (known.treatment_month, known.as_of_day, list(known.loaded_kinds)) == ("202110", "2022-02-18", ["act"])
    assert all(finding.source for receipt in receipts for finding in receipt.explanation.findings)
    assert all(finding.message_ja for receipt in receipts for finding in receipt.explanation.findings)


async def test_a_second_receipt_of_the_same_person_month_and_kind_is_found_and_the_first_is_not() -> None:
    twins = [uke.receipt(uke.head(receipt_number=n), uke.insurer(), uke.disease(), uke.act()) for n in "12"]

    receipts, summary = await _checked(uke.volume(twins, uke.totals(2, 146)))

    rules = [[finding.rule for finding in each.explanation.findings] for each in receipts]
    assert ["claim.duplicate" in each for each in rules] == [False, True]
    assert receipts[1].explanation.findings[0].effect == explanation_pb2.RULE_EFFECT_RETURN
    assert summary.receipts_returned == 1


async def test_twins_with_their_own_names_are_two_persons() -> None:
    names = ("見本　太郎", "見本　次郎")
    heads = [uke.head(receipt_number=str(number), name=name) for number, name in enumerate(names, 1)]
    receipts = [uke.receipt(head, uke.insurer(), uke.disease(), uke.act()) for head in heads]

    checked, _ = await _checked(uke.volume(receipts, uke.totals(2, 146)))

    assert [len(each.explanation.findings) for each in checked] == [0, 0]
