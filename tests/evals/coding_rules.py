"""`python -m tests.evals.coding_rules`: how often the coder's rules are right on mentions of real records.

Reads the official masters and mentions beside the repository and prints counts, never a mention. The gold's ICD-10 is
of 2003, so it is taken from the standard name through the master; mentions that are their own standard name are left
out.
"""

import csv
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from math import sqrt

from services.coding.adapters.master_files import load_master
from services.coding.domain.coding import Coding, Route, code_of
from services.coding.domain.decompose import decompose
from services.coding.domain.gate import Gate
from services.coding.domain.master import Disease, DiseaseMaster
from services.coding.domain.normalise import normalised
from services.shared.kernel.months import Month
from tests.support.official_data import official_data

MONTH = Month(2024, 10)
UNCODABLE = "-1"
Z_95 = 1.96
Gold = Disease | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """One mention's coding beside its gold; None: it cannot be coded."""

    coding: Coding
    gold: Gold

    @property
    def is_icd10_right(self) -> bool:
        """Whether the ICD-10 code is the gold's."""
        found = self.coding.disease
        return found is not None and self.gold is not None and found.icd10 == self.gold.icd10


def official_master() -> DiseaseMaster:
    """The edition of 2024-06 with the modifiers of 2025-06."""
    folder = official_data("masters", "full")
    return load_master(folder / "b_20240601.zip", folder / "z_20250601.zip")


def mentions(master: DiseaseMaster) -> Iterator[tuple[str, Gold]]:
    """Mentions other than their standard name, with the disease of that name; None for those that cannot be coded."""
    named = {row.name: row for row in master.rows}
    with official_data("mentions", "manbyo_part_a.csv").open(encoding="utf-8", newline="") as rows:
        for row in csv.DictReader(rows):
            gold = named.get(row["standard_name"])
            if row["surface"] != row["standard_name"] and (gold is not None or row["icd10_2003"] == UNCODABLE):
                yield row["surface"], None if row["icd10_2003"] == UNCODABLE else gold


def judged(master: DiseaseMaster) -> list[Judged]:
    """Every mention coded by the rules."""
    return [Judged(coding=code_of(text, MONTH, master), gold=gold) for text, gold in mentions(master)]


def share(part: int, whole: int) -> str:
    """A percentage with its 95 % interval (Wilson)."""
    if not whole:
        return "-"
    p, spread = part / whole, Z_95**2 / whole
    centre = (p + spread / 2) / (1 + spread)
    half = Z_95 * sqrt(p * (1 - p) / whole + spread / (4 * whole)) / (1 + spread)
    return f"{100 * p:.1f} % ({100 * (centre - half):.1f}-{100 * (centre + half):.1f})"


def gate_lines(rows: list[Judged]) -> Iterator[str]:
    """Of the mentions that each gate closes, how many cannot be coded; and of those that cannot, how many it closes."""
    uncodable = sum(each.gold is None for each in rows)
    for gate in [each for each in Gate if each is not Gate.NONE]:
        closed = [each for each in rows if each.coding.gate is gate]
        right = sum(each.gold is None for each in closed)
        precision, recall = share(right, len(closed)), share(right, uncodable)
        yield f"gate {gate.value:8} closes {len(closed):5}  precision {precision}  recall {recall}"


def route_lines(rows: list[Judged]) -> Iterator[str]:
    """What each route with a code finds of the codable mentions, and how many uncodable ones it takes."""
    codable = [each for each in rows if each.gold is not None]
    uncodable = len(rows) - len(codable)
    for route in (Route.EXACT, Route.DECOMPOSED, Route.REVIEW):
        found = [each for each in codable if each.coding.route is route]
        wrong = sum(each.coding.route is route for each in rows if each.gold is None)
        same = sum(each.coding.disease.code == each.gold.code for each in found if each.coding.disease and each.gold)
        right = sum(each.is_icd10_right for each in found)
        yield (
            f"{route.value:10} of codable {share(len(found), len(codable))}  7-digit {share(same, len(found))}  "
            f"ICD-10 {share(right, len(found))}  with uncodable {share(right, len(found) + wrong)}  "
            f"uncodable taken {share(wrong, uncodable)}"
        )


def cover_line(master: DiseaseMaster) -> str:
    """How many codable mentions decompose whole, and how many texts a second that takes with normalising."""
    texts = [text for text, gold in mentions(master) if gold is not None]
    began_s = time.process_time()
    whole = sum(bool(decompose(normalised(text), MONTH, master)) for text in texts)
    return f"decomposed whole {share(whole, len(texts))}, {len(texts) / (time.process_time() - began_s):,.0f} texts/s"


def main() -> None:
    """Print the figures."""
    master = official_master()
    rows = judged(master)
    lines = [f"{len(rows)} mentions", *gate_lines(rows), *route_lines(rows), cover_line(master)]
    sys.stdout.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
