"""A bank line at its place in its account, a match of its yen, and the ids of both; each derives from what it names."""

from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256

from services.settlement.domain.bank.statements import BankLine, BankStatement
from services.settlement.domain.reconciliation.verdicts import Part, Rule, Verdict
from services.shared.kernel.ids import HEX_DIGITS, SEPARATOR, TransferId


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """Who did something, when, and in which trace. `by` is a principal's id, or the file for what rules did."""

    by: str
    at: datetime
    traceparent: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PlacedLine:
    """A line in the row of its account: `position` from 1, the balance before it, and what it was taken for.

    `former_arrivals`: how often its money left suspense as a payment come back, which was taken back.
    """

    line_id: str
    account: str
    position: int
    file_id: str
    balance_before: int
    line: BankLine
    verdict: Verdict
    former_arrivals: int = 0

    @property
    def balance_after(self) -> int:
        """The balance behind it."""
        return self.balance_before + self.line.signed_yen


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """A part of a line's yen: what it was matched with, by which rule, by whom; the transfer that moved it, if any."""

    match_id: str
    line_id: str
    rule: Rule
    part: Part
    transfer_id: TransferId | None
    act: Act
    reason: str = ""


def statement_file_id(content_sha256: bytes) -> str:
    """`stf_` id of a bank's file: its fingerprint."""
    return f"stf_{content_sha256.hex()[:HEX_DIGITS]}"


def bank_line_id(account: str, position: int, content_sha256: bytes) -> str:
    """`bkl_` id of a line: its account, its place there, and its content; the same whatever file brings it."""
    return _derived("bkl_", account, str(position), content_sha256.hex())


def line_match_id(line_id: str, nth: int, *, rule: Rule, part: Part, act: Act, reason: str) -> str:
    """`mat_` id of the n-th match, from 1, of a line: everything that is said of it, so that no word of it changes."""
    said = (rule.value, part.purpose.value, part.target, part.statement_id, str(part.yen))
    return _derived("mat_", line_id, str(nth), *said, act.by, act.at.astimezone(UTC).isoformat(), reason)


def undone_id(match_id: str) -> str:
    """`und_` id of a match's taking back; there is at most one."""
    return _derived("und_", match_id)


def credit_notice_id(account: str, content_sha256: bytes, nth: int) -> str:
    """`ntc_` id of the n-th notice, from 1, of the same content on its day: files that overlap announce it once."""
    return _derived("ntc_", account, content_sha256.hex(), str(nth))


def recall_id(payment_id: str, after: str) -> str:
    """`rcl_` id of a payment's recall after another one, which is over; empty for the first."""
    return _derived("rcl_", payment_id, after)


def placed(
    statement: BankStatement, first: int, *, position: int, file_id: str, verdicts: list[Verdict]
) -> list[PlacedLine]:
    """The statement's lines from `first` on; the first of them takes this position."""
    balance = (statement.opening_yen or 0) + sum(line.signed_yen for line in statement.lines[:first])
    found: list[PlacedLine] = []
    for place, (line, verdict) in enumerate(zip(statement.lines[first:], verdicts, strict=True), position):
        found.append(
            PlacedLine(
                line_id=bank_line_id(statement.account, place, line.content_sha256),
                account=statement.account,
                position=place,
                file_id=file_id,
                balance_before=balance,
                line=line,
                verdict=verdict,
            )
        )
        balance += line.signed_yen
    return found


def _derived(prefix: str, *parts: str) -> str:
    return prefix + sha256(SEPARATOR.join(parts).encode()).hexdigest()[:HEX_DIGITS]
