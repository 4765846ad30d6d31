"""The machine: rules that do something to settlement's money and to the model's alike."""

from collections.abc import Callable
from copy import deepcopy
from datetime import date, timedelta

from hypothesis import strategies as st
from hypothesis.stateful import initialize, precondition, rule

from services.settlement.domain.payments.files import FileForm
from services.settlement.domain.reconciliation.verdicts import Purpose
from tests.properties.settlement.money.bank_model import BeyondLimit, Money
from tests.properties.settlement.money.bank_rules import BankRules
from tests.properties.settlement.money.core import CLAIMS, FIRST_DAYS, HOSPITALS, OPENING_YEN, PAYERS, PERIODS
from tests.properties.settlement.money.model import BANK_ACCOUNT
from tests.properties.settlement.money.payment_model import WAITING, Payment
from tests.properties.settlement.money.payment_rules import anyone, forms
from tests.properties.settlement.money.world import decided
from tests.support.payments import CHECKER, MAKER

shares = st.one_of(
    st.dictionaries(st.sampled_from(PAYERS), st.integers(0, 9_999), min_size=1, max_size=3), st.just(dict[str, int]())
)


class MoneyMachine(BankRules):
    """See module."""

    # Decisions.

    @initialize(
        first=st.lists(st.dictionaries(st.sampled_from(PAYERS), st.integers(1, 9_999), min_size=1), min_size=4),
        far=st.integers(0, 9),
        day=st.sampled_from(FIRST_DAYS),
        in_xml=st.sets(st.sampled_from(sorted(OPENING_YEN))),
        form=forms,
        answer=st.sampled_from(["accepted", "pending"]),
    )
    def begin(
        self, first: list[dict[str, int]], far: int, day: date, *, in_xml: set[str], form: FileForm, answer: str
    ) -> None:
        """A month on its way to the bank and back, so that the rest has something to go on with."""
        self.world.day = day
        for account in in_xml:
            self.account(account).is_xml = True
        for number, owed in enumerate(first[:CLAIMS]):
            self.decide(number, 1, owed, again=False)
        for hospital in range(len(HOSPITALS)):
            self.change_payee(hospital)
        way: list[Callable[[], None]] = [
            lambda: self.close(PERIODS[0], None),
            self._all_payers_pay,
            lambda: self.pay(PERIODS[0], form),
            lambda: self.the_bank_answers(0, answer, [], 1),
            lambda: self.a_payment_is_called_back(0, "requested", wrongly=False),
            lambda: self.the_bank_pays(0, singly=False, named=False),
            self._all_is_told,
            lambda: self.a_payment_comes_back(0, named=True),
            self._all_is_told,
        ]
        for step in way[:far]:
            step()

    def _all_payers_pay(self) -> None:
        for payer in PAYERS:
            self.a_payer_pays_all_that_it_owes(payer)
        self._all_is_told()

    def _all_is_told(self) -> None:
        self.the_bank_tells(BANK_ACCOUNT, 0, 0, both=False)

    @rule(number=st.integers(0, CLAIMS - 1), nth=st.integers(1, 4), owed=shares, again=st.booleans())
    def decide(self, number: int, nth: int, owed: dict[str, int], again: bool) -> None:
        owed = self.plan.setdefault((number, nth), owed)
        where = {"hospital": HOSPITALS[number % 2], "month": PERIODS[number // 2 % 3]}
        made = decided(number, nth, shares=owed, **where)
        known = number in self.model.books.claims and nth in self.model.books.claims[number].decisions
        told = self.run(self.world.decide([made, made] if again else [made]))
        self.model.books.decide(number, nth, shares=owed, **where)
        assert not (known and told)

    @rule(number=st.integers(0, CLAIMS - 1), owed=shares)
    def correct(self, number: int, owed: dict[str, int]) -> None:
        """再審査, 過誤, 取下げ: the next decision on a claim."""
        known = self.model.books.claims.get(number)
        self.decide(number, max(known.decisions) + 1 if known else 1, owed, again=False)

    # Months.

    @rule(period=st.sampled_from(PERIODS), most=st.none() | st.integers(1, 6))
    def close(self, period: str, most: int | None) -> None:
        """Closed in order or not, broken off after a step, repeated."""
        refusal = self.model.books.refusal(period)
        expected: list[str] | str = refusal or []
        self.model.books.paying = self.model.paying()
        if isinstance(expected, list):
            for stage in self.model.books.close(period):
                expected.append(stage)
                if len(expected) == most:
                    break
        assert self.run(self.world.close(period, most)) == expected

    @rule(days=st.integers(1, 4))
    def days_pass(self, days: int) -> None:
        self.world.day += timedelta(days=days)

    # A person, or the rules, decide on what waits.

    @rule(one=anyone, payer=st.sampled_from(PAYERS), part=st.sampled_from([1, 2]))
    @precondition(lambda self: self.waiting)
    def a_person_names_a_payer(self, one: int, payer: str, part: int) -> None:
        """Of a credit, whole or in part; of a debit it was given back."""
        place, line = self.waiting[one % len(self.waiting)]
        if f"payer:{payer}" not in self.model.books.entries:
            return
        yen = line.open_yen // part or line.open_yen
        if line.yen > 0:
            self._say(place, (Purpose.PAYER, payer, yen), lambda told, on: told.say_payer(on, payer, yen))
        else:
            self._say(place, (Purpose.REFUND, payer, line.open_yen), lambda told, on: told.say_refund(on, payer))

    @rule(one=anyone)
    @precondition(lambda self: self.waiting)
    def a_person_says_that_it_is_the_banks(self, one: int) -> None:
        place, line = self.waiting[one % len(self.waiting)]
        self._say(place, (Purpose.OWN, "", line.open_yen), lambda told, on: told.say_own(on))

    @rule(one=anyone)
    @precondition(lambda self: self.waiting)
    def a_person_finds_the_payment(self, one: int) -> None:
        """One of this amount: shown where the money went out, come back where it came in."""
        place, line = self.waiting[one % len(self.waiting)]
        states = WAITING if line.yen < 0 else ("settled",)
        meant = [at for at, each in enumerate(self.model.payments()) if each.state in states]
        meant = [at for at in meant if list(self.model.payments())[at].yen == abs(line.yen) == line.open_yen]
        if not meant or line.account != BANK_ACCOUNT:
            return
        key = list(self.model.payments())[meant[0]].key
        if line.yen < 0:
            self._say(
                place, (Purpose.PAYMENT, key, line.open_yen), lambda told, on: told.say_payment(on, nth(told, meant[0]))
            )
        else:
            self._say(
                place, (Purpose.RETURN, key, line.open_yen), lambda told, on: told.say_return(on, nth(told, meant[0]))
            )

    @rule(one=anyone)
    @precondition(lambda self: any(line.known for line in self.model.told()))
    def a_person_was_wrong(self, one: int) -> None:
        """Or a rule was: the line waits once more, and nothing of it stays moved.

        Who matched or imported what was taken for a payment does not take that back.
        """
        known = [
            ((number, place), line)
            for number in OPENING_YEN
            for place, line in enumerate(self.account(number).lines, 1)
            if line.known
        ]
        place, line = known[one % len(known)]
        if any(each.shown for each in line.known):
            assert not self.run(self.world.undo(place, by=CHECKER))
        may = self.model.may_undo(line)
        assert self.run(self.world.undo(place, by=MAKER)) is may
        if may:
            self.model.undo(line)

    @rule()
    @precondition(lambda self: self.waiting)
    def the_rules_try_again(self) -> None:
        trial = deepcopy(self.model)
        try:
            expected: int | None = trial.try_rules()
        except BeyondLimit:
            expected = None
        assert self.run(self.world.try_rules()) == expected
        self.model = trial if expected is not None else self.model


def nth(told: Money, place: int) -> Payment:
    """The payment at a place."""
    return list(told.payments())[place]
