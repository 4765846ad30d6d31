"""Payers follow their households' statements on a topic of their own: a correction reaches the right one, once."""

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from infra.demo.data import COVERAGE_FILE, HOSPITAL, INSURER, PROGRAMME, UKE_FILE
from infra.local.processes import StartFailed
from services.cli.failures import ExitCode
from tests.integration.stack.conftest import Platform
from tests.support.stack import running_platform
from tests.support.waiting import wait_until

Event = Mapping[str, Any]
EAGER = {"SEIKYU_SWEEP_INTERVAL_S": "0.5", "SEIKYU_HOUSEHOLD_QUIET_S": "0.2"}
RESTING = {"SEIKYU_HOUSEHOLD_QUIET_S": "86400"}
KILLS = (
    "claims.households-followed.after-commit",
    "claims.households-stated.before-commit",
    "cursor-relay.after-ack",
)
THIEF = "99999999"


@pytest.fixture(scope="module")
def stated() -> Iterator[Platform]:
    """The demo's claims, decided, stated without being asked for, and told to their payer."""
    with running_platform() as stack:
        platform = Platform(stack=stack)
        for words in (
            ("hospital", "enrol", HOSPITAL[0], "--name", HOSPITAL[1]),
            *(("payer", "enrol", number, "--name", name) for number, name in (INSURER, PROGRAMME)),
            ("coverage", "import", str(COVERAGE_FILE)),
            ("submit", str(UKE_FILE), "--watch"),
        ):
            done = platform.type(*words)
            assert done.exit_code == 0, done.output
        restart(platform, EAGER)
        wait_until(lambda: len(once(events(platform))) == len(listed(platform)) > 0 and settled(platform))
        yield platform


def restart(platform: Platform, environment: Mapping[str, str]) -> None:
    platform.stack.kill_component("claims")
    platform.stack.start_service("claims", environment)


def killed_at(platform: Platform, point: str, hit: Path) -> None:
    """Claims started anew, until it dies there; it may do so before it serves."""
    try:
        restart(platform, EAGER | {"SEIKYU_CRASHPOINT": point, "SEIKYU_CRASHPOINT_FILE": str(hit)})
    except StartFailed:
        if not hit.exists():
            raise
    wait_until(hit.exists)


def events(platform: Platform, payer: str = INSURER[0]) -> list[Event]:
    """What stands on the payer's topic, as itself reads it."""
    done = platform.type("household", "events", payer, "--no-follow", "--json")
    assert done.exit_code == 0, done.output
    return [json.loads(each) for each in done.output.splitlines()]


def listed(platform: Platform) -> list[Event]:
    done = platform.type("household", "list", "--all-versions", "--payer", INSURER[0], "--json")
    assert done.exit_code == 0, done.output
    return [json.loads(each) for each in done.output.splitlines()]


def settled(platform: Platform) -> bool:
    """Whether each month has its year: 2024-05 lies in a year that is over."""
    spans = ["year" in each["statement"] for each in listed(platform)]
    return spans.count(True) == spans.count(False)


def once(found: Sequence[Event]) -> list[Event]:
    """Each event once, at the place where it came first."""
    return list({each["event_id"]: each for each in found}.values())


def numbers(found: Sequence[Event]) -> list[int]:
    return [int(each["sequence"]) for each in found]


def test_a_correction_states_its_household_again_once_whatever_is_killed_meanwhile(
    stated: Platform, tmp_path: Path
) -> None:
    before = once(events(stated))
    month = next(each for each in before if "month" in each["statement"])
    claim = month["statement"]["month"]["claims"][0]["claim_id"]
    restart(stated, RESTING)
    done = stated.type("correct", "withdraw", claim, "--hospital", HOSPITAL[0])
    assert done.exit_code == 0, done.output

    for number, point in enumerate(KILLS):
        hit = tmp_path / str(number)
        killed_at(stated, point, hit)
    restart(stated, EAGER)
    wait_until(lambda: len(once(events(stated))) == len(before) + 2)
    done = stated.type("household", "recompute", "--month", "2024-05", "--json")
    assert json.loads(done.output)["changed"] == "0"

    after = once(events(stated))
    again, year = after[len(before) :]
    assert after[: len(before)] == before
    assert numbers(after) == list(range(1, len(before) + 3))
    assert (again["number"], again["replaces_version_id"]) == (2, month["version_id"])
    assert not again["statement"]["month"]["claims"]
    assert again["statement"]["payer_member_key"] == month["statement"]["payer_member_key"] != ""
    assert year["number"] == 2
    assert {each["statement"]["payer_number"] for each in after} == {INSURER[0]}
    assert events(stated, PROGRAMME[0]) == []


def test_for_another_payers_principal_there_is_no_such_topic(stated: Platform) -> None:
    directory = stated.stack.settings.state_dir / "identity"
    own = json.loads((directory / f"payer-{PROGRAMME[0]}.json").read_text())
    stolen = directory / f"payer-{THIEF}.json"
    stolen.write_text(json.dumps(own | {"statements_topic": f"statements.{INSURER[0]}"}))

    done = stated.type("household", "events", THIEF, "--no-follow")

    assert done.exit_code == ExitCode.NOT_FOUND, done.output
    assert f"there is no statements.{INSURER[0]} for this principal" in done.output


def test_a_broker_that_lost_its_data_gets_every_statement_again_with_the_same_ids(stated: Platform) -> None:
    before = once(events(stated))
    stated.stack.kill_component("kafka")
    stated.stack.parts.kafka.wipe()
    stated.stack.restart_broker()

    wait_until(lambda: has_all(stated, len(before)))

    assert once(events(stated)) == before


def has_all(platform: Platform, expected: int) -> bool:
    """Whether the payer can read again, and reads so many; until its user is made anew it may not."""
    done = platform.type("household", "events", INSURER[0], "--no-follow", "--json")
    return done.exit_code == 0 and len(done.output.splitlines()) >= expected
