
from services.settlement.adapters.queries import QUERIES
from services.settlement.adapters.replaying import replayed
from services.settlement.application.closing import Stage
from services.shared.chassis.postgres import Database
from tests.support.closing import close, load, statements
from tests.support.settlement import HOSPITAL, INSURER, PROGRAMME, decision, part, post

APRIL, MAY = "202604", "202605"
PAYER, OTHER, CLINIC = f"payer:{INSURER}", f"payer:{PROGRAMME}", f"hospital:{HOSPITAL}"


async def balance(database: Database, account: str) -> int:
    rows = await database.fetch(QUERIES["read_account"], account)
    return int(rows[0]["balance_yen"])


async def test_a_closed_months_statements_say_what_the_ledger_says_to_the_yen(database: Database) -> None:
    await load(database, [APRIL])
    await post(database, [decision(1, part(yen=700), part(PROGRAMME, yen=200)), decision(2, part(yen=50))])

    told = await close(database, APRIL)

    found = await statements(database)
    insurer, programme, clinic = (found[APRIL, each] for each in (PAYER, OTHER, CLINIC))
    assert (insurer["claims_yen"], insurer["fees_yen"], insurer["payable_yen"]) == (-750, -143, 893)
    assert (programme["claims_yen"], programme["fees_yen"], programme["payable_yen"]) == (-200, -71, 271)
    assert (clinic["claims_yen"], clinic["fees_yen"], clinic["payable_yen"], clinic["lines"]) == (950, 0, 950, 3)
    for account in (PAYER, OTHER, CLINIC):
        assert found[APRIL, account]["closing_yen"] == await balance(database, account)
    assert await balance(database, "fee:1") == 143 + 71
    assert told[-1].stage is Stage.CLOSED
    assert [progress async for progress in replayed(database)][-1].faults == ()
