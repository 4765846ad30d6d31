"""The demo's claim file and coverage: `python -m infra.demo.data` writes them anew, the same bytes for the same seed.

Patients, the clinic and their numbers are invented. Codes and points of acts and diseases are those of the public
masters. The file is valid under the strict profile; one receipt at least stands for each outcome.
"""

import csv
import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from services.claims.domain.uke.document import RECORD_TYPES
from services.cli.coverage import COLUMNS

FILES: Final = Path(__file__).parent / "files"
UKE_FILE: Final = FILES / "demo.UKE"
COVERAGE_FILE: Final = FILES / "coverage.csv"
TARIFF_FILE: Final = FILES / "tariff.csv"
"""Review fees per receipt, invented: review authorities tell payers the real ones."""
SEED: Final = 20_240_501
HOSPITAL: Final = ("1310000003", "架空診療所")
INSURER: Final = ("01130012", "架空健康保険協会")
PROGRAMME: Final = ("54130018", "架空都難病医療")
TREATED: Final = "202405"
CLAIMED: Final = "202406"
_LAYOUTS: Final = {record.layout.record: record.layout for record in RECORD_TYPES}
_HAEMATOLOGY: Final = ("60", "160061810", 125)
_IMMUNOLOGY: Final = ("60", "160062110", 144)
_TESTS: Final = {
    ("60", "160008010", 21): _HAEMATOLOGY,
    ("60", "160010010", 49): _HAEMATOLOGY,
    ("60", "160191510", 15): _HAEMATOLOGY,
    ("60", "160054710", 16): _IMMUNOLOGY,
}
"""Tests and the judgement fee (判断料) that goes with them, once a month."""
_VISIT: Final = ("12", "112007410", 73)
_CODED: Final = ("8833421", "2500013", "4659007")
_FAMILY: Final = ("見本", "架空", "仮名", "例示", "試験", "雛形", "模擬")
_GIVEN: Final = ("太郎", "花子", "一郎", "梅子", "春夫", "夏子", "秋男", "冬美")
_WIDE: Final = str.maketrans("0123456789", "０１２３４５６７８９")


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One receipt of the demo and what makes it special."""

    kind: str = "1112"
    birth: str = "19800101"
    declared_more: int = 0
    """Points declared above (or below) what the lines add up to."""
    marks: str = ""
    text: str = ""
    """A diagnosis as free text instead of a code."""
    programme: bool = False
    covered: bool = True
    valid_to: str = ""
    tests: int = 2
    branch: str = "00"
    expected: str = "approved"
    about: str = field(default="")


CASES: Final = (
    Case(about="an insured adult"),
    Case(kind="1116", birth="19851103", branch="01", tests=3, about="a dependant"),
    Case(kind="1114", birth="20210715", branch="02", tests=1, about="a preschool child, 2 tenths"),
    Case(kind="1118", birth="19520220", tests=4, about="aged 72, 2 tenths"),
    Case(tests=1, programme=True, kind="1122", about="an insurer and a public programme"),
    Case(declared_more=50, expected="reduced", about="50 points declared above the lines (縦計誤り)"),
    Case(declared_more=-21, expected="returned", about="points declared below the lines"),
    Case(covered=False, expected="returned", about="a member whom the insurer does not know"),
    Case(valid_to="2024-03-31", expected="returned", about="a cover that ended in March"),
    Case(marks="10", expected="pended", about="an injury by a third party (特記事項 10)"),
    Case(text="高血圧症", about="a diagnosis as text that has a code"),
    Case(text="膝の変形性関節症", about="a diagnosis as text that a person decides"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """A receipt's lines, what it adds to the totals, and its rows of coverage."""

    lines: tuple[str, ...]
    payer_records: int
    points: int
    coverage: tuple[tuple[str, ...], ...]


def _line(record: str, **fields: str) -> str:
    layout = _LAYOUTS[record]
    columns = [record] + [""] * len(layout.fields)
    for name, value in fields.items():
        columns[layout.index_of(name)] = value
    return ",".join(columns)


def _receipt(number: int, case: Case, rng: random.Random) -> Receipt:
    symbol, member = f"{rng.randrange(100, 999)}", f"{rng.randrange(10**5, 10**6)}"
    recipient, sex = "1234566", rng.choice("12")
    tests = rng.sample(list(_TESTS), case.tests)
    acts = [_VISIT, *tests, *dict.fromkeys(_TESTS[each] for each in tests)]
    points = sum(each[2] for each in acts) + case.declared_more
    days = {"days": "1", "points": str(points)}
    payers = [_line("HO", insurer_number=INSURER[0], symbol=_wide(symbol), member_number=_wide(member), **days)]
    if case.programme:
        payers.append(_line("KO", programme_number=PROGRAMME[0], recipient_number=recipient, burden_yen="300", **days))
    share = "2" if case.programme else "1"
    lines = (
        _head(number, case, sex, rng),
        *payers,
        _line("SN", bearer="1", confirmation="01", branch=case.branch),
        _disease(case, rng),
        *(_act(each, share) for each in acts),
    )
    birth = f"{case.birth[:4]}-{case.birth[4:6]}-{case.birth[6:]}"
    period = ("2023-04-01", case.valid_to, "standard", "", "")
    rows = [(INSURER[0], symbol, member, case.branch, birth, sex, *period)] if case.covered else []
    if case.programme:
        rows.append((PROGRAMME[0], "", recipient, "", birth, sex, *period))
    return Receipt(lines=lines, payer_records=len(payers), points=points, coverage=tuple(rows))


def _head(number: int, case: Case, sex: str, rng: random.Random) -> str:
    return _line(
        "RE",
        receipt_number=str(number),
        kind=case.kind,
        treatment_month=TREATED,
        name=f"{rng.choice(_FAMILY)}　{rng.choice(_GIVEN)}",
        sex=sex,
        birth_date=case.birth,
        special_marks=case.marks,
        chart_number=f"{rng.randrange(10**6)}",
    )


def _disease(case: Case, rng: random.Random) -> str:
    known = {"start_date": f"{TREATED}01", "outcome": "1", "main": "01"}
    if case.text:
        return _line("SY", disease_code="0000999", name=case.text, **known)
    return _line("SY", disease_code=rng.choice(_CODED), **known)


def _act(act: tuple[str, str, int], share: str) -> str:
    section, code, points = act
    return _line(
        "SI", treatment_section=section, share=share, item_code=code, points=str(points), times="1", days_7="1"
    )


def _wide(text: str) -> str:
    return text.translate(_WIDE)


def receipts(seed: int = SEED) -> list[Receipt]:
    """The demo's receipts in their order."""
    rng = random.Random(seed)  # noqa: S311 - invented patients, the same each time
    return [_receipt(number, case, rng) for number, case in enumerate(CASES, start=1)]


def uke_file(made: Sequence[Receipt]) -> bytes:
    """The volume: IR, receipts, GO with the totals, end of file; cp932, CRLF."""
    code, name = HOSPITAL
    institution = {"prefecture": code[:2], "score_table": code[2], "institution_code": code[3:], "name": name}
    opening = _line("IR", agency="1", claim_month=CLAIMED, volume="00", telephone="03-0000-0000", **institution)
    count, points = sum(each.payer_records for each in made), sum(each.points for each in made)
    closing = _line("GO", count=str(count), points=str(points), volume="99")
    lines = (opening, *(line for each in made for line in each.lines), closing)
    return "".join(f"{line}\r\n" for line in lines).encode("cp932") + b"\x1a"


def write(folder: Path = FILES) -> None:
    """Write both files."""
    folder.mkdir(parents=True, exist_ok=True)
    made = receipts()
    (folder / UKE_FILE.name).write_bytes(uke_file(made))
    with (folder / COVERAGE_FILE.name).open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(COLUMNS)
        writer.writerows(row for each in made for row in each.coverage)


if __name__ == "__main__":
    write()
