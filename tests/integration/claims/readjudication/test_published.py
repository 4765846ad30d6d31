"""The whole way with the masters that the process keeps: a correction that was published late, and the month again."""

from datetime import date

from services.claims.adapters.postgres_ledger import PostgresLedger
from services.claims.adapters.postgres_masters import PostgresMasters
from services.claims.adapters.postgres_readjudication import PostgresReadjudication
from services.claims.application.deciding import Deciding
from services.claims.application.intake import assess_all
from services.claims.application.master_keeper import MasterKeeper
from services.claims.application.master_shelf import Loading, load_master
from services.claims.application.model import Agency, Submitted
from services.claims.application.readjudicating import Past, Readjudicating
from services.claims.application.registrations import NOTHING_REGISTERED
from services.claims.domain.readjudication import Batch
from services.claims.domain.uke.findings import Profile
from services.shared.chassis.postgres import Database, TransientFault
from services.shared.kernel.months import Month
from tests.integration.claims.test_ledger import HOSPITAL, KEY, NOW, TRACES, accept, claim_ids, covered, new_intake
from tests.support.master_csv import csv_of
from tests.support.uke import plain_receipt
from tests.unit.claims.pricing.builders import act_fields
from tests.usecases.claims.readjudication.masters import VISIT

BEFORE, AFTER = date(2024, 5, 27), date(2024, 5, 28)


async def load(keeper: MasterKeeper, name: str, points: str) -> None:
    """A full file of one act, in force since April 2022."""
    record = ",".join(f'"{field}"' for field in act_fields(VISIT, points, {87: "20220401"}))
    loaded = await load_master(keeper.shelf, name, csv_of(record), published=None, now=NOW)
    assert loaded.loading is Loading.LOADED, loaded.reason
    await keeper.look()


async def decided(database: Database, keeper: MasterKeeper) -> None:
    """One claim of May 2024, by what the process knows."""
    submitted = [Submitted(place=0, agency=Agency.SSK, claim_month="202406", receipt=plain_receipt())]
    assessed, intake = assess_all(HOSPITAL, submitted, Profile.LENIENT), new_intake()
    (claim,) = claim_ids(await accept(database, assessed, intake))
    async with database.transaction(label="test") as tx:
        deciding = Deciding(recent=intake.recent, traces=TRACES, schedules=keeper)
        await deciding.eligibility_determined(PostgresLedger(tx, KEY), [covered(claim, assessed[0])], now=NOW)


async def again(database: Database, keeper: MasterKeeper, as_of: date) -> Batch:
    readjudicating = Readjudicating(schedules=keeper, registrations=NOTHING_REGISTERED, traces=TRACES)
    async with database.transaction(label="test") as tx:
        past = Past(month=Month(2024, 5), as_of=as_of)
        return await readjudicating.decide(PostgresReadjudication(tx, KEY), past, None, now=NOW)


async def test_a_late_correction_of_a_master_changes_the_month_from_the_day_of_its_publication_on(
    database: Database,
) -> None:
    keeper = MasterKeeper(shelf=PostgresMasters(database=database), now=lambda: NOW, transient=TransientFault)
    await keeper.open()
    await load(keeper, "s_ALL20240520.csv", "73")
    await decided(database, keeper)
    await load(keeper, "s_ALL20240528.csv", "70")

    before, after, back = [await again(database, keeper, day) for day in (BEFORE, AFTER, BEFORE)]
    await keeper.close()

    assert (before.unchanged, before.differences) == (1, ())
    assert [(each.before.patient_yen, each.after.patient_yen) for each in after.differences] == [(219, 210)]
    assert [(each.before.reduced_points, each.after.reduced_points) for each in back.differences] == [(3, 0)]
    assert back.differences[0].after == after.differences[0].before
