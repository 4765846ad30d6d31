"""The real outpatient file of October 2021 (45 receipts) against figures nobody here computed with this code.

The warnings in part_a_warnings.tsv were derived from the file by a separate count of each rule; totals are those the
data's README states.
"""

from collections import Counter
from datetime import date
from pathlib import Path

from services.claims.domain.uke.document import read_document
from services.claims.domain.uke.facts import PayerKind, ReceiptFacts, Sex
from services.claims.domain.uke.findings import Finding, Profile, Rule, Severity
from services.claims.domain.uke.submission import ReadReceipt, SetReport, SubmissionReader
from tests.support.official_data import part_a

_WARNINGS = Path(__file__).with_name("part_a_warnings.tsv")


def _read(content: bytes, profile: Profile) -> tuple[list[ReadReceipt], SetReport]:
    reader = SubmissionReader(profile)
    receipts = reader.feed(content)
    rest, report = reader.finish()
    return [*receipts, *rest], report


def _all_findings(receipts: list[ReadReceipt], report: SetReport) -> list[Finding]:
    return [*report.findings, *(each for receipt in receipts for each in receipt.assessment.findings)]


def _lenient_facts() -> list[ReceiptFacts]:
    receipts, _ = _read(part_a(), Profile.LENIENT)
    return [receipt.assessment.facts for receipt in receipts if receipt.assessment.facts is not None]


def test_lenient_takes_all_receipts_with_exactly_these_warnings() -> None:
    receipts, report = _read(part_a(), Profile.LENIENT)

    found = _all_findings(receipts, report)
    rows = [f"{each.line}\t{each.record}\t{each.field}\t{each.rule.id}" for each in found]
    assert sorted(rows) == sorted(_WARNINGS.read_text(encoding="utf-8").splitlines())
    assert {each.severity for each in found} == {Severity.WARNING}
    assert not report.rejected
    assert report.rejected_receipts == 0


def test_strict_refuses_the_set_for_its_institution_and_every_receipt_for_its_form() -> None:
    receipts, report = _read(part_a(), Profile.STRICT)

    refusals = [each.rule for each in report.findings if each.rejects]
    assert report.rejected
    assert sorted(rule.id for rule in refusals) == ["field.check-digit", "field.name-missing"]
    assert report.rejected_receipts == 45
    reasons = Counter(each.rule for receipt in receipts for each in receipt.assessment.findings if each.rejects)
    assert reasons == {
        Rule.DISEASE_MISSING: 41,
        Rule.TEXT_TOO_LONG: 16,
        Rule.RECEIPT_NUMBER: 14,
        Rule.NAME_SPACE: 5,
        Rule.RECIPIENT_NUMBER: 2,
        Rule.CHECK_DIGIT: 1,
        Rule.TRAILING_SPACE: 1,
    }


def test_counts_and_points_are_those_the_file_declares() -> None:
    receipts, report = _read(part_a(), Profile.LENIENT)

    assert (len(receipts), report.lines, report.volumes) == (45, 404, 1)
    assert (report.control.payer_records, report.control.points) == (85, 61_495)
    assert report.totals is not None
    assert (report.totals.payer_records, report.totals.points) == (85, 61_495)


def test_every_receipts_lines_add_up_to_what_each_of_its_payers_declares() -> None:
    facts = _lenient_facts()

    assert [each.arithmetic for each in facts] == [()] * 45
    assert sum(len(each.payers) for each in facts) == 85
    assert sum(each.claimed_points for each in facts) == 61_495
    assert sum(each.line_points for each in facts) == 61_495


def test_the_first_receipts_facts_are_those_it_states() -> None:
    first = _lenient_facts()[0]

    assert (first.receipt_number, first.kind.code, first.treatment_month) == (1, "1122", "202110")
    assert (first.name, first.kana) == ("テスト　汎用", "テストハンヨウ")
    assert (first.sex, first.birth_date, first.inpatient) == (Sex.MALE, date(1991, 11, 21), False)
    assert first.special_marks == ("28",)
    insurer, programme = first.payers
    assert (insurer.kind, insurer.number, insurer.symbol, insurer.member_number) == (
        PayerKind.INSURER,
        "01010016",
        "１",
        "１",
    )
    assert (insurer.days, insurer.declared_points, insurer.burden_yen) == (1, 13_642, None)
    assert (programme.kind, programme.number, programme.member_number) == (PayerKind.PROGRAMME, "83136019", "1111111")
    assert (programme.declared_points, programme.burden_yen) == (677, 1_354)
    assert [(share.share, share.points) for share in first.shares] == [("2", 677), ("1", 12_965)]
    assert [each.code for each in first.diagnoses] == ["2500013"]
    assert [(each.line, each.text[:3]) for each in first.uncoded] == [(6, "テスト"), (7, "寿限無")]
    assert first.line_count == 30


def test_a_branch_comes_from_the_eligibility_record() -> None:
    second = _lenient_facts()[1]

    assert second.payers[0].branch == "00"
    assert [each.modifiers for each in second.diagnoses] == [("8070",)]


def test_reading_then_writing_gives_the_same_bytes_with_or_without_the_end_byte() -> None:
    content = part_a()

    assert read_document(content).to_bytes() == content
    assert read_document(content + b"\x1a").to_bytes() == content + b"\x1a"


def test_the_end_byte_changes_nothing_but_its_own_warning() -> None:
    without, with_end = (_all_findings(*_read(part_a() + end, Profile.LENIENT)) for end in (b"", b"\x1a"))

    assert [each for each in without if each.rule is not Rule.END_MISSING] == with_end


def test_receipts_carry_their_own_bytes() -> None:
    content = part_a()
    receipts, _ = _read(content, Profile.LENIENT)

    first_line, rest = content.split(b"\r\n", 1)
    assert first_line.startswith(b"IR")
    assert b"".join(receipt.raw.content for receipt in receipts) == rest[: rest.index(b"GO,")]
