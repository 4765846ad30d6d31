"""Whether a statement goes on where the account stood, and which of its lines are new.

The lines of an account are one row from its first imported statement on, each with the balance behind it. A statement
lies on that row where its opening balance and all of its known lines agree; what reaches beyond is new. So files that
overlap count a line once, and what does not lie on the row is refused: a gap, or a contradiction.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from enum import Enum

from services.settlement.domain.bank.statements import BankStatement


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownLine:
    """A line as it stands imported: its content's digest and the balance behind it."""

    content_sha256: bytes
    balance_yen: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """An account as far as it is known.

    `begins_on` is the first day of its first statement and `until` the last day told of. `lines` are those booked on
    or after the day asked for, and all behind them; `before_yen` is the balance before these.
    """

    begins_on: date
    until: date
    before_yen: int
    lines: tuple[KnownLine, ...]

    @property
    def balance_yen(self) -> int:
        """Where it stands."""
        return self.lines[-1].balance_yen if self.lines else self.before_yen


class Break(Enum):
    """Why a statement does not continue an account."""

    BEFORE_THE_FIRST = "before_the_first"
    """It begins before the first imported statement, whose opening balance stands in the ledger."""
    GAP = "gap"
    """It opens with another balance than the last imported statement left: one in between is missing."""
    CONTRADICTION = "contradiction"
    """It tells of days that were imported, and says other things of them."""
    AMBIGUOUS = "ambiguous"
    """Its lines could be known or be new: nothing tells them apart. A person has to say."""
    OWN_SUM = "sum"
    """Its own lines do not lead from its opening to its closing balance."""


class Broken(Exception):
    """A statement does not continue its account. The balances are told, as they are the platform's own."""

    def __init__(self, why: Break, *, expected_yen: int, found_yen: int) -> None:
        super().__init__(why.value)
        self.why = why
        self.expected_yen = expected_yen
        self.found_yen = found_yen

    @property
    def said(self) -> str:
        """For the operator."""
        if self.why is Break.GAP:
            return (
                f"opens with {self.found_yen:,} yen, but the last imported statement of this account closed with "
                f"{self.expected_yen:,}: a statement between the two is missing; import it first"
            )
        if self.why is Break.OWN_SUM:
            return f"opening + in - out comes to {self.expected_yen:,} yen, but it closes with {self.found_yen:,}"
        return _SAID[self.why]


_SAID = {
    Break.BEFORE_THE_FIRST: "begins before the first imported statement of this account, with which its ledger opens",
    Break.CONTRADICTION: "tells of days that were imported before, and says other things of them",
    Break.AMBIGUOUS: "has lines that may be known or new: ask the bank for a file with 照会番号, or for whole days",
}


def new_from(account: Account | None, statement: BankStatement) -> int:
    """The place of the statement's first new line; its number of lines where all are known. Raises Broken.

    For an account of which nothing is known all lines are new.
    """
    _prove_own_sum(statement)
    if account is None:
        return 0
    opening = statement.opening_yen or 0
    if statement.since < account.begins_on:
        raise Broken(Break.BEFORE_THE_FIRST, expected_yen=account.before_yen, found_yen=opening)
    known = {min(length, len(statement.lines)) for length in _overlaps(account, statement)}
    if not known:
        why = Break.CONTRADICTION if _tells_again(account, statement) else Break.GAP
        raise Broken(why, expected_yen=account.balance_yen, found_yen=opening)
    if len(known) > 1:
        raise Broken(Break.AMBIGUOUS, expected_yen=account.balance_yen, found_yen=opening)
    return known.pop()


def _tells_again(account: Account, statement: BankStatement) -> bool:
    """Whether it opens as the first of the known days did: then it is the lines that disagree."""
    return bool(account.lines) and statement.opening_yen == account.before_yen


def _prove_own_sum(statement: BankStatement) -> None:
    """取引前残高 + 入金 - 出金 = 取引後残高."""
    comes_to = (statement.opening_yen or 0) + sum(line.signed_yen for line in statement.lines)
    if comes_to != statement.closing_yen:
        raise Broken(Break.OWN_SUM, expected_yen=comes_to, found_yen=statement.closing_yen or 0)


def _overlaps(account: Account, statement: BankStatement) -> Iterator[int]:
    """For every place of the row where the statement may lie: how many known lines stand from there on.

    A line that the bank gave a number (照会番号) is never new where it is known.
    """
    contents = [line.content_sha256 for line in statement.lines]
    known = {line.content_sha256 for line in account.lines}
    never_new = [bool(line.inquiry_number) and line.content_sha256 in known for line in statement.lines]
    balances = [account.before_yen, *(line.balance_yen for line in account.lines)]
    for place, balance in enumerate(balances):
        reach = len(account.lines) - place
        if balance == statement.opening_yen and _agree(account.lines[place:], contents) and not any(never_new[reach:]):
            yield reach


def _agree(known: Sequence[KnownLine], contents: Sequence[bytes]) -> bool:
    return all(line.content_sha256 == content for line, content in zip(known, contents, strict=False))


def days_not_told(account: Account | None, statement: BankStatement) -> int:
    """Days between the last one told of and the statement's first: a weekend, or days on which nothing moved."""
    return max(0, (statement.since - account.until).days - 1) if account is not None else 0
