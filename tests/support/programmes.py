"""Local programmes in memory, and files that state them."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from services.claims.application.programmes import ToldText

HEADER = "number,name,percent,inpatient_limit_yen,outpatient_limit_yen,order,rounding,since,until,source"


def programme_file(*rows: str) -> bytes:
    """A file of these rows."""
    return "\n".join([HEADER, *rows, ""]).encode()


class ProgrammesInMemory:
    """Fulfils application.programmes.ProgrammeLedger; `read` counts the texts that were asked for."""

    def __init__(self) -> None:
        self.told: list[ToldText] = []
        self.read = 0

    async def put(self, texts: Mapping[str, str], now: datetime) -> list[str]:
        """Those that differ from the latest."""
        latest = {each.number: each.text for each in self.told}
        known_at = max([now, *(each.known_at + timedelta(microseconds=1) for each in self.told)])
        changed = sorted(number for number, text in texts.items() if latest.get(number) != text)
        self.told += [ToldText(number, known_at, texts[number]) for number in changed]
        return changed

    async def latest(self) -> datetime | None:
        """The youngest's."""
        return self.told[-1].known_at if self.told else None

    async def told_after(self, after: datetime | None) -> list[ToldText]:
        """Those that are younger."""
        found = [each for each in self.told if after is None or each.known_at > after]
        self.read += len(found)
        return found
