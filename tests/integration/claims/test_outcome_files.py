"""A hospital's returned and reduced receipts, from the ledger to the bytes that its own system reads."""

from collections.abc import Sequence
from pathlib import Path

import asyncpg
import pytest
from seikyu.claims.v1 import claim_pb2, claim_service_pb2

from infra.local.databases import ServiceDatabase
from services.claims.adapters import outcome_files
from services.claims.adapters.outcome_files import OutcomeReads
from services.claims.adapters.postgres_ledger import PostgresLedger
from services.claims.application.deciding import Deciding
from services.claims.application.intake import assess_all
from services.claims.application.model import Agency, Determined, Submitted
from services.claims.domain.adjudication import Cover
from services.claims.domain.outputs.search_number import search_number_of
from services.claims.domain.uke.assess import assess
from services.claims.domain.uke.findings import Profile
from services.claims.entrypoints.outcome_download import outcome_chunks
from services.claims.entrypoints.uke_check import KeptMasters
from services.shared.chassis.postgres import Database
from services.shared.kernel.ids import ClaimId
from tests.contracts.claims.builders import covers_content
from tests.integration.claims.test_ledger import (
    HOSPITAL,
    KEY,
    NOW,
    OTHER_HOSPITAL,
    TRACES,
    accept,
    new_intake,
)
from tests.support import uke
from tests.support.examined import NoMasters
from tests.support.kept_masters import kept_return_visit

MONTH = "202406"
PAYER = "01130012"
NOTHING: KeptMasters = NoMasters()
UNREAD = uke.receipt(uke.head(sex="9"), uke.insurer(), uke.disease(), uke.act())
"""A receipt that does not pass the rules of form."""


def _determined(claim_id: ClaimId, *, reason: str = "COVERED") -> Determined:
    cover = Cover(
        payer_number=PAYER, covered=reason == "COVERED", reason=reason, copay_tenths=3, public_programme=False
    )
    return Determined(claim_id=claim_id, covers=(cover,), content=covers_content((cover,)), determined_at=NOW)


async def _decided(
    database: Database, receipts: Sequence[bytes], reasons: Sequence[str], masters: KeptMasters = NOTHING
) -> list[ClaimId]:
    """Claims of these receipts, each decided on this answer of eligibility's."""
    submitted = [
        Submitted(place=place, agency=Agency.SSK, claim_month=MONTH, receipt=receipt)
        for place, receipt in enumerate(receipts)
    ]
    intake = new_intake()
    answers = await accept(database, assess_all(HOSPITAL, submitted, Profile.LENIENT), intake)
    ids = [each.claim_id for each in answers if each.claim_id is not None]
    determined = [_determined(claim, reason=reason) for claim, reason in zip(ids, reasons, strict=True)]
    async with database.transaction(label="test") as tx:
        deciding = Deciding(recent=intake.recent, traces=TRACES, schedules=masters)
        await deciding.eligibility_determined(PostgresLedger(tx, KEY), determined, now=NOW)
    return ids


async def _file(
    database: Database,
    file: "claim_service_pb2.OutcomeFile.ValueType",
    *,
    hospital: str = HOSPITAL,
    agency: "claim_pb2.ReviewAgency.ValueType" = claim_pb2.REVIEW_AGENCY_SSK,
    masters: KeptMasters = NOTHING,
) -> tuple[bytes, int]:
    request = claim_service_pb2.DownloadOutcomesRequest(file=file, review_agency=agency, claim_month=MONTH)
    responses = [each async for each in outcome_chunks(OutcomeReads(database), masters, hospital, request)]
    return b"".join(each.chunk for each in responses), responses[-1].receipts


async def test_returned_receipts_go_back_with_their_number_and_their_reason_and_the_approved_do_not(
    database: Database,
) -> None:
    receipts = [uke.plain_receipt(number) for number in (1, 2, 3)]
    ids = await _decided(database, receipts, ["UNKNOWN_MEMBER", "COVERED", "ENDED"])

    content, count = await _file(database, claim_service_pb2.OUTCOME_FILE_RETURNS)

    lines = content.decode("cp932").split("\r\n")
    numbers = [search_number_of(ids[0]), search_number_of(ids[2])]
    assert count == 2
    assert (lines[0], lines[-2], lines[-1]) == (f"HI,1,{MONTH},13,1,2345670,,00", "HG", "\x1a")
    assert [line.split(",")[18] for line in lines if line.startswith("RE,")] == numbers
    assert [line for line in lines if line.startswith("HR,")] == [
        f"HR,202604,1,,,該当する被保険者・受給者が確認できません,,,,{numbers[0]}",
        f"HR,202604,1,,,診療年月は資格喪失後です,,,,{numbers[1]}",
    ]


async def test_cut_points_are_told_with_their_letter(database: Database) -> None:
    receipt = uke.receipt(uke.head(), uke.insurer(points="80"), uke.disease(), uke.act())
    (claim,) = await _decided(database, [receipt], ["COVERED"])

    content, count = await _file(database, claim_service_pb2.OUTCOME_FILE_REDUCTIONS)

    row = content.decode("cp932").split("\r\n")[2].split(",")
    assert count == 1
    assert (row[0], row[22], row[23], row[28]) == ("3", "-7", "H", search_number_of(claim))


async def test_another_hospital_or_agency_gets_an_empty_file(database: Database) -> None:
    await _decided(database, [uke.plain_receipt()], ["ENDED"])
    returns = claim_service_pb2.OUTCOME_FILE_RETURNS

    others, _ = await _file(database, returns, hospital=OTHER_HOSPITAL)
    elsewhere, _ = await _file(database, returns, agency=claim_pb2.REVIEW_AGENCY_KOKUHOREN)

    assert others == f"HI,1,{MONTH},13,1,2345688,,00\r\nHG\r\n\x1a".encode()
    assert elsewhere == f"HI,2,{MONTH},13,1,2345670,,00\r\nHG\r\n\x1a".encode()


async def test_a_month_of_many_pages_is_whole(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outcome_files, "CLAIMS_A_PAGE", 2)
    await _decided(database, [uke.plain_receipt(number) for number in range(1, 6)], ["ENDED"] * 5)

    content, count = await _file(database, claim_service_pb2.OUTCOME_FILE_RETURNS)

    assert (count, content.count(b"\r\nHR,")) == (5, 5)


async def test_cuts_of_lines_are_told_with_section_letter_and_item(database: Database, tmp_path: Path) -> None:
    masters = kept_return_visit(tmp_path)
    receipt = uke.receipt(uke.head(), uke.insurer(points="85"), uke.disease(), uke.act(points="80"))
    (claim,) = await _decided(database, [receipt], ["COVERED"], masters)

    content, _ = await _file(database, claim_service_pb2.OUTCOME_FILE_REDUCTIONS, masters=masters)

    _, _, line, total, end = [row.split(",") for row in content.decode("cp932").split("\r\n")]
    assert (line[0], line[19], line[22], line[23]) == ("3", "12", "-7", "F")
    assert (line[25], line[27]) == ("１１２００７４１０　８０点", "１１２００７４１０　７３点")
    assert (total[0], total[19], total[22], total[23], total[28]) == ("4", "", "-5", "H", search_number_of(claim))
    assert end == [""]


async def test_returned_and_reduced_receipts_that_are_read_no_longer_stand_in_their_files(
    database: Database, migrated: ServiceDatabase, tmp_path: Path
) -> None:
    """As after an upgrade whose rules of form are stricter: no value of a line, but whole files."""
    too_dear = uke.receipt(uke.head(), uke.insurer(points="80"), uke.disease(), uke.act(points="80"))
    masters = kept_return_visit(tmp_path)
    await _decided(database, [uke.plain_receipt(2), too_dear], ["ENDED", "COVERED"], masters)
    owner = await asyncpg.connect(migrated.owner_dsn)
    await owner.execute("UPDATE claim SET receipt = $1", UNREAD)
    await owner.close()

    returns, returned = await _file(database, claim_service_pb2.OUTCOME_FILE_RETURNS, masters=masters)
    cuts, reduced = await _file(database, claim_service_pb2.OUTCOME_FILE_REDUCTIONS, masters=masters)

    assert (returned, reduced) == (1, 1)
    assert assess(UNREAD, profile=Profile.LENIENT).facts is None
    assert UNREAD.split(b"\r\n")[1] in returns
    assert b",-7," in cuts, "the sum tells what was cut where no line can"
