"""`seikyu correct` against a server over real TLS: what is sent, as whom, what is shown."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from seikyu.claims.v1 import correction_service_pb2 as corrections

from services.cli.corrections import correct
from tests.integration.cli.conftest import CLAIM_ID, CommandLine
from tests.support import uke


def run(command_line: CommandLine, *arguments: str) -> Result:
    return CliRunner().invoke(correct, list(arguments), env={"SEIKYU_STATE_DIR": str(command_line.state_dir)})


def test_a_withdrawal_says_what_replaces_what(command_line: CommandLine) -> None:
    result = run(command_line, "withdraw", CLAIM_ID)

    assert result.exit_code == 0
    assert result.output == f"{CLAIM_ID} is withdrawn; decision dec_2 replaces dec_1\n"
    assert command_line.corrections.tokens == ["Bearer operator-token"]


def test_a_payer_and_a_hospital_ask_with_their_own_tokens(command_line: CommandLine) -> None:
    command_line.run("hospital", "enrol", "1310000003", "--name", "架空診療所")
    command_line.run("payer", "enrol", "01130012", "--name", "架空健保")

    asked = [
        run(command_line, "review", CLAIM_ID, "--reason", "treatment", "--payer", "01130012"),
        run(command_line, "report-error", CLAIM_ID, "--reason", "not-our-member", "--hospital", "1310000003"),
        run(command_line, "review", CLAIM_ID, "--reason", "other", "--payer", "1", "--hospital", "2"),
    ]

    assert [result.exit_code for result in asked] == [0, 0, 2]
    assert command_line.corrections.tokens == ["Bearer payer-token", "Bearer hospital-token"]
    assert command_line.corrections.asked[0] == corrections.RequestReviewRequest(
        request_id=getattr(command_line.corrections.asked[0], "request_id", ""),
        claim_id=CLAIM_ID,
        reason=corrections.REVIEW_REASON_TREATMENT,
    )


@pytest.mark.parametrize(
    ("options", "outcome"),
    [
        (["--uphold"], "upheld"),
        (["--uphold", "--reason", "nothing-new"], "upheld"),
        (["--return", "--reason", "documents", "--note", "経過の記載を求めます"], "returned"),
        (["--points", "10", "--code", "B", "--cut", "01130012:10:70"], "reduced"),
    ],
)
def test_a_review_has_one_outcome(command_line: CommandLine, options: list[str], outcome: str) -> None:
    assert run(command_line, "decide-review", CLAIM_ID, *options, "--json").exit_code == 0

    [asked] = command_line.corrections.asked
    assert isinstance(asked, corrections.DecideReviewRequest)
    assert asked.WhichOneof("outcome") == outcome
    assert [(each.payer_number, each.points, each.yen) for each in asked.reduced.cuts] in ([], [("01130012", 10, 70)])


@pytest.mark.parametrize(
    "options",
    [
        [],
        ["--uphold", "--return"],
        ["--points", "1", "--cut", "one"],
        ["--return"],
        ["--return", "--reason", "nothing-new"],
        ["--points", "1", "--cut", "01130012:1:7"],
        ["--points", "1", "--code", "B", "--cut", "01130012:1:7", "--reason", "treatment"],
    ],
)
def test_a_review_without_one_outcome_is_not_sent(command_line: CommandLine, options: list[str]) -> None:
    assert run(command_line, "decide-review", CLAIM_ID, *options).exit_code == 2
    assert command_line.corrections.asked == []


def test_a_pended_claim_is_accepted_or_returned_and_nothing_else(command_line: CommandLine) -> None:
    noted = ["--return", "--reason", "record", "--note", "日付が未記載"]
    cut = ["--points", "10", "--code", "B", "--cut", "01130012:10:70"]
    asked: tuple[list[str], ...] = (["--accept"], noted, cut, ["--return"], [], ["--accept", *cut], cut[:2])
    done = [run(command_line, "decide-pended", CLAIM_ID, *options) for options in asked]

    sent = [each for each in command_line.corrections.asked if isinstance(each, corrections.DecidePendedRequest)]
    assert [each.exit_code for each in done] == [0, 0, 0, 2, 2, 2, 2]
    assert [each.WhichOneof("outcome") for each in sent] == ["accepted", "returned", "reduced"]
    assert [(each.returned.reason, each.note) for each in sent] == [
        (corrections.RETURN_REASON_UNSPECIFIED, ""),
        (corrections.RETURN_REASON_RECORD, "日付が未記載"),
        (corrections.RETURN_REASON_UNSPECIFIED, ""),
    ]


def test_an_error_is_answered_one_way_and_an_operator_names_the_agreement(command_line: CommandLine) -> None:
    options: tuple[list[str], ...] = (["--agree", "--agreement", "2026-KAGO-7"], ["--decline"], [])
    done = [run(command_line, "answer-error", CLAIM_ID, *each) for each in options]
    reported = run(
        command_line, "report-error", CLAIM_ID, "--reason", "duplicate", "--agreement", "2026-KAGO-8", "--json"
    )

    *answers, report = command_line.corrections.asked
    sent = [each for each in answers if isinstance(each, corrections.AnswerErrorReportRequest)]
    assert [each.exit_code for each in (*done, reported)] == [0, 0, 2, 0]
    assert [(each.WhichOneof("answer"), each.agreed.agreement_reference) for each in sent] == [
        ("agreed", "2026-KAGO-7"),
        ("declined", ""),
    ]
    assert isinstance(report, corrections.ReportErrorRequest)
    assert report.agreement_reference == "2026-KAGO-8"


def test_all_reported_errors_that_wait_are_listed(command_line: CommandLine) -> None:
    shown, told = run(command_line, "errors"), run(command_line, "errors", "--json")

    assert shown.output.count(f"clm_{'c' * 32}") == 2
    assert "payer" in shown.output
    assert "duplicate" in shown.output
    assert len(json.loads(told.output)["reports"]) == 2


def resubmit(command_line: CommandLine, file: Path) -> Result:
    return run(command_line, "resubmit", CLAIM_ID, str(file), "--month", "2024-07", "--json")


def test_the_one_receipt_of_a_file_is_submitted_without_the_file_around_it(
    command_line: CommandLine, tmp_path: Path
) -> None:
    (tmp_path / "one.UKE").write_bytes(uke.plain_file(1))
    result = resubmit(command_line, tmp_path / "one.UKE")

    [asked] = command_line.corrections.asked
    assert result.exit_code == 0
    assert json.loads(result.output)["claim_id"] == f"clm_{'b' * 32}"
    assert isinstance(asked, corrections.ResubmitClaimRequest)
    assert (asked.receipt, asked.claim_month) == (uke.plain_receipt(1), "202407")


def test_a_rejected_resubmission_and_a_file_of_two_receipts_end_with_their_codes(
    command_line: CommandLine, tmp_path: Path
) -> None:
    (tmp_path / "one.UKE").write_bytes(uke.plain_file(1))
    (tmp_path / "two.UKE").write_bytes(uke.plain_file(2))
    command_line.corrections.rejects = True

    assert resubmit(command_line, tmp_path / "one.UKE").exit_code == 1
    assert resubmit(command_line, tmp_path / "two.UKE").exit_code == 2
