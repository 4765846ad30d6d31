"""The demo's own files: made by the committed script, valid under the strict profile."""

from pathlib import Path

from infra.demo import data
from services.claims.domain.uke.findings import Profile
from services.claims.domain.uke.submission import SubmissionReader
from services.cli.coverage import read_rows


def test_the_committed_files_are_what_the_script_makes(tmp_path: Path) -> None:
    data.write(tmp_path)

    assert (tmp_path / "demo.UKE").read_bytes() == data.UKE_FILE.read_bytes()
    assert (tmp_path / "coverage.csv").read_bytes() == data.COVERAGE_FILE.read_bytes()


def test_the_claim_file_is_valid_under_the_strict_profile() -> None:
    reader = SubmissionReader(Profile.STRICT)
    receipts = reader.feed(data.UKE_FILE.read_bytes())
    rest, report = reader.finish()

    assert not report.rejected
    assert report.findings == ()
    assert [receipt for receipt in [*receipts, *rest] if receipt.assessment.findings] == []
    assert report.receipts == 12


def test_every_outcome_stands_in_the_file() -> None:
    assert {case.expected for case in data.CASES} == {"approved", "reduced", "returned", "pended"}


def test_the_coverage_can_be_read() -> None:
    rows = list(read_rows(data.COVERAGE_FILE))

    assert {row.member.payer_number for row in rows} == {data.INSURER[0], data.PROGRAMME[0]}
