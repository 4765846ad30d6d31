"""Where the platform is and who the command speaks for. Owns client.env, and the credentials kept beside it.

The environment wins over `client.env`, which `make up` writes into the state folder (`.run`, or SEIKYU_STATE_DIR).
"""

import json
import os
import re
import uuid
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import grpc.aio

from services.cli.failures import CommandFailure, ExitCode
from services.shared.chassis.channel import BearerToken, ClientCertificate, open_channel
from services.shared.chassis.kafka import KafkaAccess

STATE_DIR_VARIABLE: Final = "SEIKYU_STATE_DIR"
DEFAULT_STATE_DIR: Final = ".run"
PRIVATE_MODE: Final = 0o600
OPERATOR_CLIENT: Final = "operator"
"""The client id; the operator's consumer groups must begin with it."""
_TOKEN: Final = re.compile(r"[\w.~+/=-]+", re.ASCII)
_CLAIMS: Final = "/seikyu.claims.v1.ClaimService/"
_SETTLEMENT: Final = "/seikyu.settlement.v1.SettlementService/"
_BANK: Final = "/seikyu.settlement.v1.ReconciliationService/"
_PAYMENTS: Final = "/seikyu.settlement.v1.PaymentService/"
_IDEMPOTENT: Final = (
    f"{_CLAIMS}GetClaim",
    f"{_CLAIMS}ListClaims",
    f"{_SETTLEMENT}GetBalance",
    f"{_SETTLEMENT}ListEntries",
    f"{_SETTLEMENT}GetTrialBalance",
    f"{_BANK}ImportBankFile",  # known by its fingerprint
    f"{_BANK}ListQueue",
    f"{_BANK}ListReturns",
    f"{_BANK}GetPositions",
    f"{_PAYMENTS}GetPayee",
    f"{_PAYMENTS}ReleaseFile",  # the same batches are the same file
    f"{_PAYMENTS}ListBatches",
    f"{_PAYMENTS}ListPayments",
    "/seikyu.coding.v1.CodingService/CodeText",
    "/seikyu.coding.v1.CodingService/GetReview",
    "/seikyu.coding.v1.CodingService/ListReviews",
    "/seikyu.eligibility.v1.EligibilityService/CheckEligibility",
    "/seikyu.eligibility.v1.EligibilityService/GetCoverage",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    """The settings of a command: a state folder, and the SEIKYU_* variables that hold."""

    state_dir: Path
    variables: Mapping[str, str]

    def setting(self, name: str) -> str:
        """The variable's value; CommandFailure where neither the environment nor client.env names it."""
        value = self.variables.get(name, "")
        if not value:
            raise CommandFailure(
                f"{name} is not set, and {shown(self.state_dir / 'client.env')} does not name it",
                advice="start the platform with `make up`, or set the variable",
                code=ExitCode.UNAVAILABLE,
            )
        return value

    def speaking_with(self, token_file: Path) -> "Client":
        """The same client with another token."""
        return replace(self, variables={**self.variables, "SEIKYU_TOKEN_FILE": str(token_file)})

    def hospital_token_file(self, hospital_code: str) -> Path:
        """Where `hospital enrol` keeps this hospital's token."""
        return self.state_dir / "identity" / f"hospital-{hospital_code}.jwt"

    def payer_file(self, payer_number: str) -> Path:
        """Where `payer enrol` keeps this payer's credentials."""
        return self.state_dir / "identity" / f"payer-{payer_number}.json"

    @property
    def zipkin_url(self) -> str:
        """The trace store, without a path."""
        return self.setting("SEIKYU_ZIPKIN_URL").rstrip("/")

    @property
    def operator_kafka(self) -> KafkaAccess:
        """The broker as the operator's principal."""
        return self.kafka(self.setting("SEIKYU_KAFKA_USERNAME"), self.setting("SEIKYU_KAFKA_PASSWORD"))

    def kafka(self, username: str, password: str, client_id: str = OPERATOR_CLIENT) -> KafkaAccess:
        """The broker as some principal."""
        return KafkaAccess(
            bootstrap=self.setting("SEIKYU_KAFKA_BOOTSTRAP"),
            client_id=client_id,
            username=username,
            password=password,
            ca_file=Path(self.setting("SEIKYU_KAFKA_CA_FILE")),
        )

    @asynccontextmanager
    async def channel(self, service: str) -> AsyncIterator[grpc.aio.Channel]:
        """A channel to the service of this name, as the principal whose token or certificate is set."""
        address = self.setting(f"SEIKYU_{service.upper()}_ADDRESS")
        try:
            channel = open_channel(
                address,
                ca_file=Path(self.setting("SEIKYU_TLS_CA_FILE")),
                identity=self._identity(),
                idempotent_methods=_IDEMPOTENT,
            )
        except OSError as fault:
            raise unreadable(fault) from fault
        async with channel:
            yield channel

    def _identity(self) -> BearerToken | ClientCertificate:
        certificate = self.variables.get("SEIKYU_TLS_CERT_FILE", "")
        if certificate and not self.variables.get("SEIKYU_TOKEN_FILE"):
            key_file = Path(self.setting("SEIKYU_TLS_KEY_FILE"))
            return ClientCertificate(cert_file=Path(certificate), key_file=key_file)
        file = Path(self.setting("SEIKYU_TOKEN_FILE"))
        if _TOKEN.fullmatch(file.read_bytes().decode("ascii", "replace").strip()) is None:
            advice = "name the file that holds the bearer token and nothing else"
            raise CommandFailure(f"{file} holds no token", advice=advice, code=ExitCode.USAGE)
        return BearerToken(file=file)


def load_client(environment: Mapping[str, str] | None = None) -> Client:
    """The client that this process's environment and the state folder's client.env describe."""
    own = os.environ if environment is None else environment
    state_dir = Path(own.get(STATE_DIR_VARIABLE) or DEFAULT_STATE_DIR).resolve()
    named = {name: value for name, value in own.items() if name.startswith("SEIKYU_") and value}
    return Client(state_dir=state_dir, variables=_kept(state_dir / "client.env") | named)


def _kept(file: Path) -> dict[str, str]:
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return {}
    except OSError as fault:
        raise unreadable(fault) from fault
    pairs = (line.partition("=") for line in lines if line and not line.startswith("#"))
    return {name.strip(): value for name, _, value in pairs}


def shown(path: Path) -> str:
    """The path as a person may type it: from the current folder where it lies below it."""
    here = Path.cwd()
    return str(path.relative_to(here) if path.is_relative_to(here) else path)


def content_of(file: Path, *, most_bytes: int, advice: str) -> bytes:
    """A file's bytes. Raises CommandFailure where it cannot be read, is empty or too large (`advice`)."""
    try:
        content = file.read_bytes()
    except OSError as fault:
        raise unreadable(fault) from fault
    if not 0 < len(content) <= most_bytes:
        message = f"{file} has {len(content):,} bytes; a file has 1 to {most_bytes:,}"
        raise CommandFailure(message, advice=advice, code=ExitCode.USAGE)
    return content


def unreadable(fault: OSError) -> CommandFailure:
    """The failure for a file that cannot be read."""
    return CommandFailure(
        f"{fault.filename} cannot be read: {fault.strerror}",
        advice="check the path and its permissions; `make up` writes the local stack's files",
        code=ExitCode.USAGE,
    )


def unwritable(fault: OSError, file: Path) -> CommandFailure:
    """The failure for a file that cannot be written."""
    return CommandFailure(
        f"{shown(file)} cannot be written: {fault.strerror}",
        advice="check the folder and its permissions, or name another file",
        code=ExitCode.USAGE,
    )


def keep_private(file: Path, content: str | bytes) -> None:
    """Write a file that only its owner may read; it never stands open, not even for a moment."""
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    passing = file.with_name(f"{file.name}.{uuid.uuid4().hex}")
    descriptor = os.open(passing, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE_MODE)
    with os.fdopen(descriptor, "wb") as stream:
        stream.write(content.encode() if isinstance(content, str) else content)
    passing.replace(file)


def read_payer(client: Client, payer_number: str) -> Mapping[str, Any]:
    """What `payer enrol` kept; CommandFailure where this payer was never enrolled from here."""
    file = client.payer_file(payer_number)
    try:
        kept: Mapping[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError as fault:
        raise CommandFailure(
            f"there are no credentials of payer {payer_number} at {shown(file)}",
            advice=f"enrol it first: seikyu payer enrol {payer_number} --name NAME",
            code=ExitCode.NOT_FOUND,
        ) from fault
    except OSError as fault:
        raise unreadable(fault) from fault
    return kept
