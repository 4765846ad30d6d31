import io
import json
import logging
import warnings
from collections.abc import Iterator
from typing import Any

import pytest
import structlog

from services.shared.chassis.logs import configure_logging, get_logger, librdkafka_logger
from services.shared.chassis.spans import SpanWriter, current_traceparent, open_span
from services.shared.chassis.traceparent import span_id_of, trace_id_of
from tests.support.edge import MemoryTelemetry

NAME = "架空　花子"
KANA = "ｶｸｳ ﾊﾅｺ"
INSURED = "12345678"
BIRTH = "19500101"
CANARIES = (NAME, KANA, INSURED, BIRTH)


@pytest.fixture(name="out")
def captured_logs() -> Iterator[io.StringIO]:
    root = logging.getLogger()
    before = list(root.handlers), root.level
    out = io.StringIO()
    configure_logging("claims", stream=out)
    yield out
    root.handlers[:], root.level = before
    logging.captureWarnings(capture=False)
    structlog.reset_defaults()


def lines(out: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in out.getvalue().splitlines()]


def test_a_line_names_service_module_time_and_level(out: io.StringIO) -> None:
    get_logger("services.claims").info("claims received", count=3)

    (line,) = lines(out)
    assert line["service.name"] == "claims"
    assert (line["module"], line["event"], line["level"], line["count"]) == (
        "services.claims",
        "claims received",
        "info",
        3,
    )
    assert line["timestamp"].endswith("Z")


def test_a_line_carries_the_ids_of_the_span_under_way(out: io.StringIO) -> None:
    writer: SpanWriter = MemoryTelemetry().build().spans

    with open_span(writer, "work", raised=False):
        traceparent = current_traceparent()
        get_logger("x").info("working")

    assert traceparent is not None
    assert (lines(out)[0]["trace_id"], lines(out)[0]["span_id"]) == (trace_id_of(traceparent), span_id_of(traceparent))


def test_a_key_that_is_not_on_the_list_is_redacted(out: io.StringIO) -> None:
    get_logger("x").info("seen", claim_id="clm_1", insured_number=INSURED, birth=BIRTH)

    (line,) = lines(out)
    assert (line["claim_id"], line["insured_number"], line["birth"]) == ("clm_1", "[redacted]", "[redacted]")


def test_no_canary_gets_through_in_values_exceptions_or_libraries_lines(out: io.StringIO) -> None:
    log = get_logger("x")
    log.info("seen", topic=NAME, rows=[NAME, KANA], claim_id={"name": NAME}, text=f"{INSURED} {BIRTH}")
    try:
        try:
            raise KeyError(NAME)
        except KeyError as cause:
            raise ValueError(f"{NAME} {INSURED}") from cause
    except ValueError:
        log.exception("failed")
        logging.getLogger("some.library").exception("could not handle %s", NAME)
    logging.getLogger("some.library").error("row (%s, %s)", INSURED, KANA)
    librdkafka_logger().warning("FAIL %s %s", NAME, INSURED)
    warnings.warn(f"odd {NAME}", stacklevel=1)

    text = out.getvalue()
    assert len(lines(out)) == 6
    assert not [canary for canary in CANARIES if canary in text or canary in json.dumps(lines(out), ensure_ascii=False)]


def test_an_exception_is_shown_by_type_cause_and_frames(out: io.StringIO) -> None:
    try:
        try:
            raise KeyError("a")
        except KeyError as cause:
            raise ValueError("b") from cause
    except ValueError:
        get_logger("x").exception("failed")

    (line,) = lines(out)
    assert line["exception"]["type"] == "builtins.ValueError"
    assert line["exception"]["causes"] == ["builtins.KeyError"]
    assert line["exception"]["frames"][0].endswith("test_an_exception_is_shown_by_type_cause_and_frames")


def test_a_line_below_the_level_costs_no_output(out: io.StringIO) -> None:
    get_logger("x").debug("details")

    assert out.getvalue() == ""
