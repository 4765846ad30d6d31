"""The alarm of reconciliation: what is overdue or not proved is counted every so often, told as levels and logged."""

from collections import Counter
from collections.abc import Sequence
from typing import Final

from services.settlement.adapters.bank.bank_reads import positions
from services.settlement.adapters.queries import QUERIES
from services.settlement.domain.reconciliation.positions import DueKind
from services.shared.chassis.clock import Clock
from services.shared.chassis.logs import get_logger
from services.shared.chassis.metrics import Level, Metrics, Reading
from services.shared.chassis.postgres import Database
from services.shared.kernel.months import business_day

ROUND_S: Final = 60.0
ROUNDS_VALID: Final = 3
"""So many rounds without a new figure, and the last one is told no longer."""

_log = get_logger(__name__)


class BankWatch:
    """Looks at the positions in one process at a time; its figures are that process's."""

    def __init__(self, database: Database, clock: Clock, metrics: Metrics) -> None:
        """Tells its levels from the first round on."""
        self._database = database
        self._clock = clock
        self._told_at_s = 0.0
        self._overdue: Sequence[Reading] = ()
        self._unproved: Sequence[Reading] = ()
        metrics.observe(Level.BANK_OVERDUE, lambda: self._overdue if self._is_valid() else ())
        metrics.observe(Level.BANK_UNPROVED, lambda: self._unproved if self._is_valid() else ())

    async def look(self) -> None:
        """One round."""
        async with self._database.transaction(label="settlement.bank-watch") as tx:
            await tx.execute(QUERIES["begin_replay"])
            found = await positions(tx, business_day(self._clock.now()))
        late = Counter(each.kind for each in found.overdue)
        self._overdue = [(late[kind], {"kind": kind.value}) for kind in DueKind]
        self._unproved = [(len(found.unproved), {})]
        self._told_at_s = self._clock.monotonic_s()
        for kind, count in late.items():
            _log.warning("bank positions overdue", kind=kind.value, count=count)
        if found.unproved:
            _log.error("bank and ledger differ", count=len(found.unproved))

    def _is_valid(self) -> bool:
        return self._clock.monotonic_s() - self._told_at_s <= ROUND_S * ROUNDS_VALID
