"""`python -m tests.bench.bankfile`: 100,000 payments rendered as 総合振込 and read back by the strict reader."""

import sys
import time
from collections.abc import Callable
from datetime import date
from typing import Final, TypeVar

from services.settlement.domain.bank.checking import checked
from services.settlement.domain.bank.furikomi import Account, AccountType, Payment, Remitter, rendered

PAYMENTS: Final = 100_000
PAYEES: Final = 20_000
ROUNDS: Final = 3
DAY: Final = date(2026, 12, 21)
T = TypeVar("T")


def main() -> int:
    """Prints the best of some rounds; returns 1 where the file is not in order."""
    remitter = Remitter(code="0123456789", account=_account(0))
    payments = [
        Payment(payee=_account(number % PAYEES), yen=number + 1, reference=str(number)) for number in range(PAYMENTS)
    ]
    content, rendered_s = _best(lambda: rendered(remitter, DAY, payments, line_ends=True))
    found, checked_s = _best(lambda: checked(content))
    sys.stdout.write(
        f"{PAYMENTS:,} payments, {len(content):,} bytes: rendered in {rendered_s:.2f} s, "
        f"validated in {checked_s:.2f} s, together {rendered_s + checked_s:.2f} s; "
        f"{found.violation_count} violations\n"
    )
    return 1 if found.violation_count or found.groups[0].total_yen != sum(each.yen for each in payments) else 0


def _best(work: Callable[[], T]) -> tuple[T, float]:
    rounds = [_timed(work) for _ in range(ROUNDS)]
    return rounds[-1][0], min(took_s for _, took_s in rounds)


def _timed(work: Callable[[], T]) -> tuple[T, float]:
    began_s = time.perf_counter()
    done = work()
    return done, time.perf_counter() - began_s


def _account(number: int) -> Account:
    return Account(
        bank="9999",
        branch=f"{number % 1_000:03}",
        kind=AccountType.ORDINARY,
        number=str(number),
        name=f"イリョウホウジン ガッコウカイ {number}",
    )


if __name__ == "__main__":
    sys.exit(main())
