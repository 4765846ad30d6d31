"""`python -m tests.support.decided_lines FOLDER`: what the rules loaded in this process say of generated receipts.

A line for each receipt, sound or broken, so that two processes can be compared; the first line tells where the rules
were loaded from.
"""

import sys
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Final

from services.claims.domain import examination
from services.claims.domain.adjudication import Cover, adjudicate, adjudication_facts
from services.claims.domain.examination import Surroundings, examine
from services.claims.domain.uke.assess import assess
from services.claims.domain.uke.facts import PayerKind, ReceiptFacts
from services.claims.domain.uke.findings import Profile
from services.claims.domain.uke.treatment_of import treatment_of
from services.shared.kernel.months import Month
from tests.bench.mix import mixed_receipts
from tests.support.official_masters import official_schedule

RECEIPTS: Final = 300
SEED: Final = 20_261_121
BREAKING: Final = 4
"""Each receipt is read once as it is and this often with a byte or a line of it spoilt."""


def decided_lines(folder: Path) -> Iterator[str]:
    """Findings, price, edits and decision of each receipt, as text."""
    random = Random(SEED)
    for each in mixed_receipts(folder, RECEIPTS, SEED):
        whole = each.receipt.numbered(1)
        for receipt in (whole, *(_spoilt(whole, random) for _ in range(BREAKING))):
            read = assess(receipt, profile=Profile.LENIENT)
            said = " ".join(str(found) for found in read.findings)
            yield said + (_decided(read.facts, Month.of(each.made.claim_month)) if read.facts else " rejected")


def _decided(facts: ReceiptFacts, claimed: Month) -> str:
    treatment = treatment_of(facts, hospital_code="1319000011", claim_month=claimed)
    examined = examine(treatment, official_schedule(treatment.month), Surroundings())
    covers = [
        Cover(
            payer_number=payer.number,
            covered=True,
            reason="COVERED",
            copay_tenths=3 if payer.kind is PayerKind.INSURER else 0,
            public_programme=payer.kind is PayerKind.PROGRAMME,
        )
        for payer in facts.payers
    ]
    decision = adjudicate(adjudication_facts(facts), covers, examined)
    edits = [(found.edit.name, found.unit, found.points_before, found.points_after) for found in examined.findings]
    prices = [(unit.price.points, unit.price.why, unit.allowed_points) for unit in examined.units]
    reasons = [(reason.code.name, reason.message) for reason in decision.reasons]
    money = (decision.billed_yen, decision.patient_yen, decision.reduced_yen, decision.parts)
    return f" {decision.outcome.name} {money} {reasons} {decision.notes} {edits} {prices}"


def _spoilt(receipt: bytes, random: Random) -> bytes:
    lines = receipt.splitlines(keepends=True)
    at = random.randrange(len(lines))
    if random.random() < 0.5:
        return b"".join(lines[:at] + lines[at + 1 :])
    fields = lines[at].split(b",")
    fields[random.randrange(1, len(fields))] = random.choice((b"", b"0", b"9", b"99999", b"A"))
    end = b"" if fields[-1].endswith(b"\r\n") else b"\r\n"
    return b"".join([*lines[:at], b",".join(fields) + end, *lines[at + 1 :]])


if __name__ == "__main__":
    sys.stdout.write(f"{examination.__file__}\n")
    for line in decided_lines(Path(sys.argv[1])):
        sys.stdout.write(f"{line}\n")
