"""The keyed digest is HMAC-SHA256, whatever the key's length."""

import hmac

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.shared.kernel.keyed_digest import keyed_digest


@given(key=st.binary(max_size=200), text=st.binary(max_size=200))
def test_it_is_what_the_standard_library_says(key: bytes, text: bytes) -> None:
    assert keyed_digest(key, text) == hmac.digest(key, text, "sha256")


@pytest.mark.parametrize(
    ("key", "text", "digest"),
    [
        (b"\x0b" * 20, b"Hi There", "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"),
        (b"Jefe", b"what do ya want for nothing?", "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"),
    ],
)
def test_it_is_what_rfc_4231_says(key: bytes, text: bytes, digest: str) -> None:
    assert keyed_digest(key, text).hex() == digest
