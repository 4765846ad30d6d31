"""What a bank tells of an account: statements whose lines prove a balance, and notices of money that came in."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import Enum
from hashlib import sha256

from services.settlement.domain.bank.records import Violation

SEPARATOR = "\x1f"


class Source(Enum):
    """The kinds of file that tell of an account."""

    ZENGIN_STATEMENT = "03"
    """入出金取引明細, 200 bytes."""
    ZENGIN_CREDITS = "01"
    """振込入金通知, 200 bytes."""
    CAMT_052 = "camt.052"
    """入出金取引明細 of ZEDI."""
    CAMT_054 = "camt.054"
    """振込入金通知 of ZEDI."""

    @property
    def proves_a_balance(self) -> bool:
        """Whether its lines move money here; a notice only announces what a statement will show."""
        return self in {Source.ZENGIN_STATEMENT, Source.CAMT_052}


class Direction(Enum):
    """入払区分."""

    IN = "in"
    """入金."""
    OUT = "out"
    """出金."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BankLine:
    """One movement of an account. `record` is its place in the file, `dealing` 取引区分 or the code of the XML.

    Texts are as the bank wrote them; a remitter's name is never logged and never part of an id.
    """

    record: int
    booked: date
    valued: date | None
    direction: Direction
    yen: int
    dealing: str = ""
    inquiry_number: str = ""
    remitter_code: str = ""
    remitter: str = ""
    from_bank: str = ""
    from_branch: str = ""
    narrative: str = ""
    edi: str = ""
    is_cancelled: bool = False

    @property
    def signed_yen(self) -> int:
        """What it adds to the account."""
        return self.yen if self.direction is Direction.IN else -self.yen

    @property
    def content_sha256(self) -> bytes:
        """Digest of everything that the bank says of it, its place in the file left aside."""
        parts = (
            *(self.booked.isoformat(), self.valued.isoformat() if self.valued else "", self.direction.value),
            *(str(self.yen), self.dealing, self.inquiry_number, self.remitter_code, self.remitter, self.from_bank),
            *(self.from_branch, self.narrative, self.edi, "1" if self.is_cancelled else ""),
        )
        return sha256(SEPARATOR.join(parts).encode()).digest()


@dataclass(frozen=True, slots=True, kw_only=True)
class BankStatement:
    """The lines of one account over a span of days; `record` is its header's place, `opening_at` the balance's byte.

    `account`: 15 digits: bank 4, branch 3, 預金種目 1, number 7. Balances are none in a notice.
    """

    account: str
    record: int
    opening_at: int
    made_on: date
    since: date
    until: date
    opening_yen: int | None
    closing_yen: int | None
    lines: tuple[BankLine, ...]

    def total_yen(self, direction: Direction) -> int:
        """Of all lines of a direction."""
        return total_yen(each for each in self.lines if each.direction is direction)


@dataclass(frozen=True, slots=True, kw_only=True)
class BankFile:
    """A file that was read whole and broke no rule."""

    source: Source
    statements: tuple[BankStatement, ...]


class WrongBankFile(Exception):
    """A file is refused as a whole: what is wrong by record, offset and rule; never what stands there."""

    def __init__(self, violations: Sequence[Violation], count: int | None = None) -> None:
        super().__init__(f"{len(violations)} violations")
        self.violations = tuple(violations)
        self.count = len(self.violations) if count is None else count


def total_yen(lines: Iterable[BankLine]) -> int:
    """The sum of the amounts, whatever the direction."""
    return sum(each.yen for each in lines)
