"""The canonical member: how an insured person is named across the platform without being named.

Canonical text: payer number, 記号 and 番号 joined by "|". Each part is NFKC-normalised, upper-cased, and keeps
letters and digits only (spaces, hyphens, dots and their look-alikes differ between cards, systems and people). A payer
number also loses its leading spaces. A public programme has no 記号; its 番号 is 受給者番号. docs/canonical-member.md
publishes this form with test vectors, for payers match their members with it.
"""

import unicodedata
from dataclasses import dataclass
from typing import Final

from services.shared.kernel.keyed_digest import keyed_digest

KEY_HEX_DIGITS: Final = 32
MIN_SECRET_BYTES: Final = 32


def canonical_part(text: str) -> str:
    """NFKC, upper case, letters and digits only."""
    if text.isascii() and text.isalnum():
        return text.upper()
    folded = unicodedata.normalize("NFKC", text).upper()
    return folded if folded.isalnum() else "".join([c for c in folded if c.isalnum()])


def canonical_member(payer_number: str, symbol: str, number: str) -> bytes:
    """The text that every member key is made of, in UTF-8."""
    return f"{payer_number.strip()}|{canonical_part(symbol)}|{canonical_part(number)}".encode()


def member_key(secret: bytes, canonical: bytes) -> str:
    """HMAC-SHA256 of a canonical member, 32 hexadecimal digits.

    Under the platform key it is the member_key of claims.received; under a payer's own secret it is the
    payer_member_key of that payer's events.
    """
    return keyed_digest(secret, canonical).hex()[:KEY_HEX_DIGITS]


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberSecret:
    """A payer's own secret, and which of them it is: 1 for the first. Never logged, never in an event."""

    version: int
    secret: bytes

    def key(self, canonical: bytes) -> str:
        """The payer_member_key: the bare digits under the first secret, `<version>:<digits>` under a later one.

        So a payer that holds two secrets knows by which one to look, and a rotation leaves no gap.
        """
        digits = member_key(self.secret, canonical)
        return digits if self.version == 1 else f"{self.version}:{digits}"


def birth_digest(platform_key: bytes, key: str, birth_date: str) -> str:
    """HMAC of a birth date YYYYMMDD, bound to the member key so that equal dates of two people differ."""
    return keyed_digest(platform_key, f"birth|{key}|{birth_date}".encode()).hex()[:KEY_HEX_DIGITS]
