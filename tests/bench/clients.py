"""How the bench speaks to the platform: public surfaces only, with the identities that enrolment hands out."""

import uuid
from collections.abc import Iterator, Sequence
from pathlib import Path

import grpc.aio
from seikyu.claims.v1 import enrolment_service_pb2 as enrolment
from seikyu.claims.v1 import enrolment_service_pb2_grpc as enrolment_grpc
from seikyu.claims.v1 import master_service_pb2 as wire
from seikyu.eligibility.v1 import coverage_pb2
from seikyu.eligibility.v1 import eligibility_service_pb2 as eligibility
from seikyu.eligibility.v1 import eligibility_service_pb2_grpc as eligibility_grpc
from seikyu.settlement.v1 import payer_service_pb2 as payers
from seikyu.settlement.v1 import payer_service_pb2_grpc as payers_grpc

from services.claims.adapters.master_files import master_paths
from services.cli.client import Client
from services.cli.masters import import_files
from services.shared.chassis.channel import BearerToken, open_channel
from tests.bench.population import COVER_FROM, Covered, Population, copay_class

ROWS_PER_MESSAGE = 1_000
ENROL_TIMEOUT_S = 60.0


class Clients:
    """Channels to the four services of a running stack, by the variables of its client.env."""

    def __init__(self, variables: dict[str, str], folder: Path) -> None:
        """`folder` keeps the tokens of the enrolled."""
        self.variables = variables
        self.folder = folder

    def channel(self, service: str, token_file: Path | None = None) -> grpc.aio.Channel:
        """A channel as the operator, or as whoever the token names."""
        return open_channel(
            self.variables[f"SEIKYU_{service.upper()}_ADDRESS"],
            ca_file=Path(self.variables["SEIKYU_TLS_CA_FILE"]),
            identity=BearerToken(file=token_file or Path(self.variables["SEIKYU_TOKEN_FILE"])),
            default_timeout_s=ENROL_TIMEOUT_S,
        )

    async def load_masters(self, folder: Path) -> None:
        """Load the official masters under the folder as an operator does. Raises AssertionError for a refused file."""
        client = Client(state_dir=self.folder, variables=self.variables)
        answers = await import_files(client, master_paths([folder]))
        refused = [each.name for each in answers if each.outcome == wire.MASTER_IMPORT_OUTCOME_REFUSED]
        assert not refused, refused

    async def enrol(self, population: Population) -> dict[str, Path]:
        """Enrol all hospitals and payers and import the coverage; returns each hospital's token file."""
        tokens: dict[str, Path] = {}
        async with self.channel("claims") as claims, self.channel("settlement") as settlement:
            registry = enrolment_grpc.EnrolmentServiceStub(claims)
            for code in population.hospitals:
                hospital = await registry.EnrolHospital(
                    enrolment.EnrolHospitalRequest(request_id=str(uuid.uuid4()), hospital_code=code, name="見本病院")
                )
                tokens[code] = self.folder / f"{code}.jwt"
                tokens[code].write_text(hospital.token)
            topics = payers_grpc.PayerServiceStub(settlement)
            for number in population.payers:
                request_id = str(uuid.uuid4())
                await registry.EnrolPayer(
                    enrolment.EnrolPayerRequest(request_id=request_id, payer_number=number, name="見本")
                )
                await topics.EnrolPayer(payers.EnrolPayerRequest(request_id=request_id, payer_number=number))
        async with self.channel("eligibility") as channel:
            service = eligibility_grpc.EligibilityServiceStub(channel)
            await service.ImportCoverage(iter(list(coverage_messages(population.coverage))))
        return tokens


def coverage_messages(covered: Sequence[Covered]) -> Iterator[eligibility.ImportCoverageRequest]:
    """The coverage in messages of at most ROWS_PER_MESSAGE rows."""
    for start in range(0, len(covered), ROWS_PER_MESSAGE):
        rows = [coverage_row(one) for one in covered[start : start + ROWS_PER_MESSAGE]]
        yield eligibility.ImportCoverageRequest(request_id=str(uuid.uuid4()), rows=rows)


def coverage_row(covered: Covered) -> eligibility.CoverageRow:
    """One row as the contract has it."""
    payer, facts = covered.payer, covered.facts
    return eligibility.CoverageRow(
        member=eligibility.Member(
            payer_number=payer.number,
            symbol=payer.symbol,
            number=payer.member_number,
            branch=covered.branch,
            birth_date=facts.birth_date.isoformat(),
            sex=int(facts.sex.value),
        ),
        valid_from=COVER_FROM.isoformat(),
        copay_class=coverage_pb2.CopayClass.Value(copay_class(covered)),
    )
