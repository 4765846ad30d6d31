"""`seikyu code`: the standard codes of diagnoses, drugs and procedures written as free text, offline."""

import json
import re
import sys
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Any, Final, NoReturn

import click

from services.coding.adapters.master_files import BadMaster, load_masters_of
from services.coding.adapters.model_places import MODEL_VARIABLE, model_in_use
from services.coding.adapters.ranking import BadRanker, RankingWhenAsked
from services.coding.domain.coding import AUTOMATIC, Coding, Route
from services.coding.domain.master import Disease, DiseaseMaster
from services.coding.domain.naming.listed import NameKind
from services.coding.domain.ranked import Asked, Ranking, code_many
from services.coding.domain.verify import Patient, Sex
from services.shared.kernel.months import Month

MOST_CHARACTERS: Final = 200
"""Of one mention, as the contract of CodeText has it."""
SURE, NOT_SURE = 0, 1
DISEASE: Final = "disease"
"""The kind that is no master of names: diseases have modifiers, and rules of their own."""
_TOKYO_AHEAD: Final = timedelta(hours=9)
_SEXES: Final = {"1": Sex.MALE, "2": Sex.FEMALE}
_BAND_YEARS: Final = 10
LINES_AT_ONCE: Final = 512
MOST_CODES: Final = 20
_P_DIGITS: Final = 4
_WORDS: Final = {Route.NOT_A_DIAGNOSIS: "not-a-diagnosis"}


@click.command(name="code")
@click.argument("text", default="")
@click.option(
    "--lines", is_flag=True, help="One mention per line of standard input, one JSON object per line of output."
)
@click.option(
    "--kind",
    type=click.Choice([DISEASE, *(kind.value for kind in NameKind)]),
    default=DISEASE,
    help="What the text names; drugs and procedures need y_*.zip and s_*.zip among the masters.",
)
@click.option("--json", "as_json", is_flag=True, help="Machine-readable output; --lines always is.")
@click.option(
    "--masters",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    envvar="SEIKYU_MASTERS",
    metavar="DIR",
    help="Folder with b_*.zip and z_*.zip, or above them; else $SEIKYU_MASTERS, else the own extracts.",
)
@click.option(
    "--model",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    envvar=MODEL_VARIABLE,
    metavar="FILE",
    help="What `seikyu coding train` wrote; else its default place, else the model that ships.",
)
@click.option("--sex", type=click.Choice([*_SEXES]), help="1 男, 2 女.")
@click.option("--age", type=click.IntRange(0, 150), help="Age in years.")
@click.option("--on", type=click.DateTime(["%Y-%m-%d"]), help="A day of the treatment month; today without it.")
@click.option("--month", default="", metavar="YYYYMM", help="The treatment month instead of --on.")
def code(
    *,
    text: str,
    lines: bool,
    kind: str,
    as_json: bool,
    masters: Path | None,
    model: Path | None,
    sex: str | None,
    age: int | None,
    on: datetime | None,
    month: str,
) -> None:
    """Find the code of TEXT, a disease's with its modifiers; exit code 1 where none is sure. Asks no server."""
    if lines == bool(text):
        raise click.UsageError("Give a TEXT, or --lines.")
    if kind != DISEASE:
        if sex or age is not None:
            raise click.UsageError("--sex and --age tell of diseases alone.")
        _code_name(text, _month(month, on), kind=NameKind(kind), masters=masters, as_json=as_json)
    band = age - age % _BAND_YEARS if age is not None else None
    patient = Patient(sex=_SEXES[sex] if sex else None, age_band_years=band)
    try:
        master = load_masters_of(masters)
    except BadMaster as fault:
        raise click.ClickException(str(fault)) from fault
    at = _month(month, on)
    ranking = RankingWhenAsked(master=master, model=model_in_use(model))
    try:
        if lines:
            for answer in coded_lines(sys.stdin, month=at, patient=patient, master=master, ranking=ranking):
                sys.stdout.write(answer + "\n")
            return
        [coding] = code_many([Asked(text=text[:MOST_CHARACTERS], month=at, patient=patient)], master, ranking)
    except BadRanker as fault:
        raise click.ClickException(str(fault)) from fault
    sys.stdout.write(as_line(text, coding) + "\n" if as_json else told(coding))
    raise click.exceptions.Exit(SURE if coding.route in AUTOMATIC else NOT_SURE)


def _code_name(text: str, month: Month, *, kind: NameKind, masters: Path | None, as_json: bool) -> NoReturn:
    """The same for a drug or a procedure; without a text, for the lines of standard input."""
    from services.coding.entrypoints import code_names  # noqa: PLC0415 - numpy and scipy take half a second

    try:
        coder = code_names.name_coder(kind, masters)
    except BadMaster as fault:
        raise click.ClickException(str(fault)) from fault
    if not text:
        for answer in code_names.coded_names(sys.stdin, month, coder):
            sys.stdout.write(answer + "\n")
        raise click.exceptions.Exit(SURE)
    [coding] = coder.code([text[:MOST_CHARACTERS]], month)
    sys.stdout.write(code_names.as_name_line(text, coding) + "\n" if as_json else code_names.told_name(coding))
    raise click.exceptions.Exit(SURE if code_names.name_route_word(coding) == "auto" else NOT_SURE)


def coded_lines(
    lines: Iterator[str], *, month: Month, patient: Patient, master: DiseaseMaster, ranking: Ranking
) -> Iterator[str]:
    """One JSON object for each line, in order. A line too long to be a mention is for a person, without a code."""
    while batch := [line.rstrip("\r\n") for line in islice(lines, LINES_AT_ONCE)]:
        asked = [
            Asked(text=text if len(text) <= MOST_CHARACTERS else "", month=month, patient=patient) for text in batch
        ]
        codings = code_many(asked, master, ranking)
        yield from (as_line(text, coding) for text, coding in zip(batch, codings, strict=True))


def as_line(text: str, coding: Coding) -> str:
    """{"text", "codes": [{"code", "name", "modifiers", "icd10", "p"}], "route", "evidence"} on one line."""
    evidence = {
        "found_by": coding.route.value,
        "reason": coding.reason,
        "normalised": coding.normalised_text,
        "alike": coding.candidates[0].found_by if coding.candidates else "",
    }
    answer = {"text": text, "codes": _codes(coding), "route": route_word(coding.route), "evidence": evidence}
    return json.dumps(answer, ensure_ascii=False)


def _codes(coding: Coding) -> list[dict[str, Any]]:
    """The code that was found, and behind it what else the text may mean; none for what is no diagnosis."""
    if coding.route is Route.NOT_A_DIAGNOSIS:
        return []
    codes: list[dict[str, Any]] = []
    if coding.found is not None and coding.p is not None:
        codes.append(_code(coding.found.base, coding.p, coding.modifier_codes))
    found = coding.disease.code if coding.disease is not None else ""
    left = 1.0 - coding.p if coding.p is not None and coding.route is Route.DECOMPOSED else 1.0
    others = [each for each in coding.candidates if each.disease.code != found]
    return [*codes, *(_code(each.disease, min(each.p, left), ()) for each in others)][:MOST_CODES]


def _code(disease: Disease, p: float, modifiers: Sequence[str]) -> dict[str, Any]:
    told = {"code": disease.code, "name": disease.name, "modifiers": list(modifiers), "icd10": disease.icd10}
    return {**told, "p": round(p, _P_DIGITS)}


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
