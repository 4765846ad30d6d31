"""What people and the bank do with payments: proposed, approved, filed, answered, called back, made anew."""

import re

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from services.settlement.application.payment_book import Approval
from services.settlement.application.releasing import Released
from services.settlement.domain.bank.checking import checked
from services.settlement.domain.payments.batches import Batch as ProposedBatch
from services.settlement.domain.payments.batches import Refusal
from services.settlement.domain.payments.files import FileForm, bare
from tests.properties.settlement.money.banks import result_of
from tests.properties.settlement.money.core import HOSPITALS, PERIODS, MoneyCore
from tests.support.payments import CHECKER, MAKER

anyone = st.integers(0, 1_000)
"""Picks one of whatever there is."""
forms = st.sampled_from(FileForm)
words = st.sampled_from(["accepted", "refused", "pending"])


class PaymentRules(MoneyCore):
    """See module."""

    # Payments.

    @rule(hospital=anyone)
    def change_payee(self, hospital: int) -> None:
        code = HOSPITALS[hospital % len(HOSPITALS)]
        self.model.payees[code] = self.run(self.world.change_payee(code, str(self.model.payees[code] + 1)))

    @rule(period=st.sampled_from(PERIODS), form=forms)
    def pay(self, period: str, form: FileForm) -> None:
        """Proposed, approved by another person and released, where nothing stands against it."""
        self.propose(period)
        if self.model.batches:
            self.approve(-1, by_maker=False)
            self.release(-1, form)

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

    @rule(batch=anyone, form=forms)
    @precondition(lambda self: self.model.batches)
    def release(self, batch: int, form: FileForm) -> None:
        """In a form; again in the same form gives the same bytes, in another one nothing."""
        found = self._batch(batch)
        is_proposed = all(each.state == "proposed" for each in found.payments)
        is_due = found.is_approved and is_proposed and found.pays_on >= self.world.day
        may = found.form == form.value if found.is_filed else is_due and self.model.may_instruct(found)
        done = self.run(self.world.release(found.key, form))
        assert isinstance(done, Released) == may
        if isinstance(done, Released):
            assert done.is_new == (not found.is_filed)
            sums = xml_sums if form is FileForm.PAIN001 else file_sums
            assert sums(done.file.content) == (len(found.payments), sum(each.yen for each in found.payments))
            self._keep_file(found, done.file)

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

    @rule(batch=anyone, whole=words, said=st.lists(st.none() | words, max_size=2), number=st.integers(1, 2))
    @precondition(lambda self: any(each.is_filed for each in self.model.batches))
    def the_bank_answers(self, batch: int, whole: str, said: list[str | None], number: int) -> None:
        """pain.002 of a file, of its payments too or not; a second one may say the same, more, or the contrary."""
        filed = [each for each in self.model.batches if each.is_filed]
        found = filed[batch % len(filed)]
        told = {each.reference: word for each, word in zip(found.payments, said, strict=False) if word is not None}
        content = result_of(bare(found.file), whole, told, number)
        meant = {each.reference: told.get(each.reference, whole) for each in found.payments}
        expected = self.model.answer(found, meant, content)
        assert self.run(self.world.take_result(content)) == expected
        if expected is not None:
            assert self.run(self.world.take_result(content)) == expected

    @rule(one=anyone, wanted=st.sampled_from(["requested", "sent", "refused"]), wrongly=st.booleans())
    @precondition(lambda self: self.model.batches)
    def a_payment_is_called_back(self, one: int, wanted: str, wrongly: bool) -> None:
        """組戻: asked, sent to the bank, refused by it; that the money came back, its statement says."""
        payments = list(self.model.payments())
        meant = [each for each in payments if self.model.may_recall(each, wanted) is not wrongly] or payments
        payment = meant[one % len(meant)]
        may = self.model.may_recall(payment, wanted)
        assert self.run(self.world.recall(payment.key, wanted)) is may
        if may:
            self.model.recall(payment, wanted, self.world.day)

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


def file_sums(content: bytes) -> tuple[int, int]:
    """Payments and yen of a 総合振込 file: cut by hand from the layout, which the strict reader must agree with."""
    plain = content.replace(b"\r\n", b"")
    rows = [plain[at : at + 120] for at in range(0, len(plain), 120)]
    assert [row[:1] for row in rows] == [b"1", *[b"2"] * (len(rows) - 3), b"8", b"9"]
    amounts = [int(row[80:90]) for row in rows[1:-2]]
    assert (int(rows[-2][1:7]), int(rows[-2][7:19])) == (len(amounts), sum(amounts))
    found = checked(content)
    assert found.violations == []
    assert [group.total_yen for group in found.groups] == [sum(amounts)]
    return len(amounts), sum(amounts)


def xml_sums(content: bytes) -> tuple[int, int]:
    """The same of a pain.001, which sums its one instruction up itself."""
    amounts = [int(each) for each in re.findall(rb'<InstdAmt Ccy="JPY">(\d+)</InstdAmt>', content)]
    assert re.findall(rb"<NbOfTxs>(\d+)</NbOfTxs><CtrlSum>(\d+)</CtrlSum>", content.replace(b"\n", b"")) == [
        (str(len(amounts)).encode(), str(sum(amounts)).encode())
    ]
    return len(amounts), sum(amounts)
