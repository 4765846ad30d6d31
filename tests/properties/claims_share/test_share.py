"""What holds for every split: conservation, bounds, monotonicity, independence of order, and an independent count."""

from hypothesis import given, settings
from hypothesis import strategies as st

from services.claims.domain.share.case import AgeClass, LimitCategory, LongTerm, Setting, ShareCase, SharePayer
from services.claims.domain.share.split import share_of, workings
from services.claims.domain.uke.codes import BENEFIT_SHARES
from services.shared.kernel.months import Month
from tests.properties.claims_share.oracle import LAWS, expected

_points = st.integers(0, 600) | st.integers(0, 40_000) | st.integers(0, 2_000_000)
_months = st.sampled_from([Month(2018, 8), Month(2024, 6), Month(2026, 7), Month(2026, 8), Month(2027, 7)])
_yen = st.none() | st.integers(0, 30_000)
_ages = st.sampled_from([AgeClass.PRESCHOOL, AgeClass.GENERAL, AgeClass.ELDERLY])


@st.composite
def cases(draw: st.DrawFn, *, most_programmes: int = 4, insured: bool | None = None, most_shares: int = 8) -> ShareCase:
    """Cases of any payers, shares, ages and classes; consistent, as adjudication makes them."""
    has_insurer = draw(st.booleans()) if insured is None else insured
    first = 0 if has_insurer else 1
    positions = range(first, draw(st.integers(first, max(first, most_programmes))) + 1)
    codes = [code for code, who in BENEFIT_SHARES.items() if set(who) <= set(positions)]
    payers = [
        SharePayer(position, f"{draw(st.sampled_from(LAWS))}130012", draw(_yen), draw(_yen))
        if position
        else SharePayer(0, "01130012")
        for position in positions
    ]
    return ShareCase(
        month=draw(_months),
        points=draw(st.dictionaries(st.sampled_from(codes), _points, min_size=1, max_size=most_shares)),
        payers=tuple(payers),
        copay_tenths=draw(st.integers(1, 3)),
        setting=draw(st.sampled_from(Setting)),
        age=draw(_ages),
        category=draw(st.none() | st.sampled_from(LimitCategory)),
        multi=draw(st.booleans()),
        turns_75=draw(st.booleans()),
        legacy_tenth=draw(st.booleans()),
    )


@given(cases(), st.sampled_from(LongTerm))
def test_every_yen_is_a_payers_or_the_patients_and_none_is_negative(case: ShareCase, long_term: LongTerm) -> None:
    split = share_of(case._replace(long_term=long_term))

    yen = [*split.payer_yen.values(), split.patient_yen, split.legacy_yen]
    assert sum(yen) == 10 * sum(case.points.values())
    assert min(yen) >= 0
    assert set(split.payer_yen) == {payer.position for payer in case.payers}


two_layers = cases(most_programmes=1, insured=True).map(
    lambda case: case._replace(
        points={share: points for share, points in case.points.items() if share != "5"} or {"1": 1}
    )
)
"""Receipts of an insurer and at most one programme, each line the insurer's too."""


@settings(max_examples=300)
@given(two_layers)
def test_with_one_programme_at_most_the_split_is_that_of_an_independent_count(case: ShareCase) -> None:
    """To the yen; the count has parts of a yen only where a local programme has a part of a limited amount."""
    split, truth = share_of(case), expected(case)

    assert abs(split.patient_yen - truth.patient) < 1
    assert abs(split.legacy_yen - truth.legacy) < 1
    assert all(abs(split.payer_yen[position] - yen) < 1 for position, yen in truth.payers.items())


@given(cases())
def test_the_split_differs_from_an_independent_count_by_what_lies_on_several_shares(case: ShareCase) -> None:
    """Only yen that lie on several shares are rounded, once a programme and limit."""
    split, truth = share_of(case), expected(case)

    roundings = len(case.points) * (2 * len(case.payers) + 2)
    assert abs(split.patient_yen - truth.patient) <= roundings
    assert all(abs(split.payer_yen[position] - yen) <= roundings for position, yen in truth.payers.items())


@given(two_layers)
def test_a_limit_never_raises_what_the_patient_pays(case: ShareCase) -> None:
    under_70 = case._replace(age=AgeClass.GENERAL)

    assert share_of(under_70).patient_yen <= share_of(under_70._replace(category=None)).patient_yen


@given(two_layers)
def test_the_lower_limits_never_raise_what_the_patient_pays(case: ShareCase) -> None:
    assert share_of(case._replace(multi=True)).patient_yen <= share_of(case._replace(multi=False)).patient_yen
    assert share_of(case._replace(turns_75=True)).patient_yen <= share_of(case._replace(turns_75=False)).patient_yen


@given(two_layers, st.sampled_from(LongTerm))
def test_a_long_term_disease_never_raises_what_the_patient_pays(case: ShareCase, long_term: LongTerm) -> None:
    assert share_of(case._replace(long_term=long_term)).patient_yen <= share_of(case).patient_yen


@given(cases(insured=True, most_programmes=0), st.integers(0, 100_000))
def test_more_points_never_lower_the_patients_part_of_the_insurers_layer(case: ShareCase, more: int) -> None:
    (points,) = case.points.values()

    assert share_of(case._replace(points={"1": points + more})).patient_yen >= share_of(case).patient_yen


@given(two_layers, st.data())
def test_more_points_never_lower_the_patients_part_at_70_and_over(case: ShareCase, data: st.DataObject) -> None:
    """Under 70 they may: a layer that reaches 21,000 yen enters the class's limit with the rest. So they may under a
    local programme, whose lines share one limit with those that the patient pays.
    """
    payers = tuple(each._replace(number="54130018") if each.position else each for each in case.payers)
    elderly = case._replace(age=AgeClass.ELDERLY, payers=payers)
    share = data.draw(st.sampled_from(sorted(case.points)))
    more = dict(case.points) | {share: case.points[share] + data.draw(st.integers(0, 100_000))}

    assert share_of(elderly._replace(points=more)).patient_yen >= share_of(elderly).patient_yen


@given(cases(), st.data())
def test_the_order_of_payers_and_shares_changes_nothing(case: ShareCase, data: st.DataObject) -> None:
    points = dict(data.draw(st.permutations(sorted(case.points.items()))))
    payers = tuple(data.draw(st.permutations(case.payers)))

    assert share_of(case._replace(points=points, payers=payers)) == share_of(case)


@given(cases())
def test_the_workings_end_in_the_split(case: ShareCase) -> None:
    assert workings(case).split == share_of(case)
