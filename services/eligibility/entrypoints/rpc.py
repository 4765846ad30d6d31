"""EligibilityService over gRPC: translates, and nothing else."""

from collections.abc import AsyncIterator, Sequence
from typing import TypeAlias

import grpc.aio
from seikyu.eligibility.v1 import eligibility_service_pb2 as wire
from seikyu.eligibility.v1 import eligibility_service_pb2_grpc as wire_grpc
from typing_extensions import override

from services.eligibility.adapters.events import cover_message
from services.eligibility.adapters.members import Pseudonymiser
from services.eligibility.adapters.store import PostgresCoverage
from services.eligibility.application.check import Check, check_covers
from services.eligibility.application.import_coverage import import_coverage
from services.eligibility.application.ports import RecordedPeriod
from services.eligibility.domain.determination import Cover
from services.shared.chassis.access import AccessTable, access_table, allow
from services.shared.chassis.calls import remaining_s
from services.shared.chassis.clock import Clock
from services.shared.chassis.identity import PrincipalKind, Role
from services.shared.chassis.postgres import Database
from services.shared.chassis.requests import answer_once

NAME = "seikyu.eligibility.v1.EligibilityService"
READ_TIMEOUT_S = 5.0
IMPORT_TIMEOUT_S = 30.0

ACCESS: AccessTable = access_table(
    NAME,
    CheckEligibility=allow(PrincipalKind.HOSPITAL, operator=Role.VIEWER),
    BatchCheckEligibility=allow(PrincipalKind.HOSPITAL, operator=Role.VIEWER),
    ImportCoverage=allow(operator=Role.ADMIN),
    GetCoverage=allow(operator=Role.VIEWER),
)
Context: TypeAlias = object
"""The chassis tells who calls and how long is left; nothing here asks grpc's own context."""


class EligibilityServicer(wire_grpc.EligibilityServiceServicer):
    """The four methods on the service's database."""

    def __init__(self, database: Database, pseudonymiser: Pseudonymiser, clock: Clock) -> None:
        """`clock` says what "now" is for what is known and recorded."""
        self._database = database
        self._pseudonymiser = pseudonymiser
        self._clock = clock

    def register(self, server: grpc.aio.Server) -> None:
        """Add the methods to the server."""
        wire_grpc.add_EligibilityServiceServicer_to_server(self, server)

    @override
    async def CheckEligibility(
        self, request: wire.CheckEligibilityRequest, context: Context
    ) -> wire.CheckEligibilityResponse:
        """One member on one treatment day."""
        covers = await self._covers([self._pseudonymiser.check(request)])
        return wire.CheckEligibilityResponse(cover=cover_message(covers[0]))

    @override
    async def BatchCheckEligibility(
        self, request: wire.BatchCheckEligibilityRequest, context: Context
    ) -> wire.BatchCheckEligibilityResponse:
        """Up to 500 members in one round trip, answered in order."""
        checks = [self._pseudonymiser.check(each, f"checks[{n}].") for n, each in enumerate(request.checks)]
        covers = await self._covers(checks)
        return wire.BatchCheckEligibilityResponse(covers=[cover_message(cover) for cover in covers])

    @override
    async def ImportCoverage(
        self, request_iterator: AsyncIterator[wire.ImportCoverageRequest], context: Context
    ) -> wire.ImportCoverageResponse:
        """Each message is a command of its own, committed when it is read: a broken stream is sent again whole."""
        total = wire.ImportCoverageResponse()
        number = 0
        async for request in request_iterator:
            answer = await self._import(request, number)
            total.rows += answer.rows
            total.recorded += answer.recorded
            total.unchanged += answer.unchanged
            number += 1
        return total

    @override
    async def GetCoverage(self, request: wire.GetCoverageRequest, context: Context) -> wire.GetCoverageResponse:
        """All periods of the member's 記号・番号, of every branch, as known then."""
        timeout_s = remaining_s(READ_TIMEOUT_S)
        async with self._database.transaction(label="eligibility.get", timeout_s=timeout_s) as tx:
            known = await PostgresCoverage(tx).recorded(self._pseudonymiser.lookup(request))
        return wire.GetCoverageResponse(periods=[period_message(each) for each in known])

    async def _covers(self, checks: Sequence[Check]) -> list[Cover]:
        async with self._database.transaction(label="eligibility.check", timeout_s=remaining_s(READ_TIMEOUT_S)) as tx:
            return await check_covers(checks, PostgresCoverage(tx), self._clock.now())

    async def _import(self, request: wire.ImportCoverageRequest, number: int) -> wire.ImportCoverageResponse:
        entries = [self._pseudonymiser.entry(row, f"rows[{n}]") for n, row in enumerate(request.rows)]

        async def perform() -> wire.ImportCoverageResponse:
            done = await import_coverage(entries, PostgresCoverage(tx), self._clock.now())
            return wire.ImportCoverageResponse(rows=done.rows, recorded=done.recorded, unchanged=done.unchanged)

        # Messages of one stream may share a request id: each is known by the id and its place in the stream.
        request.request_id = f"{request.request_id}.{number}"
        timeout_s = remaining_s(IMPORT_TIMEOUT_S)
        async with self._database.transaction(label="eligibility.import", timeout_s=timeout_s) as tx:
            return await answer_once(tx, request, wire.ImportCoverageResponse, perform=perform)


def period_message(known: RecordedPeriod) -> wire.CoveragePeriod:
    """A period as its message."""
    period = known.period
    message = wire.CoveragePeriod(
        valid_from=period.valid_from.isoformat(),
        valid_to=period.valid_to.isoformat() if period.valid_to else "",
        branch=period.branch,
        copay_class=period.copay_class.value,  # type: ignore[arg-type]  # the domain's numbers are the wire's
        limit_category=period.limit_category.value,  # type: ignore[arg-type]  # as above
    )
    message.recorded_time.FromDatetime(known.recorded_at)
    return message
