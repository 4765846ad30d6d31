"""Settlement's money as plain sums, written from the table of flows: no SQL, no versions, no domain code.

Positive yen are owed to an account's holder. Entries stand in the order in which they were made, so a cut is a length.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

BANK_ACCOUNT, SECOND_ACCOUNT = "999999920000001", "999999910000002"
"""Of the platform: hospitals are paid from the first."""
BANK = f"bank:{BANK_ACCOUNT}"
Shares = Mapping[str, int]
"""Yen by payer; empty for a decision that moves no money."""


@dataclass(slots=True)
class Entry:
    """A leg of a movement; `held` once a statement has it. `payer` of a claim's."""

    yen: int
    month: str
    column: str
    payer: str = ""
    held: bool = False


@dataclass(slots=True)
class Told:
    """A payer's event of a claim's share; `is_receipt` for one that the review fee counts."""

    yen: int
    month: str
    is_receipt: bool
    held: bool = False


@dataclass(frozen=True, slots=True)
class Cut:
    """How many entries and events a month reaches."""

    entries: int
    told: int


@dataclass(frozen=True, slots=True)
class Stated:
    """A statement's figures, as the account counts them, and the payers in it."""

    opening_yen: int
    claims_yen: int
    adjustments_yen: int
    fees_yen: int
    paid_yen: int
    closing_yen: int
    ahead_yen: int
    brought_yen: int
    payable_yen: int
    carried_yen: int
    lines: int
    payers: frozenset[str]


@dataclass(slots=True)
class Close:
    """How far a month is."""

    cuts: dict[str, Cut] = field(default_factory=dict)
    has_heads: bool = False
    is_over: bool = False


@dataclass(slots=True)
class Claim:
    """A claim's decisions by number, and those whose shares nothing has taken back."""

    hospital: str
    month: str
    decisions: dict[int, Shares] = field(default_factory=dict)
    standing: set[int] = field(default_factory=set)


@dataclass(slots=True)
class Accounts:
    """Every account's entries, every payer's events and notices, and what months made of them. `prices`: 1/100 yen."""

    prices: Mapping[str, int]
    entries: dict[str, list[Entry]] = field(default_factory=dict)
    told: dict[str, list[Told]] = field(default_factory=dict)
    notices: Counter[tuple[str, str]] = field(default_factory=Counter)
    claims: dict[int, Claim] = field(default_factory=dict)
    closes: dict[str, Close] = field(default_factory=dict)
    statements: dict[tuple[str, str], Stated] = field(default_factory=dict)
    paying: dict[tuple[str, str], str] = field(default_factory=dict)
    """The states of the last payments of statements, as they were when a close was gone on with."""
    taken_up: dict[tuple[str, str], str] = field(default_factory=dict)
    """The months that took statements up."""

    def move(self, giver: str, taker: str, yen: int, *, month: str, column: str, payer: str = "") -> None:
        """One movement, two entries."""
        for account, signed in ((giver, -yen), (taker, yen)):
            self.entries.setdefault(account, []).append(Entry(signed, month, column, payer))

    def balance(self, account: str) -> int:
        """What the entries add up to."""
        return sum(each.yen for each in self.entries.get(account, ()))

    def balances(self) -> dict[str, int]:
        """Of every account that has an entry."""
        return {account: self.balance(account) for account in self.entries}

    # Decisions, in any order.

    def decide(self, number: int, nth: int, *, hospital: str, month: str, shares: Shares) -> None:
        """The nth decision on a claim replaces those before it; one that comes late is replaced at once."""
        claim = self.claims.setdefault(number, Claim(hospital, month))
        if nth in claim.decisions:
            return
        claim.decisions[nth] = shares
        for earlier in sorted(each for each in claim.standing if each < nth):
            self._share(claim, earlier, takes_back=True)
        self._share(claim, nth, takes_back=False)
        if max(claim.decisions) > nth:
            self._share(claim, nth, takes_back=True)

    def _share(self, claim: Claim, nth: int, *, takes_back: bool) -> None:
        sign = -1 if takes_back else 1
        (claim.standing.discard if takes_back else claim.standing.add)(nth)
        is_first = nth == 1 and not takes_back
        for payer, yen in claim.decisions[nth].items():
            self.told.setdefault(payer, []).append(Told(sign * yen, claim.month, is_first))
            if yen:
                ends = (f"payer:{payer}", f"hospital:{claim.hospital}")
                giver, taker = reversed(ends) if takes_back else ends
                column = "claims" if is_first else "adjustments"
                self.move(giver, taker, yen, month=claim.month, column=column, payer=payer)

    # Closing a month: each step is done, then named.

    def refusal(self, period: str) -> str | None:
        """Why a month cannot be begun."""
        if period in self.closes:
            return None
        if any(each > period for each in self.closes):
            return "later_period_begun"
        if not all(each.is_over for each in self.closes.values()):
            return "earlier_period_open"
        return None if self._to_cut("payer", Close()) else "nothing_to_close"

    def close(self, period: str) -> Iterator[str]:
        """What is missing of a close, step by step."""
        close = self.closes.setdefault(period, Close())
        if not close.is_over:
            yield "opened"
            if not close.has_heads:
                yield from self._cut(period, close)
            close.has_heads = True
            for account in sorted(close.cuts, key=lambda each: (not each.startswith("payer:"), each)):
                if (period, account) not in self.statements:
                    self._state(period, account, close.cuts[account])
                    yield "issuing"
            close.is_over = True
            for account in close.cuts:
                self._notify(account, "period_closed")
        yield "closed"

    def _cut(self, period: str, close: Close) -> Iterator[str]:
        for kind in ("payer", "hospital"):
            accounts = self._to_cut(kind, close)
            for account in accounts:
                if kind == "payer":
                    self._charge(account, period)
                else:
                    self._take_up(period, account)
                told = len(self.told.get(_holder(account), ())) if kind == "payer" else 0
                close.cuts[account] = Cut(len(self.entries.get(account, ())), told)
            if accounts:
                yield "cutting"

    def _take_up(self, period: str, account: str) -> None:
        """What nobody pays of a hospital that has less than its statements ask for goes into this month's."""
        open_ = [
            key
            for key, stated in self.statements.items()
            if key[1] == account and stated.payable_yen and key not in self.taken_up
            if self.paying.get(key) != "settled"
        ]
        if self.balance(account) < sum(self.statements[key].payable_yen for key in open_):
            left = [key for key in open_ if self.paying.get(key, "abandoned") == "abandoned"]
            self.taken_up |= dict.fromkeys(left, period)

    def _to_cut(self, kind: str, close: Close) -> list[str]:
        known = {account for account in self.entries if account.startswith(f"{kind}:")}
        if kind == "payer":
            known |= {f"payer:{each}" for each in self.told}
        return sorted(known - close.cuts.keys())

    def _charge(self, account: str, period: str) -> None:
        """The fee: receipts of the statement to come at the price, what is below a yen left off."""
        payer = _holder(account)
        receipts = [each for each in self.told.get(payer, ()) if each.is_receipt and not each.held]
        authority = next(each for each in self.prices if payer.startswith(each.partition("/")[2]))
        yen = sum(each.month <= period for each in receipts) * self.prices[authority] // 100
        if yen:
            self.move(account, f"fee:{authority.partition('/')[0]}", yen, month=period, column="fees")
            self._notify(account, "fee_charged")

    def _state(self, period: str, account: str, cut: Cut) -> None:
        reached = [each for each in self.entries.get(account, ())[: cut.entries] if not each.held]
        own = [each for each in reached if each.month <= period]
        told = [each for each in self.told.get(_holder(account), ())[: cut.told] if not each.held]
        events = [each for each in told if each.month <= period]
        for each in own:
            each.held = True
        for event in events:
            event.held = True
        sums = Counter[str]()
        for entry in own:
            sums[entry.column] += entry.yen
        earlier = [self.statements[key] for key in sorted(self.statements) if key[1] == account]
        opening, brought = (earlier[-1].closing_yen, earlier[-1].carried_yen) if earlier else (0, 0)
        brought += sum(
            self.statements[key].payable_yen for key, by in self.taken_up.items() if (by, key[1]) == (period, account)
        )
        side = -1 if account.startswith("payer:") else 1
        net = side * (brought + sums["claims"] + sums["adjustments"] + sums["fees"])
        self.statements[period, account] = Stated(
            opening_yen=opening,
            claims_yen=sums["claims"],
            adjustments_yen=sums["adjustments"],
            fees_yen=sums["fees"],
            paid_yen=sums["paid"],
            closing_yen=opening + sum(sums.values()),
            ahead_yen=sum(each.yen for each in reached if each.month > period),
            brought_yen=brought,
            payable_yen=max(net, 0),
            carried_yen=side * min(net, 0),
            lines=len(own) + sum(each.yen == 0 for each in events),
            payers=frozenset(each.payer for each in own if each.payer),
        )
        self._notify(account, "statement_issued")

    def _notify(self, account: str, kind: str) -> None:
        if account.startswith("payer:"):
            self.notices[_holder(account), kind] += 1

    def asked(self, payer: str) -> Sequence[tuple[str, int]]:
        """Months and yen that a payer's statements ask for, the earliest due first."""
        own = sorted(key for key in self.statements if key[1] == f"payer:{payer}")
        return [(key[0], self.statements[key].payable_yen) for key in own if self.statements[key].payable_yen]


def bank(number: str) -> str:
    """The ledger's account for the money in one of the platform's accounts."""
    return f"bank:{number}"


def own(number: str) -> str:
    """The ledger's account for the platform's own money in it."""
    return f"own:{number}"


def suspense(number: str) -> str:
    """The ledger's account for what is nobody's yet of it."""
    return f"suspense:{number}"


def _holder(account: str) -> str:
    return account.partition(":")[2]
