"""A decision splits a receipt's money with the local programmes that are known; every figure is computed by hand."""

from dataclasses import replace

import pytest

from services.claims.domain.adjudication import AdjudicationFacts, BilledPayer, adjudicate, share_case
from services.claims.domain.share.local import COLUMNS, programme_of_row
from services.claims.domain.share.national import NATIONAL
from services.claims.domain.share.programmes import ProgrammeTable
from services.claims.domain.share.split import workings
from services.claims.domain.share.words import assumptions_of
from services.claims.domain.uke.facts import PayerKind
from services.shared.kernel.months import Month
from tests.support.examined import NOTHING_EXAMINED
from tests.unit.claims.adjudication.builders import billed, covered, insurer

LOCAL = "83136019"


def table(*rows: str) -> ProgrammeTable:
    """The national programmes and these rows: number, percent, two limits, order, rounding, since, until."""
    stated = [each.split(",") for each in rows]
    return NATIONAL.with_rows(
        programme_of_row(dict(zip(COLUMNS, (number, "助成", *rule, "条例"), strict=True))) for number, *rule in stated
    )


def receipt(
    points: int, *numbers: str, burden_yen: int | None = None, marks: tuple[str, ...] = ()
) -> AdjudicationFacts:
    """Lines that the insurer shares with these programmes, in their order."""
    programmes = [
        BilledPayer(position, PayerKind.PROGRAMME, number, points, points, burden_yen, 0)
        for position, number in enumerate(numbers, 1)
    ]
    return billed([insurer(points), *programmes], [("2" if len(numbers) == 1 else "9", points)], marks)


def yen(facts: AdjudicationFacts, programmes: ProgrammeTable = NATIONAL) -> tuple[list[int], int]:
    """What the payers bear in their order, and the patient."""
    decision = adjudicate(facts, covered(facts), NOTHING_EXAMINED, programmes)
    return [part.share_yen for part in decision.parts], decision.patient_yen


def told(facts: AdjudicationFacts, programmes: ProgrammeTable = NATIONAL) -> str:
    """What the split took for granted."""
    done = workings(share_case(facts, covered(facts), NOTHING_EXAMINED, programmes), programmes)
    return " ".join(each.english for each in assumptions_of(done))


@pytest.mark.parametrize(
    ("row", "left_yen"),
    [
        ("8313,10,,,,,,", 1_000),
        ("8313,10,,500,,,,", 500),
        ("8313,10,500,,,,,", 1_000),
        ("8313,,,500,,,,", 500),
        ("8313,,500,,,,,", 0),
        ("8313,,,5000,,,,", 3_000),
        ("8313,,,,,,,", 0),
        ("8313,0,,,,,,", 0),
        ("83,10,,,,,2024-05,2024-05", 1_000),
        ("83,10,,,,,2024-06,", 0),
        ("83,10,,,,,,2024-04", 0),
    ],
)
def test_a_blank_burden_is_what_the_row_leaves_in_its_months(row: str, left_yen: int) -> None:
    assert yen(receipt(1_000, LOCAL), table(row)) == ([7_000, 3_000 - left_yen], left_yen)


@pytest.mark.parametrize(
    ("rounding", "left_yen"),
    [("", 128), ("one_yen", 128), ("ten_yen_half_up", 130), ("ten_yen_down", 120)],
)
def test_a_percentage_is_rounded_as_the_row_says(rounding: str, left_yen: int) -> None:
    assert yen(receipt(128, LOCAL), table(f"83,10,,,,{rounding},,")) == ([896, 384 - left_yen], left_yen)


@pytest.mark.parametrize(
    ("row", "shares"),
    [
        ("83,5,,,before,,,", ([318_570, 61_430], 20_000)),
        ("83,25,,,before,,,", ([318_570, 0], 81_430)),
        ("83,25,,,after,,,", ([298_570, 20_000], 81_430)),
        ("83,5,,,after,,,", ([280_000, 100_000], 20_000)),
    ],
)
def test_the_limit_of_high_cost_care_holds_before_or_after_the_programme(
    row: str, shares: tuple[list[int], int]
) -> None:
    # 区ウ: 40,000 points, 120,000 yen of copay; 80,100 + (400,000 - 267,000) x 1 % = 81,430
    assert yen(receipt(40_000, LOCAL, marks=("28",)), table(row)) == shares


def test_four_programmes_bear_in_their_order_each_of_what_the_one_before_leaves() -> None:
    numbers = ("81130012", "82130010", "83136019", "84130016")
    known = table("81,20,,,,,,", "82,,,6000,,,,", "83,10,,,,,,", "84,,,4500,,,,")

    assert yen(receipt(5_000, *numbers), known) == ([35_000, 5_000, 4_000, 1_000, 500], 4_500)


def test_what_the_record_declares_wins_over_the_row() -> None:
    assert yen(receipt(1_000, LOCAL, burden_yen=300), table("83,10,,500,,,,")) == ([7_000, 2_700], 300)


def test_a_number_that_no_row_names_leaves_what_its_record_declares_and_that_is_told() -> None:
    blank, declared = receipt(1_000, LOCAL), receipt(1_000, LOCAL, burden_yen=300)

    assert yen(blank, table("8213,10,,,,,,")) == yen(blank) == ([7_000, 3_000], 0)
    assert yen(declared, table("8213,10,,,,,,")) == yen(declared) == ([7_000, 2_700], 300)
    assert "not listed" in told(blank, table("8213,10,,,,,,"))
    assert "not listed" not in told(blank, table("83,10,,,,,,"))


def test_a_row_of_another_month_leaves_the_receipt_as_it_was() -> None:
    later = replace(receipt(1_000, LOCAL), month=Month(2024, 6))
    known = table("83,10,,,,,2024-06,")

    assert yen(receipt(1_000, LOCAL), known) == ([7_000, 3_000], 0)
    assert yen(later, known) == ([7_000, 2_000], 1_000)
