"""The programs of docs/examples against the real platform, as the users' pages tell to run them."""

import re
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from infra.demo.data import CASES, COVERAGE_FILE, HOSPITAL, INSURER, PROGRAMME, UKE_FILE
from infra.local.parts import Parts
from tests.integration.stack.conftest import Platform

DEMO = str(UKE_FILE)
JAPAN = ZoneInfo("Asia/Tokyo")


def test_a_hospital_submits_a_file_and_follows_it_to_its_decisions(platform: Platform) -> None:
    done = platform.run_example("hospital_client.py", "submit", DEMO)

    decided = re.findall(r"^receipt (\d+): (\w+), payers", done.stdout, re.MULTILINE)
    assert done.returncode == 0, done.stderr
    assert dict(decided) == {str(number): case.expected for number, case in enumerate(CASES, start=1)}


def test_a_file_is_checked_without_being_submitted(platform: Platform) -> None:
    done = platform.run_example("hospital_client.py", "check", DEMO)

    told = re.findall(r"^receipt (\d+): declared \d+, priced \d+$", done.stdout, re.MULTILINE)
    assert done.returncode == 0, done.stderr
    assert told == [str(number) for number in range(1, len(CASES) + 1)]
    assert "sum.points-above-lines H: " in done.stdout


def test_returned_receipts_are_fetched_as_a_file(platform: Platform, tmp_path: Path) -> None:
    target = tmp_path / "RECEIPTC.HEN"

    done = platform.run_example("hospital_client.py", "returns", "202406", str(target))

    assert done.returncode == 0, done.stderr
    content = target.read_bytes()
    returned = content.count(b"\r\nRE,")
    assert content.startswith(b"HI,1,202406,")
    assert f": {returned} receipts" in done.stdout


def test_a_receipt_sent_again_gets_its_first_answer(platform: Platform) -> None:
    first = platform.run_example("hospital_client.py", "receipt", DEMO, "3")
    again = platform.run_example("hospital_client.py", "receipt", DEMO, "3")

    assert first.stdout == again.stdout
    assert re.fullmatch(r"receipt 3: received clm_[0-9a-f]{32}, submitted before\n", again.stdout)


def test_a_hospital_with_a_certificate_needs_no_token(platform: Platform) -> None:
    pair = Parts(platform.stack.settings).keys.authority.client(f"hospital/{HOSPITAL[0]}")
    port = platform.stack.settings.service("claims").mtls_port
    identity = {"SEIKYU_TLS_CERT_FILE": str(pair.cert_file), "SEIKYU_TLS_KEY_FILE": str(pair.key_file)}

    done = platform.run_example(
        "hospital_client.py", "receipt", DEMO, "1", SEIKYU_CLAIMS_ADDRESS=f"127.0.0.1:{port}", **identity
    )
    assert "submitted before" in done.stdout, done.stderr


def test_a_refused_receipt_is_told_with_line_field_and_rule(platform: Platform, tmp_path: Path) -> None:
    broken = tmp_path / "broken.UKE"
    broken.write_bytes(UKE_FILE.read_bytes().replace(b"SI,60,2,160062110", b"SI,60,2,16006211"))

    done = platform.run_example("hospital_client.py", "submit", str(broken))

    assert done.returncode == 0
    assert re.search(r"^receipt 5: rejected $", done.stdout, re.MULTILINE)
    assert re.search(r"^  line \d+ SI\.item_code: field\.length: ", done.stdout, re.MULTILINE)


def test_a_broken_frame_refuses_the_set(platform: Platform, tmp_path: Path) -> None:
    broken = tmp_path / "broken.UKE"
    broken.write_bytes(UKE_FILE.read_bytes().replace(b"GO,13,", b"GO,14,"))

    done = platform.run_example("hospital_client.py", "submit", str(broken))

    assert done.returncode == 1
    assert "nothing was taken" in done.stdout


def test_a_call_that_breaks_a_rule_is_told_with_its_field(platform: Platform) -> None:
    asked = ("0113", "1", "2", "00", "1980-01-01", "1", "2024-05-01")

    done = platform.run_example("hospital_client.py", "cover", *asked)

    assert done.returncode == 1
    assert done.stdout.startswith("INVALID_ARGUMENT: ")
    assert "  member.payer_number: " in done.stdout


def test_a_member_is_covered_today_and_an_unknown_one_is_not(platform: Platform) -> None:
    payer, symbol, number, branch, birth, sex = COVERAGE_FILE.read_text().splitlines()[1].split(",")[:6]
    today = datetime.now(JAPAN).date().isoformat()

    covered = platform.run_example("hospital_client.py", "cover", payer, symbol, number, branch, birth, sex, today)
    unknown = platform.run_example("hospital_client.py", "cover", payer, symbol, "1", branch, birth, sex, today)

    assert (covered.returncode, covered.stdout) == (0, "covered, the patient pays 3 tenths\n")
    assert (unknown.returncode, unknown.stdout) == (1, "not covered: unknown_member\n")


def test_a_payers_books_hold_each_event_once_and_agree_with_the_ledger(platform: Platform, tmp_path: Path) -> None:
    for number, _ in (INSURER, PROGRAMME):
        credentials = platform.stack.settings.state_dir / "identity" / f"payer-{number}.json"
        words = (str(credentials), str(COVERAGE_FILE), str(tmp_path / f"{number}.sqlite"))

        first = platform.run_example("payer_consumer.py", *words)
        again = platform.run_example("payer_consumer.py", *words)

        assert first.returncode == 0, first.stderr
        assert re.match(r"[1-9]\d* new events, 0 known already\n", first.stdout)
        assert again.stdout.startswith("0 new events")
        assert first.stdout.splitlines()[1:] == again.stdout.splitlines()[1:]
        assert re.search(r"member\s+\d", first.stdout) or number == PROGRAMME[0]


def test_a_payer_that_lost_its_place_takes_every_event_again_but_once(platform: Platform, tmp_path: Path) -> None:
    """Another group starts at the beginning, as after the broker's data was lost: the books know each event's id."""
    credentials = platform.stack.settings.state_dir / "identity" / f"payer-{INSURER[0]}.json"
    other = tmp_path / "other.json"
    other.write_text(credentials.read_text().replace(f'"payer-{INSURER[0]}."', f'"payer-{INSURER[0]}.other-"'))
    books = str(tmp_path / "books.sqlite")

    first = platform.run_example("payer_consumer.py", str(other), str(COVERAGE_FILE), books)
    other.write_text(other.read_text().replace(".other-", ".another-"))
    again = platform.run_example("payer_consumer.py", str(other), str(COVERAGE_FILE), books)

    assert re.match(r"([1-9]\d*) new events, 0 known already", first.stdout), first.stderr
    assert re.match(r"0 new events, [1-9]\d* known already", again.stdout), again.stderr
