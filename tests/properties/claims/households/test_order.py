"""A household's statement is a function of the set of its claims: any order gives the same one, to the yen."""

from hypothesis import given, settings
from hypothesis import strategies as st

from services.claims.domain.households.reading import KeptClaim, read_claim
from services.claims.domain.households.statement import Household, month_statement
from services.claims.domain.share.case import LimitCategory
from services.shared.kernel.months import Month
from tests.support.households import ELDERLY_OUTPATIENT, INPATIENT, KEY, OUTPATIENT, kept_claim, receipt_of

MAY = Month(2024, 5)
HOME = Household(key="h" * 32, payer_number="01130012")


@st.composite
def claims(draw: st.DrawFn) -> list[KeptClaim]:
    """Some claims of one household, of members and hospitals that repeat."""
    made: list[KeptClaim] = []
    for number in range(draw(st.integers(1, 6))):
        kind = draw(st.sampled_from([OUTPATIENT, INPATIENT, ELDERLY_OUTPATIENT]))
        elderly = kind == ELDERLY_OUTPATIENT
        receipt = receipt_of(
            draw(st.integers(1, 90_000)),
            kind=kind,
            born="19500101" if elderly else draw(st.sampled_from(["19800101", "20010203"])),
            branch=draw(st.sampled_from(["", "01", "02"])),
        )
        young = st.sampled_from([None, LimitCategory.U, LimitCategory.U, LimitCategory.E])
        made.append(
            kept_claim(
                f"{number}",
                receipt,
                hospital=draw(st.sampled_from(["1311111111", "1322222222"])),
                tenths=2 if elderly else 3,
                category=LimitCategory.ELDERLY_GENERAL if elderly else draw(young),
            )
        )
    return made


@given(kept=claims(), shuffled=st.randoms(use_true_random=False))
@settings(max_examples=60, deadline=None)
def test_any_order_of_claims_gives_the_same_statement(kept: list[KeptClaim], shuffled: object) -> None:
    readings = [read_claim(each) for each in kept]
    other = list(readings)
    shuffled.shuffle(other)  # type: ignore[attr-defined]  # a random.Random of hypothesis

    first = month_statement(HOME, MAY, readings, earlier=(), platform_key=KEY)

    assert first == month_statement(HOME, MAY, other, earlier=(), platform_key=KEY)
    assert first.result.paid_yen == first.result.refund_yen + first.result.left_yen
    assert first.result.paid_yen == sum(terms.patient_yen for each in kept if (terms := each.terms) is not None)
