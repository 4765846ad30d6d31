"""A hospital's client: asks who is covered, checks and submits a claim file, follows its receipts, fetches returns.

    python docs/examples/hospital_client.py cover PAYER SYMBOL NUMBER BRANCH BIRTH SEX DAY
    python docs/examples/hospital_client.py check FILE.UKE
    python docs/examples/hospital_client.py submit FILE.UKE
    python docs/examples/hospital_client.py receipt FILE.UKE PLACE
    python docs/examples/hospital_client.py returns YYYYMM RECEIPTC.HEN

It needs the packages grpcio, grpcio-status and protovalidate, and Seikyu's protos/gen on PYTHONPATH. It reads
SEIKYU_CLAIMS_ADDRESS, SEIKYU_ELIGIBILITY_ADDRESS, SEIKYU_TLS_CA_FILE, and for its identity SEIKYU_TOKEN_FILE, or
SEIKYU_TLS_CERT_FILE with SEIKYU_TLS_KEY_FILE (the addresses are then the mTLS ports).
"""

import os
import sys
import time
import uuid
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from typing import Final

import grpc
from google.rpc import error_details_pb2
from grpc_status import rpc_status
from seikyu.claims.v1 import claim_pb2, explanation_pb2
from seikyu.claims.v1 import claim_service_pb2 as claims
from seikyu.claims.v1.claim_service_pb2_grpc import ClaimServiceStub
from seikyu.eligibility.v1 import coverage_pb2
from seikyu.eligibility.v1 import eligibility_service_pb2 as eligibility
from seikyu.eligibility.v1.eligibility_service_pb2_grpc import EligibilityServiceStub

CHUNK_BYTES: Final = 256 * 1024
UNARY_TIMEOUT_S: Final = 10.0
AGAIN_AFTER_S: Final = 1.0
FINAL: Final = {
    claim_pb2.CLAIM_STATE_APPROVED,
    claim_pb2.CLAIM_STATE_REDUCED,
    claim_pb2.CLAIM_STATE_RETURNED,
    claim_pb2.CLAIM_STATE_PENDED,
    claim_pb2.CLAIM_STATE_WITHDRAWN,
}

GRAVE: Final = {explanation_pb2.RULE_EFFECT_RETURN, explanation_pb2.RULE_EFFECT_REDUCE}


def open_channel(address: str) -> grpc.Channel:
    """TLS to the platform, as the hospital whose certificate or token the environment names."""
    authority = Path(os.environ["SEIKYU_TLS_CA_FILE"]).read_bytes()
    if certificate := os.environ.get("SEIKYU_TLS_CERT_FILE"):
        key = Path(os.environ["SEIKYU_TLS_KEY_FILE"]).read_bytes()
        return grpc.secure_channel(
            address, grpc.ssl_channel_credentials(authority, key, Path(certificate).read_bytes())
        )
    token = Path(os.environ["SEIKYU_TOKEN_FILE"]).read_text(encoding="ascii").strip()
    tls, bearer = grpc.ssl_channel_credentials(authority), grpc.access_token_call_credentials(token)
    return grpc.secure_channel(address, grpc.composite_channel_credentials(tls, bearer))


def cover(channel: grpc.Channel, member: eligibility.Member, day: str) -> coverage_pb2.Cover:
    """Whether the member is covered on that day (YYYY-MM-DD), by what ratio, or why not."""
    request = eligibility.CheckEligibilityRequest(member=member, treatment_date=day)
    return EligibilityServiceStub(channel).CheckEligibility(request, timeout=UNARY_TIMEOUT_S).cover


def submit(channel: grpc.Channel, file: Path) -> tuple[list[claims.ReceiptAnswer], claims.SubmissionSummary]:
    """Send one volume; every receipt's answer, and whether the set as a whole was released or refused."""

    def parts() -> Iterator[claims.SubmitUkeFileRequest]:
        header = claims.UkeFileHeader(request_id=str(uuid.uuid4()), profile=claims.PROFILE_STRICT)
        yield claims.SubmitUkeFileRequest(header=header)
        with file.open("rb") as stream:
            while chunk := stream.read(CHUNK_BYTES):
                yield claims.SubmitUkeFileRequest(chunk=chunk)

    answers: list[claims.ReceiptAnswer] = []
    summary = claims.SubmissionSummary()
    for response in ClaimServiceStub(channel).SubmitUkeFile(parts()):
        answers.extend(response.checked.answers)
        if response.HasField("summary"):
            summary = response.summary
    return answers, summary


def check(channel: grpc.Channel, file: Path) -> Iterator[claims.CheckedReceipt]:
    """What the platform would find in each receipt by its masters and edits. Nothing is submitted."""

    def parts() -> Iterator[claims.CheckUkeFileRequest]:
        yield claims.CheckUkeFileRequest(header=claims.CheckHeader(profile=claims.PROFILE_STRICT))
        with file.open("rb") as stream:
            while chunk := stream.read(CHUNK_BYTES):
                yield claims.CheckUkeFileRequest(chunk=chunk)

    for response in ClaimServiceStub(channel).CheckUkeFile(parts()):
        yield from response.checked.receipts


def fetch_returns(channel: grpc.Channel, claim_month: str, target: Path) -> int:
    """Write the month's returned receipts (返戻) as the file that hospitals' systems read; how many they are."""
    request = claims.DownloadOutcomesRequest(
        file=claims.OUTCOME_FILE_RETURNS, review_agency=claim_pb2.REVIEW_AGENCY_SSK, claim_month=claim_month
    )
    receipts = 0
    with target.open("wb") as stream:
        for response in ClaimServiceStub(channel).DownloadOutcomes(request):
            stream.write(response.chunk)
            receipts = response.receipts
    return receipts


def follow(channel: grpc.Channel, claim_ids: Collection[str]) -> Iterator[claims.ClaimChange]:
    """The changes of these claims, until each is final. A watch that breaks off goes on from the last token.

    This one begins at the hospital's first claim. A program that runs every day keeps the token and begins there.
    """
    token, asked = "0", frozenset(claim_ids)
    waiting = set(asked)
    while waiting:
        watching = ClaimServiceStub(channel).WatchClaims(claims.WatchClaimsRequest(resume_token=token))
        try:
            for response in watching:
                token = response.resume_token
                yield from (change for change in response.changes if change.claim_id in asked)
                waiting -= {change.claim_id for change in response.changes if change.state in FINAL}
                if not waiting:
                    break
        except grpc.RpcError as error:
            if error.code() is not grpc.StatusCode.UNAVAILABLE:
                raise
            time.sleep(AGAIN_AFTER_S)  # the server restarts; nothing is missed
        finally:
            watching.cancel()


def decided(channel: grpc.Channel, claim_id: str) -> claim_pb2.Claim:
    """The claim with its decision."""
    request = claims.GetClaimRequest(claim_id=claim_id)
    return ClaimServiceStub(channel).GetClaim(request, timeout=UNARY_TIMEOUT_S).claim


def submit_receipt(channel: grpc.Channel, receipt: bytes, agency: str, claim_month: str) -> claims.ReceiptAnswer:
    """One receipt, RE to its last line. Sent twice it has one effect, and gets its first answer again."""
    request = claims.SubmitClaimRequest(
        request_id=str(uuid.uuid4()),
        review_agency=claim_pb2.REVIEW_AGENCY_SSK if agency == "1" else claim_pb2.REVIEW_AGENCY_KOKUHOREN,
        claim_month=claim_month,
        receipt=receipt,
        profile=claims.PROFILE_STRICT,
    )
    return ClaimServiceStub(channel).SubmitClaim(request, timeout=UNARY_TIMEOUT_S).answer


def receipt_of(file: Path, place: int) -> tuple[bytes, str, str]:
    """The receipt at that place (from 1), and the review agency and claim month that the file's IR record names."""
    lines = file.read_bytes().split(b"\r\n")
    header = lines[0].decode("cp932").split(",")
    starts = [index for index, line in enumerate(lines) if line.startswith((b"RE,", b"GO,"))]
    first, after = starts[place - 1 : place + 1]
    return b"".join(line + b"\r\n" for line in lines[first:after]), header[1], header[7]


def told(error: grpc.RpcError) -> str:
    """What the server refused: its code, its words, and each field with what is wrong with it."""
    lines = [f"{error.code().name}: {error.details()}"]
    status = rpc_status.from_call(error)  # type: ignore[arg-type]  # the error of a call is the call itself
    for detail in status.details if status else ():
        bad = error_details_pb2.BadRequest()
        if detail.Unpack(bad):
            lines += [f"  {violation.field}: {violation.description}" for violation in bad.field_violations]
    return "\n".join(lines)


def name_of(state: "claim_pb2.ClaimState.ValueType") -> str:
    """`returned`."""
    return claim_pb2.ClaimState.Name(state).removeprefix("CLAIM_STATE_").lower()


def show_answer(answer: claims.ReceiptAnswer) -> None:
    """One receipt's answer; a rejected one with the line, the field and the rule."""
    again = ", submitted before" if answer.repeated_submission else ""
    print(f"receipt {answer.receipt_number}: {name_of(answer.state)} {answer.claim_id}{again}")
    for finding in answer.findings:
        print(f"  line {finding.line} {finding.record}.{finding.field}: {finding.rule}: {finding.message}")


def run_submit(file: Path) -> int:
    """Submit, follow, and show every decision."""
    with open_channel(os.environ["SEIKYU_CLAIMS_ADDRESS"]) as channel:
        answers, summary = submit(channel, file)
        for answer in answers:
            show_answer(answer)
        for finding in summary.findings:
            print(f"the set: line {finding.line} {finding.record}.{finding.field}: {finding.rule}: {finding.message}")
        if not summary.released:
            print("nothing was taken: the set is refused as a whole")
            return 1
        claim_ids = [answer.claim_id for answer in answers if answer.claim_id]
        for change in follow(channel, claim_ids):
            print(f"receipt {change.receipt_number} is {name_of(change.state)}")
        for claim in (decided(channel, claim_id) for claim_id in claim_ids):
            reasons = ", ".join(reason.code for reason in claim.decision.reasons)
            payers_yen = sum(share.share_yen for share in claim.decision.payers)
            print(f"receipt {claim.receipt_number}: {name_of(claim.state)}, payers {payers_yen:,} yen {reasons}")
    return 0


def run_check(file: Path) -> int:
    """Show declared and priced points of each receipt, and what would return or cut it."""
    with open_channel(os.environ["SEIKYU_CLAIMS_ADDRESS"]) as channel:
        for receipt in check(channel, file):
            print(
                f"receipt {receipt.receipt_number}: declared {receipt.declared_points}, priced {receipt.priced_points}"
            )
            for finding in receipt.explanation.findings:
                if finding.effect in GRAVE:
                    print(f"  line {finding.line}: {finding.rule} {finding.official_code}: {finding.message}")
    return 0


def run_returns(claim_month: str, target: Path) -> int:
    """Fetch the returned receipts of a claim month."""
    with open_channel(os.environ["SEIKYU_CLAIMS_ADDRESS"]) as channel:
        print(f"{target}: {fetch_returns(channel, claim_month, target)} receipts")
    return 0


def run_receipt(file: Path, place: int) -> int:
    """Submit one receipt of the file on its own."""
    with open_channel(os.environ["SEIKYU_CLAIMS_ADDRESS"]) as channel:
        show_answer(submit_receipt(channel, *receipt_of(file, place)))
    return 0


def run_cover(words: Sequence[str]) -> int:
    """Ask for one member at reception."""
    payer, symbol, number, branch, birth, sex, day = words
    member = eligibility.Member(
        payer_number=payer, symbol=symbol, number=number, branch=branch, birth_date=birth, sex=int(sex)
    )
    with open_channel(os.environ["SEIKYU_ELIGIBILITY_ADDRESS"]) as channel:
        found = cover(channel, member, day)
    reason = coverage_pb2.CoverReason.Name(found.reason).removeprefix("COVER_REASON_").lower()
    print(f"covered, the patient pays {found.copay_tenths} tenths" if found.covered else f"not covered: {reason}")
    return 0 if found.covered else 1


def main(words: Sequence[str]) -> int:
    """Run what the words ask for; a refused call ends with 1 and says why."""
    try:
        match words:
            case ["submit", file]:
                return run_submit(Path(file))
            case ["receipt", file, place]:
                return run_receipt(Path(file), int(place))
            case ["check", file]:
                return run_check(Path(file))
            case ["returns", claim_month, target]:
                return run_returns(claim_month, Path(target))
            case ["cover", *asked]:
                return run_cover(asked)
            case _:
                print(__doc__)
                return 2
    except grpc.RpcError as error:
        print(told(error))
        return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
