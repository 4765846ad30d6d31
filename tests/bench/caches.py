"""How much the reader's memories of days, numbers and dates help: hit rates for the bench's receipts, and for new ones.

The bench's receipts come back from hospital to hospital; were the reader fast only because of that, the second figure
would tell. Both are counted in this process, after the run, by reading receipts as claims does.
"""

import random
import time
from collections.abc import Sequence
from pathlib import Path

from services.claims.domain.uke import columns, tally
from services.claims.domain.uke.assess import assess
from services.claims.domain.uke.findings import Profile
from tests.bench.population import Population
from tests.support.valid_receipts.generate import valid_receipts

READ = 4_000
_MEMORIES = {
    "days": tally.counts_of_run,
    "numbers": columns._whole_number,
    "dates": columns._day_of,
}


def cache_lines(population: Population, folder: Path, seed: int) -> list[str]:
    """A line for receipts as the bench offered them, and one for receipts that were never seen before."""
    rng = random.Random(seed + 1)
    offered = [rng.choice(population.receipts).receipt.numbered(number + 1) for number in range(READ)]
    new = [each.receipt.to_bytes() for each in valid_receipts(folder, READ, seed + 1)]
    return [f"reader's caches, {what}: {_hits(receipts)}" for what, receipts in (("as offered", offered), ("new", new))]


def _hits(receipts: Sequence[bytes]) -> str:
    for memory in _MEMORIES.values():
        memory.cache_clear()
    began = time.process_time()
    for receipt in receipts:
        assess(receipt, profile=Profile.LENIENT)
    each_us = (time.process_time() - began) / len(receipts) * 1e6
    shares = []
    for name, memory in _MEMORIES.items():
        found = memory.cache_info()
        shares.append(f"{name} {found.hits / max(found.hits + found.misses, 1) * 100:.1f} %")
    return f"{', '.join(shares)} hit, {each_us:.0f} µs a receipt"
