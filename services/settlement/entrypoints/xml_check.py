"""`seikyu bank check` of camt.052 and camt.054: what each account's part comes to, and all that is wrong, by place."""

from collections.abc import Iterator
from typing import Any, Final

from services.settlement.domain.bank.camt import read_camt
from services.settlement.domain.bank.records import violation
from services.settlement.domain.bank.statements import BankStatement, Direction, Source, WrongBankFile
from services.settlement.domain.reconciliation.continuation import Broken, new_from

JAPANESE: Final = {Source.CAMT_052: "入出金取引明細 (ZEDI)", Source.CAMT_054: "振込入金通知 (ZEDI)"}


def checked_xml(content: bytes) -> dict[str, Any]:
    """Kind, accounts with their sums and balances, and violations with their places. Raises NoBankFile."""
    try:
        file = read_camt(content)
        wrong = [each for told in file.statements for each in _own_sum(told, file.source)]
        found = {
            "kind": file.source.value,
            "japanese": JAPANESE[file.source],
            "groups": [_group(told) for told in file.statements],
        }
        count = len(wrong)
    except WrongBankFile as fault:
        wrong, count = list(fault.violations), fault.count
        found = {"kind": "camt", "japanese": "", "groups": []}
    places = [
        {"record": each.record, "offset": each.offset, "field": each.field, "rule": each.rule, "said": each.said}
        for each in wrong
    ]
    return {**found, "violations": places, "violation_count": count}


def xml_told(found: dict[str, Any]) -> Iterator[str]:
    """The same for a reader."""
    yield f"{found['kind']} {found['japanese']}".rstrip() + "\n"
    for each in found["groups"]:
        balances = f"{each['opening_yen']:,} to {each['closing_yen']:,} yen, " if "opening_yen" in each else ""
        yield f"account {each['account']}, {each['since']} to {each['until']}: {each['count']:,} entries, {balances}"
        yield f"in {each['in_yen']:,}, out {each['out_yen']:,}\n"
    for each in found["violations"]:
        yield f"entry {each['record']}, byte {each['offset']}: {each['field']} {each['said']} ({each['rule']})\n"
    yield "in order\n" if not found["violation_count"] else f"{found['violation_count']:,} violations\n"


def _group(told: BankStatement) -> dict[str, Any]:
    balances = (
        {"opening_yen": told.opening_yen, "closing_yen": told.closing_yen} if told.opening_yen is not None else {}
    )
    return {
        "account": told.account,
        "since": told.since.isoformat(),
        "until": told.until.isoformat(),
        "count": len(told.lines),
        "in_yen": told.total_yen(Direction.IN),
        "out_yen": told.total_yen(Direction.OUT),
        **balances,
    }


def _own_sum(told: BankStatement, source: Source) -> Iterator[Any]:
    """Opening + in - out = closing."""
    if not source.proves_a_balance:
        return
    try:
        new_from(None, told)
    except Broken as broken:
        yield violation(told.record, (told.opening_at, "Bal"), broken.why.value, broken.said)
