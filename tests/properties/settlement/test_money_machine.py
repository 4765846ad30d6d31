"""Whatever is done to settlement's money, in any order and again: it is where plain sums say, on the real PostgreSQL.

Decisions and corrections come in any order, months are closed, broken off and closed on, payments are proposed, filed
in every form, answered by the bank, called back, shown, come back and are instructed again, and banks tell of several
accounts in either form, in files cut anywhere, and announce money before. People are wrong and take it back. After each
step balances, pendings, positions and what is due are those of the model, in the end statements, streams and `ledger
verify` too.
"""

from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.properties.settlement.money.machine import MoneyMachine
from tests.support.stack import PostgresCluster


def test_money_is_where_plain_sums_say_whatever_is_done_and_in_whatever_order(
    postgres_cluster: PostgresCluster,
) -> None:
    machine = type("Machine", (MoneyMachine,), {"cluster": postgres_cluster})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=25,
            stateful_step_count=40,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            phases=[Phase.generate],
        ),
    )
