"""Judges whether a file that was submitted for some months arrived whole: nothing lost, nothing twice, to the yen.

Pure: evidence in, faults out. What may repeat and what may not:

- On Kafka an event may come again, at least once is the promise, but only as the same: the same event id, sequence and
  bytes, so that whoever de-duplicates by id is never told two things. A payer's sequence has no gap whenever its topic
  is read from its beginning.
- In the ledger each transfer stands once, and each claim has one transfer per payer that owes something.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import TypeVar

from seikyu.claims.v1 import claim_pb2
from seikyu.settlement.v1 import events_pb2
from seikyu.settlement.v1 import settlement_service_pb2 as settlement

from services.shared.chassis.messages import DEAD_LETTER_SUFFIX, Event

Key = TypeVar("Key")

FINAL = {
    claim_pb2.CLAIM_STATE_APPROVED,
    claim_pb2.CLAIM_STATE_REDUCED,
    claim_pb2.CLAIM_STATE_RETURNED,
    claim_pb2.CLAIM_STATE_PENDED,
}


class Kind(Enum):
    """What is wrong."""

    LOST = "lost"
    """Something that was accepted did not arrive."""
    TWICE = "twice"
    """Something took effect more often than it happened."""
    PHANTOM = "phantom"
    """Something was told that is not so: of a claim nobody submitted, or one thing and then another under one id."""
    GAP = "gap"
    """A payer's topic leaves a number out."""
    UNBALANCED = "unbalanced"
    """The ledger's sums do not agree."""
    PUT_ASIDE = "put aside"
    """An event stands in a dead-letter topic."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One finding, with what it is about in words."""

    kind: Kind
    what: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """What one submission of the file must lead to. Yen and points by payer number."""

    receipts: int
    payer_records: int
    points: int
    owed_yen: Counter[str]
    charged_points: Counter[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What hospital, payers and operator see.

    `readings` are the payers' topics, each time read from their beginning; `internal` the services' topics and their
    dead letters; `entries` those of the hospital's account.
    """

    claims: Sequence[claim_pb2.Claim]
    readings: Sequence[Sequence[Event]]
    internal: Sequence[Event]
    totals: Sequence[settlement.ControlTotal]
    entries: Sequence[settlement.Entry]
    balance: settlement.GetTrialBalanceResponse
    verdict: settlement.VerifyLedgerResponse


def faults(evidence: Evidence, months: Sequence[str], expected: Expected) -> list[Fault]:
    """Everything that is wrong, for these claim months and with the whole."""
    told = _distinct(evidence.readings)
    found = [fault for month in months for fault in _faults_of_month(evidence, told, month, expected)]
    return [*found, *_told_otherwise(evidence), *_gaps(evidence), *_faults_of_ledger(evidence, told), *_aside(evidence)]


def _faults_of_month(
    evidence: Evidence, told: Sequence[events_pb2.ClaimSettled], month: str, expected: Expected
) -> Iterator[Fault]:
    claims = [claim for claim in evidence.claims if claim.claim_month == month and claim.state in FINAL]
    yield from _compared(f"{month}: final receipts", {"": expected.receipts}, {"": len(claims)})
    billed = sum(claim.decision.billed_points for claim in claims)
    yield from _compared(f"{month}: billed points", {"": expected.points}, {"": billed})
    events = [event for event in told if event.claim_month == month]
    yield from _compared(f"{month}: payers' events", {"": expected.payer_records}, {"": len(events)})
    yen = _sums((event.payer_number, event.share_yen) for event in events)
    yield from _compared(f"{month}: yen told", expected.owed_yen, yen)
    points = _sums((event.payer_number, event.points) for event in events)
    yield from _compared(f"{month}: points told", expected.charged_points, points)
    totals = [total for total in evidence.totals if total.claim_month == month]
    posted = _sums((total.payer_number, total.posted_yen) for total in totals)
    yield from _compared(f"{month}: yen posted", expected.owed_yen, posted)
    yield from _faults_of_transfers(evidence.entries, claims, month)


def _faults_of_transfers(
    entries: Sequence[settlement.Entry], claims: Sequence[claim_pb2.Claim], month: str
) -> Iterator[Fault]:
    """Each claim has one transfer to the hospital per payer that owes something, of that sum."""
    posted: dict[str, Counter[int]] = defaultdict(Counter)
    for entry in entries:
        posted[entry.claim_id][entry.amount_yen] += 1
    for claim in claims:
        owed = Counter(share.share_yen for share in claim.decision.payers if share.share_yen)
        yield from _compared(f"{month}: transfers of {claim.claim_id}", owed, posted[claim.claim_id])


def _told_otherwise(evidence: Evidence) -> Iterator[Fault]:
    """One event id, one content; one place in a payer's sequence, one event; and every event is of a known claim."""
    known = {claim.claim_id for claim in evidence.claims}
    contents: dict[str, set[bytes]] = defaultdict(set)
    places: dict[tuple[str, int], set[str]] = defaultdict(set)
    told = [event for reading in evidence.readings for event in reading]
    for event in (*told, *evidence.internal):
        contents[event.event_id].add(event.value)
    for event in told:
        settled = events_pb2.ClaimSettled.FromString(event.value)
        places[settled.payer_number, settled.sequence].add(settled.event_id)
    several = [event_id for event_id, values in contents.items() if len(values) > 1]
    twice = [place for place, ids in places.items() if len(ids) > 1]
    strangers = {event.key for event in (*told, *evidence.internal)} - known
    if several:
        yield Fault(kind=Kind.PHANTOM, what=f"{len(several)} events were told with differing contents")
    if twice:
        yield Fault(kind=Kind.PHANTOM, what=f"{len(twice)} places in payers' sequences hold differing events")
    if strangers:
        yield Fault(kind=Kind.PHANTOM, what=f"events tell of {len(strangers)} claims that nobody submitted")


def _gaps(evidence: Evidence) -> Iterator[Fault]:
    for reading in evidence.readings:
        last: Counter[str] = Counter()
        for event in reading:
            settled = events_pb2.ClaimSettled.FromString(event.value)
            if settled.sequence > last[settled.payer_number] + 1:
                place = f"{settled.sequence} follows on {last[settled.payer_number]}"
                yield Fault(kind=Kind.GAP, what=f"payer {settled.payer_number}: {place}")
            last[settled.payer_number] = max(last[settled.payer_number], settled.sequence)


def _faults_of_ledger(evidence: Evidence, told: Sequence[events_pb2.ClaimSettled]) -> Iterator[Fault]:
    """The sums are zero, the replay agrees, each transfer stands once, a payer's account is the sum of its events."""
    if evidence.balance.sum_yen:
        yield Fault(kind=Kind.UNBALANCED, what=f"all accounts add up to {evidence.balance.sum_yen} yen")
    if not evidence.verdict.sound:
        yield Fault(kind=Kind.UNBALANCED, what=f"the replay of the ledger found {list(evidence.verdict.faults)}")
    transfers = Counter(entry.transfer_id for entry in evidence.entries)
    yield from _compared("transfers", Counter(set(transfers)), transfers)
    accounts = {each.account_id: -each.balance_yen for each in evidence.balance.accounts if each.balance_yen}
    owed = {name.removeprefix("payer:"): yen for name, yen in accounts.items() if name.startswith("payer:")}
    yield from _compared("yen of payers' accounts", owed, _sums((e.payer_number, e.share_yen) for e in told))


def _aside(evidence: Evidence) -> Iterator[Fault]:
    """Dead letters, and texts for coding without an answer."""
    aside = Counter(event.topic for event in evidence.internal if event.topic.endswith(DEAD_LETTER_SUFFIX))
    for topic, count in aside.items():
        yield Fault(kind=Kind.PUT_ASIDE, what=f"{count} events on {topic}")
    asked = {event.key for event in evidence.internal if event.topic == "coding.requested"}
    answered = {event.key for event in evidence.internal if event.topic == "coding.completed"}
    if asked - answered:
        yield Fault(kind=Kind.LOST, what=f"{len(asked - answered)} claims' texts got no answer from coding")


def _compared(what: str, expected: Mapping[Key, int], found: Mapping[Key, int]) -> list[Fault]:
    """LOST for what is short, TWICE for what is too much."""
    return [
        Fault(
            kind=Kind.LOST if found.get(key, 0) < expected.get(key, 0) else Kind.TWICE,
            what=f"{what} {key}: {found.get(key, 0)} of {expected.get(key, 0)}",
        )
        for key in [*expected, *(key for key in found if key not in expected)]
        if expected.get(key, 0) != found.get(key, 0)
    ]


def _distinct(readings: Sequence[Sequence[Event]]) -> list[events_pb2.ClaimSettled]:
    """Each event once, as a payer keeps it that de-duplicates by id."""
    by_id = {event.event_id: event.value for reading in readings for event in reading}
    return [events_pb2.ClaimSettled.FromString(value) for value in by_id.values()]


def _sums(pairs: Iterable[tuple[str, int]]) -> Counter[str]:
    total: Counter[str] = Counter()
    for key, amount in pairs:
        total[key] += amount
    return total
