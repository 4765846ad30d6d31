"""The four services' contracts answered by small fakes over real TLS, and the command line pointed at them."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import NoReturn

import grpc
import pytest
from click.testing import CliRunner, Result
from seikyu.claims.v1 import (
    claim_pb2,
    claim_service_pb2,
    claim_service_pb2_grpc,
    correction_service_pb2_grpc,
    enrolment_service_pb2_grpc,
)
from seikyu.settlement.v1 import (
    payer_service_pb2_grpc,
    period_service_pb2_grpc,
    settlement_service_pb2,
    settlement_service_pb2_grpc,
)

from infra.local.authority import Authority
from services.cli.main import assemble
from tests.integration.cli.fake_corrections import FakeCorrections
from tests.integration.cli.fake_payers import FakeEnrolments, FakePayers
from tests.integration.cli.fake_periods import FakePeriods

CLAIM_ID = f"clm_{'a' * 32}"
Context = grpc.ServicerContext


@dataclass(slots=True)
class FakeClaims(claim_service_pb2_grpc.ClaimServiceServicer):
    """Takes what is sent, and remembers it."""

    chunks: list[bytes] = field(default_factory=list)
    volumes: int = 1
    profiles: list[int] = field(default_factory=list)
    tokens: list[str] = field(default_factory=list)
    released: bool = True
    refusal: grpc.StatusCode | None = None
    pages: list[str] = field(default_factory=list)
    checked: list[claim_service_pb2.CheckedReceipt] = field(default_factory=list)
    first_set: str = "sub_1"
    """The submission set in which the claim came first; every file is answered as the set sub_1."""

    def SubmitUkeFile(  # type: ignore[explicit-override]
        self, requests: Iterator[claim_service_pb2.SubmitUkeFileRequest], context: Context
    ) -> Iterator[claim_service_pb2.SubmitUkeFileResponse]:
        self.tokens.append(str(dict(context.invocation_metadata())["authorization"]))
        for request in requests:
            part = request.WhichOneof("part")
            if part == "header":
                self.profiles.append(request.header.profile)
            elif part == "chunk":
                self.chunks.append(request.chunk)
            else:
                self.volumes += 1
        answer = claim_service_pb2.ReceiptAnswer(
            claim_id=CLAIM_ID,
            state=claim_pb2.CLAIM_STATE_CHECKED,
            receipt_number=1,
        )
        yield claim_service_pb2.SubmitUkeFileResponse(checked=claim_service_pb2.CheckedReceipts(answers=[answer]))
        summary = claim_service_pb2.SubmissionSummary(submission_id="sub_1", released=self.released, receipts=1)
        yield claim_service_pb2.SubmitUkeFileResponse(summary=summary)

    def GetClaim(  # type: ignore[explicit-override]
        self, request: claim_service_pb2.GetClaimRequest, context: Context
    ) -> claim_service_pb2.GetClaimResponse:
        if self.refusal is not None:
            context.abort(self.refusal, "there is no such resource for this caller")
        return claim_service_pb2.GetClaimResponse(claim=_claim(self.first_set))

    def ListClaims(  # type: ignore[explicit-override]
        self, request: claim_service_pb2.ListClaimsRequest, context: Context
    ) -> claim_service_pb2.ListClaimsResponse:
        self.pages.append(request.page_token)
        next_page = "" if request.page_token or request.submission_id else "second"
        claims = [_claim(self.first_set)] if request.submission_id in {"", self.first_set} else []
        return claim_service_pb2.ListClaimsResponse(claims=claims, next_page_token=next_page)

    def WatchClaims(  # type: ignore[explicit-override]
        self, request: claim_service_pb2.WatchClaimsRequest, context: Context
    ) -> Iterator[claim_service_pb2.WatchClaimsResponse]:
        states = (claim_pb2.CLAIM_STATE_RECEIVED, claim_pb2.CLAIM_STATE_APPROVED)
        for state in states if request.submission_id in {"", self.first_set} else ():
            change = claim_service_pb2.ClaimChange(claim_id=CLAIM_ID, state=state)
            yield claim_service_pb2.WatchClaimsResponse(changes=[change])
        ended = threading.Event()
        context.add_callback(ended.set)
        ended.wait(10)

    def CheckUkeFile(  # type: ignore[explicit-override]
        self, requests: Iterator[claim_service_pb2.CheckUkeFileRequest], context: Context
    ) -> Iterator[claim_service_pb2.CheckUkeFileResponse]:
        for request in requests:
            part = request.WhichOneof("part")
            if part == "header":
                self.profiles.append(request.header.profile)
            elif part == "chunk":
                self.chunks.append(request.chunk)
            else:
                self.volumes += 1
        checked = claim_service_pb2.FullyCheckedReceipts(receipts=self.checked)
        yield claim_service_pb2.CheckUkeFileResponse(checked=checked)
        summary = claim_service_pb2.CheckSummary(receipts=len(self.checked), set_rejected=not self.released)
        yield claim_service_pb2.CheckUkeFileResponse(summary=summary)

    def DownloadOutcomes(  # type: ignore[explicit-override]
        self, request: claim_service_pb2.DownloadOutcomesRequest, context: Context
    ) -> Iterator[claim_service_pb2.DownloadOutcomesResponse]:
        self.tokens.append(str(dict(context.invocation_metadata())["authorization"]))
        for number, chunk in enumerate((f"HI,{request.review_agency},{request.claim_month}\r\n", "HG\r\n")):
            if self.refusal is not None and number:
                context.abort(self.refusal, "the stream broke off")
            yield claim_service_pb2.DownloadOutcomesResponse(chunk=chunk.encode(), receipts=number)

    def SubmitClaim(self, request: object, context: object) -> NoReturn:  # type: ignore[explicit-override]
        raise NotImplementedError

    def SubmitClaims(self, request: object, context: object) -> NoReturn:  # type: ignore[explicit-override]
        raise NotImplementedError


@dataclass(slots=True)
class FakeSettlement(settlement_service_pb2_grpc.SettlementServiceServicer):
    """A ledger that is as sound as it is told to be."""

    sound: bool = True

    def VerifyLedger(  # type: ignore[explicit-override]
        self, request: settlement_service_pb2.VerifyLedgerRequest, context: Context
    ) -> Iterator[settlement_service_pb2.VerifyLedgerResponse]:
        yield settlement_service_pb2.VerifyLedgerResponse(transfers_checked=1, transfers_total=2)
        faults = [] if self.sound else ["trf_1 does not balance"]
        yield settlement_service_pb2.VerifyLedgerResponse(
            transfers_checked=2, transfers_total=2, finished=True, sound=self.sound, faults=faults
        )

    def GetTrialBalance(  # type: ignore[explicit-override]
        self, request: settlement_service_pb2.GetTrialBalanceRequest, context: Context
    ) -> settlement_service_pb2.GetTrialBalanceResponse:
        account = settlement_service_pb2.Account(account_id="payer:01130012", balance_yen=-1_234, version=1)
        return settlement_service_pb2.GetTrialBalanceResponse(accounts=[account], transfers=1, entries=2)

    def GetBalance(self, request: object, context: object) -> NoReturn:  # type: ignore[explicit-override]
        raise NotImplementedError

    def ListEntries(self, request: object, context: object) -> NoReturn:  # type: ignore[explicit-override]
        raise NotImplementedError

    def FindUnposted(self, request: object, context: object) -> NoReturn:  # type: ignore[explicit-override]
        raise NotImplementedError

    def GetControlTotals(self, request: object, context: object) -> NoReturn:  # type: ignore[explicit-override]
        raise NotImplementedError


def _claim(submission_id: str) -> claim_pb2.Claim:
    share = claim_pb2.PayerShare(payer_number="01130012", points=73, share_yen=511)
    decision = claim_pb2.Decision(outcome=claim_pb2.CLAIM_STATE_APPROVED, payers=[share], patient_yen=219)
    return claim_pb2.Claim(
        claim_id=CLAIM_ID,
        receipt_number=1,
        receipt_kind="1112",
        state=claim_pb2.CLAIM_STATE_APPROVED,
        declared_points=73,
        submission_id=submission_id,
        decision=decision,
    )


@dataclass(slots=True, kw_only=True)
class CommandLine:
    """The command line against the fakes."""

    claims: FakeClaims
    settlement: FakeSettlement
    corrections: FakeCorrections
    enrolments: FakeEnrolments
    payers: FakePayers
    periods: FakePeriods
    state_dir: Path

    def run(self, *arguments: str) -> Result:
        """Run one command as a program would."""
        environment = {"SEIKYU_STATE_DIR": str(self.state_dir)}
        return CliRunner().invoke(assemble(), list(arguments), env=environment)


@pytest.fixture
def command_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[CommandLine]:
    monkeypatch.delenv("SEIKYU_TOKEN_FILE", raising=False)
    claims, settlement, corrections = FakeClaims(), FakeSettlement(), FakeCorrections()
    enrolments, payers, periods = FakeEnrolments(), FakePayers(), FakePeriods()
    authority = Authority(tmp_path / "tls")
    pair = authority.server("claims")
    server = grpc.server(ThreadPoolExecutor(4))
    register: list[Callable[[], None]] = [
        lambda: claim_service_pb2_grpc.add_ClaimServiceServicer_to_server(claims, server),
        lambda: correction_service_pb2_grpc.add_CorrectionServiceServicer_to_server(corrections, server),
        lambda: enrolment_service_pb2_grpc.add_EnrolmentServiceServicer_to_server(enrolments, server),
        lambda: settlement_service_pb2_grpc.add_SettlementServiceServicer_to_server(settlement, server),
        lambda: payer_service_pb2_grpc.add_PayerServiceServicer_to_server(payers, server),
        lambda: period_service_pb2_grpc.add_PeriodServiceServicer_to_server(periods, server),
    ]
    for add in register:
        add()
    credentials = grpc.ssl_server_credentials([(pair.key_file.read_bytes(), pair.cert_file.read_bytes())])
    port = server.add_secure_port("127.0.0.1:0", credentials)
    server.start()
    (tmp_path / "operator.token").write_text("operator-token")
    (tmp_path / "client.env").write_text(
        f"SEIKYU_CLAIMS_ADDRESS=127.0.0.1:{port}\nSEIKYU_SETTLEMENT_ADDRESS=127.0.0.1:{port}\n"
        f"SEIKYU_TLS_CA_FILE={authority.ca_file}\nSEIKYU_TOKEN_FILE={tmp_path / 'operator.token'}\n"
        "SEIKYU_KAFKA_BOOTSTRAP=127.0.0.1:1\nSEIKYU_KAFKA_CA_FILE=ca.pem\n"
    )
    yield CommandLine(
        claims=claims,
        settlement=settlement,
        corrections=corrections,
        enrolments=enrolments,
        payers=payers,
        periods=periods,
        state_dir=tmp_path,
    )
    server.stop(0).wait()
