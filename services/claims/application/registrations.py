"""What hospitals have registered, as known at any instant, and telling what it is anew.

A registration is one text per hospital and instant; the values made of it are kept, since every batch asks for them.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, NamedTuple, Protocol

from services.claims.domain.edits.registration import (
    read_registrations,
    registration_text,
    standards_of,
    stated_in,
)
from services.claims.domain.edits.standards import FacilityStandards
from services.claims.domain.faulty_rows import FaultyRows

MOST_KEPT: Final = 20_000
"""Registrations held ready; past them all are read anew."""


class Known(NamedTuple):
    """Since when a hospital's registration is known; the key of one registration."""

    hospital_code: str
    known_at: datetime


class RegistrationReader(Protocol):
    """What is kept of registrations, in a transaction that is open or each call in its own."""

    async def latest(self, hospital_codes: Collection[str], as_known: datetime) -> Sequence[Known]:
        """The latest registration of each hospital at an instant; none of a hospital that was never told of."""
        ...

    async def texts(self, known: Collection[Known]) -> Mapping[Known, str]:
        """The texts of these registrations."""
        ...


class RegistrationLedger(RegistrationReader, Protocol):
    """Where registrations are kept. It only grows."""

    async def put(self, texts: Mapping[str, str], now: datetime) -> Sequence[str]:
        """Keep those that differ from what was known last; returns their hospitals. All or none."""
        ...


class NothingRegistered:
    """Registrations where no hospital was ever told of."""

    __slots__ = ()

    async def standards(
        self, hospital_codes: Collection[str], as_known: datetime, reader: RegistrationReader | None = None
    ) -> Mapping[str, FacilityStandards]:
        """None."""
        return {}


NOTHING_REGISTERED: Final = NothingRegistered()


class Imported(NamedTuple):
    """What became of a file that was accepted: hospitals named, and hospitals changed."""

    hospitals: int
    changed: int


async def import_registrations(ledger: RegistrationLedger, content: bytes, *, now: datetime) -> Imported | FaultyRows:
    """Take a file, whole or not at all."""
    read = read_registrations(content)
    if isinstance(read, FaultyRows):
        return read
    changed = await ledger.put({code: registration_text(stated) for code, stated in read.items()}, now)
    return Imported(len(read), len(changed))


@dataclass(slots=True, kw_only=True)
class RegistrationKeeper:
    """One per process. Asks every time which registration is the latest, reads each once."""

    ledger: RegistrationLedger
    _kept: dict[Known, FacilityStandards] = field(default_factory=dict)

    async def standards(
        self, hospital_codes: Collection[str], as_known: datetime, reader: RegistrationReader | None = None
    ) -> dict[str, FacilityStandards]:
        """What these hospitals had registered, as known at an instant; those never told of are left out.

        Who asks within a transaction gives its `reader`, so that none holds one connection and waits for another.
        """
        reader = reader or self.ledger
        latest = await reader.latest(hospital_codes, as_known)
        missing = [known for known in latest if known not in self._kept]
        if missing:
            texts = await reader.texts(missing)
            if len(self._kept) + len(texts) > MOST_KEPT:
                self._kept.clear()
                texts = await reader.texts(latest)
            self._kept.update({known: standards_of(stated_in(text)) for known, text in texts.items()})
        return {known.hospital_code: self._kept[known] for known in latest}
