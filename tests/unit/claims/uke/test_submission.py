"""Sets of volumes, their numbers and totals, and the bounds of the reader."""

from services.claims.domain.uke.assess import assess
from services.claims.domain.uke.blocks import BlockSplitter
from services.claims.domain.uke.facts import ControlTotals
from services.claims.domain.uke.findings import MOST_FINDINGS, Profile, Rule
from services.claims.domain.uke.submission import ReadReceipt, SetReport, SubmissionReader
from services.claims.domain.uke.wire import MAX_RECEIPT_BYTES
from tests.support import uke

FIRST = uke.volume([uke.plain_receipt(1), uke.plain_receipt(2)], uke.totals("", "", "01"))
SECOND = uke.volume([uke.plain_receipt(3)], uke.totals("", "", "02"), uke.institution(volume="01"))
LAST = uke.volume([uke.plain_receipt(4)], uke.totals(4, 292), uke.institution(volume="02"))


def _read(*chunks: bytes, profile: Profile = Profile.STRICT) -> tuple[list[ReadReceipt], SetReport]:
    reader = SubmissionReader(profile)
    receipts = [receipt for chunk in chunks for receipt in reader.feed(chunk)]
    rest, report = reader.finish()
    return [*receipts, *rest], report


def test_a_set_of_volumes_is_one_set_with_totals_in_the_last() -> None:
    receipts, report = _read(FIRST, SECOND, LAST)

    assert report.findings == ()
    assert (report.volumes, report.receipts, report.control) == (3, 4, ControlTotals(4, 292))
    assert [receipt.header.volume for receipt in receipts if receipt.header] == ["00", "00", "01", "02"]
    assert [receipt.assessment.rejected for receipt in receipts] == [False] * 4


def test_the_end_byte_between_volumes_may_be_missing() -> None:
    _, report = _read(*(volume.removesuffix(uke.END) for volume in (FIRST, SECOND)), LAST)

    assert report.findings == ()


def test_numbers_may_begin_anew_in_each_volume() -> None:
    again = uke.volume([uke.plain_receipt(1)], uke.totals(3, 219), uke.institution(volume="01"))

    receipts, report = _read(FIRST, again)

    assert not report.rejected
    assert [receipt.assessment.findings for receipt in receipts] == [()] * 3


def test_a_missing_volume_is_refused() -> None:
    _, report = _read(FIRST, LAST)

    assert Rule.VOLUME_ORDER in {finding.rule for finding in report.findings}
    assert report.rejected


def test_a_bad_record_rejects_its_receipt_and_the_others_go_through() -> None:
    bad = uke.receipt(uke.head(receipt_number="2", sex="3"), uke.insurer(), uke.disease(), uke.act())

    receipts, report = _read(uke.volume([uke.plain_receipt(1), bad, uke.plain_receipt(3)], uke.totals(3, 219)))

    assert [receipt.assessment.rejected for receipt in receipts] == [False, True, False]
    assert (report.rejected, report.rejected_receipts) == (False, 1)


def test_totals_count_rejected_receipts_too() -> None:
    bad = uke.receipt(uke.head(sex="3"), uke.insurer(), uke.disease(), uke.act())

    _, report = _read(uke.volume([bad], uke.totals(1, 73)))

    assert report.findings == ()


def test_points_that_cannot_be_read_leave_the_total_unproved() -> None:
    bad = uke.receipt(uke.head(), uke.insurer(points="x"), uke.disease(), uke.act())

    _, report = _read(uke.volume([bad], uke.totals(1, 73)))

    assert [finding.rule for finding in report.findings] == [Rule.TOTAL_POINTS]


def test_programmes_only_count_the_first_programmes_points() -> None:
    first, second = uke.programme(points="73"), uke.programme(points="30")
    only = uke.receipt(uke.head(kind="1222"), first, second, uke.disease(), uke.act(share="5"))

    receipts, report = _read(uke.volume([only], uke.totals(2, 73)))

    assert report.findings == ()
    assert receipts[0].assessment.control == ControlTotals(2, 73)


def test_a_broken_frame_is_told_whole_with_a_count_where_there_is_too_much_of_it() -> None:
    quotes = uke.receipt(uke.head(), *['CO,99,1,810000001,"'] * (MOST_FINDINGS + 500))

    _, report = _read(uke.receipt(uke.insurer()) + uke.plain_receipt() + quotes)

    assert report.rejected
    assert len(report.findings) == MOST_FINDINGS
    assert report.finding_count == MOST_FINDINGS + 500 + 4
    assert {Rule.NO_HEADER, Rule.OUTSIDE_RECEIPT, Rule.QUOTE} <= {finding.rule for finding in report.findings}


def test_a_receipt_that_never_ends_is_refused_and_not_kept() -> None:
    splitter = BlockSplitter()
    splitter.feed(uke.receipt(uke.institution(), uke.head()))
    held = []
    for _ in range(64):
        assert splitter.feed(uke.receipt(uke.act()) * 1_000) == []
        held.append(len(splitter._buffer))

    (block, *_) = splitter.feed(uke.plain_receipt(2) + uke.receipt(uke.totals(2, 146)))

    assert max(held) <= MAX_RECEIPT_BYTES + 80_000
    assert held[-1] < 10
    assert (block.first_line, block.head, block.content) == (2, b"RE,", None)
    assert splitter.lines == 2 + 64_000 + 4


def test_an_oversized_receipt_gives_the_same_findings_however_it_arrives() -> None:
    large = uke.receipt(uke.head(), uke.insurer(), uke.disease(), *[uke.act()] * 20_000)
    content = uke.volume([large, uke.plain_receipt(2)], uke.totals(2, 146))

    whole = _read(content)
    chunks = _read(*(content[start : start + 7_001] for start in range(0, len(content), 7_001)))

    assert chunks == whole
    assert [(finding.rule, finding.line) for finding in whole[1].findings] == [(Rule.RECEIPT_TOO_LARGE, 2)]


def test_a_stream_without_line_ends_is_not_kept() -> None:
    splitter = BlockSplitter()

    for _ in range(300):
        splitter.feed(b"x" * 10_000)

    assert len(splitter._buffer) < 10
    assert splitter.finish()[0].content is None


def test_of_a_receipts_findings_the_first_thousand_are_kept_and_all_are_counted() -> None:
    lines = [uke.act(treatment_section="12", share="0")] * (MOST_FINDINGS + 200)

    assessment = assess(uke.receipt(uke.head(), uke.insurer(), uke.disease(), *lines), profile=Profile.LENIENT)

    assert len(assessment.findings) == MOST_FINDINGS
    assert assessment.finding_count == MOST_FINDINGS + 200
    assert assessment.rejected
