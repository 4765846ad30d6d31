"""The ledger's check of what banks said: every file is read again, and its lines, balances and matches held to it.

One file in memory at a time. What the database holds of a line must be what the file says, byte for byte.
"""

from collections.abc import AsyncIterator, Iterator, Mapping
from hashlib import sha256
from typing import Final

import asyncpg

from services.settlement.adapters.bank.bank_queries import BANK
from services.settlement.adapters.bank.bank_reads import sums_of
from services.settlement.adapters.bank.bank_rows import line_of, match_of, notice_columns
from services.settlement.adapters.ledger.cursors import rows_of
from services.settlement.domain.bank.days import DayStyle
from services.settlement.domain.bank.reading import read_statement_file
from services.settlement.domain.bank.records import NoBankFile
from services.settlement.domain.bank.statements import BankFile, BankLine, BankStatement, Direction, WrongBankFile
from services.settlement.domain.reconciliation.placed import bank_line_id, line_match_id, statement_file_id
from services.settlement.domain.reconciliation.positions import differences
from services.settlement.domain.reconciliation.verdicts import Rule, Why
from services.shared.chassis.postgres import Transaction
from services.shared.kernel.months import business_day

COMPARISONS: Final = {
    "accounts_in_disorder": "bank account {} does not stand where its lines lead",
    "matches_in_disorder": "match {} is not what its transfer moved",
    "waiting_in_disorder": "bank line {} is kept as waiting and does not, or waits otherwise",
    "owed_in_disorder": "statement {} is kept with other open yen than it has",
}


async def bank_faults(tx: Transaction) -> AsyncIterator[str]:
    """A sentence for each fault, in the snapshot of the caller."""
    after = ""
    while (row := await tx.fetchrow(BANK["next_statement_file"], after)) is not None:
        after = row["file_id"]
        async for fault in _of_file(tx, row):
            yield fault
    for name, sentence in COMPARISONS.items():
        for found in await tx.fetch(BANK[name]):
            yield sentence.format(found[0])
    async for fault in _of_matches(tx):
        yield fault
    kept = {each.account: each for each in await sums_of(tx, BANK["sums_of_accounts"])}
    for sums in await sums_of(tx, BANK["walked_sums"]):
        for fault in differences(sums):
            yield f"bank account {sums.account}: {fault}"
        if kept.get(sums.account) != sums:
            yield f"bank account {sums.account} is kept with other sums than its lines and matches come to"


async def _of_matches(tx: Transaction) -> AsyncIterator[str]:
    async for match in rows_of(tx, BANK["all_matches"]):
        if not _is_said(match):
            yield f"match {match['match_id']} is not what was said"
    words = [rule.value for rule in Rule]
    for found in await tx.fetch(BANK["lines_taken_for_nothing"], words):
        yield f"bank line {found['line_id']} was matched by a rule, and no match says so"
    for found in await tx.fetch(BANK["lines_taken_for_anything"], [*words, *(why.value for why in Why)]):
        yield f"bank line {found['line_id']} was taken for what there is not"


async def _of_file(tx: Transaction, row: asyncpg.Record) -> AsyncIterator[str]:
    name = f"bank file {row['file_id']}"
    if sha256(row["content"]).digest() != row["sha256"]:
        yield f"{name} is not what its fingerprint says"
        return
    if (row["sealed_sha256"], row["sealed_size"]) != (row["sha256"], row["size"]):
        yield f"{name} was sealed as another"
    if row["file_id"] != statement_file_id(row["sent_sha256"]):
        yield f"{name} is named after another fingerprint than its own"
    kept = await tx.fetch(BANK["statements_as_kept"], row["file_id"])
    file = _read_again(row, [tuple(each) for each in kept])
    if file is None:
        yield f"{name} says other things than what was kept of it"
        return
    told = {(each.account, line.record): line for each in file.statements for line in each.lines}
    for line in await tx.fetch(BANK["lines_of_file"], row["file_id"]):
        if not _is_told(line, told):
            yield f"bank line {line['line_id']} is not what its file says"
    notices = dict(_notices(file, row["file_id"]))
    for notice in await tx.fetch(BANK["notices_of_file"], row["file_id"]):
        if notices.get(notice["notice_id"]) != tuple(notice):
            yield f"notice {notice['notice_id']} is not what its file says"


def _read_again(row: asyncpg.Record, kept: list[tuple[object, ...]]) -> BankFile | None:
    """The file as it was read when it came, in whichever style of days gives what was kept; none where neither does."""
    for style in DayStyle:
        try:
            file = read_statement_file(row["content"], style, business_day(row["imported_at"]))
        except (WrongBankFile, NoBankFile):
            continue
        if file.source.value == row["source"] and [_as_kept(each) for each in file.statements] == kept:
            return file
    return None


def _as_kept(told: BankStatement) -> tuple[object, ...]:
    return (
        *(told.account, told.made_on, told.since, told.until, told.opening_yen),
        *(told.total_yen(Direction.IN), told.total_yen(Direction.OUT), told.closing_yen, len(told.lines)),
    )


def _is_told(row: asyncpg.Record, told: Mapping[tuple[str, int], BankLine]) -> bool:
    kept, line = line_of(row).line, told.get((row["account"], row["record"]))
    return line == kept and line.content_sha256 == row["content_sha256"] and row["line_id"] == _line_id(row)


def _is_said(row: asyncpg.Record) -> bool:
    """Whether its id is that of what it says, as one of its line's matches."""
    try:
        match = match_of(row, row["line_id"])
    except ValueError:
        return False
    return any(
        line_match_id(match.line_id, nth, rule=match.rule, part=match.part, act=match.act, reason=match.reason)
        == match.match_id
        for nth in range(1, row["of_line"] + 1)
    )


def _line_id(row: asyncpg.Record) -> str:
    return bank_line_id(row["account"], row["position"], row["content_sha256"])


def _notices(file: BankFile, file_id: str) -> Iterator[tuple[object, tuple[object, ...]]]:
    if file.source.proves_a_balance:
        return
    for statement in file.statements:
        ids, _, *columns = notice_columns(file_id, statement)
        for row in zip(ids, *columns, strict=True):
            yield row[0], row
