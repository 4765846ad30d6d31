"""The files of `seikyu share`: local programmes, and cases in the columns of the Ministry's worked examples."""

import csv
import io
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from services.claims.domain.faulty_rows import FaultyRows
from services.claims.domain.share.case import INSURER, AgeClass, Setting, ShareCase, SharePayer
from services.claims.domain.share.local import read_programmes
from services.claims.domain.share.names import NamedCategory, category_named
from services.claims.domain.share.national import LONG_TERM_NUMBER
from services.claims.domain.share.programmes import Programme, ProgrammeTable
from services.claims.domain.share.split import workings
from services.shared.kernel.money import TENTHS
from services.shared.kernel.months import Month

EXPECTATIONS: Final = (
    *("expect_patient_yen", "expect_programme_layer_yen", "expect_insurance_copay_yen"),
    *("expect_programme_patient_yen", "expect_programme_pays_yen"),
)
FIRST_PROGRAMME: Final = 1
SETTINGS: Final[Mapping[str, Setting]] = {
    "inpatient": Setting.INPATIENT,
    "入院": Setting.INPATIENT,
    "outpatient": Setting.OUTPATIENT,
    "外来": Setting.OUTPATIENT,
    "入院外": Setting.OUTPATIENT,
}


def local_programmes(path: Path) -> list[Programme]:
    """The programmes of a file; ValueError that names line and column of the first that cannot be."""
    read = read_programmes(path.read_bytes())
    if not isinstance(read, FaultyRows):
        return [programme for rows in read.values() for programme in rows]
    first = read.errors[0]
    place = f"line {first.line}: {first.column}: " if first.column else f"line {first.line}: "
    raise ValueError(f"{path.name}: {place}{first.rule}")


def filled(path: Path, month: Month, known: ProgrammeTable) -> tuple[str, list[str]]:
    """A file of cases with its expect_* columns filled in, and what is wrong with rows that stay empty.

    Columns keep their order; those of the expectations that are missing are added. ValueError where a needed column is
    missing.
    """
    header, rows = _table(path)
    missing = [
        column for column in ("setting", "bracket", "copay_tenths", "points_insurance_only") if column not in header
    ]
    if missing:
        raise ValueError(f"{path.name}: columns are missing: {', '.join(missing)}")
    columns = [*header, *(each for each in EXPECTATIONS if each not in header)]
    out = io.StringIO()
    writer = csv.DictWriter(out, columns, lineterminator="\n", extrasaction="ignore")
    writer.writeheader()
    faults = []
    for line, row in rows:
        try:
            figures = _figures(case_of_row(row, month), known)
        except ValueError as error:
            faults.append(f"line {line}: {error}")
            figures = dict.fromkeys(EXPECTATIONS, "")
        writer.writerow(row | figures)
    return out.getvalue(), faults


def _table(path: Path) -> tuple[list[str], list[tuple[int, dict[str, str]]]]:
    """The header of a CSV file and its rows with their lines; UTF-8, or cp932 where it is none."""
    content = path.read_bytes()
    text = _text_of(path.name, content)
    reader = csv.DictReader(io.StringIO(text, newline=""), restval="")
    header = list(reader.fieldnames or ())
    return header, [(reader.line_num, {name: row[name] for name in header}) for row in reader]


def _text_of(name: str, content: bytes) -> str:
    for encoding in ("utf-8-sig", "cp932"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise ValueError(f"{name}: must be UTF-8 or cp932")


def case_of_row(row: Mapping[str, str], month: Month) -> ShareCase:
    """A row of the worked examples as a case; ValueError that names the column."""
    programme = row.get("programme", "").strip()
    points = {"1": _whole(row, "points_insurance_only")}
    payers = [SharePayer(INSURER, "insurer")]
    if programme:
        points["2"] = _whole(row, "points_with_programme")
        limit = _whole(row, "programme_patient_cap_yen") if row.get("programme_patient_cap_yen", "").strip() else None
        payers.append(SharePayer(FIRST_PROGRAMME, _programme_number(programme), limit_yen=limit))
    named = _named(row)
    return ShareCase(
        month=month,
        points=points,
        payers=tuple(payers),
        copay_tenths=_tenths(row),
        setting=_setting(row),
        age=AgeClass.ELDERLY if named.category.is_elderly else AgeClass.GENERAL,
        category=named.category,
        band=named.band,
        multi=_holds(row, "multi"),
        turns_75=_holds(row, "turns_75"),
        legacy_tenth=_holds(row, "legacy_tenth"),
    )


def _named(row: Mapping[str, str]) -> NamedCategory:
    try:
        return category_named(row["bracket"])
    except ValueError as error:
        raise ValueError(f"bracket: {error}") from error


def _setting(row: Mapping[str, str]) -> Setting:
    text = row["setting"].strip()
    if text not in SETTINGS:
        raise ValueError(f"setting: must be inpatient or outpatient, not {text!r}")
    return SETTINGS[text]


def _programme_number(text: str) -> str:
    """The 法別番号 that a programme's text begins with; 長 stands for a long-term specified disease."""
    found = re.match(r"[0-9]{2,8}", text)
    if found is not None:
        return found.group()
    if LONG_TERM_NUMBER in text:
        return LONG_TERM_NUMBER
    raise ValueError(f"programme: must begin with a 法別番号, not {text!r}")


def _whole(row: Mapping[str, str], column: str) -> int:
    text = row.get(column, "").strip() or "0"
    if not (text.isascii() and text.isdigit()):
        raise ValueError(f"{column}: must be a whole number of 0 or more, not {text!r}")
    return int(text)


def _tenths(row: Mapping[str, str]) -> int:
    """自己負担割合; a blank is no ratio."""
    tenths = _whole(row, "copay_tenths") if row["copay_tenths"].strip() else None
    if tenths is None or not 0 <= tenths <= TENTHS:
        raise ValueError(f"copay_tenths: must be 0 to {TENTHS}, not {row['copay_tenths']!r}")
    return tenths


def _holds(row: Mapping[str, str], column: str) -> bool:
    text = row.get(column, "").strip()
    if text not in {"", "0", "1"}:
        raise ValueError(f"{column}: must be 0 or 1, not {text!r}")
    return text == "1"


def _figures(case: ShareCase, known: ProgrammeTable) -> dict[str, str]:
    """The expectations of a case: what the patient pays, and how the programme's layer is borne."""
    done = workings(case, known)
    split = done.split
    programme_yen = split.payer_yen.get(FIRST_PROGRAMME, 0)
    takings = (*done.takings, *done.later_takings)
    layer_yen = takings[0].layer_yen if takings else 0
    left_yen = takings[0].left_yen if takings else 0
    copay_yen = split.patient_yen + split.legacy_yen + programme_yen
    yen = (split.patient_yen, layer_yen, copay_yen, left_yen, programme_yen)
    return {column: str(each) for column, each in zip(EXPECTATIONS, yen, strict=True)}
