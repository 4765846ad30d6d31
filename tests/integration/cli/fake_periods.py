"""PeriodService of settlement as far as a statement's documents go: one statement, given out piece by piece."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NoReturn

import grpc
from seikyu.settlement.v1 import period_service_pb2 as wire
from seikyu.settlement.v1 import period_service_pb2_grpc

Context = grpc.ServicerContext
PIECES = (b"first,", b"second")
WHOLE = b"".join(PIECES)


@dataclass(slots=True)
class FakePeriods(period_service_pb2_grpc.PeriodServiceServicer):
    """`names` is what the statement says that its document is; `refusal` breaks the stream off behind a piece."""

    names: bytes = WHOLE
    refusal: grpc.StatusCode | None = None

    def GetStatement(  # type: ignore[explicit-override]
        self, request: wire.GetStatementRequest, context: Context
    ) -> wire.GetStatementResponse:
        digest = hashlib.sha256(self.names).hexdigest()
        found = wire.Statement(
            statement_id=request.statement_id,
            account_id="hospital:1310000001",
            period="202604",
            csv_sha256=digest,
            pdf_sha256=digest,
        )
        return wire.GetStatementResponse(statement=found)

    def ReadStatementFile(  # type: ignore[explicit-override]
        self, request: wire.ReadStatementFileRequest, context: Context
    ) -> Iterator[wire.ReadStatementFileResponse]:
        for number, piece in enumerate(PIECES):
            if self.refusal is not None and number:
                context.abort(self.refusal, "the stream broke off")
            yield wire.ReadStatementFileResponse(content=piece)

    def LoadCalendar(self, request: object, context: object) -> NoReturn:  # type: ignore[explicit-override]
        raise NotImplementedError

    def ListCalendar(self, request: object, context: object) -> NoReturn:  # type: ignore[explicit-override]
        raise NotImplementedError

    def LoadTariff(self, request: object, context: object) -> NoReturn:  # type: ignore[explicit-override]
        raise NotImplementedError

    def ListTariff(self, request: object, context: object) -> NoReturn:  # type: ignore[explicit-override]
        raise NotImplementedError

    def ClosePeriod(self, request: object, context: object) -> NoReturn:  # type: ignore[explicit-override]
        raise NotImplementedError

    def ListPeriods(self, request: object, context: object) -> NoReturn:  # type: ignore[explicit-override]
        raise NotImplementedError

    def ListStatements(self, request: object, context: object) -> NoReturn:  # type: ignore[explicit-override]
        raise NotImplementedError
