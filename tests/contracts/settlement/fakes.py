"""Settlement's ledger in memory; it passes the suite that the real one passes."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from copy import copy
from dataclasses import dataclass, field, replace
from datetime import datetime

from services.settlement.application.post_decisions import NewDecision, Stream, Told
from services.settlement.domain.posting import Settled, Transfer
from services.shared.chassis.postgres import ConstraintViolated, TransientFault
from services.shared.kernel.ids import DecisionId

NEW_STREAM = Stream(next_sequence=1, is_enrolled=False)


@dataclass(slots=True)
class LedgerInMemory:
    """What is posted. `transaction` takes everything back when its block raises."""

    decisions: dict[str, bytes] = field(default_factory=dict)
    streams: dict[str, Stream] = field(default_factory=dict)
    transfers: dict[str, Transfer] = field(default_factory=dict)
    events: list[Told] = field(default_factory=list)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator["LedgerInMemory"]:
        before = copy(self.decisions), copy(self.streams), copy(self.transfers), copy(self.events)
        try:
            yield self
        except BaseException:
            self.decisions, self.streams, self.transfers, self.events = before
            raise

    async def enrol(self, payer: str) -> None:
        self.streams[payer] = replace(self.streams.get(payer, NEW_STREAM), is_enrolled=True)

    async def posted_among(self, decisions: Sequence[DecisionId]) -> Mapping[str, bytes]:
        return {each: self.decisions[each] for each in decisions if each in self.decisions}

    async def lock_streams(self, payers: Sequence[str]) -> Mapping[str, Stream]:
        return {payer: self.streams.setdefault(payer, NEW_STREAM) for payer in payers}

    async def record(self, decisions: Sequence[NewDecision], posted_at: datetime) -> None:
        for each in decisions:
            if each.decision.decision_id in self.decisions:
                raise TransientFault("SerializationFailure")
            self.decisions[each.decision.decision_id] = each.content_sha256

    async def post(self, settled: Sequence[Settled], posted_at: datetime) -> None:
        for transfer in (each.transfer for each in settled if each.transfer is not None):
            first = self.transfers.setdefault(transfer.transfer_id, transfer)
            if first.payload_sha256 != transfer.payload_sha256:
                raise ConstraintViolated("transfer_same_content")

    async def announce(self, told: Sequence[Told], posted_at: datetime) -> None:
        for each in told:
            payer = each.settled.part.payer_number
            assert each.settled.sequence == self.streams[payer].next_sequence
            self.streams[payer] = replace(self.streams[payer], next_sequence=each.settled.sequence + 1)
            self.events.append(each)
