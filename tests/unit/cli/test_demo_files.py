"""The demo's own files: made by the committed script, valid under the strict profile."""

from pathlib import Path

from infra.demo import data, masters
from services.claims.adapters.master_files import schedules_from
from services.claims.domain.uke.findings import Profile
from services.claims.domain.uke.submission import SubmissionReader
from services.cli.coverage import read_rows
from services.shared.kernel.months import Month


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


def test_the_committed_masters_are_what_the_script_makes() -> None:
    for path, content in masters.contents().items():
        assert path.read_bytes() == content


def test_the_demos_masters_price_every_act_of_its_claim_file() -> None:
    schedule = schedules_from([masters.FOLDER]).schedule(Month.parse(data.TREATED))
    acts = [line.split(",") for line in data.UKE_FILE.read_bytes().decode("cp932").splitlines() if line[:2] == "SI"]

    assert {fields[3] for fields in acts} == {act.code for act in masters.ACTS}
    for fields in acts:
        act = schedule.act(fields[3], 7)
        assert act is not None
        assert act.points == int(fields[5])
