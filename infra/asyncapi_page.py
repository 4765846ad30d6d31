"""`python -m infra.asyncapi_page`: docs/asyncapi.yaml from code, contracts and topics.yaml; --check fails on a diff.

Describes what payers get: both of their topics, every kind of message with its headers, its Kafka key and its protobuf.
"""

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import yaml

from infra.local.topology import HOUR_MS, TOPICS_FILE
from services.claims.adapters.household_messages import STATED_TYPE
from services.settlement.domain.notices import (
    FEE_CHARGED,
    PAYMENT_INSTRUCTED,
    PAYMENT_RECEIVED,
    PERIOD_CLOSED,
    STATEMENT_ISSUED,
)
from services.settlement.domain.posting import SETTLED_TYPE
from services.shared.chassis.messages import CONTENT_TYPE, SPEC_VERSION

CONTENT: Final = CONTENT_TYPE.decode()
VERSION: Final = SPEC_VERSION.decode()
ROOT: Final = Path(__file__).resolve().parents[1]
PAGE: Final = ROOT / "docs" / "asyncapi.yaml"
SETTLEMENT_PROTO: Final = ROOT / "protos" / "seikyu" / "settlement" / "v1" / "events.proto"
HOUSEHOLD_PROTO: Final = ROOT / "protos" / "seikyu" / "claims" / "v1" / "household.proto"
PROTOBUF: Final = "application/vnd.google.protobuf;version=3"
PAYER_PATTERN: Final = "^([0-9]{6}|[0-9]{8})$"
SETTLEMENTS: Final = "settlement.{payer}"
STATEMENTS: Final = "statements.{payer}"

KINDS: Final[Mapping[str, tuple[str, str, str]]] = {
    "ClaimSettled": (SETTLED_TYPE, "claim id", "A payable was recorded, or one was taken back (adjusted)."),
    "FeeCharged": (FEE_CHARGED, "transfer id", "The review fee (審査支払手数料) of a period."),
    "StatementIssued": (STATEMENT_ISSUED, "statement id", "What is to be paid for a period, until when."),
    "PaymentInstructed": (PAYMENT_INSTRUCTED, "batch id", "Hospitals' payments for a period went to the bank."),
    "PaymentReceived": (PAYMENT_RECEIVED, "transfer id", "Money of the payer came in."),
    "PeriodClosed": (PERIOD_CLOSED, "statement id", "What is decided from now on comes in a later period."),
}
"""Messages of the settlement topic: ce_type, Kafka key and ce_subject, and what it tells."""

HEADERS: Final[Mapping[str, dict[str, Any]]] = {
    "ce_specversion": {"type": "string", "const": VERSION},
    "ce_id": {"type": "string", "pattern": "^evt_[0-9a-f]{32}$", "description": "The event's id: take each once."},
    "ce_type": {"type": "string", "description": "Which message the value is."},
    "ce_source": {"type": "string", "description": "The service that announced it."},
    "ce_time": {"type": "string", "format": "date-time"},
    "ce_subject": {"type": "string", "description": "What the event is about; the Kafka key as well."},
    "content-type": {"type": "string", "const": CONTENT},
    "traceparent": {"type": "string", "description": "W3C trace context of what caused the event."},
}


DESCRIPTION: Final = """\
Each enrolled payer (保険者, 公費負担者) has two topics of one partition, which its own principal alone may read.
Delivery is at least once: take each ce_id once. Every value has event_id, payer_number and a sequence without gap.
Further fields, and further kinds of messages on these topics, may come at any time; fields 1 to 3 are those of
ClaimSettled in every message of the settlement topic, and all others of further messages begin at 30, so that a
consumer that reads every value as ClaimSettled adds 0 yen for them.
"""


class _Page(yaml.SafeDumper):
    """Texts of several lines stand as they are."""


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style="|" if "\n" in text else None)


_Page.add_representer(str, _text)


def page() -> str:
    """The whole document."""
    head = "# Written by `python -m infra.asyncapi_page`; a test fails where this file is not what it would write.\n"
    return head + yaml.dump(document(), Dumper=_Page, sort_keys=False, allow_unicode=True, width=120)


def document() -> dict[str, Any]:
    """AsyncAPI 3.0.0."""
    return {
        "asyncapi": "3.0.0",
        "info": _info(),
        "defaultContentType": CONTENT,
        "servers": {"kafka": _server()},
        "channels": {
            "settlement": _channel(SETTLEMENTS, "What the payer owes and what became of it.", list(KINDS)),
            "statements": _channel(STATEMENTS, "Statements of its members' households.", ["HouseholdStated"]),
        },
        "operations": {
            "tellSettlements": _operation("settlement", "Seikyu tells the payer, in gap-free sequence."),
            "tellHouseholds": _operation("statements", "Seikyu tells the payer, in gap-free sequence."),
        },
        "components": {
            "messages": _messages(),
            "schemas": {"Headers": _headers()},
            "securitySchemes": {
                "scram": {"type": "scramSha512", "description": "The principal that the enrolment gave the payer."}
            },
        },
    }


def _info() -> dict[str, Any]:
    return {
        "title": "Seikyu: events for payers",
        "version": "1.0.0",
        "description": DESCRIPTION,
    }


def _server() -> dict[str, Any]:
    return {
        "host": "{bootstrap}",
        "protocol": "kafka-secure",
        "description": "SASL_SSL with SCRAM-SHA-512; groups begin with `payer-<payer number>.`.",
        "variables": {"bootstrap": {"description": "kafka_bootstrap of the payer's credentials."}},
        "security": [{"$ref": "#/components/securitySchemes/scram"}],
    }


def _channel(address: str, description: str, messages: list[str]) -> dict[str, Any]:
    declared = _declared(address)
    return {
        "address": address,
        "description": description,
        "parameters": {"payer": {"description": f"保険者番号 or 公費負担者番号: {PAYER_PATTERN}"}},
        "messages": {name: {"$ref": f"#/components/messages/{name}"} for name in messages},
        "bindings": {
            "kafka": {
                "partitions": declared["partitions"],
                "topicConfiguration": {"retention.ms": declared["retention_hours"] * HOUR_MS},
                "bindingVersion": "0.5.0",
            }
        },
    }


def _declared(address: str) -> dict[str, Any]:
    """The template in topics.yaml."""
    table = yaml.safe_load(TOPICS_FILE.read_text(encoding="utf-8"))
    found: dict[str, Any] = next(each for each in table["templates"] if each["name"] == address)
    return found


def _operation(channel: str, summary: str) -> dict[str, Any]:
    return {"action": "send", "channel": {"$ref": f"#/channels/{channel}"}, "summary": summary}


def _messages() -> dict[str, Any]:
    own = {
        name: _message(name, ce_type, key, summary, SETTLEMENT_PROTO) for name, (ce_type, key, summary) in KINDS.items()
    }
    stated = _message(
        "HouseholdStated", STATED_TYPE, "statement id", "A version of a household's statement.", HOUSEHOLD_PROTO
    )
    return {**own, "HouseholdStated": stated}


def _message(name: str, ce_type: str, key: str, summary: str, proto: Path) -> dict[str, Any]:  # noqa: PLR0917 - a row
    return {
        "name": ce_type,
        "title": name,
        "summary": summary,
        "contentType": CONTENT,
        "headers": {
            "allOf": [{"$ref": "#/components/schemas/Headers"}],
            "type": "object",
            "properties": {"ce_type": {"type": "string", "const": ce_type}},
        },
        "payload": {"schemaFormat": PROTOBUF, "schema": definition(name, proto)},
        "correlationId": {"location": "$message.header#/traceparent"},
        "bindings": {"kafka": {"key": {"type": "string", "description": key}, "bindingVersion": "0.5.0"}},
    }


def _headers() -> dict[str, Any]:
    return {"type": "object", "required": list(HEADERS), "properties": dict(HEADERS)}


def definition(name: str, proto: Path) -> str:
    """The message as its contract writes it, comments and all. Raises ValueError."""
    text = proto.read_text(encoding="utf-8")
    start = text.index(f"message {name} {{")
    return text[start : text.index("\n}\n", start) + 3]


def main(arguments: list[str]) -> None:
    """Write the page, or fail where it differs."""
    match arguments:
        case []:
            PAGE.write_text(page(), encoding="utf-8")
        case ["--check"]:
            if not PAGE.exists() or PAGE.read_text(encoding="utf-8") != page():
                sys.exit("docs/asyncapi.yaml is stale: run `python -m infra.asyncapi_page`")
        case _:
            sys.exit("usage: python -m infra.asyncapi_page [--check]")


if __name__ == "__main__":
    main(sys.argv[1:])
