"""The comparison of the machine is worth something: each planted fault makes it fail, on one short way.

The way itself, without a fault, is sound.
"""

import asyncio
from collections.abc import Callable

import asyncpg
import pytest

from services.settlement.domain.payments.files import FileForm, NotSound
from services.settlement.domain.statement import StatementDiffers
from services.shared.chassis.postgres import ConstraintViolated
from tests.mutations.money.faults import FAULTS, MoneyFault, SqlFault
from tests.properties.settlement.money.core import FIRST_DAYS, PAYERS, PERIODS
from tests.properties.settlement.money.machine import MoneyMachine
from tests.properties.settlement.money.model import BANK_ACCOUNT, SECOND_ACCOUNT
from tests.support.stack import PostgresCluster

INSURER, RETIRED, MUNICIPAL = PAYERS
FORM = FileForm.ZENGIN
NOTICED = (AssertionError, StatementDiffers, NotSound, ConstraintViolated)


@pytest.fixture
def machine(postgres_cluster: PostgresCluster) -> MoneyMachine:
    made: type[MoneyMachine] = type("Machine", (MoneyMachine,), {"cluster": postgres_cluster})
    return made()


def all_ways_of_money(machine: MoneyMachine) -> list[Callable[[], None]]:
    """A claim month stated, paid, shown, come back and paid again; then the next, with what came late.

    What the bank shows is taken for something else and then taken back; a second account is told of in XML.
    """
    every_payer_pays = [lambda payer=payer: machine.a_payer_pays_all_that_it_owes(payer) for payer in PAYERS]
    return [
        lambda: machine.begin(
            [{INSURER: 900, RETIRED: 300}, {INSURER: 200, MUNICIPAL: 40}, {RETIRED: 70}],
            0,
            FIRST_DAYS[0],
            in_xml={SECOND_ACCOUNT},
            form=FORM,
            answer="pending",
        ),
        lambda: machine.close(PERIODS[0], None),
        *every_payer_pays,
        lambda: machine.the_bank_announces(BANK_ACCOUNT, 2, False),
        lambda: machine.the_bank_announces(BANK_ACCOUNT, 1, True),
        lambda: machine.the_bank_tells(BANK_ACCOUNT, 0, 0, False),
        lambda: machine.pay(PERIODS[0], FORM),
        lambda: machine.the_bank_answers(-1, "accepted", [None, "refused"], 1),
        lambda: machine.the_bank_answers(-1, "accepted", [None, "refused"], 2),
        lambda: machine.step(-1, 1, "abandoned", False),
        lambda: machine.the_bank_pays(0, False, False),
        lambda: machine.the_bank_tells(BANK_ACCOUNT, 0, 0, False),
        lambda: machine.a_person_was_wrong(-1),
        lambda: machine.a_person_finds_the_payment(0),
        lambda: machine.a_payment_is_called_back(0, "requested", False),
        lambda: machine.a_payment_is_called_back(0, "sent", False),
        lambda: machine.a_payment_comes_back(0, True, BANK_ACCOUNT),
        lambda: machine.the_bank_tells(BANK_ACCOUNT, 0, 0, False),
        lambda: machine.reinstruct(0),
        lambda: machine.approve(-1, False),
        lambda: machine.release(-1, FORM),
        lambda: machine.somebody_moves_money(30, False, SECOND_ACCOUNT),
        lambda: machine.the_bank_tells(SECOND_ACCOUNT, 0, 0, False),
        lambda: machine.a_person_says_that_it_is_the_banks(0),
        lambda: machine.pay(PERIODS[0], FORM),
        lambda: machine.step(-1, 0, "abandoned", True),
        lambda: machine.decide(0, 2, {RETIRED: 100}, False),
        lambda: machine.close(PERIODS[1], None),
        lambda: machine.close(PERIODS[2], None),
    ]


def go(machine: MoneyMachine) -> None:
    """All of it, compared after each step and in the end."""
    try:
        for step in all_ways_of_money(machine):
            step()
            machine.the_ledger_says_what_the_model_says()
            machine.every_yen_is_matched_in_transit_or_in_the_queue()
    finally:
        machine.teardown()


async def plant(owner_dsn: str, fault: SqlFault) -> None:
    connection = await asyncpg.connect(owner_dsn)
    try:
        text = await connection.fetchval("SELECT pg_get_functiondef($1::regproc)", fault.function)
        assert fault.there in text
        await connection.execute(text.replace(fault.there, fault.instead))
    finally:
        await connection.close()


def test_the_way_without_a_fault_is_sound(machine: MoneyMachine) -> None:
    go(machine)

    states = {each.state for each in machine.model.payments()}
    assert states == {"settled", "reinstructed", "instructed", "abandoned"} - {"settled"}


@pytest.mark.parametrize("fault", FAULTS, ids=[each.name for each in FAULTS])
def test_a_planted_fault_is_noticed(machine: MoneyMachine, monkeypatch: pytest.MonkeyPatch, fault: MoneyFault) -> None:
    fault.plant(monkeypatch)
    for each in fault.in_database:
        asyncio.run(plant(machine.database.owner_dsn, each))

    with pytest.raises(NOTICED):
        go(machine)
