"""SynonymService over gRPC: translates what people teach the coder. Each change is one transaction, effective once."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, NoReturn

import grpc
import grpc.aio
from seikyu.coding.v1 import synonym_service_pb2 as wire
from seikyu.coding.v1 import synonym_service_pb2_grpc
from typing_extensions import override

from services.coding.adapters.postgres_synonyms import PostgresSynonyms
from services.coding.application.learning_synonyms import KeptSynonym, LearningSynonyms, Proposal
from services.coding.domain.rulings import Objection
from services.coding.domain.synonyms import SynonymRefusal, SynonymState
from services.coding.entrypoints.review_forms import broken_fields
from services.shared.chassis.access import access_table, allow
from services.shared.chassis.calls import caller
from services.shared.chassis.clock import Clock
from services.shared.chassis.identity import Role
from services.shared.chassis.page_tokens import read_position, write_page_token
from services.shared.chassis.postgres import Database
from services.shared.chassis.requests import AnswerT, answer_once
from services.shared.chassis.rpc_errors import RpcRefusal, not_found

NAME: Final = "seikyu.coding.v1.SynonymService"
ACCESS: Final = access_table(
    NAME,
    ProposeSynonym=allow(operator=Role.REVIEWER),
    ApproveSynonym=allow(operator=Role.REVIEWER),
    WithdrawSynonym=allow(operator=Role.REVIEWER),
    ListSynonyms=allow(operator=Role.REVIEWER),
)
LABEL: Final = "coding.synonyms"
PAGE_DEFAULT: Final = 50
_BEGINNING: Final = (datetime.min.replace(tzinfo=UTC), "")
_STATES: Final = {
    SynonymState.PROPOSED: wire.SYNONYM_STATE_PROPOSED,
    SynonymState.FAILED: wire.SYNONYM_STATE_FAILED,
    SynonymState.IN_FORCE: wire.SYNONYM_STATE_IN_FORCE,
    SynonymState.WITHDRAWN: wire.SYNONYM_STATE_WITHDRAWN,
}
_BY_NUMBER: Final[dict[int, SynonymState]] = {number: state for state, number in _STATES.items()}
_SAID: Final = {
    SynonymRefusal.NOT_PROPOSED: "only what waits for approvals can be approved",
    SynonymRefusal.OWN_PROPOSAL: "nobody approves what he proposed",
    SynonymRefusal.APPROVED_ALREADY: "the second approval is another person's",
    SynonymRefusal.WITHDRAWN_ALREADY: "the synonym counts no more",
}

Context = grpc.aio.ServicerContext[Any, Any]
"""grpc.aio declares its contexts generically over the wire's messages."""
Taught = KeptSynonym | SynonymRefusal | tuple[Objection, ...] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SynonymServicer(synonym_service_pb2_grpc.SynonymServiceServicer):
    """The four methods."""

    database: Database
    learning: LearningSynonyms
    clock: Clock

    @override
    async def ProposeSynonym(
        self, request: wire.ProposeSynonymRequest, context: Context
    ) -> wire.ProposeSynonymResponse:
        """A proposal of the caller."""
        proposal = Proposal(
            spelling=request.spelling,
            disease_code=request.disease_code,
            why=request.why,
            source_item=request.source_item,
        )

        async def perform(synonyms: PostgresSynonyms) -> wire.ProposeSynonymResponse:
            taught = await self.learning.propose(synonyms, proposal, caller().subject, now=self.clock.now())
            return wire.ProposeSynonymResponse(synonym=self._shown(taught))

        return await self._once(request, wire.ProposeSynonymResponse, perform)

    @override
    async def ApproveSynonym(
        self, request: wire.ApproveSynonymRequest, context: Context
    ) -> wire.ApproveSynonymResponse:
        """An approval of the caller."""

        async def perform(synonyms: PostgresSynonyms) -> wire.ApproveSynonymResponse:
            now = self.clock.now()
            taught = await self.learning.approve(synonyms, request.synonym_id, caller().subject, now=now)
            return wire.ApproveSynonymResponse(synonym=self._shown(taught))

        return await self._once(request, wire.ApproveSynonymResponse, perform)

    @override
    async def WithdrawSynonym(
        self, request: wire.WithdrawSynonymRequest, context: Context
    ) -> wire.WithdrawSynonymResponse:
        """A withdrawal by the caller."""

        async def perform(synonyms: PostgresSynonyms) -> wire.WithdrawSynonymResponse:
            now, by = self.clock.now(), caller().subject
            taught = await self.learning.withdraw(synonyms, request.synonym_id, by, request.why, now=now)
            return wire.WithdrawSynonymResponse(synonym=self._shown(taught))

        return await self._once(request, wire.WithdrawSynonymResponse, perform)

    @override
    async def ListSynonyms(self, request: wire.ListSynonymsRequest, context: Context) -> wire.ListSynonymsResponse:
        """A page, the oldest first."""
        size = request.page_size or PAGE_DEFAULT
        bound_to = (caller().subject, str(request.state))
        after = read_position(request.page_token, bound_to=bound_to, read=_position) or _BEGINNING
        async with self.database.transaction(label=LABEL) as tx:
            synonyms = PostgresSynonyms(tx, self.learning.master)
            found = await synonyms.page(_BY_NUMBER.get(request.state), after, size + 1)
        token = ""
        if len(found) > size:
            last = found[size - 1]
            token = write_page_token((last.proposed_at.isoformat(), last.synonym_id), bound_to=bound_to)
        return wire.ListSynonymsResponse(synonyms=[self._shown(each) for each in found[:size]], next_page_token=token)

    async def _once(
        self,
        request: wire.ProposeSynonymRequest | wire.ApproveSynonymRequest | wire.WithdrawSynonymRequest,
        answer: type[AnswerT],
        perform: Callable[[PostgresSynonyms], Awaitable[AnswerT]],
    ) -> AnswerT:
        async with self.database.transaction(label=LABEL) as tx:
            synonyms = PostgresSynonyms(tx, self.learning.master)
            return await answer_once(tx, request, answer, perform=lambda: perform(synonyms))

    def _shown(self, taught: Taught) -> wire.Synonym:
        if not isinstance(taught, KeptSynonym):
            _refuse(taught)
        synonym = taught.synonym
        rows = self.learning.master.diseases_by_code.get(synonym.disease_code, ())
        shown = wire.Synonym(
            synonym_id=taught.synonym_id,
            spelling=synonym.spelling,
            disease_code=synonym.disease_code,
            disease_name=rows[-1].name if rows else "",
            icd10=rows[-1].icd10 if rows else "",
            state=_STATES[synonym.state],
            proposer=synonym.proposer,
            why=synonym.why,
            source_item=taught.source_item,
            approvers=synonym.approvers,
            withdrawn_by=synonym.withdrawn_by,
        )
        shown.proposed_time.FromDatetime(taught.proposed_at)
        trial = synonym.trial
        if trial is not None:
            told = wire.SynonymTrial(asked=trial.asked, support=trial.support, better=trial.better, worse=trial.worse)
            shown.trial.CopyFrom(told)
        return shown


def _position(written: Sequence[str]) -> tuple[datetime, str]:
    """Where the last page ended. Raises ValueError."""
    at, synonym_id = written
    return datetime.fromisoformat(at), synonym_id


def _refuse(refused: SynonymRefusal | tuple[Objection, ...] | None) -> NoReturn:
    """As NOT_FOUND, FAILED_PRECONDITION or INVALID_ARGUMENT with every field and rule."""
    if refused is None:
        raise not_found()
    if isinstance(refused, SynonymRefusal):
        reason = refused.name
        raise RpcRefusal(grpc.StatusCode.FAILED_PRECONDITION, reason, _SAID[refused])
    raise broken_fields(refused, "the request")


def register(server: grpc.aio.Server, servicer: SynonymServicer) -> None:
    """Offer the service."""
    synonym_service_pb2_grpc.add_SynonymServiceServicer_to_server(servicer, server)
