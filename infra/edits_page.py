"""`python -m infra.edits_page`: docs/edits.md from the edits and the masters' layouts; --check fails on a diff."""

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from infra.edit_columns import COLUMN_USES, USED
from services.claims.domain.edits.edit import Edit, Severity
from services.claims.domain.edits.tables import LIMITATIONS, NAME_GROUPS, ONE_SEX, TRANSFERABLE, Dated
from services.claims.domain.masters.kinds import MasterKind
from services.claims.domain.masters.layouts import LAYOUTS
from services.shared.kernel.months import Month

PAGE: Final = Path(__file__).resolve().parents[1] / "docs" / "edits.md"
_MASTERS: Final = {
    MasterKind.ACT: "医科診療行為マスター",
    MasterKind.DRUG: "医薬品マスター",
    MasterKind.MATERIAL: "特定器材マスター",
    MasterKind.DISEASE: "傷病名マスター",
    MasterKind.MODIFIER: "修飾語マスター",
    MasterKind.COMMENT: "コメントマスター",
}
_DOES: Final = {
    Severity.RETURN: "return (返戻)",
    Severity.REFER: "refer to a person",
    Severity.REDUCE: "reduce (査定)",
    Severity.NOTE: "note",
}

_WITHOUT_CODE: Final = {
    Severity.RETURN: "not known to us",
    Severity.REFER: "none: a person decides",
    Severity.REDUCE: "not known to us",
    Severity.NOTE: "none: a note",
}

_HEAD = """# Edits

Written by `python -m infra.edits_page`; `make edits-check` fails where this page is not what it would write.

An edit is one question about a receipt that the masters or the record specification let a machine answer. Each is a
small function in `services/claims/domain/edits/`, named beside its place in one closed enum (`edit.py`): the order
below is that of precedence. What may not be *recorded* on such a receipt (記録) returns it; what may not be *billed*
(算定) is cut; where a machine knows that something is wrong but not what is right, a person looks at it.

A kind of master that is not loaded for the treatment month says nothing, and no edit that needs it speaks. Where a
hospital's registration was never told, that is a note and never a cut. No finding shows a name, a number, a birth date
or a text of the receipt.

Official codes are 増減点事由: D 告示・通知の算定要件不合致, F 固定点数誤り, G 集計誤り (H 縦計誤り is the decision's
own, where a receipt declares more than its lines). A, B and C are medical judgement, and no edit makes one. Codes of
返戻 (L and four digits) are not known to us: no verified table of them is at hand.
"""

_REDUCING = """## What a reduction says

It names the line, the unit's points of the month (points × times) before and after, and why. Reductions of one unit
hold one after another, in order of precedence; one that takes nothing more is not said. A unit that lost a line is
priced anew. What depended on a line that falls is looked at again and falls with it: an addition with its act, a
percentage with what it applied to. Days that several edits refuse are united. What counts in the month (judgement
fees, limits, 逓減) counts what is left by then: of what exceeds, the last day falls first, of one day the cheapest. An
act that was done excludes 外来管理加算 whether it is paid or not. Where a machine cannot say what is left (a line that
is refused on some of the days of a unit of several lines, a unit that has no price), no points stand after it: a person
says what is left. Meals (section 97) are yen and not settled, so nothing is cut of them: what would be is told as a
note, without points.

Points below the price are paid as declared, with a note. 増減点連絡書 can carry points that are added, but nobody asked
for them, an insurer owes what is claimed, and to return the whole receipt would hold up what is right in it; the
hospital learns of the difference and may take the claim back (取下げ) and submit it anew.
"""

_FOUND = """## What a code found in free text may do

A diagnosis may be recorded as free text (未コード化傷病名), and coding may find a code for it. The code is a machine's
word beside what the hospital declared (docs/adr/0016), so it weighs less than a recorded one:

| a recorded code | a code found in free text |
|---|---|
| names the disease that an act demands | does so too: nobody need look; a note tells it (`coding.names-disease`) |
| none names it, and the act is cut | no cut while a diagnosis is free text, coded or not: a person looks |
| all diseases uninsured: returned | all uninsured with those found: a person looks (`coding.not-insured`) |
| of the other sex: a person looks | a person looks (`coding.other-sex`) |
| unknown, no longer in use, alone without its modifier | not believed, does none of this: a note (`coding.not-used`) |

Only codes that coding was sure of or a reviewer gave are looked at, none that waits for a person. A code in time and a
late one come to the same: where outcome, money or reasons would be others with it, a claim that was decided without it
is decided anew. So it is where a code becomes another one or is withdrawn.
"""

_DATED: Final[dict[str, Sequence[Dated]]] = {
    "categories of one sex": ONE_SEX,
    "limitation (時効)": LIMITATIONS,
    "points without MF (振替・分割), by claim month": TRANSFERABLE,
    "groups of facility standards (名寄せコード)": NAME_GROUPS,
}

_NOT_HERE: Final = """
背反, 包括, and limits by day, week or several months | 電子点数表 is a product of its own and not at hand
limits shorter than the month | 上限回数 has no unit; every value in the masters of 2022-02 and 2024-05 fits a month
which comments an act demands | the comment master ties none to an act; コメント関連テーブル is not at hand
sex, where no diagnosis is of one sex by its ICD-10 category | no column of any master states a sex
短期滞在手術等基本料３ (病院・診療所区分 4) | whether a hospital is a DPC hospital is not known to us
地域加算 | the area class of a hospital is not registered with us
donors' lines (TR) | the edits see the recipient's lines
病床数 that the receipt states (RE) | licensed beds for one fee, general ones for the other: it does not say which
whether a disease that an act demands is only suspected (の疑い) | the column says which names count, not in what state
medical need, dose, indication | 増減点事由 A to C: people decide
"""


def page() -> str:
    """The whole page."""
    parts = [_HEAD, _edits(), _REDUCING, _FOUND, _dated(), _not_decided(), "## Every column of the masters\n"]
    parts += [_columns(kind) for kind in _MASTERS]
    return "\n".join(parts)


def _dated() -> str:
    lines = [
        "## What stands in no master\n",
        "Dated rows in `services/claims/domain/edits/tables.py`; a month picks the latest that has begun, before the",
        "first nothing is decided. V read in the source, S seen in an excerpt, U not verified. Codes that take points",
        "off (逓減, 施設基準不適合減算) are those of the month's own act master (items 44 and 52).\n",
        "| what | since | mark | source |",
        "|---|---|---|---|",
    ]
    for what, rows in _DATED.items():
        lines += [f"| {what} | {_since(row)} | {row.mark.value} | {row.source} |" for row in rows]
    return "\n".join(lines) + "\n"


def _since(row: Dated) -> str:
    return "ever" if row.since == Month(1, 1) else f"{row.since.year}-{row.since.month:02d}"


def main() -> int:
    """Write the page, or compare it; 1 where it differs."""
    wanted = page()
    if "--check" not in sys.argv[1:]:
        PAGE.write_text(wanted, encoding="utf-8")
        return 0
    if PAGE.exists() and PAGE.read_text(encoding="utf-8") == wanted:
        return 0
    sys.stderr.write("docs/edits.md is not what the edits say: run python -m infra.edits_page\n")
    return 1


def _edits() -> str:
    rows = [
        "## The edits, in order of precedence",
        "",
        "| edit | question | does | official code | source | since |",
        "|---|---|---|---|---|---|",
    ]
    for edit in Edit:
        code = edit.official_code or _WITHOUT_CODE[edit.severity]
        since = edit.since or "every month"
        rows.append(f"| `{edit.id}` | {edit.question} | {_DOES[edit.severity]} | {code} | {edit.source} | {since} |")
    counts = ", ".join(f"{sum(edit.severity is each for edit in Edit)} {_DOES[each]}" for each in Severity)
    rows += ["", f"{len(Edit)} edits: {counts}. Every month: of every month whose masters are loaded.", ""]
    return "\n".join(rows)


def _not_decided() -> str:
    rows = ["## What no edit decides, and why", "", "| question | why not |", "|---|---|"]
    return "\n".join([*rows, *(f"| {row} |" for row in _NOT_HERE.strip().splitlines()), ""])


def _columns(kind: MasterKind) -> str:
    uses = COLUMN_USES[kind]
    counts = ", ".join(
        f"{sum(each.use == use for each in uses.values())} {use}" for use in dict.fromkeys(v.use for v in uses.values())
    )
    rows = [f"### {_MASTERS[kind]}: {counts}", "", "| 項番 | column | use | by, or why not |", "|---|---|---|---|"]
    rows += [
        f"| {item} | {japanese} | {uses[item].use} | {_says(uses[item].use, uses[item].says)} |"
        for item, japanese in columns_of(kind)
    ]
    return "\n".join([*rows, ""])


def columns_of(kind: MasterKind) -> Iterator[tuple[int, str]]:
    """Item and Japanese name of every column that the specification has, reserves at the end included."""
    layout = LAYOUTS[kind]
    for column in layout.columns:
        yield column.item, column.japanese
    for item in range(len(layout.columns) + 1, layout.least + 1):
        yield item, "予備"


def _says(use: str, says: str) -> str:
    if use != USED:
        return says
    return ", ".join(f"`{each}`" if "." in each else each for each in says.split(", "))


if __name__ == "__main__":
    sys.exit(main())
