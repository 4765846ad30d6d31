"""`seikyu share`: what a patient pays and who bears the rest, from the command line, with the whole derivation."""

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import click
from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table
from typing_extensions import override

from services.claims.domain.share.case import ShareCase
from services.claims.domain.share.names import NamedCategory, category_named
from services.claims.domain.share.national import NATIONAL
from services.claims.domain.share.programmes import ProgrammeTable
from services.claims.domain.share.split import Workings, workings
from services.claims.domain.share.words import LAYERS, Assumption, assumptions_of, steps_of, window_payment_yen
from services.claims.entrypoints.share_case import LONG_TERMS, Asked, assumed, case_asked_for
from services.claims.entrypoints.share_files import filled, local_programmes
from services.shared.kernel.money import YEN_PER_POINT
from services.shared.kernel.months import Month

DONE: Final = 0
ROWS_REFUSED: Final = 1
PLAIN_WIDTH: Final = 200
"""Columns where standard output is no terminal."""


class MonthOption(click.ParamType):
    """A treatment month, YYYY-MM or YYYYMM."""

    name = "YYYY-MM"

    @override
    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> Month:
        """The month; refuses other texts."""
        if isinstance(value, Month):
            return value
        try:
            return Month.parse(str(value).replace("-", ""))
        except ValueError:
            self.fail(f"{value!r} is no month; write YYYY-MM, such as 2026-11", param, ctx)


class ClassOption(click.ParamType):
    """適用区分, in the official words, their short forms or the contract's names."""

    name = "CLASS"

    @override
    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> NamedCategory:
        """The class and its band; refuses other texts with the classes that there are."""
        if isinstance(value, NamedCategory):
            return value
        try:
            return category_named(str(value))
        except ValueError as error:
            self.fail(str(error), param, ctx)


EXAMPLES: Final = """\b
seikyu share --month 2026-11 --points 36452 --age 45 --class ウ --inpatient
seikyu share --month 2026-11 --points 10000 --programme-points 5500 --programme 54=5000 --class 一般
seikyu share --month 2024-06 --csv examples.csv
"""


@click.command(name="share", epilog=EXAMPLES)
@click.option("--month", type=MonthOption(), required=True, help="Treatment month (診療年月); it picks the table.")
@click.option("--points", type=click.IntRange(min=0), default=0, help="Points of the insurance alone (医保のみの点数).")
@click.option(
    "--programme",
    "programmes",
    multiple=True,
    metavar="NUMBER[=LIMIT]",
    help="A public programme (公費) in its order: its 法別番号 or 負担者番号, and the patient's monthly limit under it "
    "(自己負担上限額) where the ticket states one. Up to four times. Example: --programme 54=10000",
)
@click.option(
    "--programme-points",
    type=click.IntRange(min=0),
    default=0,
    help="Points of the lines that the insurance shares with all programmes given (公費併用分).",
)
@click.option(
    "--share",
    "shares",
    multiple=True,
    metavar="CODE=POINTS",
    help="Points of any other benefit share (負担区分), such as 3=1200.",
)
@click.option("--birth", type=click.DateTime(["%Y-%m-%d"]), help="Birth date (生年月日); decides age and half limits.")
@click.option(
    "--day", type=click.DateTime(["%Y-%m-%d"]), help="Treatment day, for the age; the month's last day if left out."
)
@click.option("--age", type=click.IntRange(0, 130), help="Age in years, where no birth date is given.")
@click.option(
    "--class",
    "named",
    type=ClassOption(),
    help="Limit category (適用区分): ア イ ウ エ オ; at 70 and over 現役並みⅢ Ⅱ Ⅰ (現役3 2 1), 一般, "
    "低所得Ⅱ Ⅰ (低2 低1). A band of the 2027-08 table stands behind it: ウ1.",
)
@click.option(
    "--copay-tenths", type=click.IntRange(0, 10), help="自己負担割合 in tenths, where age and class do not tell."
)
@click.option("--inpatient/--outpatient", "inpatient", default=False, help="入院 or 外来 (which is the default).")
@click.option("--multi", is_flag=True, help="多数回該当: the fourth month with a limit within twelve, or later.")
@click.option("--turns-75", is_flag=True, help="Month of the 75th birthday; --birth tells it too.")
@click.option(
    "--long-term", type=click.Choice(list(LONG_TERMS)), help="特定疾病: 長 (10,000 yen) or 長２ (20,000 yen)."
)
@click.option("--legacy-tenth", is_flag=True, help="指定公費: one tenth is left; --birth tells it too.")
@click.option(
    "--programmes",
    "local",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Local programmes (地方単独事業) as CSV; the columns stand in docs/share.md.",
)
@click.option(
    "--csv",
    "table",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Cases in the columns of the Ministry's worked examples; written to standard output with expect_* filled in.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead of a table.")
def share(
    *,
    local: Path | None,
    table: Path | None,
    as_json: bool,
    **asked: Any,  # noqa: ANN401 - click gives the options, which Asked names and types
) -> None:
    """What a patient pays and who bears the rest: 自己負担額の計算.

    The whole derivation is shown: the ratio, the limit of high-cost care (高額療養費) of the treatment month, each
    public programme in its order, the rounding at the window. Nothing is stored and no server is asked.

    Exit codes: 0 done, 1 rows of a CSV file were left empty because they cannot be read, 2 used wrongly.
    """
    try:
        known = NATIONAL if local is None else NATIONAL.with_rows(local_programmes(local))
        if table is not None:
            if as_json:
                raise ValueError("--json and --csv exclude each other: a file of cases is filled in as CSV")
            raise click.exceptions.Exit(_fill(table, asked["month"], known))
        options = Asked(**asked)
        done = workings(case_asked_for(options), known)
    except (OSError, ValueError) as error:
        raise click.UsageError(str(error)) from error
    taken = (*assumed(options, done.given.case), *assumptions_of(done))
    if as_json:
        click.echo(json.dumps(_as_json(done, taken), ensure_ascii=False, indent=2))
    else:
        _show(done, taken)


def _fill(table: Path, month: Month, known: ProgrammeTable) -> int:
    """Write a file of cases with its expectations filled in; rows that cannot be read keep theirs empty."""
    text, faults = filled(table, month, known)
    click.echo(text, nl=False)
    for fault in faults:
        click.echo(f"{table.name}: {fault}", err=True)
    return ROWS_REFUSED if faults else DONE


def _as_json(done: Workings, taken: Sequence[Assumption]) -> dict[str, object]:
    case, split = done.given.case, done.split
    return {
        "month": f"{case.month.year:04d}-{case.month.month:02d}",
        "table_since": f"{done.given.table.since.year:04d}-{done.given.table.since.month:02d}",
        "setting": case.setting.value,
        "age": case.age.value,
        "class": None if case.category is None else case.category.value,
        "band": case.band,
        "copay_tenths": case.copay_tenths,
        "multi": case.multi,
        "turns_75": case.turns_75,
        "long_term": case.long_term.value,
        "legacy_tenth": case.legacy_tenth,
        "points": dict(case.points),
        "billed_yen": sum(case.points.values()) * YEN_PER_POINT,
        "payers": [
            {"position": each.position, "number": each.number, "yen": split.payer_yen[each.position]}
            for each in case.payers
        ],
        "legacy_yen": split.legacy_yen,
        "patient_yen": split.patient_yen,
        "window_yen": window_payment_yen(done),
        "steps": [step._asdict() for step in steps_of(done)],
        "assumptions": [each._asdict() for each in taken],
    }


def _show(done: Workings, taken: Sequence[Assumption]) -> None:
    console = Console() if sys.stdout.isatty() else Console(width=PLAIN_WIDTH)
    steps = Table("", "", "", "yen", box=box.SIMPLE, title=_title(done.given.case), title_justify="left")
    steps.columns[-1].justify = "right"
    for step in steps_of(done):
        steps.add_row(step.japanese, step.english, step.arithmetic, f"{step.yen:,}")
    console.print(steps)
    console.print(_payers_table(done))
    for each in taken:
        console.print(f"[yellow]※ {each.japanese}[/yellow] ({escape(each.english)})")


def _title(case: ShareCase) -> str:
    words = [
        f"{case.month.year:04d}-{case.month.month:02d}",
        case.setting.value,
        case.age.value,
        f"{case.copay_tenths}割",
        "適用区分不明" if case.category is None else f"適用区分 {case.category.value}{case.band or ''}",
    ]
    flags = {"多数回該当": case.multi, "75歳到達月": case.turns_75, "指定公費": case.legacy_tenth}
    words += [word for word, holds in flags.items() if holds]
    return " ・ ".join([*words, case.long_term.value] if case.long_term.value else words)


def _payers_table(done: Workings) -> Table:
    """Who bears the billed yen."""
    case, split = done.given.case, done.split
    table = Table("", "", "yen", box=box.SIMPLE, title="Who bears it (負担の内訳)", title_justify="left")
    table.columns[-1].justify = "right"
    for payer in case.payers:
        english = f"programme {payer.number}" if payer.position else "insurer"
        japanese = f"{LAYERS[payer.position - 1]}" if payer.position else "保険者"
        table.add_row(japanese, english, f"{split.payer_yen[payer.position]:,}")
    if split.legacy_yen:
        table.add_row("指定公費", "legacy tenth", f"{split.legacy_yen:,}")
    table.add_row("患者", "patient", f"{split.patient_yen:,}")
    table.add_row("総医療費", "billed", f"{sum(case.points.values()) * YEN_PER_POINT:,}", style="bold")
    return table
