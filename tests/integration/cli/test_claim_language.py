"""`seikyu claim ID --lang`: the same claim in English and in Japanese; programs get the contract's names."""

import json

from tests.integration.cli.conftest import CLAIM_ID, CommandLine


def test_a_claim_is_shown_in_the_language_asked_for(command_line: CommandLine) -> None:
    english = command_line.run("claim", CLAIM_ID).output
    japanese = command_line.run("claim", CLAIM_ID, "--lang", "ja").output

    assert [word in english for word in ("approved", "Payers")] == [True, True]
    assert [word in japanese for word in ("承認", "支払者別", "レセプト")] == [True, True, True]
    assert "approved" not in japanese


def test_programs_get_the_same_in_any_language(command_line: CommandLine) -> None:
    told = [json.loads(command_line.run("claim", CLAIM_ID, "--json", "--lang", lang).output) for lang in ("en", "ja")]

    assert told[0] == told[1]
    assert told[0]["state"] == "CLAIM_STATE_APPROVED"


def test_an_unknown_language_is_refused(command_line: CommandLine) -> None:
    assert command_line.run("claim", CLAIM_ID, "--lang", "fr").exit_code == 2
