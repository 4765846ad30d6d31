"""HMAC-SHA256 (RFC 2104) under keys that come back again and again: a key is prepared once, at half the time each."""

import hashlib
from functools import lru_cache
from hashlib import sha256
from typing import Final

KEYS_PREPARED: Final = 1_024
_BLOCK_BYTES: Final = 64
_INNER: Final = bytes(byte ^ 0x36 for byte in range(256))
_OUTER: Final = bytes(byte ^ 0x5C for byte in range(256))


def keyed_digest(key: bytes, text: bytes) -> bytes:
    """The same 32 bytes as `hmac.digest(key, text, "sha256")`."""
    inner, outer = _prepared(key)
    begun = inner.copy()
    begun.update(text)
    ended = outer.copy()
    ended.update(begun.digest())
    return ended.digest()


@lru_cache(maxsize=KEYS_PREPARED)
def _prepared(key: bytes) -> "tuple[hashlib._Hash, hashlib._Hash]":
    """What both hashes come to after the key's own block."""
    block = (sha256(key).digest() if len(key) > _BLOCK_BYTES else key).ljust(_BLOCK_BYTES, b"\0")
    return sha256(block.translate(_INNER)), sha256(block.translate(_OUTER))
