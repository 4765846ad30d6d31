"""A claim that local programmes share is read for its household by the table that was known at its decision."""

from dataclasses import replace

import pytest

from services.claims.domain.adjudication import adjudicate, adjudication_facts
from services.claims.domain.households.doubts import Doubt
from services.claims.domain.households.reading import KeptClaim, read_claim
from services.claims.domain.readjudication import terms_of
from services.claims.domain.share.local import programme_of_row
from services.claims.domain.share.national import NATIONAL
from services.claims.domain.share.programmes import ProgrammeTable
from tests.support.examined import NOTHING_EXAMINED
from tests.support.households import covers_of, facts_of, kept_claim
from tests.usecases.claims.programmes.test_deciding import receipt

_ROW = {"number": "8313", "name": "子ども医療", "percent": "10", "source": "条例"}
KNOWN = NATIONAL.with_rows([programme_of_row(_ROW)])
"""73 points leave 219 yen of copay, and the programme leaves 73 of them."""


def decided_with(programmes: ProgrammeTable) -> KeptClaim:
    """A claim as it was decided by a table."""
    facts = facts_of(receipt(1))
    decision = adjudicate(adjudication_facts(facts), covers_of(facts), NOTHING_EXAMINED, programmes)
    return replace(kept_claim("one", receipt(1), category=None), terms=terms_of(decision))


@pytest.mark.parametrize(("programmes", "patient_yen"), [(NATIONAL, 0), (KNOWN, 73)], ids=["national", "local"])
def test_a_claim_is_read_by_the_table_that_it_was_decided_with(programmes: ProgrammeTable, patient_yen: int) -> None:
    kept = decided_with(programmes)
    reading = read_claim(kept, programmes)

    assert kept.terms is not None
    assert (kept.terms.patient_yen, reading.doubt, len(reading.portions)) == (patient_yen, None, 1)


def test_by_another_table_it_is_left_out_and_that_is_said() -> None:
    assert read_claim(decided_with(KNOWN), NATIONAL).doubt is Doubt.SPLIT_DIFFERS
    assert read_claim(decided_with(NATIONAL), KNOWN).doubt is Doubt.SPLIT_DIFFERS


def test_the_ratio_is_inferred_with_the_table_too() -> None:
    kept = replace(decided_with(KNOWN), covers=None)

    assert read_claim(kept, KNOWN).doubt in {Doubt.COPAY_INFERRED, Doubt.COPAY_UNKNOWN}
    assert read_claim(kept, NATIONAL).doubt is Doubt.COPAY_UNKNOWN
