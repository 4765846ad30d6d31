"""Which of one person's claims stands when they are decided again."""

from typing import Final

from hypothesis import given
from hypothesis import strategies as st

from services.claims.domain.outcome import Outcome
from services.claims.domain.standing import WENT_BACK, OneOfThem, with_twins

PAID, BACK = Outcome.APPROVED, Outcome.RETURNED
LEFT_ALONE: Final = None
ON_ITS_WAY: Final = OneOfThem(None, None)


def claim(outcome: Outcome, alone: Outcome | None) -> OneOfThem:
    return OneOfThem(outcome, alone)


def after(claims: list[OneOfThem], places: set[int]) -> list[OneOfThem]:
    """The claims once those at these places were decided again."""
    twins = with_twins(claims)
    return [
        each if each.alone is None or place not in places else each._replace(outcome=BACK if twin else each.alone)
        for place, (each, twin) in enumerate(zip(claims, twins, strict=True))
    ]


def all_of(claims: list[OneOfThem]) -> set[int]:
    return set(range(len(claims)))


def stand(claims: list[OneOfThem]) -> list[bool]:
    return [each.stands for each in after(claims, all_of(claims))]


def test_nobody_has_no_twins() -> None:
    assert with_twins([]) == []


def test_a_person_s_only_claim_stands_as_its_examination_says() -> None:
    assert with_twins([claim(PAID, PAID)]) == [False]
    assert with_twins([claim(BACK, PAID)]) == [False]
    assert with_twins([claim(PAID, BACK)]) == [False]


def test_a_claim_that_went_back_is_not_paid_beside_one_that_came_after_it_and_stands() -> None:
    assert stand([claim(BACK, PAID), claim(PAID, PAID)]) == [False, True]


def test_a_claim_that_went_back_is_not_paid_beside_one_that_came_before_it_and_stands() -> None:
    assert stand([claim(PAID, PAID), claim(BACK, PAID)]) == [True, False]


def test_where_the_one_that_stood_goes_back_another_stands_at_once() -> None:
    assert stand([claim(PAID, BACK), claim(BACK, PAID)]) == [False, True]
    assert stand([claim(BACK, PAID), claim(PAID, BACK)]) == [True, False]


def test_of_several_that_may_stand_again_the_first_that_came_does() -> None:
    assert stand([claim(BACK, PAID), claim(BACK, PAID), claim(BACK, PAID)]) == [True, False, False]


def test_of_two_that_stand_the_first_that_came_stays() -> None:
    assert stand([claim(PAID, PAID), claim(PAID, PAID)]) == [True, False]


def test_beside_one_that_people_let_stand_no_machine_pays_another() -> None:
    assert stand([claim(BACK, PAID), claim(PAID, LEFT_ALONE)]) == [False, True]
    assert stand([claim(PAID, LEFT_ALONE), claim(BACK, PAID)]) == [True, False]


def test_one_that_a_person_looks_at_stands_until_it_is_decided() -> None:
    assert stand([claim(BACK, PAID), claim(Outcome.PENDED, LEFT_ALONE)]) == [False, True]


def test_one_left_alone_that_went_back_is_against_nobody() -> None:
    assert with_twins([claim(BACK, LEFT_ALONE), claim(BACK, PAID)]) == [False, False]


def test_beside_a_claim_on_its_way_the_one_that_stands_stays_and_none_that_went_back_is_paid() -> None:
    assert stand([claim(PAID, PAID), ON_ITS_WAY]) == [True, False]
    assert stand([ON_ITS_WAY, claim(PAID, PAID)]) == [False, True]
    assert stand([claim(BACK, PAID), ON_ITS_WAY]) == [False, False]


def test_a_claim_that_goes_back_by_itself_is_compared_with_those_before_it_only() -> None:
    assert with_twins([claim(BACK, BACK), claim(PAID, PAID)]) == [False, False]
    assert with_twins([claim(PAID, PAID), claim(BACK, BACK)]) == [False, True]


ANY_CLAIM = st.builds(
    OneOfThem,
    outcome=st.sampled_from([PAID, Outcome.REDUCED, Outcome.PENDED, BACK, Outcome.WITHDRAWN]),
    alone=st.sampled_from([PAID, Outcome.REDUCED, Outcome.PENDED, BACK, None]),
)
ANY_CLAIMS = st.lists(st.one_of(ANY_CLAIM, st.just(ON_ITS_WAY)), max_size=5)


@given(claims=ANY_CLAIMS)
def test_at_most_one_that_is_decided_again_stands_and_none_beside_one_left_alone(claims: list[OneOfThem]) -> None:
    done = after(claims, all_of(claims))

    assert sum(each.stands for each in done if each.alone is not None) <= 1
    if any(each.stands for each in done if each.alone is None):
        assert not any(each.stands for each in done if each.alone is not None)


@given(claims=ANY_CLAIMS)
def test_somebody_stands_where_nothing_is_against_it(claims: list[OneOfThem]) -> None:
    able = any(each.may_stand for each in claims)
    against = any(each.alone is None and each.outcome not in WENT_BACK for each in claims)

    assert any(each.stands for each in after(claims, all_of(claims))) or against or not able


@given(claims=ANY_CLAIMS, data=st.data())
def test_decided_in_parts_or_twice_it_comes_to_the_same(claims: list[OneOfThem], data: st.DataObject) -> None:
    some = data.draw(st.sets(st.integers(0, 4)))
    at_once = after(claims, all_of(claims))

    in_parts = after(after(claims, some), all_of(claims))

    assert with_twins(after(claims, some)) == with_twins(claims)
    assert in_parts == at_once == after(at_once, all_of(claims))
