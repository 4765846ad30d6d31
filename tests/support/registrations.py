"""Registrations in memory, and files that state them."""

from collections.abc import Collection, Mapping
from datetime import datetime

from services.claims.application.registrations import Known

HEADER = "hospital_code,item,value,valid_from,valid_to"


def registration_file(*rows: str) -> bytes:
    """A file of these rows."""
    return "\n".join([HEADER, *rows, ""]).encode()


class RegistrationsInMemory:
    """Fulfils application.registrations.RegistrationLedger; `read` counts the texts that were asked for."""

    def __init__(self) -> None:
        self.rows: dict[Known, str] = {}
        self.read = 0

    async def put(self, texts: Mapping[str, str], now: datetime) -> list[str]:
        """Those that differ from the latest."""
        latest = {known.hospital_code: self.rows[known] for known in await self.latest(texts, now)}
        changed = [code for code, text in texts.items() if latest.get(code) != text]
        self.rows.update({Known(code, now): texts[code] for code in changed})
        return changed

    async def latest(self, hospital_codes: Collection[str], as_known: datetime) -> list[Known]:
        """The youngest of each hospital."""
        found = {}
        for known in sorted(self.rows):
            if known.hospital_code in hospital_codes and known.known_at <= as_known:
                found[known.hospital_code] = known
        return list(found.values())

    async def texts(self, known: Collection[Known]) -> dict[Known, str]:
        """From the dictionary."""
        self.read += len(known)
        return {each: self.rows[each] for each in known}
