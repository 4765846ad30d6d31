"""The canonical member against vectors made with `openssl dgst -sha256 -hmac`, which shares no code with this project.

printf '01130012|123|456' | openssl dgst -sha256 -hmac 0123456789abcdef0123456789abcdef
"""

import pytest

from services.shared.kernel.member import birth_digest, canonical_member, canonical_part, member_key

_SECRET = b"0123456789abcdef0123456789abcdef"


@pytest.mark.parametrize(
    ("payer", "symbol", "number", "canonical", "key"),
    [
        ("01130012", "１２３", "４５６", "01130012|123|456", "f6ce6666eb08cb71b44926e07a263f8c"),
        ("01130012", "１９Ｄ０００１", "１１", "01130012|19D0001|11", "6d9cfadc33647102002b7c97ab6fdeaf"),
        ("83136019", "", "1111111", "83136019||1111111", "81ab1cbe8784dce6aae5fc8791616036"),
    ],
    ids=["full width", "letters", "programme"],
)
def test_published_vectors_hold(*, payer: str, symbol: str, number: str, canonical: str, key: str) -> None:
    text = canonical_member(payer, symbol, number)

    assert text == canonical.encode()
    assert member_key(_SECRET, text) == key


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
