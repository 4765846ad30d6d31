"""A statement (明細書) of one account and claim month: which entries it holds, what they add up to, how it is drawn up.

Every entry stands on exactly one statement of its account: the first whose cut and month reach it. What is decided for
a month after its cut stands on a later one, marked 月遅れ; what takes earlier decisions back or decides anew stands as
an adjustment with its reason and its origin. Yen are the account's: positive is owed to its holder.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import Enum

from services.settlement.domain.netting import Net, Side, UnpaidStatement, net
from services.settlement.domain.notices import Head
from services.shared.kernel.money import Yen


class Column(Enum):
    """What a line adds to."""

    CLAIM = "claim"
    """A claim's first decision (請求)."""
    ADJUSTMENT = "adjustment"
    """A share taken back, or decided anew (再審査, 過誤, 取下げ, 再計算)."""
    FEE = "fee"
    """審査支払手数料."""
    PAID = "paid"
    """Money that came in from a payer or went out to a hospital, and what came back of it."""


class Layout(Enum):
    """How a statement is written. Each keeps the layout that it was issued in, or its digests would not hold."""

    FIRST = 1
    """査定 on every line of a receipt, and nothing of what the patient pays."""
    SECOND = 2
    """What the patient pays (一部負担金) and 査定 once for each receipt, with their totals."""


LAYOUT_NOW = Layout.SECOND
"""What statements are issued in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiptYen:
    """What receipts say beside payers' parts, each receipt once: billed = Σ payers + patient + reduced.

    Positive for a decision, negative where it is taken back, whoever reads it. `unknown_lines` are lines of receipts
    that were told of before their patient's part was: it is missing in `patient_yen`.
    """

    patient_yen: int = 0
    reduced_yen: int = 0
    unknown_lines: int = 0

    def __add__(self, other: "ReceiptYen") -> "ReceiptYen":
        """Both together."""
        return ReceiptYen(
            patient_yen=self.patient_yen + other.patient_yen,
            reduced_yen=self.reduced_yen + other.reduced_yen,
            unknown_lines=self.unknown_lines + other.unknown_lines,
        )


NO_RECEIPT = ReceiptYen()


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """How far an account is in its ledger and in its stream; 0 where nothing is."""

    version: int = 0
    sequence: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Former:
    """What an account's last statement left behind; the defaults are those of an account that never had one.

    `cut` is how far it went, `open_from` the first entry and event that it passed over, or those after the cut.
    `taken_up` are statements, that one or earlier ones, that could not be paid and go into the next.
    """

    period: str = ""
    cut: Place = field(default_factory=Place)
    open_from: Place = field(default_factory=lambda: Place(version=1, sequence=1))
    closing_yen: int = 0
    carried_yen: int = 0
    taken_up: tuple[UnpaidStatement, ...] = ()

    @property
    def taken_up_yen(self) -> int:
        """What the statements that are taken up left to pay; those of hospitals only, so the account's yen."""
        return sum(each.yen for each in self.taken_up)

    @property
    def brought_yen(self) -> int:
        """What the next statement starts its net with."""
        return self.carried_yen + self.taken_up_yen


@dataclass(frozen=True, slots=True, kw_only=True)
class Cut:
    """Where an account's month ends, with the days that its calendar gives, and the fee charged at the cut."""

    period: str
    account_id: str
    side: Side
    place: Place
    receipts: int
    price_sen: int
    fee_yen: Yen
    closes_on: date
    due_on: date
    pays_on: date

    @property
    def holder(self) -> str:
        """The payer's number or the hospital's code."""
        return self.account_id.partition(":")[2]


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line: a claim's decision, a correction, a fee, a payment. `yen` are the account's.

    `number` is its place in the account, `sequence` in the payer's stream (0 where it is no event). `kind` is the
    transfer's, `cause` why a decision was made, `takes_back` the transfer that it reverses. Months, receipt kind and
    points are those of the receipt, empty and 0 where there is none. `counterparty` is the other account's holder.
    `patient_yen` and `reduced_yen` are of the receipt as a whole, negative where it is taken back; the first is none
    where it was told before patients' parts were. The one line of a decision on which they count `is_leading`: on a
    hospital's statement the other payers' lines say them again.
    """

    column: Column
    is_late: bool
    kind: str
    cause: str
    counterparty: str
    claim_id: str
    claim_month: str
    treatment_month: str
    receipt_kind: str
    points: int
    yen: int
    reduced_yen: int
    patient_yen: int | None = None
    is_leading: bool = False
    transfer_id: str
    takes_back: str
    sequence: int
    posted_on: date

    @property
    def receipt(self) -> ReceiptYen:
        """What the line adds to the sums over receipts."""
        if not self.is_leading:
            return NO_RECEIPT
        if self.patient_yen is None:
            return ReceiptYen(reduced_yen=self.reduced_yen, unknown_lines=1)
        return ReceiptYen(patient_yen=self.patient_yen, reduced_yen=self.reduced_yen)


def is_held(*, version: int, month: str, cut: int, period: str, former: Former) -> bool:
    """Whether a statement of `period` that reaches to version `cut` holds an entry, in words that Postgres uses too."""
    if version > cut or month > period:
        return False
    return version > former.cut.version or month > former.period


def column_of(kind: str, *, is_reversal: bool, is_first_decision: bool) -> Column:
    """What a transfer adds to. `kind` is its own, or of a reversal that of what it takes back."""
    if kind == "claim":
        return Column.CLAIM if is_first_decision and not is_reversal else Column.ADJUSTMENT
    return Column.FEE if kind == "fee" else Column.PAID


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """What one counterparty has in a statement, by column."""

    counterparty: str
    column: Column
    is_late: bool
    lines: int
    yen: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Totals:
    """What lines add up to."""

    claims_yen: int = 0
    adjustments_yen: int = 0
    fees_yen: int = 0
    paid_yen: int = 0
    lines: int = 0
    receipts: ReceiptYen = NO_RECEIPT

    @property
    def new_yen(self) -> int:
        """What the month adds before payments."""
        return self.claims_yen + self.adjustments_yen + self.fees_yen

    @property
    def sum_yen(self) -> int:
        """All of it."""
        return self.new_yen + self.paid_yen


def totals_of(shares: Iterable[Share | Line]) -> Totals:
    """Adds up shares or lines. Shares say nothing of receipts."""
    yen = dict.fromkeys(Column, 0)
    lines, receipts = 0, NO_RECEIPT
    for each in shares:
        yen[each.column] += each.yen
        lines += each.lines if isinstance(each, Share) else 1
        if isinstance(each, Line) and each.is_leading:
            receipts += each.receipt
    return Totals(
        claims_yen=yen[Column.CLAIM],
        adjustments_yen=yen[Column.ADJUSTMENT],
        fees_yen=yen[Column.FEE],
        paid_yen=yen[Column.PAID],
        lines=lines,
        receipts=receipts,
    )


def added(one: Totals, other: Totals) -> Totals:
    """Both together."""
    return Totals(
        claims_yen=one.claims_yen + other.claims_yen,
        adjustments_yen=one.adjustments_yen + other.adjustments_yen,
        fees_yen=one.fees_yen + other.fees_yen,
        paid_yen=one.paid_yen + other.paid_yen,
        lines=one.lines + other.lines,
        receipts=one.receipts + other.receipts,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Heads:
    """The chains' heads that stand on the statements of a month."""

    transfers: Head
    events: Head
    files: Head


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """All that a statement says but its lines and the digests of its documents."""

    statement_id: str
    cut: Cut
    former: Former
    totals: Totals
    shares: tuple[Share, ...]
    ahead_yen: int
    open_from: Place
    net: Net
    pays_on: date
    heads: Heads
    layout: Layout = LAYOUT_NOW

    @property
    def closing_yen(self) -> int:
        """What all statements of the account so far add up to."""
        return self.former.closing_yen + self.totals.sum_yen

    @property
    def taken_up(self) -> tuple[UnpaidStatement, ...]:
        """Earlier statements that this one is paid instead of."""
        return self.former.taken_up


@dataclass(frozen=True, slots=True, kw_only=True)
class Digests:
    """SHA-256 of the documents, hexadecimal."""

    csv_sha256: str
    pdf_sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """A draft with what its documents came to and when it was issued."""

    draft: Draft
    digests: Digests
    issued_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """What the ledger, asked in sums, says that a statement holds.

    `shares` are its entries by counterparty and column, `ahead_yen` the sum of entries up to the cut that belong to
    later months, `open_from` the first of those (or the one after the cut), `events` and `events_yen` (as owed) the
    payer's events of its claims, `balance_yen` the account's at the cut. `receipts` stays empty where the layout does
    not say it.
    """

    shares: tuple[Share, ...]
    ahead_yen: int
    open_from: Place
    events: int
    events_yen: int
    zero_events: int
    balance_yen: int
    receipts: ReceiptYen = NO_RECEIPT


class StatementDiffers(Exception):
    """A statement would not say what ledger and events say; it is not issued. Names what differs, no amounts."""


def drawn_up(
    statement_id: str,
    cut: Cut,
    former: Former,
    held: Held,
    *,
    pays_on: date,
    heads: Heads,
    layout: Layout = LAYOUT_NOW,
) -> Draft:
    """The statement of a cut. A payer's shares over 0 yen are lines too: it was told of them.

    Raises:
        StatementDiffers: entries and the account's balance, or entries and the payer's events, are not the same yen.
    """
    totals = totals_of(held.shares)
    if former.closing_yen + totals.sum_yen + held.ahead_yen != held.balance_yen:
        raise StatementDiffers("entries and balance")
    if cut.side is Side.PAYER and totals.claims_yen + totals.adjustments_yen != -held.events_yen:
        raise StatementDiffers("entries and events")
    return Draft(
        statement_id=statement_id,
        cut=cut,
        former=former,
        totals=added(totals, Totals(lines=held.zero_events, receipts=held.receipts)),
        shares=held.shares,
        ahead_yen=held.ahead_yen,
        open_from=held.open_from,
        net=net(cut.side, brought_yen=former.brought_yen, new_yen=totals.new_yen),
        pays_on=pays_on,
        heads=heads,
        layout=layout,
    )


def refuse_other_sums(draft: Draft, printed: Totals) -> None:
    """Hold what was written line by line against what the ledger gave in sums.

    Raises:
        StatementDiffers: they are not the same.
    """
    if printed != draft.totals:
        raise StatementDiffers("lines and sums")
