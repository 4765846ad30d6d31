"""`seikyu payer rotate|unenrol`: another password, token and member secret without a gap; and none of them any more."""

import json
import uuid
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import click
from seikyu.claims.v1 import enrolment_service_pb2 as enrolments
from seikyu.claims.v1.enrolment_service_pb2_grpc import EnrolmentServiceStub
from seikyu.settlement.v1 import payer_service_pb2 as payers
from seikyu.settlement.v1.payer_service_pb2_grpc import PayerServiceStub

from services.cli.client import Client, keep_private, load_client, read_payer, shown
from services.cli.command import console, json_option, print_json, progress, run
from services.cli.payer_certificates import certified

BROKER_TIMEOUT_S: Final = 30.0
GRACE_HOURS: Final = 168
ROTATING: Final = ".rotating"
UNENROLLING: Final = ".unenrolling"


@click.command(name="rotate")
@click.argument("payer_number")
@click.option(
    "--grace-hours",
    default=GRACE_HOURS,
    show_default=True,
    type=click.IntRange(0, 720),
    help="How long the former Kafka principal and the former member secret are used beside the new ones.",
)
@json_option
def rotate(*, payer_number: str, grace_hours: int, as_json: bool) -> None:
    """Give PAYER_NUMBER another Kafka principal, token and member secret; those before hold until the grace is over.

    Run again after a fault it goes on with the same rotation.
    """
    client = load_client()
    kept = read_payer(client, payer_number)
    with progress("rotating"):
        secrets, given = run(_rotated(client, payer_number, grace_hours))
        certificate = run(certified(client, payer_number))
    file = client.payer_file(payer_number)
    keep_private(file, json.dumps(rotated_credentials(kept, secrets, given) | certificate, indent=1))
    _marker(client, payer_number, ROTATING).unlink(missing_ok=True)
    until = given.former_end_time.ToJsonString()
    if as_json:
        told = {"payer_number": payer_number, "credentials_file": str(file), "kafka_username": given.kafka_username}
        print_json(told | {"former_kafka_username": given.former_kafka_username, "former_end_time": until})
        return
    console().print(f"payer {payer_number} has new credentials in {shown(file)}")
    console().print(f"{given.former_kafka_username} holds beside {given.kafka_username} until {until}")


async def _rotated(
    client: Client, payer_number: str, grace_hours: int
) -> tuple[enrolments.RotatePayerResponse, payers.RotatePayerResponse]:
    """Both services under one request id, which is kept until both have answered."""
    begun = _begun(_marker(client, payer_number, ROTATING), {"grace_hours": grace_hours})
    asked = enrolments.RotatePayerRequest(payer_number=payer_number, **begun)
    async with client.channel("claims") as channel:
        secrets = await EnrolmentServiceStub(channel).RotatePayer(asked)
    request = payers.RotatePayerRequest(payer_number=payer_number, **begun)
    async with client.channel("settlement") as channel:
        return secrets, await PayerServiceStub(channel).RotatePayer(request, timeout=BROKER_TIMEOUT_S)


def _begun(marker: Path, asked: Mapping[str, Any]) -> dict[str, Any]:
    """The request that broke off, or a new one, which is remembered until both services have answered."""
    if marker.exists():
        found: dict[str, Any] = json.loads(marker.read_text(encoding="utf-8"))
        return found
    begun = {"request_id": str(uuid.uuid4()), **asked}
    keep_private(marker, json.dumps(begun))
    return begun


def _marker(client: Client, payer_number: str, kind: str) -> Path:
    return client.payer_file(payer_number).with_suffix(kind)


def rotated_credentials(
    kept: Mapping[str, Any], secrets: enrolments.RotatePayerResponse, given: payers.RotatePayerResponse
) -> dict[str, Any]:
    """What was kept, with what the rotation gave."""
    return {
        **kept,
        "token": secrets.token,
        "token_expire_time": secrets.token_expire_time.ToJsonString(),
        "member_secrets": {str(each.version): each.secret.hex() for each in secrets.member_secrets},
        "kafka_username": given.kafka_username,
        "kafka_password": given.kafka_password,
    }


@click.command(name="unenrol")
@click.argument("payer_number")
@json_option
def unenrol(*, payer_number: str, as_json: bool) -> None:
    """Withdraw PAYER_NUMBER's Kafka access and refuse its tokens. Postings go on.

    What is posted meanwhile is announced when it is enrolled again.
    """
    client = load_client()
    with progress("unenrolling"):
        done = run(_unenrolled(client, payer_number))
    _marker(client, payer_number, UNENROLLING).unlink(missing_ok=True)
    if as_json:
        print_json(
            {
                "payer_number": payer_number,
                "last_sequence": done.last_sequence,
                "published_sequence": done.published_sequence,
            }
        )
    else:
        told = f"{done.published_sequence:,} of {done.last_sequence:,} events were published"
        console().print(f"payer {payer_number} is unenrolled; {told}")


async def _unenrolled(client: Client, payer_number: str) -> payers.UnenrolPayerResponse:
    """Both services under one request id; where the second fails the command may be run again."""
    begun = _begun(_marker(client, payer_number, UNENROLLING), {})
    request = payers.UnenrolPayerRequest(payer_number=payer_number, **begun)
    async with client.channel("settlement") as channel:
        done = await PayerServiceStub(channel).UnenrolPayer(request, timeout=BROKER_TIMEOUT_S)
    asked = enrolments.UnenrolPayerRequest(payer_number=payer_number, **begun)
    async with client.channel("claims") as channel:
        await EnrolmentServiceStub(channel).UnenrolPayer(asked)
    return done
