"""However a month is cut into batches, its sums are the same, and every billed yen is borne before and after."""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from services.claims.domain.outcome import Outcome
from services.claims.domain.readjudication import Batch, Difference, Share, Skip, Summary, Terms, with_batch
from services.shared.kernel.ids import ClaimId
from services.shared.kernel.money import YEN_PER_POINT

PAYERS = ("01130012", "06132013", "54130018")


@st.composite
def terms(draw: st.DrawFn) -> Terms:
    """A decision's terms that conserve."""
    shares = tuple(
        Share(number, points := draw(st.integers(0, 9_999)), points * YEN_PER_POINT)
        for number in sorted(draw(st.sets(st.sampled_from(PAYERS), min_size=1)))
    )
    reduced, patient = draw(st.integers(0, 999)), draw(st.integers(0, 999))
    return Terms(
        outcome=Outcome.REDUCED if reduced else Outcome.APPROVED,
        billed_points=sum(each.points for each in shares) + patient + reduced,
        reduced_points=reduced,
        patient_yen=patient * YEN_PER_POINT,
        shares=shares,
        grounds=(),
    )


DIFFERENCES = st.builds(Difference, claim_id=st.just(ClaimId("clm_" + "0" * 32)), before=terms(), after=terms())
BATCHES = st.lists(
    st.builds(
        Batch,
        last=st.just(ClaimId("clm_" + "0" * 32)),
        unchanged=st.integers(0, 99),
        skipped=st.dictionaries(st.sampled_from(Skip), st.integers(1, 99)),
        differences=st.lists(DIFFERENCES, max_size=4).map(tuple),
    ),
    max_size=5,
)


def summed(batches: list[Batch]) -> Summary:
    summary = Summary()
    for each in batches:
        summary = with_batch(summary, each)
    return summary


def joined(batches: list[Batch]) -> Batch:
    skipped: Counter[Skip] = Counter()
    for each in batches:
        skipped.update(each.skipped)
    differences = tuple(difference for each in batches for difference in each.differences)
    return Batch(last=None, unchanged=sum(each.unchanged for each in batches), skipped=skipped, differences=differences)


@given(BATCHES)
def test_sums_do_not_depend_on_how_the_month_is_cut(batches: list[Batch]) -> None:
    assert summed(batches) == summed([joined(batches)])


@given(BATCHES)
def test_every_billed_yen_of_the_changed_claims_is_borne_before_and_after(batches: list[Batch]) -> None:
    summary = summed(batches)

    for side in (0, 1):
        borne = sum(change[side] for change in summary.payers.values()) + summary.patient_yen[side]
        assert YEN_PER_POINT * summary.billed_points[side] == borne + YEN_PER_POINT * summary.reduced_points[side]
    assert summary.claims == summary.unchanged + summary.changed + sum(summary.skipped.values())
