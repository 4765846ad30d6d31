"""The bench's population: what it offers must let expected events be exact."""

import pytest

from services.claims.domain.adjudication import Cover, adjudicate, adjudication_facts
from services.claims.domain.examination import examine
from services.claims.domain.outcome import Outcome
from services.claims.domain.uke.assess import assess
from services.claims.domain.uke.facts import PayerKind
from services.claims.domain.uke.findings import Profile
from services.claims.domain.uke.treatment_of import treatment_of
from services.shared.kernel.months import Month
from tests.bench.mix import DIAGNOSES, PAYERS, Mixed, mixed_receipts
from tests.bench.population import BATCH, HOSPITALS, Population, members_for, offers
from tests.support.official_data import official_data
from tests.support.official_masters import official_schedule

SEED = 7
MADE = 400


@pytest.fixture(scope="module")
def mixed() -> list[Mixed]:
    return list(mixed_receipts(official_data("masters"), MADE, SEED))


def outcome_of(each: Mixed) -> Outcome:
    facts = assess(each.receipt.numbered(1), profile=Profile.LENIENT).facts
    assert facts is not None
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
    examination = examine(treatment_of(facts), official_schedule(Month.of(each.made.month)))
    return adjudicate(adjudication_facts(facts), covers, examination).outcome


def test_whatever_is_covered_settles_whole_or_reduced(mixed: list[Mixed]) -> None:
    decided = {(each.reduced, outcome_of(each)) for each in mixed}

    assert decided == {(False, Outcome.APPROVED), (True, Outcome.REDUCED)}


def test_receipts_have_two_or_three_diagnoses_beside_free_text(mixed: list[Mixed]) -> None:
    assert {each.diagnoses - each.uncoded for each in mixed} == set(DIAGNOSES)


def test_only_payers_that_the_bench_enrols_stand_on_receipts(mixed: list[Mixed]) -> None:
    found = set()
    for each in mixed:
        facts = assess(each.receipt.numbered(1), profile=Profile.LENIENT).facts
        assert facts is not None
        found |= {payer.number for payer in facts.payers}

    assert found <= set(PAYERS)


def test_nobody_comes_to_a_hospital_twice_and_a_batch_is_of_one_month(mixed: list[Mixed]) -> None:
    receipts = mixed * 6
    population = Population(
        hospitals=["1", "2", "3"], payers=[], receipts=receipts, settled=[True] * len(receipts), coverage=[]
    )

    offered = list(offers(population, SEED))

    pairs = [(each.hospital, place) for each in offered for place in each.places]
    assert len(set(pairs)) == len(pairs) == len(offered) * BATCH > 0
    assert {
        (f"{receipts[place].made.claim_month:%Y%m}", each.claim_month) for each in offered for place in each.places
    } == {(each.claim_month, each.claim_month) for each in offered}


def test_there_are_enough_members_for_what_is_offered() -> None:
    assert (members_for(400_000) - 10 * BATCH) * HOSPITALS >= 400_000
