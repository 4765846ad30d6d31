"""The eligibility process: `python -m services.eligibility.entrypoints.main`."""

from services.eligibility.bootstrap import build
from services.eligibility.entrypoints.rpc import ACCESS, NAME, EligibilityServicer
from services.eligibility.settings import EligibilitySettings
from services.shared.chassis.grpc_server import RpcSurface
from services.shared.chassis.service import Chassis, Components, Service, run_service


async def assemble(chassis: Chassis[EligibilitySettings]) -> Components:
    """The consumer and the RPC surface."""
    parts = build(chassis)
    servicer = EligibilityServicer(chassis.database, parts.pseudonymiser, chassis.clock)
    surface = RpcSurface(register=servicer.register, names=[NAME], access=ACCESS, pressure=chassis.pressure)
    return Components(rpc=surface, consumers=[parts.consumer])


def main() -> None:
    """Run until SIGTERM."""
    run_service(Service(name="eligibility", settings=EligibilitySettings, assemble=assemble))


if __name__ == "__main__":
    main()
