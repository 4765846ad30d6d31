"""What no master states is dated, marked, and bounded by the months that it is known for."""

import pytest

from services.claims.domain.masters.revisions import Mark
from services.claims.domain.pricing.dated import (
    BUNDLES,
    DRUG_RULES,
    MATERIAL_RULES,
    PRESCRIBED_RULES,
    bundles_of,
    drug_rule_of,
    material_rule_of,
    prescribed_rule_of,
)
from services.shared.kernel.months import Month

EVERY = {1, 2, 3, 5, 6, 7, 8, 9, 10, 13, 14}


@pytest.mark.parametrize(
    ("month", "groups"),
    [
        (Month(2020, 3), set()),
        (Month(2020, 4), EVERY),
        (Month(2022, 3), EVERY),
        (Month(2022, 4), EVERY),
        (Month(2024, 5), EVERY),
        (Month(2024, 6), EVERY | {15, 16}),
        (Month(2026, 5), EVERY | {15, 16}),
        (Month(2026, 6), EVERY | {15, 16}),
        (Month(2028, 6), set()),
    ],
)
def test_a_month_knows_the_groups_of_its_own_schedule_and_no_other(month: Month, groups: set[int]) -> None:
    assert set(bundles_of(month)) == groups


def test_every_row_names_its_source_and_rests_on_more_than_memory() -> None:
    rests_on = [
        *((row.source, row.mark) for row in BUNDLES),
        *((row.source, row.mark) for row in DRUG_RULES),
        *((row.source, row.mark) for row in MATERIAL_RULES),
        *((row.source, row.mark) for row in PRESCRIBED_RULES),
    ]

    assert all(source and mark is not Mark.UNVERIFIED for source, mark in rests_on)


def test_the_rule_for_drugs_holds_from_the_first_schedule_at_hand() -> None:
    assert drug_rule_of(Month(2020, 3)) is None
    assert drug_rule_of(Month(2020, 4)) is drug_rule_of(Month(2026, 11)) is DRUG_RULES[0]


def test_the_rules_for_materials_and_percentages_hold_from_the_first_schedule_at_hand() -> None:
    assert (material_rule_of(Month(2020, 3)), prescribed_rule_of(Month(2020, 3))) == (None, None)
    assert material_rule_of(Month(2026, 11)) is MATERIAL_RULES[0]
    assert prescribed_rule_of(Month(2026, 11)) is PRESCRIBED_RULES[0]
