"""`seikyu code`: the standard codes of diagnoses written as free text, offline, from the masters at hand."""

import json
import re
import sys
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import click

from services.coding.adapters.master_files import BadMaster, load_masters_of
from services.coding.domain.coding import AUTOMATIC, Coding, Route, code_of
from services.coding.domain.master import DiseaseMaster
from services.coding.domain.verify import Patient, Sex
from services.shared.kernel.months import Month

MOST_CHARACTERS: Final = 200
"""Of one mention, as the contract of CodeText has it."""
SURE, NOT_SURE = 0, 1
_TOKYO_AHEAD: Final = timedelta(hours=9)
_SEXES: Final = {"1": Sex.MALE, "2": Sex.FEMALE}
_BAND_YEARS: Final = 10
MEASURED_P: Final[Mapping[Route, float]] = {Route.EXACT: 0.99, Route.DECOMPOSED: 0.97, Route.REVIEW: 0.71}
"""How often the route's ICD-10 code was right on mentions of real records (`tests.evals.coding_rules`), not the
mention's own probability. Exact: with the mentions that are their standard name, for those are most of what is written.
"""
_WORDS: Final = {Route.NOT_A_DIAGNOSIS: "not-a-diagnosis"}


@click.command(name="code")
@click.argument("text", default="")
@click.option(
    "--lines", is_flag=True, help="One mention per line of standard input, one JSON object per line of output."
)
@click.option("--json", "as_json", is_flag=True, help="Machine-readable output; --lines always is.")
@click.option(
    "--masters",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    envvar="SEIKYU_MASTERS",
    metavar="DIR",
    help="Folder with b_*.zip and z_*.zip, or above them; else $SEIKYU_MASTERS, else the own extracts.",
)
@click.option("--sex", type=click.Choice([*_SEXES]), help="1 男, 2 女.")
@click.option("--age", type=click.IntRange(0, 150), help="Age in years.")
@click.option("--on", type=click.DateTime(["%Y-%m-%d"]), help="A day of the treatment month; today without it.")
@click.option("--month", default="", metavar="YYYYMM", help="The treatment month instead of --on.")
def code(
    *,
    text: str,
    lines: bool,
    as_json: bool,
    masters: Path | None,
    sex: str | None,
    age: int | None,
    on: datetime | None,
    month: str,
) -> None:
    """Find the disease code of TEXT with its modifiers; exit code 1 where none is sure. Asks no server."""
    if lines == bool(text):
        raise click.UsageError("Give a TEXT, or --lines.")
    band = age - age % _BAND_YEARS if age is not None else None
    patient = Patient(sex=_SEXES[sex] if sex else None, age_band_years=band)
    try:
        master = load_masters_of(masters)
    except BadMaster as fault:
        raise click.ClickException(str(fault)) from fault
    at = _month(month, on)
    if lines:
        for answer in coded_lines(sys.stdin, at, master, patient):
            sys.stdout.write(answer + "\n")
        return
    coding = code_of(text[:MOST_CHARACTERS], at, master, patient)
    sys.stdout.write(as_line(text, coding) + "\n" if as_json else told(coding))
    raise click.exceptions.Exit(SURE if coding.route in AUTOMATIC else NOT_SURE)


def coded_lines(texts: Iterator[str], month: Month, master: DiseaseMaster, patient: Patient) -> Iterator[str]:
    """One JSON object for each line, in order. A line too long to be a mention is for a person, without a code."""
    for line in texts:
        text = line.rstrip("\r\n")
        yield as_line(text, code_of(text if len(text) <= MOST_CHARACTERS else "", month, master, patient))


def as_line(text: str, coding: Coding) -> str:
    """{"text", "codes": [{"code", "name", "modifiers", "icd10", "p"}], "route", "evidence"} on one line."""
    evidence = {"found_by": coding.route.value, "reason": coding.reason, "normalised": coding.normalised_text}
    answer = {"text": text, "codes": _codes(coding), "route": route_word(coding.route), "evidence": evidence}
    return json.dumps(answer, ensure_ascii=False)


def _codes(coding: Coding) -> list[dict[str, Any]]:
    if coding.found is None:
        return []
    base = coding.found.base
    return [
        {
            "code": base.code,
            "name": base.name,
            "modifiers": list(coding.modifier_codes),
            "icd10": base.icd10,
            "p": MEASURED_P[coding.route],
        }
    ]


def route_word(route: Route) -> str:
    """auto, review or not-a-diagnosis: who decides."""
    return "auto" if route in AUTOMATIC else _WORDS.get(route, "review")


def told(coding: Coding) -> str:
    """The answer for a reader: route, code, modifiers, name, ICD-10, and what speaks against it."""
    found = coding.found
    parts = [route_word(coding.route), coding.route.value]
    if found is not None:
        parts += [found.base.code, *found.modifier_codes, found.base.name, found.base.icd10]
    return "  ".join([*parts, *([coding.reason] if coding.reason else [])]) + "\n"


def _month(month: str, on: datetime | None) -> Month:
    day: date = on.date() if on is not None else (datetime.now(UTC) + _TOKYO_AHEAD).date()
    if not month:
        return Month(day.year, day.month)
    if not re.fullmatch(r"[0-9]{4}(?:0[1-9]|1[0-2])", month):
        raise click.BadParameter("a month is written YYYYMM")
    return Month.parse(month)
