"""The claims process: `python -m services.claims.entrypoints.main`."""

from collections.abc import Callable
from typing import Final

import grpc.aio
from seikyu.claims.v1 import (
    claim_service_pb2_grpc,
    coded_claim_service_pb2_grpc,
    correction_service_pb2_grpc,
    enrolment_service_pb2_grpc,
    household_service_pb2_grpc,
    master_service_pb2_grpc,
    payer_access_service_pb2_grpc,
    programme_service_pb2_grpc,
    readjudication_service_pb2_grpc,
    registration_service_pb2_grpc,
)

from services.claims.adapters.postgres_coded import CodedReads
from services.claims.adapters.postgres_households import HouseholdReads
from services.claims.application.correcting import Correcting
from services.claims.application.late_codes import TakingCodes
from services.claims.application.pended import DecidingPended
from services.claims.application.readjudicating import Readjudicating
from services.claims.bootstrap import Parts, build
from services.claims.entrypoints import (
    rpc_claims,
    rpc_coded,
    rpc_corrections,
    rpc_enrolment,
    rpc_households,
    rpc_masters,
    rpc_payer_access,
    rpc_programmes,
    rpc_readjudication,
    rpc_registrations,
)
from services.claims.entrypoints.rpc_claims import ClaimParts, ClaimServicer
from services.claims.entrypoints.rpc_coded import CodedClaimServicer
from services.claims.entrypoints.rpc_corrections import CorrectionServicer
from services.claims.entrypoints.rpc_enrolment import EnrolmentServicer
from services.claims.entrypoints.rpc_households import HouseholdServicer
from services.claims.entrypoints.rpc_masters import MasterServicer
from services.claims.entrypoints.rpc_payer_access import PayerAccessServicer
from services.claims.entrypoints.rpc_programmes import ProgrammeServicer
from services.claims.entrypoints.rpc_readjudication import ReadjudicationServicer
from services.claims.entrypoints.rpc_registrations import RegistrationServicer
from services.claims.entrypoints.uke_upload import UkeUpload
from services.claims.settings import ClaimsSettings
from services.shared.chassis.grpc_server import RpcSurface
from services.shared.chassis.service import Chassis, Components, Service, run_service

SERVICES: Final = (
    rpc_claims,
    rpc_coded,
    rpc_corrections,
    rpc_enrolment,
    rpc_households,
    rpc_masters,
    rpc_payer_access,
    rpc_programmes,
    rpc_readjudication,
    rpc_registrations,
)
"""Each with its NAME and who has ACCESS to which of its methods."""


async def assemble(chassis: Chassis[ClaimsSettings]) -> Components:
    """Consumers, periodics, the relay of payers' statements and the RPC surface."""
    parts = build(chassis)
    await parts.masters.open()
    await parts.refused.refresh()
    return Components(
        rpc=_surface(chassis, parts),
        consumers=[parts.eligibility, parts.coding],
        periodics=parts.periodics,
        background=[parts.statement_relay, parts.refused],
        close=parts.close,
    )


def _surface(chassis: Chassis[ClaimsSettings], parts: Parts) -> RpcSurface:
    return RpcSurface(
        register=_registering(chassis, parts),
        names=[each.NAME for each in SERVICES],
        access={method: rule for each in SERVICES for method, rule in each.ACCESS.items()},
        pressure=chassis.pressure,
        refused=parts.refused,
    )


def _registering(chassis: Chassis[ClaimsSettings], parts: Parts) -> Callable[[grpc.aio.Server], None]:
    """Builds every servicer; what is given back offers them."""
    claims, corrections = _claims(chassis, parts), _corrections(chassis, parts)
    coded, enrolment = _coded(chassis, parts), _enrolment(chassis, parts)
    masters = MasterServicer(shelf=parts.masters.shelf, keeper=parts.masters, clock=chassis.clock)
    programmes = ProgrammeServicer(database=chassis.database, programmes=parts.programmes, clock=chassis.clock)
    readjudication, households = _readjudication(chassis, parts), _households(chassis, parts)
    access = _payer_access(chassis, parts, corrections.correcting)
    registrations = RegistrationServicer(ledger=parts.registrations.ledger, clock=chassis.clock)

    def register(server: grpc.aio.Server) -> None:
        claim_service_pb2_grpc.add_ClaimServiceServicer_to_server(claims, server)
        coded_claim_service_pb2_grpc.add_CodedClaimServiceServicer_to_server(coded, server)
        correction_service_pb2_grpc.add_CorrectionServiceServicer_to_server(corrections, server)
        enrolment_service_pb2_grpc.add_EnrolmentServiceServicer_to_server(enrolment, server)
        household_service_pb2_grpc.add_HouseholdServiceServicer_to_server(households, server)
        master_service_pb2_grpc.add_MasterServiceServicer_to_server(masters, server)
        payer_access_service_pb2_grpc.add_PayerAccessServiceServicer_to_server(access, server)
        programme_service_pb2_grpc.add_ProgrammeServiceServicer_to_server(programmes, server)
        readjudication_service_pb2_grpc.add_ReadjudicationServiceServicer_to_server(readjudication, server)
        registration_service_pb2_grpc.add_RegistrationServiceServicer_to_server(registrations, server)

    return register


def _coded(chassis: Chassis[ClaimsSettings], parts: Parts) -> CodedClaimServicer:
    return CodedClaimServicer(
        reads=CodedReads(database=chassis.database), masters=parts.masters, registrations=parts.registrations
    )


def _enrolment(chassis: Chassis[ClaimsSettings], parts: Parts) -> EnrolmentServicer:
    return EnrolmentServicer(
        database=chassis.database,
        enrolment=parts.enrolment,
        clock=chassis.clock,
        learn=parts.refused.refresh,
        authority=parts.client_authority,
    )


def _households(chassis: Chassis[ClaimsSettings], parts: Parts) -> HouseholdServicer:
    return HouseholdServicer(
        database=chassis.database,
        reads=HouseholdReads(database=chassis.database),
        statements=parts.statements,
        clock=chassis.clock,
    )


def _claims(chassis: Chassis[ClaimsSettings], parts: Parts) -> ClaimServicer:
    upload = UkeUpload(
        database=chassis.database,
        clock=chassis.clock,
        platform_key=parts.platform_key,
        release=parts.sweeps.release_set,
        refused=parts.measures.refused,
    )
    return ClaimServicer(
        ClaimParts(
            database=chassis.database,
            reads=parts.reads,
            intake=parts.intake,
            upload=upload,
            masters=parts.masters,
            claims=chassis.telemetry.claims,
            measures=parts.measures,
            clock=chassis.clock,
            platform_key=parts.platform_key,
            turns=parts.turns,
            registrations=parts.registrations,
            programmes=parts.programmes,
        )
    )


def _corrections(chassis: Chassis[ClaimsSettings], parts: Parts) -> CorrectionServicer:
    return CorrectionServicer(
        database=chassis.database,
        correcting=Correcting(traces=parts.sweeps.traces),
        pended=DecidingPended(
            schedules=parts.masters,
            registrations=parts.registrations,
            traces=parts.sweeps.traces,
            programmes=parts.programmes,
        ),
        codes=TakingCodes(deciding=parts.sweeps.deciding),
        intake=parts.intake,
        claims=chassis.telemetry.claims,
        measures=parts.measures,
        clock=chassis.clock,
        platform_key=parts.platform_key,
    )


def _payer_access(chassis: Chassis[ClaimsSettings], parts: Parts, correcting: Correcting) -> PayerAccessServicer:
    return PayerAccessServicer(
        database=chassis.database,
        correcting=correcting,
        measures=parts.measures,
        clock=chassis.clock,
        platform_key=parts.platform_key,
    )


def _readjudication(chassis: Chassis[ClaimsSettings], parts: Parts) -> ReadjudicationServicer:
    return ReadjudicationServicer(
        database=chassis.database,
        readjudicating=Readjudicating(
            schedules=parts.masters,
            registrations=parts.registrations,
            traces=parts.sweeps.traces,
            programmes=parts.programmes,
        ),
        clock=chassis.clock,
        platform_key=parts.platform_key,
    )


def main() -> None:
    """Run until SIGTERM."""
    run_service(Service(name="claims", settings=ClaimsSettings, assemble=assemble))


if __name__ == "__main__":
    main()
