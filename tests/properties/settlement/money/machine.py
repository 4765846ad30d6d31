"""The machine: rules that do something to settlement's money and to the model's alike."""

from collections.abc import Callable
from copy import deepcopy
from datetime import date, timedelta

from hypothesis import strategies as st
from hypothesis.stateful import (
    initialize,
    precondition,
    rule,
)

from services.settlement.application.payment_book import Approval
from services.settlement.application.releasing import Released
from services.settlement.domain.bank.checking import checked
from services.settlement.domain.payments.batches import Batch as ProposedBatch
from services.settlement.domain.payments.batches import Refusal
from services.settlement.domain.reconciliation.verdicts import Purpose
from tests.properties.settlement.money import bank_model
from tests.properties.settlement.money.bank_model import BeyondLimit, Money, Payment
from tests.properties.settlement.money.core import CLAIMS, FIRST_DAYS, HOSPITALS, PAYERS, PERIODS, MoneyCore
from tests.properties.settlement.money.world import decided
from tests.support.payments import CHECKER, MAKER

shares = st.one_of(
    st.dictionaries(st.sampled_from(PAYERS), st.integers(0, 9_999), min_size=1, max_size=3), st.just(dict[str, int]())
)
anyone = st.integers(0, 1_000)
"""Picks one of whatever there is."""


class MoneyMachine(MoneyCore):
    """See module."""

    # Decisions.

    @initialize(
        first=st.lists(st.dictionaries(st.sampled_from(PAYERS), st.integers(1, 9_999), min_size=1), min_size=4),
        far=st.integers(0, 7),
        day=st.sampled_from(FIRST_DAYS),
    )
    def begin(self, first: list[dict[str, int]], far: int, day: date) -> None:
        """A month on its way to the bank and back, so that the rest has something to go on with."""
        self.world.day = day
        for number, owed in enumerate(first[:CLAIMS]):
            self.decide(number, 1, owed, again=False)
        for hospital in range(len(HOSPITALS)):
            self.change_payee(hospital)
        way: list[Callable[[], None]] = [
            lambda: self.close(PERIODS[0], None),
            self._all_payers_pay,
            lambda: self.pay(PERIODS[0]),
            lambda: self.the_bank_pays(0, singly=False, named=False),
            lambda: self.the_bank_tells(0, 0),
            lambda: self.a_payment_comes_back(0, named=True),
            lambda: self.the_bank_tells(0, 0),
        ]
        for step in way[:far]:
            step()

    def _all_payers_pay(self) -> None:
        for payer in PAYERS:
            self.a_payer_pays_all_that_it_owes(payer)
        self.the_bank_tells(0, 0)

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

    # Payments.

    @rule(hospital=anyone)
    def change_payee(self, hospital: int) -> None:
        code = HOSPITALS[hospital % len(HOSPITALS)]
        self.model.payees[code] = self.run(self.world.change_payee(code, str(self.model.payees[code] + 1)))

    @rule(period=st.sampled_from(PERIODS))
    def pay(self, period: str) -> None:
        """Proposed, approved by another person and released, where nothing stands against it."""
        self.propose(period)
        if self.model.batches:
            self.approve(-1, by_maker=False)
            self.release(-1)

    @rule(period=st.sampled_from(PERIODS))
    def propose(self, period: str) -> None:
        payable, wanted = self.model.payable(period), self.model.covered(period)
        done = self.run(self.world.propose(period))
        if isinstance(done, ProposedBatch):
            self._keep_batch(done, wanted)
            return
        close = self.model.books.closes.get(period)
        is_closed = close is not None and close.is_over
        nothing = [Refusal.OVER_BALANCE] * len(payable) or [Refusal.NOTHING_TO_PAY]
        assert [each.why for each in done] == (nothing if is_closed else [Refusal.PERIOD_OPEN])
        assert not (is_closed and wanted)

    @rule(batch=anyone, by_maker=st.booleans())
    @precondition(lambda self: self.model.batches)
    def approve(self, batch: int, by_maker: bool) -> None:
        found = self._batch(batch)
        done = self.run(self.world.approve(found.key, MAKER if by_maker else CHECKER))
        if by_maker:
            assert done is (Refusal.ALREADY_APPROVED if found.is_approved else Refusal.SAME_PERSON)
        else:
            assert isinstance(done, Approval)
            found.is_approved = True

    @rule(batch=anyone)
    @precondition(lambda self: self.model.batches)
    def release(self, batch: int) -> None:
        found = self._batch(batch)
        is_proposed = all(each.state == "proposed" for each in found.payments)
        is_due = found.is_approved and is_proposed and found.pays_on >= self.world.day
        may = found.is_filed or (is_due and self.model.may_instruct(found))
        done = self.run(self.world.release(found.key))
        assert isinstance(done, Released) == may
        if isinstance(done, Released):
            assert done.is_new == (not found.is_filed)
            assert file_sums(done.file.content) == (len(found.payments), sum(each.yen for each in found.payments))
            self._keep_file(found)

    @rule(batch=anyone, one=anyone, after=st.sampled_from(["accepted", "refused", "abandoned"]), whole=st.booleans())
    @precondition(lambda self: self.model.batches)
    def step(self, batch: int, one: int, after: str, whole: bool) -> None:
        """What the bank answers, or a person gives up: of one payment or of all of a batch, and again.

        Who proposed or released them does not give up what stands in a file.
        """
        payments = self._batch(batch).payments
        chosen = payments if whole else [payments[one % len(payments)]]
        cause, keys = next(self.causes), [each.key for each in chosen]
        if after == "abandoned" and any(each.state in {"instructed", "accepted"} for each in chosen):
            assert [self.run(self.world.step(keys, after, cause, by)) for by in (MAKER, CHECKER)] == [None, None]
        done = self.run(self.world.step(keys, after, cause))
        if not self.model.may(chosen, after):
            assert done is None
            return
        assert done == len(chosen)
        for each in chosen:
            self.model.step(each, after)
        assert self.run(self.world.step(keys, after, cause)) == 0

    @rule(batch=anyone)
    @precondition(lambda self: any(each.state in {"returned", "refused"} for each in self.model.payments()))
    def reinstruct(self, batch: int) -> None:
        """Payments that came to nothing get successors, to the payees of today; the same cause gives the same batch."""
        open_ = [each for each in self.model.payments() if each.state in {"returned", "refused"}]
        chosen = [each for each in open_ if each.batch == open_[batch % len(open_)].batch]
        keys, cause = [each.key for each in chosen], next(self.causes)
        done = self.run(self.world.reinstruct(keys, cause))
        assert isinstance(done, ProposedBatch), done
        for each in chosen:
            self.model.step(each, "reinstructed")
        self._keep_batch(done, sorted((each.hospital, each.yen) for each in chosen))
        again = self.run(self.world.reinstruct(keys, cause))
        assert isinstance(again, ProposedBatch)
        assert again.batch_id == done.batch_id

    # The bank moves money, and tells of it.

    @rule(payer=st.sampled_from(PAYERS), month=anyone, off=st.sampled_from([0, 0, 0, -1, 1]), known=st.booleans())
    def a_payer_pays(self, payer: str, month: int, off: int, known: bool) -> None:
        """Just what a statement asks for, or a yen less or more; named by its number, or by a name only."""
        asked = self.model.books.asked(payer) or [("", 100)]
        yen = asked[month % len(asked)][1] + off
        if yen > 0:
            self._move(yen, payer=payer if known else "", name="" if known else f"ｹﾝﾎﾟ{payer[:2]}")

    @rule(payer=st.sampled_from(PAYERS))
    def a_payer_pays_all_that_it_owes(self, payer: str) -> None:
        owed = [yen - self.model.received[payer, month] for month, yen in self.model.books.asked(payer)]
        if sum(yen for yen in owed if yen > 0):
            self._move(sum(yen for yen in owed if yen > 0), payer=payer)

    @rule(yen=st.integers(1, 300), out=st.booleans())
    def somebody_moves_money(self, yen: int, out: bool) -> None:
        """Interest and charges; nobody knows what."""
        self._move(-yen if out else yen, name="ﾌﾒｲ")

    @rule(batch=anyone, singly=st.booleans(), named=st.booleans())
    @precondition(lambda self: any(each.waiting for each in self.model.batches))
    def the_bank_pays(self, batch: int, singly: bool, named: bool) -> None:
        """A batch as a whole, or its payments one by one, by reference or without."""
        waiting = [each for each in self.model.batches if each.waiting]
        payments = waiting[batch % len(waiting)].waiting
        if singly:
            for each in payments:
                self._move(-each.yen, reference=each.reference if named else "")
        else:
            self._move(-sum(each.yen for each in payments))

    @rule(one=anyone, named=st.booleans())
    @precondition(lambda self: any(each.state == "settled" for each in self.model.payments()))
    def a_payment_comes_back(self, one: int, named: bool) -> None:
        settled = [each for each in self.model.payments() if each.state == "settled"]
        payment = settled[one % len(settled)]
        self._move(payment.yen, reference=payment.reference if named else "", says_return=True)

    @rule(back=st.integers(0, 4), short=st.integers(0, 1))
    def the_bank_tells(self, back: int, short: int) -> None:
        """A file from some lines back on; it may end before the last one. The same file again brings nothing."""
        first = max(0, self.model.told - back) if self.model.imported else 0
        until = max(len(self.model.lines) - short, self.model.told)
        lines = self.model.lines[first:until]
        content = self.world.statement(self.model.bank_yen(first), lines)
        new = until - self.model.told
        is_new = content not in self.files
        took = self.run(self.world.take(content))
        assert took == (new if is_new else None), (took, new, is_new)
        if is_new:
            self.files.add(content)
            self.model.tell(until)
        assert self.run(self.world.take(content)) is None

    @rule()
    @precondition(lambda self: len(self.model.lines) > self.model.told + 1 and self.model.imported)
    def the_bank_leaves_a_line_out(self) -> None:
        """A statement that does not go on where the one before ended is refused, and nothing moves."""
        first = self.model.told + 1
        if self.model.bank_yen(first) != self.model.bank_yen(self.model.told):
            content = self.world.statement(self.model.bank_yen(first), self.model.lines[first:])
            assert self.run(self.world.take(content)) == -1

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
        states = bank_model.WAITING if line.yen < 0 else ("settled",)
        meant = [at for at, each in enumerate(self.model.payments()) if each.state in states]
        meant = [at for at in meant if list(self.model.payments())[at].yen == abs(line.yen) == line.open_yen]
        if not meant:
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
    @precondition(lambda self: any(line.known for line in self.model.lines))
    def a_person_was_wrong(self, one: int) -> None:
        """Or a rule was: a line that is no payment waits once more, and nothing of it stays moved."""
        known = [(place, line) for place, line in enumerate(self.model.lines, 1) if line.known]
        place, line = known[one % len(known)]
        self.run(self.world.undo(place))
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


def file_sums(content: bytes) -> tuple[int, int]:
    """Payments and yen of a 総合振込 file: cut by hand from the layout, which the strict reader must agree with."""
    rows = [content[at : at + 120] for at in range(0, len(content), 120)]
    assert [row[:1] for row in rows] == [b"1", *[b"2"] * (len(rows) - 3), b"8", b"9"]
    amounts = [int(row[80:90]) for row in rows[1:-2]]
    assert (int(rows[-2][1:7]), int(rows[-2][7:19])) == (len(amounts), sum(amounts))
    found = checked(content)
    assert found.violations == []
    assert [group.total_yen for group in found.groups] == [sum(amounts)]
    return len(amounts), sum(amounts)
