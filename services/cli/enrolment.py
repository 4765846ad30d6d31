"""`seikyu hospital enrol` and `seikyu payer enrol`: who may speak to the platform. Secrets go to files of mode 0600."""

import json
import uuid
from pathlib import Path
from typing import Any

import click
from seikyu.claims.v1 import enrolment_service_pb2
from seikyu.claims.v1.enrolment_service_pb2_grpc import EnrolmentServiceStub
from seikyu.settlement.v1 import payer_service_pb2
from seikyu.settlement.v1.payer_service_pb2_grpc import PayerServiceStub

from services.cli.client import Client, keep_private, load_client, shown
from services.cli.command import console, json_option, print_json, progress, run
from services.cli.payer_certificates import certified
from services.cli.payer_desk import reads, receipt, review, show, statement
from services.cli.rotating import rotate, unenrol
from services.cli.standards import standards


async def enrol_hospital(client: Client, hospital_code: str, name: str) -> Path:
    """Enrol the hospital and keep its token; returns the token's file. Raises AioRpcError."""
    request = enrolment_service_pb2.EnrolHospitalRequest(
        request_id=str(uuid.uuid4()), hospital_code=hospital_code, name=name
    )
    async with client.channel("claims") as channel:
        answer = await EnrolmentServiceStub(channel).EnrolHospital(request)
    file = client.hospital_token_file(hospital_code)
    keep_private(file, answer.token)
    return file


async def enrol_payer(client: Client, payer_number: str, name: str) -> Path:
    """Enrol the payer with claims, then with settlement, and keep its credentials; returns their file."""
    identity = enrolment_service_pb2.EnrolPayerRequest(
        request_id=str(uuid.uuid4()), payer_number=payer_number, name=name
    )
    async with client.channel("claims") as channel:
        issued = await EnrolmentServiceStub(channel).EnrolPayer(identity)
    topic = payer_service_pb2.EnrolPayerRequest(request_id=str(uuid.uuid4()), payer_number=payer_number)
    async with client.channel("settlement") as channel:
        opened = await PayerServiceStub(channel).EnrolPayer(topic, timeout=30.0)
    certificate = await certified(client, payer_number)
    file = client.payer_file(payer_number)
    keep_private(file, json.dumps(_credentials(client, issued, opened) | certificate, indent=1))
    return file


def _credentials(
    client: Client,
    issued: enrolment_service_pb2.EnrolPayerResponse,
    opened: payer_service_pb2.EnrolPayerResponse,
) -> dict[str, Any]:
    secrets = {str(each.version): each.secret.hex() for each in issued.member_secrets}
    return {
        "payer_number": opened.payer_number,
        "token": issued.token,
        "token_expire_time": issued.token_expire_time.ToJsonString(),
        "member_secret_hex": issued.member_secret.hex(),
        "member_secrets": secrets or {"1": issued.member_secret.hex()},
        "topic": opened.topic,
        "statements_topic": opened.statements_topic,
        "kafka_bootstrap": client.setting("SEIKYU_KAFKA_BOOTSTRAP"),
        "kafka_ca_file": client.setting("SEIKYU_KAFKA_CA_FILE"),
        "kafka_username": opened.kafka_username,
        "kafka_password": opened.kafka_password,
        "group_prefix": opened.group_prefix,
    }


@click.group(name="hospital")
def hospital() -> None:
    """Enrol hospitals, and tell what they have registered."""


hospital.add_command(standards)


@hospital.command(name="enrol")
@click.argument("hospital_code")
@click.option("--name", required=True, help="医療機関名称.")
@json_option
def enrol_hospital_command(*, hospital_code: str, name: str, as_json: bool) -> None:
    """Enrol HOSPITAL_CODE (都道府県 2 + 点数表 1 + 医療機関コード 7) and keep its token."""
    with progress("enrolling"):
        file = run(enrol_hospital(load_client(), hospital_code, name))
    if as_json:
        print_json({"hospital_code": hospital_code, "token_file": str(file)})
    else:
        console().print(f"hospital {hospital_code} is enrolled; its token is in {shown(file)}")


@click.group(name="payer")
def payer() -> None:
    """Enrol payers, and what a payer asks about what it owes."""


for _command in (show, receipt, reads, review, statement, rotate, unenrol):
    payer.add_command(_command)


@payer.command(name="enrol")
@click.argument("payer_number")
@click.option("--name", required=True, help="保険者名 or 公費負担者名.")
@json_option
def enrol_payer_command(*, payer_number: str, name: str, as_json: bool) -> None:
    """Enrol PAYER_NUMBER: its token, member secret, topic and Kafka principal."""
    with progress("enrolling"):
        file = run(enrol_payer(load_client(), payer_number, name))
    if as_json:
        print_json({"payer_number": payer_number, "credentials_file": str(file)})
    else:
        console().print(f"payer {payer_number} is enrolled; its credentials are in {shown(file)}")
