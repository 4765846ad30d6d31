"""The ledger told again from its entries: balances, versions, transfers and streams are what they must be, or a fault.

Bounded memory: one account and one stream at a time, at most MAX_FAULTS sentences. Entries come by account and version,
events by payer and sequence.
"""

from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from typing import Final

MAX_FAULTS: Final = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplayedEntry:
    """An entry beside its transfer's amount and places; `transfer_yen` is none where there is no such transfer."""

    account_id: str
    version: int
    transfer_id: str
    amount_yen: int
    balance_before: int
    balance_after: int
    transfer_yen: int | None
    from_place: tuple[str | None, int | None]
    to_place: tuple[str | None, int | None]
    posted_at: datetime | None = None
    """Its transfer's; none where there is no such transfer."""
    is_ordered: bool = False
    """Written since the ledger keeps the entries of an account in the order of time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplayedEvent:
    """An announced event beside what its own bytes say."""

    payer_number: str
    sequence: int
    event_id: str
    value: bytes
    sha256: bytes
    stated: tuple[str, str, int, int, int]
    """Event id, payer, sequence, points and yen, as the columns have them."""
    written: tuple[str, str, int, int, int] | None
    """The same as the bytes have them; none where they cannot be read."""


@dataclass(slots=True)
class Replay:
    """What was checked so far and every fault found."""

    faults: list[str] = field(default_factory=list)
    entries: int = 0
    events: int = 0
    sum_yen: int = 0
    _account: str = ""
    _balance: int = 0
    _version: int = 0
    _posted_at: datetime | None = None
    _payer: str = ""
    _sequence: int = 0
    _closing: dict[str, tuple[int, int, datetime | None]] = field(default_factory=dict)

    def fault(self, sentence: str) -> None:
        """Keep the first MAX_FAULTS."""
        if len(self.faults) < MAX_FAULTS:
            self.faults.append(sentence)

    def entry(self, entry: ReplayedEntry) -> None:
        """The next entry: it follows on to its account's last one and is one of the two legs of its transfer."""
        if entry.account_id != self._account:
            self._account, self._balance, self._version, self._posted_at = entry.account_id, 0, 0, None
        self.entries += 1
        self.sum_yen += entry.amount_yen
        self._version += 1
        self._check_chain(entry)
        self._check_leg(entry)
        self._check_time(entry)
        self._balance, self._version = self._balance + entry.amount_yen, entry.version
        self._closing[entry.account_id] = (self._balance, self._version, self._posted_at)

    def account(self, account_id: str, balance_yen: int, version: int, last_posted_at: datetime | None = None) -> None:
        """An account's row, after all entries: it says what its entries say."""
        balance, entries, posted_at = self._closing.pop(account_id, (0, 0, None))
        if (balance, entries) != (balance_yen, version):
            self.fault(f"account {account_id} does not have the balance and version of its entries")
        if posted_at != last_posted_at:
            self.fault(f"account {account_id} does not have the time of its last entry")

    def event(self, event: ReplayedEvent) -> None:
        """The next event: its sequence follows on, its digest fits its bytes, its bytes say what its columns say."""
        if event.payer_number != self._payer:
            self._payer, self._sequence = event.payer_number, 0
        self.events += 1
        self._sequence += 1
        if event.sequence != self._sequence:
            self.fault(f"event {event.event_id} has sequence {event.sequence} where {self._sequence} follows")
            self._sequence = event.sequence
        if sha256(event.value).digest() != event.sha256:
            self.fault(f"event {event.event_id} does not have the digest of its bytes")
        if event.written != event.stated:
            self.fault(f"event {event.event_id} says in its bytes something else than in its columns")

    def close(self) -> None:
        """After everything: the sum is zero, and every account with entries had its row."""
        if self.sum_yen:
            self.fault(f"the entries sum to {self.sum_yen} yen")
        for account_id in sorted(self._closing):
            self.fault(f"account {account_id} has entries and no row")

    def _check_chain(self, entry: ReplayedEntry) -> None:
        place = f"entry {entry.version} of {entry.account_id}"
        if entry.version != self._version:
            self.fault(f"{place} stands where version {self._version} follows")
        if entry.balance_before != self._balance or entry.balance_after != self._balance + entry.amount_yen:
            self.fault(f"{place} does not carry the balance of the entries before it")

    def _check_time(self, entry: ReplayedEntry) -> None:
        last = self._posted_at
        if entry.posted_at is None:
            return
        if entry.is_ordered and last is not None and entry.posted_at < last:
            self.fault(f"entry {entry.version} of {entry.account_id} was posted before the one before it")
        self._posted_at = entry.posted_at if last is None else max(entry.posted_at, last)

    def _check_leg(self, entry: ReplayedEntry) -> None:
        place = (entry.account_id, entry.version)
        expected = {entry.from_place: -1, entry.to_place: 1}.get(place)
        if entry.transfer_yen is None or expected is None or entry.amount_yen != expected * entry.transfer_yen:
            self.fault(f"entry {entry.version} of {entry.account_id} is no leg of transfer {entry.transfer_id}")
