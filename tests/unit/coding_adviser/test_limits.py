"""Breaker, budget and cache, by a clock that is moved by hand."""

from services.coding.adapters.adviser.limits import Allowance, Breaker, Budget, PickCache
from services.coding.application.advising import Advice
from tests.support.advisers import question
from tests.support.chassis_fakes import SetClock


def test_five_failures_in_a_row_open_and_a_success_between_does_not() -> None:
    breaker = Breaker(SetClock())
    for _ in range(4):
        breaker.failed()
    breaker.succeeded()
    for _ in range(4):
        breaker.failed()

    assert not breaker.is_open
    breaker.failed()
    assert breaker.is_open


def test_half_of_the_last_twenty_open() -> None:
    breaker = Breaker(SetClock())
    for _ in range(9):
        breaker.succeeded()
        breaker.failed()
    breaker.succeeded()

    assert not breaker.is_open
    breaker.failed()
    assert breaker.is_open


def test_failures_of_long_ago_do_not_count() -> None:
    clock = SetClock()
    breaker = Breaker(clock)
    for _ in range(9):
        breaker.succeeded()
        breaker.failed()
    clock.advance(31.0)
    breaker.succeeded()
    breaker.failed()

    assert not breaker.is_open


def test_an_open_breaker_wants_a_canary_after_its_cool_down_and_closes_only_by_it() -> None:
    clock = SetClock()
    breaker = Breaker(clock)
    for _ in range(5):
        breaker.failed()
    breaker.succeeded()
    clock.advance(14.9)

    assert (breaker.is_open, breaker.wants_canary) == (True, False)
    clock.advance(0.1)
    assert breaker.wants_canary
    breaker.opened()
    assert not breaker.wants_canary
    breaker.closed()
    assert not breaker.is_open


def test_a_budget_is_full_again_with_the_next_period() -> None:
    clock = SetClock()
    budget = Budget(Allowance(calls=1, tokens=10, period_s=60.0), clock)

    assert [budget.take_call(), budget.take_call()] == [True, False]
    clock.advance(60.0)
    assert budget.take_call()
    budget.spend(10)
    clock.advance(60.0)
    assert budget.take_call()


def test_the_cache_forgets_the_least_used_first() -> None:
    cache = PickCache("tiny", size=2)
    first, second, third = question("一"), question("二"), question("三")
    for each in (first, second):
        cache.keep(each, Advice(index=0))
    cache.find(first)
    cache.keep(third, Advice(index=None))

    assert cache.find(second) is None
    assert cache.find(first) is not None
    kept = cache.find(third)
    assert kept is not None
    assert kept.index is None


def test_what_was_told_otherwise_is_another_question() -> None:
    cache = PickCache("tiny")
    cache.keep(question(), Advice(index=0))

    assert cache.find(question("胃のあれ", "胃炎", "胃潰瘍")) is None
    assert cache.find(question("胃があれる")) is None
