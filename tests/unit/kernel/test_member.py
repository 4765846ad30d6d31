"""The canonical member against the published vectors, made by openssl: docs/canonical-member.md is their source."""

import csv
import io

import pytest

from infra.local.settings import REPOSITORY
from services.shared.kernel.member import birth_digest, canonical_member, canonical_part, member_key
from tests.support.examples import load_example

_SECRET = b"0123456789abcdef0123456789abcdef"
_PAGE = REPOSITORY / "docs" / "canonical-member.md"


def published() -> list[dict[str, str]]:
    """The rows of the page's table."""
    table = _PAGE.read_text(encoding="utf-8").split("```csv\n")[1].split("```")[0]
    return list(csv.DictReader(io.StringIO(table)))


@pytest.mark.parametrize("row", published(), ids=lambda row: row["canonical"])
def test_published_vectors_hold(row: dict[str, str]) -> None:
    text = canonical_member(row["payer_number"], row["symbol"], row["number"])

    assert text == row["canonical"].encode()
    assert member_key(_SECRET, text) == row["member_key"]


@pytest.mark.parametrize("row", published(), ids=lambda row: row["canonical"])
def test_published_vectors_hold_for_the_payers_example(row: dict[str, str]) -> None:
    its_key = load_example("payer_consumer").member_key

    assert its_key(_SECRET, row["payer_number"], row["symbol"], row["number"]) == row["member_key"]


def test_the_published_birth_vector_holds() -> None:
    key = "f6ce6666eb08cb71b44926e07a263f8c"

    assert birth_digest(_SECRET, key, "19800105") == "29f9371e7d67218c6fea6651831e9328"


@pytest.mark.parametrize(
    "written", ["19d-0001", "１９Ｄ・０００１", "１９ｄ　０００１", "19D‐0001", "19D−0001", " 19D.0001 "]
)
def test_width_case_spaces_and_marks_do_not_tell_members_apart(written: str) -> None:
    assert canonical_part(written) == "19D0001"


def test_a_payers_number_loses_its_leading_spaces() -> None:
    assert canonical_member("  138057", "1", "2") == canonical_member("138057", "1", "2")


def test_symbol_and_number_do_not_run_into_each_other() -> None:
    assert canonical_member("01130012", "12", "3") != canonical_member("01130012", "1", "23")


def test_another_secret_gives_another_key() -> None:
    text = canonical_member("01130012", "1", "2")

    assert member_key(_SECRET, text) != member_key(_SECRET[::-1], text)
