"""Rows of reconciliation's tables as values, and values as columns."""

from collections import Counter
from collections.abc import Sequence
from functools import lru_cache
from typing import Final

import asyncpg

from services.settlement.application.bank_records import Waiting
from services.settlement.domain.bank.characters import Alphabet, NotWritable, fitted, read, written
from services.settlement.domain.bank.layouts import TRANSFERS
from services.settlement.domain.bank.statements import BankLine, BankStatement, Direction
from services.settlement.domain.reconciliation.expected import Outgoing, Owed
from services.settlement.domain.reconciliation.placed import Act, Match, PlacedLine, credit_notice_id
from services.settlement.domain.reconciliation.recall import Recall, RecallState
from services.settlement.domain.reconciliation.verdicts import Matched, Part, Purpose, Queued, Rule, Verdict, Why
from services.shared.kernel.ids import TransferId

PAYEE_NAME_BYTES: Final = TRANSFERS.data["payee_name"].length


def line_columns(placed: Sequence[PlacedLine]) -> list[list[object]]:
    """The columns of insert_bank_lines."""
    return [
        [each.line_id for each in placed],
        [each.account for each in placed],
        [each.position for each in placed],
        [each.file_id for each in placed],
        *([getattr(each.line, name) for each in placed] for name in ("record", "booked", "valued")),
        [each.line.direction.value for each in placed],
        [each.line.yen for each in placed],
        [each.balance_before for each in placed],
        [each.balance_after for each in placed],
        *([getattr(each.line, name) for each in placed] for name in _TEXTS),
        [each.line.content_sha256 for each in placed],
        [verdict_word(each.verdict) for each in placed],
    ]


_TEXTS = (*("dealing", "inquiry_number", "remitter_code", "remitter", "from_bank", "from_branch", "narrative", "edi"),)


def verdict_word(verdict: Verdict) -> str:
    """The rule, or why it waits."""
    return verdict.rule.value if isinstance(verdict, Matched) else verdict.why.value


def notice_columns(file_id: str, statement: BankStatement) -> list[list[object]]:
    """The columns of insert_credit_notices; equal notices of a day are told apart by their count."""
    seen: Counter[bytes] = Counter()
    ids: list[object] = []
    for line in statement.lines:
        seen[line.content_sha256] += 1
        ids.append(credit_notice_id(statement.account, line.content_sha256, seen[line.content_sha256]))
    return [
        ids,
        [file_id for _ in ids],
        [line.record for line in statement.lines],
        [statement.account for _ in ids],
        *([getattr(line, name) for line in statement.lines] for name in ("booked", "yen", "is_cancelled")),
        *([getattr(line, name) for line in statement.lines] for name in ("remitter_code", "remitter", "edi")),
    ]


def line_of(row: asyncpg.Record) -> PlacedLine:
    """A line as it stands imported. What it was taken for then is no more than a word: every one is QUEUED here."""
    line = BankLine(
        record=row["record"],
        booked=row["booked"],
        valued=row["valued"],
        direction=Direction(row["direction"]),
        yen=row["yen"],
        **{name: row[name] for name in _TEXTS},
    )
    return PlacedLine(
        line_id=row["line_id"],
        account=row["account"],
        position=row["position"],
        file_id=row["file_id"],
        balance_before=row["balance_before"],
        line=line,
        verdict=Queued(why=_why(row["verdict"])),
        former_arrivals=row.get("former_arrivals", 0),
    )


def _why(verdict: str) -> Why:
    """A word that is none of the reasons is a rule's: what a rule matched waits where a person took it back."""
    return Why(verdict) if verdict in _REASONS else Why.UNDONE


_REASONS = frozenset(why.value for why in Why)


def waiting_of(row: asyncpg.Record) -> Waiting:
    """A line as it waits, and why."""
    return Waiting(placed=line_of(row), open_yen=row["open_yen"], matches=row["matches"])


def match_of(row: asyncpg.Record, line_id: str) -> Match:
    """A match as it was recorded; its trace is the one that nobody has."""
    return Match(
        match_id=row["match_id"],
        line_id=line_id,
        rule=Rule(row["rule"]),
        part=Part(
            purpose=Purpose(row["purpose"]), target=row["target"], yen=row["yen"], statement_id=row["statement_id"]
        ),
        transfer_id=TransferId(row["transfer_id"]) if row["transfer_id"] else None,
        act=Act(by=row["matched_by"], at=row["matched_at"], traceparent=""),
        reason=row["reason"],
    )


def owed_of(row: asyncpg.Record) -> Owed:
    """A payer's statement."""
    return Owed(**dict(row))


def outgoing_of(row: asyncpg.Record) -> Outgoing:
    """A payment that the bank was told of; its payee's name as a bank's file has it."""
    return Outgoing(**{**dict(row), "payee_name": _in_a_file(row["payee_name"])})


@lru_cache(maxsize=100_000)
def _in_a_file(name: str) -> str:
    """Empty for a name that no bank's file could have."""
    try:
        return read(fitted(written(name, Alphabet.NAME), PAYEE_NAME_BYTES))
    except NotWritable:
        return ""


def recall_of(row: asyncpg.Record) -> Recall:
    """The state of a recall."""
    return Recall(**{**dict(row), "state": RecallState(row["state"])})
