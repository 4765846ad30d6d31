"""What the banks do: they move money between the world and the platform's accounts, and tell of it, and announce it."""

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from tests.properties.settlement.money.bank_model import Account, Line
from tests.properties.settlement.money.banks import notice_of, statement_of
from tests.properties.settlement.money.core import OPENING_YEN, PAYERS
from tests.properties.settlement.money.model import BANK_ACCOUNT, SECOND_ACCOUNT
from tests.properties.settlement.money.payment_rules import PaymentRules, anyone

accounts = st.sampled_from([BANK_ACCOUNT, BANK_ACCOUNT, SECOND_ACCOUNT])


class BankRules(PaymentRules):
    """See module."""

    # Money moves.

    @rule(
        payer=st.sampled_from(PAYERS),
        month=anyone,
        off=st.sampled_from([0, 0, 0, -1, 1]),
        known=st.booleans(),
        account=accounts,
    )
    def a_payer_pays(self, payer: str, month: int, off: int, *, known: bool, account: str) -> None:
        """Just what a statement asks for, or a yen less or more; named by its number, or by a name only."""
        asked = self.model.books.asked(payer) or [("", 100)]
        yen = asked[month % len(asked)][1] + off
        if yen > 0:
            self._move(yen, account, payer=payer if known else "", name="" if known else f"ｹﾝﾎﾟ{payer[:2]}")

    @rule(payer=st.sampled_from(PAYERS))
    def a_payer_pays_all_that_it_owes(self, payer: str) -> None:
        owed = [yen - self.model.received[payer, month] for month, yen in self.model.books.asked(payer)]
        if sum(yen for yen in owed if yen > 0):
            self._move(sum(yen for yen in owed if yen > 0), payer=payer)

    @rule(yen=st.integers(1, 300), out=st.booleans(), account=accounts)
    def somebody_moves_money(self, yen: int, out: bool, account: str) -> None:
        """Interest and charges; nobody knows what."""
        self._move(-yen if out else yen, account, name="ﾌﾒｲ")

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

    @rule(one=anyone, named=st.booleans(), account=accounts)
    @precondition(lambda self: any(each.state == "settled" for each in self.model.payments()))
    def a_payment_comes_back(self, one: int, named: bool, account: str = BANK_ACCOUNT) -> None:
        """To the account that it was made from, or by mistake to the other, where no rule and no person takes it."""
        settled = [each for each in self.model.payments() if each.state == "settled"]
        payment = settled[one % len(settled)]
        self._move(payment.yen, account, reference=payment.reference if named else "", says_return=True)

    # What is told of it.

    @rule(account=accounts, back=st.integers(0, 4), short=st.integers(0, 1), both=st.booleans())
    def the_bank_tells(self, account: str, back: int, short: int, both: bool) -> None:
        """A file from some lines back on; it may end before the last one. The same file again brings nothing.

        Of one account, or of both where their bank writes the same form.
        """
        first = self.account(account)
        others = [each for each in self.model.accounts.values() if both and each is not first]
        told = [first, *(each for each in others if each.is_xml is first.is_xml)]
        spans = [self._span(each, back, short) for each in told]
        content = statement_of([(each, *span) for each, span in zip(told, spans, strict=True)], self.world.day)
        new = [until - each.told for each, (_, until) in zip(told, spans, strict=True)]
        is_new = content not in self.files
        took = self.run(self.world.take(content))
        assert took == (new if is_new else None), (took, new, is_new)
        if is_new:
            self.files.add(content)
            for each, (_, until) in zip(told, spans, strict=True):
                self.model.tell(each, until, self.world.day)
        assert self.run(self.world.take(content)) is None

    def _span(self, account: Account, back: int, short: int) -> tuple[int, int]:
        first = max(0, account.told - back) if account.is_imported else 0
        return first, max(len(account.lines) - short, account.told)

    @rule(account=accounts)
    @precondition(lambda self: any(self.has_more_to_tell(each) for each in OPENING_YEN))
    def the_bank_leaves_a_line_out(self, account: str) -> None:
        """A statement that does not go on where the one before ended is refused whole, and nothing moves."""
        own = self.account(account)
        if self.has_more_to_tell(account) and own.yen(own.told + 1) != own.yen(own.told):
            content = statement_of([(own, own.told + 1, len(own.lines))], self.world.day)
            assert self.run(self.world.take(content)) == [-1]

    def has_more_to_tell(self, account: str) -> bool:
        own = self.account(account)
        return own.is_imported and len(own.lines) > own.told + 1

    @rule(account=accounts, since=st.integers(1, 3), is_cancelled=st.booleans())
    @precondition(lambda self: any(self.credits(each) for each in OPENING_YEN))
    def the_bank_announces(self, account: str, since: int, is_cancelled: bool) -> None:
        """振込入金通知: the last of what came in, told already or not, or taken back; it moves nothing, only waits."""
        own, lines = self.account(account), self.credits(account)[-since:]
        if not lines:
            return
        content = notice_of(own, lines, is_cancelled=is_cancelled)
        told = {(line.number, is_cancelled) for line in lines}
        took = self.run(self.world.take(content))
        assert took == (None if content in self.files else [len(told - own.announced)])
        self.files.add(content)
        own.announced |= told

    def credits(self, account: str) -> list[Line]:
        return [line for line in self.account(account).lines if line.yen > 0]
