"""The settlement process: `python -m services.settlement.entrypoints.main`."""

from functools import partial

from services.settlement.bootstrap import assemble
from services.settlement.entrypoints.rpc import surface
from services.settlement.settings import SettlementSettings
from services.shared.chassis.service import Service, run_service


def main() -> None:
    """Run until SIGTERM, then drain."""
    run_service(Service(name="settlement", settings=SettlementSettings, assemble=partial(assemble, surface=surface)))


if __name__ == "__main__":
    main()
