"""What holds for every receipt: conservation, bounds, independence of order."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from services.claims.domain import adjudication
from services.claims.domain.adjudication import AdjudicationFacts, BilledPayer, Cover
from services.claims.domain.outcome import Decision, Outcome
from services.claims.domain.uke.codes import BENEFIT_SHARES, receipt_kind
from services.claims.domain.uke.facts import PayerKind
from services.shared.kernel.months import Month
from tests.support.examined import NOTHING_EXAMINED

_NUMBERS = ("01130012", "54130018", "51130011", "83136019", "12141024")
_points = st.integers(0, 2_000_000)
_noise = st.sampled_from([0, 0, 0, 0, 0, 0, 1, 7, -1])
_burden = st.none() | st.integers(0, 30_000_000)


@st.composite
def receipts(draw: st.DrawFn, *, noise: st.SearchStrategy[int] = _noise) -> AdjudicationFacts:
    """Receipts of any payers and shares, most of them consistent; the sums are made here, share by share."""
    has_insurer = draw(st.booleans())
    first = 0 if has_insurer else 1
    positions = range(first, draw(st.integers(first, 4)) + 1)
    codes = [code for code, who in BENEFIT_SHARES.items() if set(who) <= set(positions)]
    shares = draw(st.dictionaries(st.sampled_from(codes), _points, min_size=1))
    payers = []
    for position in positions:
        lines = sum(points for code, points in shares.items() if position in BENEFIT_SHARES[code])
        payers.append(
            BilledPayer(
                position,
                PayerKind.PROGRAMME if position else PayerKind.INSURER,
                _NUMBERS[position],
                max(0, lines + draw(noise)),
                lines,
                draw(_burden),
                0,
            )
        )
    kind = receipt_kind(f"1{1 if has_insurer else 2}{len(payers)}2")
    assert kind is not None
    return AdjudicationFacts(
        kind=kind,
        month=Month(2024, 5),
        special_marks=draw(st.sampled_from([(), (), (), (), ("10",)])),
        burden_class="",
        turns_75=False,
        discount_unit_yen=draw(st.none() | st.just(9)),
        payers=tuple(payers),
        shares=tuple(shares.items()),
    )


_sound = receipts(noise=st.just(0))


def adjudicate(facts: AdjudicationFacts, covers: list[Cover]) -> Decision:
    return adjudication.adjudicate(facts, covers, NOTHING_EXAMINED)


def _covers(facts: AdjudicationFacts, tenths: int) -> list[Cover]:
    return [
        Cover(
            payer_number=payer.number,
            covered=True,
            reason="COVERED",
            copay_tenths=0 if payer.position else tenths,
            public_programme=payer.position > 0,
        )
        for payer in facts.payers
    ]


_tenths = st.integers(0, 10)


@given(receipts(), _tenths)
def test_every_yen_is_a_payers_the_patients_or_cut_and_none_is_negative(facts: AdjudicationFacts, tenths: int) -> None:
    decision = adjudicate(facts, _covers(facts, tenths))

    yen = [*(part.share_yen for part in decision.parts), decision.patient_yen, decision.reduced_yen]
    assert sum(yen) == decision.billed_yen
    assert min(yen) >= 0
    if decision.outcome in {Outcome.RETURNED, Outcome.PENDED}:
        assert not any(yen)
    else:
        declared = facts.payers[0].declared_points - facts.payers[0].line_points
        assert decision.billed_yen == 10 * (sum(points for _, points in facts.shares) + declared)
        assert len(decision.parts) == len(facts.payers)


@given(_sound, _tenths)
def test_the_insurer_of_a_sound_receipt_bears_its_ratio_and_more_only_under_a_programmes_limit(
    facts: AdjudicationFacts, tenths: int
) -> None:
    decision = adjudicate(facts, _covers(facts, tenths))

    if "10" in facts.special_marks:
        assert decision.outcome is Outcome.PENDED
        return
    assert decision.outcome is Outcome.APPROVED
    if facts.kind.has_insurer:
        ratio_yen = facts.payers[0].line_points * (10 - tenths)
        assert decision.parts[0].share_yen >= ratio_yen
        if len(facts.payers) == 1:
            assert decision.parts[0].share_yen == ratio_yen


@given(_sound, _tenths)
def test_programmes_never_bear_more_than_what_the_insurer_leaves_of_their_lines(
    facts: AdjudicationFacts, tenths: int
) -> None:
    decision = adjudicate(facts, _covers(facts, tenths))

    for part in decision.parts:
        if part.position:
            lines = [(BENEFIT_SHARES[code], points) for code, points in facts.shares]
            layer = sum(points * (tenths if 0 in who else 10) for who, points in lines if part.position in who)
            assert part.share_yen <= layer


@given(_sound, _tenths)
def test_the_patient_never_bears_more_than_without_any_programme(facts: AdjudicationFacts, tenths: int) -> None:
    decision = adjudicate(facts, _covers(facts, tenths))

    assert decision.patient_yen <= sum(
        points * (tenths if 0 in BENEFIT_SHARES[code] else 10) for code, points in facts.shares
    )


@given(st.data(), receipts(), _tenths)
def test_the_order_of_lines_and_answers_changes_nothing(
    data: st.DataObject, facts: AdjudicationFacts, tenths: int
) -> None:
    covers = _covers(facts, tenths)
    shuffled = replace(facts, shares=tuple(data.draw(st.permutations(facts.shares))))

    first = adjudicate(facts, covers)
    assert adjudicate(shuffled, data.draw(st.permutations(covers))) == first
    assert adjudicate(facts, covers) == first
