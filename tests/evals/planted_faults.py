"""`python -m tests.evals.planted_faults [--write]`: which kinds of planted fault are found, and by which edit.

A kind counts as found where its edit speaks of the faulty receipt on the line to blame, with the official code that is
known, and says nothing of the innocent neighbour. `--write` writes docs/planted-faults.md.
"""

import sys
from collections.abc import Sequence
from typing import Final, NamedTuple

from infra.local.settings import REPOSITORY
from services.claims.domain.edits.edit import Severity
from services.claims.domain.examination import effect_of
from services.claims.domain.uke.findings import Rule
from tests.mutations.catalogue import FAULTS
from tests.mutations.planted import Fault, Planted
from tests.mutations.scenes import Stage
from tests.mutations.seen import seen
from tests.support.judged import Judged
from tests.support.official_data import official_data
from tests.support.valid_receipts.masters import read_masters

PAGE: Final = REPOSITORY / "docs" / "planted-faults.md"
SUMS: Final = {rule.id for rule in Rule if rule.id.startswith("sum.")}
"""縦計 is compared when a receipt is read, and reduced or returned by the decision itself."""
_DOES: Final = {
    Severity.RETURN: "returned",
    Severity.REFER: "referred to a person",
    Severity.REDUCE: "reduced",
    Severity.NOTE: "noted",
}
_OF_SUMS: Final = {"sum.points-above-lines": ("reduced", "H"), "sum.points-below-lines": ("returned", "")}


class Tried(NamedTuple):
    """A kind of fault, whether it was found and with which effects, and whether its neighbour was let be."""

    fault: Fault
    found: bool
    effects: frozenset[Severity]
    spared: bool


def main() -> int:
    """Print the page, or write it."""
    page = page_of(tried())
    if "--write" in sys.argv[1:]:
        PAGE.write_text(page, encoding="utf-8")
    else:
        sys.stdout.write(page)
    return 0


def tried() -> tuple[Tried, ...]:
    """Every kind of fault, planted once."""
    stage = Stage(read_masters(official_data("masters")))
    return tuple(_try(fault, fault.plant(stage)) for fault in FAULTS.values())


def _try(fault: Fault, planted: Planted) -> Tried:
    guilty, innocent = seen(planted.guilty), seen(planted.innocent)
    effects = frozenset(effect_of(each) for each in guilty.findings if each.edit.id == fault.edit)
    spared = not _speaks(fault, innocent) and _is_let_be(innocent)
    return Tried(fault, is_found(fault, planted, guilty), effects, spared)


def is_found(fault: Fault, planted: Planted, case: Judged) -> bool:
    """Whether the fault's edit speaks on the line to blame and nowhere else, with its official code."""
    if fault.edit in SUMS:
        return [each.rule.id for each in case.form] == [fault.edit]
    spoken = [each for each in case.findings if each.edit.id == fault.edit]
    lines = {each.line for each in spoken}
    codes = {each.edit.official_code for each in spoken}
    return codes == {fault.official_code} and (not planted.line or lines == {planted.line})


def _speaks(fault: Fault, case: Judged) -> bool:
    return any(each.edit.id == fault.edit for each in case.findings)


def _is_let_be(case: Judged) -> bool:
    return not case.form and all(each.edit.severity is Severity.NOTE for each in case.findings)


_ABOUT: Final = (
    "Written by `python -m tests.evals.planted_faults --write`; a test says when it is out of date. Each kind of fault",
    "is planted into the raw records of a sound receipt by code that knows neither masters nor edits. It is found",
    "where its edit speaks on the line to blame, with the official code that is known, and nowhere else; its innocent",
    "neighbour must be let be. The masters are the official files.",
)
_BESIDE: Final = (
    "Beside these, `tests/evals` passes every limit of every act of the master (ages, settings, institutions, monthly",
    "limits, days, standards, points), tries every addition by note with and without its act, and prices every drug",
    "and material by a second reading; `tests/mutations` plants several faults at once where chance picks.",
)


def page_of(kinds: Sequence[Tried]) -> str:
    """docs/planted-faults.md."""
    count, found, spared = len(kinds), sum(each.found for each in kinds), sum(each.spared for each in kinds)
    edits = len({each.fault.edit for each in kinds})
    return "\n".join(
        [
            "# Planted faults",
            "",
            *_ABOUT,
            "",
            f"**{found} of {count} kinds are found, by {edits} edits; {spared} of {count} neighbours are let be.**",
            "",
            *_BESIDE,
            "",
            "| kind | found by | it is then | official code | found |",
            "|---|---|---|---|---|",
            *(_row(each) for each in kinds),
            "",
        ]
    )


def _row(each: Tried) -> str:
    does, code = _outcome(each)
    found = "yes" if each.found else "NO"
    return f"| {each.fault.name.replace('-', ' ')} | `{each.fault.edit}` | {does} | {code} | {found} |"


def _outcome(each: Tried) -> tuple[str, str]:
    """What the finding does to this very receipt, gravest first, and its code: the judgement that decides claims."""
    if each.fault.edit in _OF_SUMS:
        return _OF_SUMS[each.fault.edit]
    does = next((says for effect, says in _DOES.items() if effect in each.effects), "")
    return does, each.fault.official_code


if __name__ == "__main__":
    sys.exit(main())
