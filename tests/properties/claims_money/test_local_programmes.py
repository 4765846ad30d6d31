"""What holds for every receipt whatever was told of local programmes."""

from hypothesis import given
from hypothesis import strategies as st

from services.claims.domain.adjudication import AdjudicationFacts, BilledPayer, adjudicate, share_case
from services.claims.domain.share.limits import SourceMark
from services.claims.domain.share.national import NATIONAL
from services.claims.domain.share.programmes import LeftRounding, LimitOrder, Programme, ProgrammeTable
from services.claims.domain.share.split import workings
from services.claims.domain.uke.codes import BENEFIT_SHARES, receipt_kind
from services.claims.domain.uke.facts import PayerKind
from services.shared.kernel.months import Month
from tests.properties.claims_money.test_adjudication import _covers, receipts
from tests.support.examined import NOTHING_EXAMINED

_LOCAL = "83136019"
_yen = st.none() | st.integers(0, 500_000)
_months = st.none() | st.sampled_from([Month(2024, 4), Month(2024, 5), Month(2024, 6)])


@st.composite
def programmes(draw: st.DrawFn, numbers: tuple[str, ...] = ("83", "8313", "54", "51130011")) -> Programme:
    """A row of any rule."""
    percent, inpatient_yen, outpatient_yen = draw(st.none() | st.integers(0, 100)), draw(_yen), draw(_yen)
    return Programme(
        number=draw(st.sampled_from(numbers)),
        name="a",
        percent=percent,
        inpatient_limit_yen=inpatient_yen,
        outpatient_limit_yen=outpatient_yen,
        order=draw(st.sampled_from([each for each in LimitOrder if each is not LimitOrder.LONG_TERM])),
        rounding=draw(st.sampled_from(LeftRounding)),
        blank_is_nothing=percent is None and inpatient_yen is None and outpatient_yen is None,
        since=draw(_months),
        until=draw(_months),
        mark=SourceMark.SEEN,
        source="x",
    )


_tables = st.lists(programmes(), max_size=4).map(NATIONAL.with_rows)
_sound = receipts(noise=st.just(0)).filter(lambda facts: not facts.special_marks)
_tenths = st.integers(0, 3)


@given(_sound, _tenths, _tables)
def test_every_yen_is_a_payers_or_the_patients_and_none_is_negative(
    facts: AdjudicationFacts, tenths: int, known: ProgrammeTable
) -> None:
    decision = adjudicate(facts, _covers(facts, tenths), NOTHING_EXAMINED, known)

    yen = [*(part.share_yen for part in decision.parts), decision.patient_yen]
    assert sum(yen) == decision.billed_yen == 10 * sum(points for _, points in facts.shares)
    assert min(yen) >= 0
    lines = [(BENEFIT_SHARES[code], points) for code, points in facts.shares]
    assert decision.patient_yen <= sum(points * (tenths if 0 in who else 10) for who, points in lines)


@given(_sound, _tenths, _tables)
def test_the_explanation_comes_to_what_was_decided(
    facts: AdjudicationFacts, tenths: int, known: ProgrammeTable
) -> None:
    covers = _covers(facts, tenths)
    decision = adjudicate(facts, covers, NOTHING_EXAMINED, known)
    split = workings(share_case(facts, covers, NOTHING_EXAMINED, known), known).split

    assert split.patient_yen == decision.patient_yen
    assert [split.payer_yen[part.position] for part in decision.parts] == [part.share_yen for part in decision.parts]


@given(_sound, _tenths, st.lists(programmes(numbers=("80", "8213", "54130019")), max_size=4))
def test_rows_of_numbers_that_the_receipt_does_not_bear_change_nothing(
    facts: AdjudicationFacts, tenths: int, rows: list[Programme]
) -> None:
    covers = _covers(facts, tenths)

    assert adjudicate(facts, covers, NOTHING_EXAMINED, NATIONAL.with_rows(rows)) == adjudicate(
        facts, covers, NOTHING_EXAMINED
    )


_BEFORE = programmes(numbers=("83",)).filter(lambda row: row.order is LimitOrder.BEFORE)


@given(
    points=st.integers(0, 2_000_000),
    tenths=_tenths,
    burden_yen=st.none() | st.integers(0, 100_000),
    row=_BEFORE,
    inpatient=st.booleans(),
)
def test_one_local_programme_leaves_what_a_plain_count_says(
    *, points: int, tenths: int, burden_yen: int | None, row: Programme, inpatient: bool
) -> None:
    kind = receipt_kind("1121" if inpatient else "1122")
    assert kind is not None
    facts = AdjudicationFacts(
        kind=kind,
        month=Month(2024, 5),
        special_marks=(),
        burden_class="",
        turns_75=False,
        discount_unit_yen=None,
        payers=(
            BilledPayer(0, PayerKind.INSURER, "01130012", points, points, None, 0),
            BilledPayer(1, PayerKind.PROGRAMME, _LOCAL, points, points, burden_yen, 0),
        ),
        shares=(("2", points),),
    )
    decision = adjudicate(facts, _covers(facts, tenths), NOTHING_EXAMINED, NATIONAL.with_rows([row]))

    assert decision.patient_yen == min(points * tenths, _left_yen(row, points, burden_yen, inpatient=inpatient))


def _left_yen(row: Programme, points: int, burden_yen: int | None, *, inpatient: bool) -> int:
    """By hand: what the ticket states, else the least of the row's rules, else nothing."""
    if burden_yen is not None:
        return burden_yen
    if not ((row.since or Month(1, 1)) <= Month(2024, 5) <= (row.until or Month(9999, 12))):
        return 0
    rules = [row.inpatient_limit_yen if inpatient else row.outpatient_limit_yen]
    if row.percent is not None:
        exact = points * row.percent
        rules.append(
            {
                LeftRounding.ONE_YEN: (exact + 5) // 10,
                LeftRounding.TEN_YEN_DOWN: exact // 100 * 10,
                LeftRounding.TEN_YEN_HALF_UP: ((exact + 5) // 10 + 5) // 10 * 10,
            }[row.rounding]
        )
    return min([each for each in rules if each is not None], default=0)
