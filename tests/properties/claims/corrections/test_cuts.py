"""Whatever another review takes off, no yen appears or is lost, and nobody bears more than before."""

from hypothesis import given
from hypothesis import strategies as st

from services.claims.domain.correction import Borne, Cut, PayerCut, Refusal, reduced
from services.claims.domain.outcome import Decision, PayerPart
from services.claims.domain.uke.facts import PayerKind

PAYERS = ["01130012", "21136015", "54130018"]


@st.composite
def borne(draw: st.DrawFn) -> Borne:
    """A decision with money: one to three payers, some yen cut before, together ten yen a point."""
    shares = draw(st.lists(st.integers(0, 400), min_size=1, max_size=3))
    patient, reduced_yen = draw(st.integers(0, 400)), draw(st.integers(0, 20)) * 10
    rest = -(sum(shares) + patient + reduced_yen) % 10
    points = (sum(shares) + patient + rest + reduced_yen) // 10
    return Borne(
        billed_points=points,
        parts=tuple(
            PayerPart(
                payer, PayerKind.PROGRAMME if place else PayerKind.INSURER, place, draw(st.integers(0, points)), yen
            )
            for place, (payer, yen) in enumerate(zip(PAYERS, shares, strict=False))
        ),
        patient_yen=patient + rest,
        reduced_yen=reduced_yen,
        notes=(),
    )


cuts = st.builds(
    Cut,
    official_code=st.sampled_from("ABCDFGHK"),
    points=st.integers(1, 60),
    payers=st.lists(
        st.builds(PayerCut, payer_number=st.sampled_from(PAYERS), points=st.integers(0, 60), yen=st.integers(0, 300)),
        min_size=1,
        max_size=3,
    ).map(tuple),
)


@given(standing=borne(), cut=cuts)
def test_a_cut_is_refused_or_conserves_every_yen_and_raises_nobody_s_part(standing: Borne, cut: Cut) -> None:
    decision = reduced(standing, cut)

    if isinstance(decision, Refusal):
        return
    assert isinstance(decision, Decision)
    before = sum(part.share_yen for part in standing.parts) + standing.patient_yen + standing.reduced_yen
    after = sum(part.share_yen for part in decision.parts) + decision.patient_yen + decision.reduced_yen
    assert before == after == decision.billed_yen
    assert decision.reduced_yen == standing.reduced_yen + 10 * cut.points
    assert decision.patient_yen <= standing.patient_yen
    for old, new in zip(standing.parts, decision.parts, strict=True):
        assert new.payer_number == old.payer_number
        assert 0 <= new.share_yen <= old.share_yen
        assert 0 <= new.points <= old.points


@given(standing=borne(), points=st.integers(1, 40), yen_a_point=st.integers(0, 10))
def test_a_cut_shared_by_the_first_payer_and_the_patient_fits_where_both_bear_enough(
    standing: Borne, points: int, yen_a_point: int
) -> None:
    first = standing.parts[0]
    yen = min(first.share_yen, points * yen_a_point)
    cut = Cut(
        official_code="B",
        points=points,
        payers=(PayerCut(payer_number=first.payer_number, points=min(points, first.points), yen=yen),),
    )

    fits = 10 * points - yen <= standing.patient_yen
    assert isinstance(reduced(standing, cut), Decision) == fits
