"""What reconciliation needs kept: banks' files, statements, lines, matches; and what is expected of the bank."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from hashlib import sha256
from typing import Protocol

from services.settlement.domain.bank.headers import without_headers
from services.settlement.domain.bank.statements import BankLine, BankStatement, Source
from services.settlement.domain.notices import PaymentReceived
from services.settlement.domain.reconciliation.continuation import Account
from services.settlement.domain.reconciliation.expected import Expected
from services.settlement.domain.reconciliation.placed import Act, Match, PlacedLine, statement_file_id
from services.settlement.domain.reconciliation.recall import Recall
from services.shared.kernel.ids import TransferId


@dataclass(frozen=True, slots=True, kw_only=True)
class SentFile:
    """A file as it is kept: its id, the fingerprint of what came, and who brought it.

    `content` is what came, or the same with its headers blanked; its own fingerprint is `kept_sha256` then, else none.
    """

    file_id: str
    sha256: bytes
    source: Source
    content: bytes
    kept_sha256: bytes | None
    act: Act


def sent_file(content: bytes, source: Source, act: Act) -> SentFile:
    """A file that came, without what its headers may hold."""
    digest, kept = sha256(content).digest(), without_headers(content)
    return SentFile(
        file_id=statement_file_id(digest),
        sha256=digest,
        source=source,
        content=kept,
        kept_sha256=None if kept == content else sha256(kept).digest(),
        act=act,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Brought:
    """What one account's part of a file brought: how many of its lines were new, and what became of these."""

    statement: BankStatement
    new_lines: int
    matched_lines: int
    queued_lines: int
    days_not_told: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """A line of which some yen are matched with nothing yet. `matches` counts those that it has."""

    placed: PlacedLine
    open_yen: int
    matches: int


class BankRecords(Protocol):
    """Everything in the one transaction; lines and matches are written once and never changed."""

    async def is_known(self, content_sha256: bytes) -> bool:
        """Whether a file of this fingerprint was imported."""
        ...

    async def hold(self, accounts: Collection[str]) -> None:
        """Let nobody else import or match for these accounts before the transaction ends."""
        ...

    async def account(self, account: str, since: date) -> Account | None:
        """The account with its lines booked from that day on and all behind them; none where nothing is known."""
        ...

    async def count_lines(self, account: str) -> int:
        """How many lines the account has: the position of the last one."""
        ...

    async def expected(self, lines: Collection[BankLine], at: datetime) -> Expected:
        """What these lines can be matched with."""
        ...

    async def keep_file(self, sent: SentFile) -> None:
        """The file with its bytes."""
        ...

    async def seal_file(self, sent: SentFile) -> None:
        """Its fingerprint in the chain of files. Last of all: whoever seals another file waits from then on."""
        ...

    async def keep_statement(self, sent: SentFile, number: int, brought: Brought, first_new: int | None) -> None:
        """One account's part of the file."""
        ...

    async def keep_lines(self, statement: BankStatement, placed: Sequence[PlacedLine]) -> None:
        """New lines, and where their account stands behind them; the first statement opens the account."""
        ...

    async def keep_notices(self, sent: SentFile, statement: BankStatement) -> int:
        """Announced money; how many notices are new."""
        ...

    async def keep_matches(self, matches: Sequence[Match]) -> None:
        """What lines were matched with."""
        ...

    async def waiting(self, line_ids: Collection[str] | None) -> Sequence[Waiting]:
        """These lines as they wait, or all that wait, in the order of their accounts; one that is whole is left out."""
        ...

    async def standing(self, line_id: str) -> tuple[PlacedLine, Sequence[Match]]:
        """A line, and what it is matched with."""
        ...

    async def keep_undone(self, undone: Mapping[str, TransferId | None], *, reason: str, act: Act) -> None:
        """Matches that were taken back, each with the transfer that did it, if any."""
        ...

    async def recalls(self, payment_ids: Collection[str]) -> Sequence[Recall]:
        """The latest recall of each payment that has one."""
        ...

    async def recalls_before(self, match_id: str, payment_ids: Collection[str]) -> Sequence[Recall]:
        """The states in which this match found recalls of these payments, under the numbers that it gave them."""
        ...

    async def keep_recalls(self, recalls: Sequence[Recall], act: Act) -> None:
        """Next states of recalls."""
        ...

    async def tell(self, notices: Sequence[PaymentReceived], at: datetime) -> None:
        """Payers that their money came in."""
        ...
