"""The real claim file on a crashing platform: its hospital, payers and members enrolled, and what must arrive of it."""

import asyncio
from collections import Counter
from dataclasses import replace
from pathlib import Path

from infra.local.stack import Stack
from services.shared.kernel.check_digits import check_digit
from tests.e2e.test_part_a import HOSPITAL, PAYER_RECORDS, POINTS, RECEIPTS, owed_by_payers
from tests.support.journey import clients_of, facts_of, population_of
from tests.support.official_data import part_a
from tests.support.proof import Expected
from tests.support.witness import Witness

HOSPITALS = 40
"""As many as there are submissions of the file in one test module, and some more."""


def enrolled(stack: Stack, folder: Path) -> Witness:
    """Enrol everybody on the file; nothing is submitted yet."""
    content = part_a()
    text = content.decode("cp932")
    clients = clients_of(stack, folder)
    population = population_of(HOSPITAL, facts_of(content))
    population = replace(population, hospitals=[_hospital(number) for number in range(HOSPITALS)])
    tokens = asyncio.run(clients.enrol(population))
    return Witness(
        clients=clients,
        tokens=tokens,
        content=content,
        payers=population.payers,
        expected=Expected(
            receipts=RECEIPTS,
            payer_records=PAYER_RECORDS,
            points=POINTS,
            owed_yen=owed_by_payers(text),
            charged_points=charged_to_payers(text),
        ),
    )


def _hospital(number: int) -> str:
    body = f"121{number:06d}"
    return f"{body}{check_digit(body)}"


def charged_to_payers(text: str) -> Counter[str]:
    """Points per payer as the file's HO and KO records declare them."""
    charged: Counter[str] = Counter()
    for line in text.splitlines():
        columns = line.split(",")
        if columns[0] in {"HO", "KO"}:
            charged[columns[1].strip()] += int(columns[5])
    return charged
