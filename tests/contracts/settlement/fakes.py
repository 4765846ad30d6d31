"""Settlement's ledger in memory; it passes the suite that the real one passes."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from copy import copy
from dataclasses import dataclass, field, replace
from datetime import datetime

from services.settlement.application.post_decisions import NewDecision, Stream, Told
from services.settlement.domain.posting import Replacement, Settled, Share, Transfer, replacement_of
from services.shared.chassis.postgres import ConstraintViolated, TransientFault
from services.shared.kernel.ids import ClaimId, DecisionId

NEW_STREAM = Stream(next_sequence=1, is_enrolled=False)


@dataclass(slots=True)
class LedgerInMemory:
    """What is posted. `transaction` takes everything back when its block raises."""

    decisions: dict[str, bytes] = field(default_factory=dict)
    streams: dict[str, Stream] = field(default_factory=dict)
    transfers: dict[str, Transfer] = field(default_factory=dict)
    events: list[Told] = field(default_factory=list)
    later: dict[ClaimId, Replacement] = field(default_factory=dict)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator["LedgerInMemory"]:
        before = (copy(self.decisions), copy(self.streams), copy(self.transfers), copy(self.events), copy(self.later))
        try:
            yield self
        except BaseException:
            self.decisions, self.streams, self.transfers, self.events, self.later = before
            raise

    async def enrol(self, payer: str) -> None:
        self.streams[payer] = replace(self.streams.get(payer, NEW_STREAM), is_enrolled=True)

    async def posted_among(self, decisions: Sequence[DecisionId]) -> Mapping[str, bytes]:
        return {each: self.decisions[each] for each in decisions if each in self.decisions}

    async def lock_streams(self, payers: Sequence[str]) -> Mapping[str, Stream]:
        return {payer: self.streams.setdefault(payer, NEW_STREAM) for payer in payers}

    async def latest_among(self, claims: Sequence[ClaimId]) -> Mapping[ClaimId, Replacement]:
        return {each: self.later[each] for each in claims if each in self.later}

    async def standing(self, decisions: Sequence[DecisionId]) -> Sequence[Share]:
        told = [each.settled for each in self.events if each.settled.share.decision_id in decisions]
        taken_back = {each.share.event_id for each in told if each.replaced_by is not None}
        return sorted(
            (each.share for each in told if each.replaced_by is None and each.share.event_id not in taken_back),
            key=lambda share: (share.decision_id, share.part.payer_number),
        )

    async def record(self, decisions: Sequence[NewDecision], posted_at: datetime) -> None:
        for each in decisions:
            if each.decision.decision_id in self.decisions:
                raise TransientFault("SerializationFailure")
            self.decisions[each.decision.decision_id] = each.content_sha256
            latest = self.later.get(each.decision.claim_id)
            if each.decision.number > (1 if latest is None else latest.number):
                self.later[each.decision.claim_id] = replacement_of(each.decision)

    async def post(self, settled: Sequence[Settled], posted_at: datetime) -> None:
        for transfer in (each.transfer for each in settled if each.transfer is not None):
            first = self.transfers.setdefault(transfer.transfer_id, transfer)
            if first.payload_sha256 != transfer.payload_sha256:
                raise ConstraintViolated("transfer_same_content")

    async def announce(self, told: Sequence[Told], posted_at: datetime) -> None:
        for each in told:
            payer = each.settled.share.part.payer_number
            assert each.settled.sequence == self.streams[payer].next_sequence
            self.streams[payer] = replace(self.streams[payer], next_sequence=each.settled.sequence + 1)
            self.events.append(each)
