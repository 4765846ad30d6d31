"""`seikyu correct ...`: claims withdrawn, submitted again, reviewed again, reported as errors."""

import uuid
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, Final

import click
from rich.text import Text
from seikyu.claims.v1 import claim_service_pb2
from seikyu.claims.v1 import correction_service_pb2 as corrections
from seikyu.claims.v1.correction_service_pb2_grpc import CorrectionServiceStub

from services.cli.claims import findings_table, state_name, state_text
from services.cli.client import Client, keep_private, load_client, read_payer, unreadable
from services.cli.command import as_dict, console, json_option, print_json, run, table
from services.cli.failures import CommandFailure, ExitCode
from services.cli.outcomes import AGENCIES, ClaimMonth, speaking_as


def _reasons(prefix: str, items: Iterable[tuple[str, int]]) -> dict[str, Any]:
    """The values of an enum of the contract by the words of the command line; Any: each enum is a type of its own."""
    return {name.removeprefix(prefix).lower().replace("_", "-"): number for name, number in items if number}


REVIEW_REASONS: Final = _reasons("REVIEW_REASON_", corrections.ReviewReason.items())
ERROR_REASONS: Final = _reasons("ERROR_REASON_", corrections.ErrorReason.items())
UPHOLD_REASONS: Final = _reasons("UPHOLD_REASON_", corrections.UpholdReason.items())
ACCEPT_REASONS: Final = _reasons("ACCEPT_REASON_", corrections.AcceptReason.items())
RETURN_REASONS: Final = _reasons("RETURN_REASON_", corrections.ReturnReason.items())
NOTE: Final = click.option(
    "--note",
    default="",
    metavar="TEXT",
    help="Words of your own for the hospital and operators, 200 characters; refused where they name the patient.",
)
AGREEMENT: Final = click.option(
    "--agreement", default="", metavar="REFERENCE", help="For operators: where both sides keep what they agreed on."
)
AS_HOSPITAL: Final = click.option("--hospital", default="", metavar="CODE", help="As this hospital, enrolled here.")
AS_PAYER: Final = click.option("--payer", default="", metavar="NUMBER", help="As this payer, enrolled here.")


class Cut(click.ParamType):
    """PAYER:POINTS:YEN, what one payer bears less."""

    name = "PAYER:POINTS:YEN"

    def convert(  # type: ignore[explicit-override]  # typing has no override before Python 3.12
        self, value: str, param: click.Parameter | None, ctx: click.Context | None
    ) -> corrections.PayerCut:
        """The cut; fails for anything else."""
        payer, *numbers = value.split(":")
        if len(numbers) != len(("points", "yen")) or not all(each.isascii() and each.isdigit() for each in numbers):
            self.fail(f"{value!r} is no cut: write PAYER:POINTS:YEN", param, ctx)
        return corrections.PayerCut(payer_number=payer, points=int(numbers[0]), yen=int(numbers[1]))


POINTS: Final = click.option("--points", type=click.IntRange(1), help="査定: cut so many points.")
CODE: Final = click.option("--code", type=click.Choice(list("ABCDFGHK")), help="増減点事由 of a cut.")
CUTS: Final = click.option("--cut", "cuts", multiple=True, type=Cut(), help="What a payer bears less; repeatable.")


@click.group(name="correct")
def correct() -> None:
    """Withdraw, submit again, review or report a claim. No decision is changed; a new one replaces it."""


@correct.command(name="withdraw")
@click.argument("claim_id")
@AS_HOSPITAL
@json_option
def withdraw(*, claim_id: str, hospital: str, as_json: bool) -> None:
    """取下げ: take CLAIM_ID back. Final; what was settled is reversed."""
    request = corrections.WithdrawClaimRequest(request_id=str(uuid.uuid4()), claim_id=claim_id)
    _show(_as(hospital, ""), lambda stub: stub.WithdrawClaim(request), as_json=as_json)


@correct.command(name="review")
@click.argument("claim_id")
@click.option("--reason", required=True, type=click.Choice(list(REVIEW_REASONS)))
@AS_HOSPITAL
@AS_PAYER
@json_option
def review(*, claim_id: str, reason: str, hospital: str, payer: str, as_json: bool) -> None:
    """再審査: ask for another review of CLAIM_ID. No money moves."""
    request = corrections.RequestReviewRequest(
        request_id=str(uuid.uuid4()), claim_id=claim_id, reason=REVIEW_REASONS[reason]
    )
    _show(_as(hospital, payer), lambda stub: stub.RequestReview(request), as_json=as_json)


@correct.command(name="decide-review")
@click.argument("claim_id")
@click.option("--uphold", is_flag=True, help="原審どおり: the decision stands.")
@click.option("--return", "give_back", is_flag=True, help="返戻: the whole claim goes back.")
@POINTS
@CODE
@CUTS
@click.option(
    "--reason",
    metavar="REASON",
    help=f"Why. --return asks for one of {', '.join(RETURN_REASONS)}; --uphold takes {', '.join(UPHOLD_REASONS)}.",
)
@NOTE
@json_option
def decide_review(
    *,
    claim_id: str,
    uphold: bool,
    give_back: bool,
    points: int | None,
    code: str | None,
    cuts: tuple[corrections.PayerCut, ...],
    reason: str | None,
    note: str,
    as_json: bool,
) -> None:
    """The outcome of the review of CLAIM_ID: --uphold, --return with --reason, or --points with --code and --cut."""
    if [uphold, give_back, points is not None].count(True) != 1:
        raise click.UsageError("give one of --uphold, --return and --points")
    request = corrections.DecideReviewRequest(request_id=str(uuid.uuid4()), claim_id=claim_id, note=note)
    if uphold:
        request.upheld.CopyFrom(corrections.ReviewUpheld(reason=_chosen(UPHOLD_REASONS, reason)))
    elif give_back:
        request.returned.CopyFrom(corrections.ReviewReturned(reason=_chosen(RETURN_REASONS, reason, is_asked=True)))
    elif points is not None:
        request.reduced.CopyFrom(_reduced(points, code, cuts, reason))
    _show(load_client(), lambda stub: stub.DecideReview(request), as_json=as_json)


@correct.command(name="decide-pended")
@click.argument("claim_id")
@click.option("--accept", "outcome", flag_value="accepted", help="What pended it does not stand against it.")
@click.option("--return", "outcome", flag_value="returned", help="返戻: the whole claim goes back.")
@click.option(
    "--reason",
    metavar="REASON",
    help=f"Why. --return asks for one of {', '.join(RETURN_REASONS)}; --accept takes {', '.join(ACCEPT_REASONS)}.",
)
@POINTS
@CODE
@CUTS
@NOTE
@json_option
def decide_pended(
    *,
    claim_id: str,
    outcome: str | None,
    reason: str | None,
    points: int | None,
    code: str | None,
    cuts: tuple[corrections.PayerCut, ...],
    note: str,
    as_json: bool,
) -> None:
    """What a person decides of CLAIM_ID, which a rule pended: --accept, --return with --reason, or --points to cut."""
    if (outcome is None) is (points is None):
        raise click.UsageError("give one of --accept, --return and --points")
    request = corrections.DecidePendedRequest(request_id=str(uuid.uuid4()), claim_id=claim_id, note=note)
    if points is not None:
        request.reduced.CopyFrom(_reduced(points, code, cuts, reason))
    elif outcome == "accepted":
        request.accepted.CopyFrom(corrections.PendedAccepted(reason=_chosen(ACCEPT_REASONS, reason)))
    else:
        request.returned.CopyFrom(corrections.ReviewReturned(reason=_chosen(RETURN_REASONS, reason, is_asked=True)))
    _show(load_client(), lambda stub: stub.DecidePended(request), as_json=as_json)


@correct.command(name="report-error")
@click.argument("claim_id")
@click.option("--reason", required=True, type=click.Choice(list(ERROR_REASONS)))
@AGREEMENT
@AS_HOSPITAL
@AS_PAYER
@json_option
def report_error(*, claim_id: str, reason: str, agreement: str, hospital: str, payer: str, as_json: bool) -> None:
    """過誤: report CLAIM_ID as one side; it goes back as a whole once the other agrees, or at once with --agreement."""
    request = corrections.ReportErrorRequest(
        request_id=str(uuid.uuid4()), claim_id=claim_id, reason=ERROR_REASONS[reason], agreement_reference=agreement
    )
    _show(_as(hospital, payer), lambda stub: stub.ReportError(request), as_json=as_json)


@correct.command(name="answer-error")
@click.argument("claim_id")
@click.option("--agree", "answer", flag_value="agreed", help="The whole claim goes back to the hospital.")
@click.option("--decline", "answer", flag_value="declined", help="The claim stays as it was decided.")
@AGREEMENT
@AS_HOSPITAL
@AS_PAYER
@json_option
def answer_error(
    *, claim_id: str, answer: str | None, agreement: str, hospital: str, payer: str, as_json: bool
) -> None:
    """過誤: what the other side says of the error reported of CLAIM_ID: --agree or --decline."""
    if answer is None:
        raise click.UsageError("give --agree or --decline")
    request = corrections.AnswerErrorReportRequest(request_id=str(uuid.uuid4()), claim_id=claim_id)
    if answer == "agreed":
        request.agreed.CopyFrom(corrections.ErrorAgreed(agreement_reference=agreement))
    else:
        request.declined.SetInParent()
    _show(_as(hospital, payer), lambda stub: stub.AnswerErrorReport(request), as_json=as_json)


@correct.command(name="errors")
@AS_HOSPITAL
@AS_PAYER
@json_option
def errors(*, hospital: str, payer: str, as_json: bool) -> None:
    """過誤: the reported errors that wait for an answer."""
    found = run(_error_reports(_as(hospital, payer)))
    if as_json:
        print_json({"reports": [as_dict(each) for each in found]})
        return
    made = table("Reported errors", "claim", "hospital", "claimed", "reported by", "reason", "time (UTC)")
    for each in found:
        side = corrections.ErrorSide.Name(each.reported_by).removeprefix("ERROR_SIDE_").lower()
        reason = corrections.ErrorReason.Name(each.reason).removeprefix("ERROR_REASON_").lower().replace("_", "-")
        at = each.reported_time.ToJsonString()
        made.add_row(each.claim_id, each.hospital_code, each.claim_month, side, reason, at)
    console().print(made)


async def _error_reports(client: Client) -> list[corrections.ErrorReport]:
    """All pages."""
    found: list[corrections.ErrorReport] = []
    async with client.channel("claims") as channel:
        request = corrections.ListErrorReportsRequest()
        while True:
            page = await CorrectionServiceStub(channel).ListErrorReports(request)
            found += page.reports
            if not page.next_page_token:
                return found
            request.page_token = page.next_page_token


@correct.command(name="resubmit")
@click.argument("claim_id")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--month", required=True, type=ClaimMonth(), help="The claim month (請求年月) of the new receipt.")
@click.option("--agency", type=click.Choice(list(AGENCIES)), default="ssk", show_default=True)
@AS_HOSPITAL
@json_option
def resubmit(*, claim_id: str, file: Path, month: str, agency: str, hospital: str, as_json: bool) -> None:
    """再請求: submit FILE's one receipt in place of CLAIM_ID, which was returned or withdrawn."""
    try:
        receipt = one_receipt(file.read_bytes())
    except OSError as fault:
        raise unreadable(fault) from fault
    request = corrections.ResubmitClaimRequest(
        request_id=str(uuid.uuid4()),
        claim_id=claim_id,
        review_agency=AGENCIES[agency],
        claim_month=month,
        receipt=receipt,
    )
    answer = run(_call(_as(hospital, ""), lambda stub: stub.ResubmitClaim(request))).answer
    if as_json:
        print_json(as_dict(answer))
    else:
        _show_answer(answer)
    if not answer.claim_id:
        raise click.exceptions.Exit(ExitCode.REFUSED)


def _reduced(
    points: int, code: str | None, cuts: tuple[corrections.PayerCut, ...], reason: str | None
) -> corrections.ReviewReduced:
    """A cut with its 増減点事由. Raises UsageError."""
    if code is None or reason is not None:
        raise click.UsageError("the reason of a cut is its --code (増減点事由)")
    return corrections.ReviewReduced(official_code=code, points=points, cuts=cuts)


def _chosen(reasons: Mapping[str, Any], reason: str | None, *, is_asked: bool = False) -> Any:  # noqa: ANN401 - of one enum
    """The reason's number, 0 where none was given and none is asked for. Raises UsageError."""
    if reason is None and not is_asked:
        return 0
    if reason is None or reason not in reasons:
        raise click.UsageError(f"give --reason, one of {', '.join(reasons)}")
    return reasons[reason]


def one_receipt(content: bytes) -> bytes:
    """The records of a file's only receipt, without the file's IR and GO. Raises CommandFailure."""
    lines = content.split(b"\r\n")
    starts = [place for place, line in enumerate(lines) if line.startswith(b"RE,")]
    if len(starts) != 1:
        raise CommandFailure(
            f"the file holds {len(starts)} receipts, not one",
            advice="write the corrected receipt alone, from RE to its last line",
            code=ExitCode.USAGE,
        )
    kept = [line for line in lines[starts[0] :] if line and not line.startswith((b"GO,", b"\x1a"))]
    return b"".join(line + b"\r\n" for line in kept)


def _show(client: Client, call: Callable[["CorrectionServiceStub"], Any], *, as_json: bool) -> None:
    done: corrections.CorrectedClaim = run(_call(client, call)).claim
    if as_json:
        print_json(as_dict(done))
        return
    decided = f"; decision {done.decision_id}" if done.decision_id else ""
    replaced = f" replaces {done.replaces_decision_id}" if done.replaces_decision_id else ""
    console().print(Text.assemble(done.claim_id, " is ", state_text(done.state), decided, replaced))


def _show_answer(answer: claim_service_pb2.ReceiptAnswer) -> None:
    console().print(f"{answer.claim_id or 'no claim'}: {state_name(answer.state)}")
    if answer.findings:
        console().print(findings_table(answer.findings))


async def _call(client: Client, call: Callable[["CorrectionServiceStub"], Any]) -> Any:  # noqa: ANN401 - the answer
    async with client.channel("claims") as channel:
        return await call(CorrectionServiceStub(channel))


def _as(hospital: str, payer: str) -> Client:
    """The client with the token of the hospital or the payer; as it is where neither is named."""
    client = load_client()
    if not payer:
        return speaking_as(client, hospital)
    if hospital:
        raise click.UsageError("give --hospital or --payer, not both")
    file = client.payer_file(payer).with_suffix(".jwt")
    keep_private(file, str(read_payer(client, payer)["token"]))
    return client.speaking_with(file)
