"""Passwords and keys of one local stack: made once, kept readable by their owner only."""

import json
import os
import secrets
import threading
from collections.abc import Iterable
from pathlib import Path

PASSWORD_BYTES = 24
PLATFORM_KEY_BYTES = 32


class Credentials:
    """Passwords by account name, in `<state>/credentials.json`. A name asked for the first time gets a password.

    One instance per stack: components ask for theirs at the same time, from several threads.
    """

    def __init__(self, path: Path) -> None:
        """Reads what is kept; a missing file is an empty one."""
        self._path = path
        self._guard = threading.Lock()
        self._passwords: dict[str, str] = json.loads(path.read_text()) if path.exists() else {}

    def password(self, account: str) -> str:
        """The account's password, made and kept when there is none."""
        return self.passwords([account])[account]

    def passwords(self, accounts: Iterable[str]) -> dict[str, str]:
        """Several at once, with one write."""
        wanted = list(accounts)
        with self._guard:
            missing = [account for account in wanted if account not in self._passwords]
            if missing:
                self._passwords |= {account: secrets.token_urlsafe(PASSWORD_BYTES) for account in missing}
                write_private(self._path, json.dumps(self._passwords, indent=1).encode())
        return {account: self._passwords[account] for account in wanted}


def write_private(path: Path, content: bytes) -> None:
    """Write a file whole and readable by its owner only, replacing what was there in one step."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
    draft.replace(path)


def ensure_platform_key(path: Path) -> None:
    """The HMAC key of member keys: random, made once; losing it would make every member unknown."""
    if not path.exists():
        write_private(path, secrets.token_bytes(PLATFORM_KEY_BYTES))
