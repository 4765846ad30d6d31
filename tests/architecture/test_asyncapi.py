"""docs/asyncapi.yaml says what the code does, and is AsyncAPI 3."""

import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import yaml
from seikyu.settlement.v1 import events_pb2

from infra.asyncapi_page import HEADERS, KINDS, PAGE, document, page
from infra.local.topology import TOPICS_FILE
from services.cli.payer_events import READERS
from services.settlement.adapters.messages import stream_item
from services.settlement.adapters.payers.enroller import topics_of
from services.settlement.adapters.payers.notices import write_notice
from services.settlement.domain.notices import type_of
from services.shared.chassis.kafka import wire_headers
from tests.support.asyncapi_schema import asyncapi_schema
from tests.unit.settlement.test_notices import NOTICES

PAYER = "01130012"


def test_the_document_is_what_the_code_would_write() -> None:
    assert PAGE.read_text(encoding="utf-8") == page()


def test_the_document_is_valid_against_the_schema_of_asyncapi_3() -> None:
    command = [str(Path(sys.executable).parent / "check-jsonschema"), "--schemafile", str(asyncapi_schema()), str(PAGE)]

    checked = subprocess.run(command, check=False, capture_output=True, text=True)

    assert checked.returncode == 0, checked.stdout


def test_a_payers_channels_are_its_topics_as_they_are_declared_and_made() -> None:
    addresses = [channel["address"] for channel in document()["channels"].values()]

    declared = [each["name"] for each in yaml.safe_load(TOPICS_FILE.read_text(encoding="utf-8"))["templates"]]
    assert sorted(addresses) == sorted(declared)
    assert [address.replace("{payer}", PAYER) for address in addresses] == list(topics_of(PAYER))


def test_every_message_with_a_place_in_the_stream_is_described_by_its_type_and_read_by_the_command_line() -> None:
    messages = events_pb2.DESCRIPTOR.message_types_by_name
    numbered = {name for name, message in messages.items() if "sequence" in message.fields_by_name}

    described = {name: each["name"] for name, each in document()["components"]["messages"].items()}
    assert numbered == set(KINDS)
    assert set(described) == {*KINDS, "HouseholdStated"}
    assert {described[name] for name in KINDS} == set(READERS)
    assert {type_of(notice) for notice in NOTICES} < set(READERS)


def test_a_described_message_has_the_headers_and_the_key_that_are_sent() -> None:
    [notice, *_] = NOTICES
    item = stream_item(
        payer=PAYER,
        sequence=1,
        event_id="evt_" + "0" * 32,
        subject="trf_1",
        value=write_notice(notice, 1),
        traceparent=f"00-{1:032x}-{1:016x}-00",
        time=datetime(2026, 7, 1, tzinfo=UTC),
        ce_type=type_of(notice),
    )

    assert [name for name, _ in wire_headers(item.announcement)] == list(HEADERS)
    assert item.announcement.key == item.announcement.subject
