"""Reads the disease and modifier masters: the extracts that come with the program, or official `b_*` and `z_*` files.

Official form (.zip, .csv or .txt): レセプト電算処理システム マスターファイル仕様説明書 (令和4年4月): cp932, every field
quoted. 傷病名マスター "B", 46 fields, from 1: 3 コード, 4 移行先コード, 6 基本名称, 8 省略名称, 10 カナ名称,
11 病名管理番号, 13 病名交換用コード, 16 and 17 ICD-10-1 and -2 (2013), 19 単独使用禁止区分, 20 保険請求外区分,
22 収載, 23 変更, 24 廃止 (99999999: none). 修飾語マスター "Z", 19 fields: 3 コード, 7 名称, 10 カナ名称, 14 収載,
15 変更, 16 廃止, 17 修飾語管理番号, 18 修飾語交換用コード, 19 修飾語区分, of which the second character is the class.
"""

import csv
import hashlib
import io
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path
from sys import intern
from typing import Final

from services.coding.adapters.word_files import shipped_words
from services.coding.domain.master import Alone, Billing, Disease, DiseaseMaster, Modifier, ModifierClass

_FOLDER: Final = Path(__file__).parent.parent / "masters"
OWN_EXTRACT: Final = _FOLDER / "diseases.csv"
OWN_MODIFIERS: Final = _FOLDER / "modifiers.csv"
ABBREVIATIONS: Final = _FOLDER / "abbreviations.csv"
"""Short for a disease in general medical usage and for nothing else, each with its source and the day it was noted."""
MAX_MASTER_BYTES: Final = 64 * 1024 * 1024
"""The official file has 6 MB; more than this is no disease master."""
_NEVER_ENDED: Final = "99999999"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Form:
    """How one kind of master is written: its extract's header, its letter, its fields, and where they stand, from 0."""

    header: str
    letter: str
    fields: int
    places: Mapping[str, int]


_DISEASES: Final = _Form(
    header="code,name,abbreviation,kana,icd10,valid_from,valid_to",
    letter="B",
    fields=46,
    places={
        "code": 2,
        "moved_to": 3,
        "name": 5,
        "abbreviation": 7,
        "kana": 9,
        "management_number": 10,
        "exchange_code": 12,
        "icd10": 15,
        "icd10_second": 16,
        "alone": 18,
        "billing": 19,
        "valid_from": 21,
        "changed_on": 22,
        "valid_to": 23,
    },
)
_MODIFIERS: Final = _Form(
    header="code,name,kana,class,valid_from,valid_to",
    letter="Z",
    fields=19,
    places={
        "code": 2,
        "name": 6,
        "kana": 9,
        "valid_from": 13,
        "changed_on": 14,
        "valid_to": 15,
        "management_number": 16,
        "exchange_code": 17,
        "class": 18,
    },
)


class BadMaster(Exception):
    """The file is no master of its kind; the message names the line, never its content."""


def load_master(path: Path | None, modifiers: Path | None = None) -> DiseaseMaster:
    """The master in the files; the program's own extract stands for each that is None. Raises BadMaster."""
    chosen, beside = path if path is not None else OWN_EXTRACT, modifiers if modifiers is not None else OWN_MODIFIERS
    content, modifier_content = _content(chosen), _content(beside)
    version = f"{_edition(chosen, content)}+{_edition(beside, modifier_content)}"
    return DiseaseMaster(
        version, read_diseases(content), read_modifiers(modifier_content), _abbreviations(), words=shipped_words()
    )


def load_masters_of(folder: Path | None) -> DiseaseMaster:
    """The masters of a folder with a b_*.zip and a z_*.zip in or below it; None: the own extracts.

    Of several editions the last by name is taken. Raises BadMaster, also where one of the two is missing.
    """
    if folder is None:
        return load_master(None)
    return load_master(*master_paths(folder))


def master_paths(folder: Path) -> tuple[Path, Path]:
    """The newest disease and modifier master in the folder or below it, by name. Raises BadMaster."""
    found = [list(folder.rglob(f"{kind}_*.zip")) for kind in ("b", "z")]
    if not all(found):
        raise BadMaster("the folder holds no b_*.zip or no z_*.zip")
    diseases, modifiers = (max(files, key=lambda path: path.name) for files in found)
    return diseases, modifiers


def read_diseases(content: bytes) -> tuple[Disease, ...]:
    """The rows of a disease master, the program's extract or the official file. Raises BadMaster."""
    return tuple(_disease(named, number) for number, named in _named(content, _DISEASES))


def read_modifiers(content: bytes) -> tuple[Modifier, ...]:
    """The rows of a modifier master, the program's extract or the official file. Raises BadMaster."""
    return tuple(_modifier(named, number) for number, named in _named(content, _MODIFIERS))


def _abbreviations() -> Mapping[str, str]:
    with ABBREVIATIONS.open(encoding="utf-8", newline="") as rows:
        return {row["abbreviation"]: row["name"] for row in csv.DictReader(rows)}


def _edition(path: Path, content: bytes) -> str:
    return f"{path.stem}.{hashlib.sha256(content).hexdigest()[:8]}"


def _content(path: Path) -> bytes:
    if path.suffix.lower() != ".zip":
        return path.read_bytes()
    with zipfile.ZipFile(path) as archive:
        members = [member for member in archive.infolist() if not member.is_dir()]
        if len(members) != 1 or members[0].file_size > MAX_MASTER_BYTES:
            raise BadMaster("the archive must hold one file of at most 64 MB")
        return archive.read(members[0])


def _named(content: bytes, form: _Form) -> Iterator[tuple[int, Mapping[str, str]]]:
    is_own = content.startswith(form.header.encode())
    try:
        text = content.decode("utf-8" if is_own else "cp932")
    except UnicodeDecodeError as error:
        raise BadMaster("the file is not in cp932") from error
    if is_own:
        yield from enumerate(csv.DictReader(io.StringIO(text, newline="")), 2)
    else:
        for number, fields in enumerate(csv.reader(io.StringIO(text, newline="")), 1):
            yield number, _official(fields, number, form)


def _official(fields: Sequence[str], number: int, form: _Form) -> Mapping[str, str]:
    if len(fields) != form.fields or fields[1] != form.letter:
        raise BadMaster(f"line {number} is no row of such a master")
    return {name: fields[place] for name, place in form.places.items()}


def _disease(named: Mapping[str, str], number: int) -> Disease:
    moved_to = named.get("moved_to", "")
    name, abbreviation = intern(named["name"]), intern(named["abbreviation"])
    try:
        return Disease(
            code=named["code"],
            name=name,
            abbreviation=abbreviation,
            kana=named["kana"],
            icd10=intern(named["icd10"]),
            icd10_second=intern(named.get("icd10_second", "")),
            moved_to=moved_to if moved_to != named["code"] else "",
            management_number=named.get("management_number", ""),
            exchange_code=named.get("exchange_code", ""),
            alone=Alone(named.get("alone", Alone.ALLOWED.value)),
            billing=Billing(named.get("billing", Billing.CLAIMABLE.value)),
            valid_from=_day(named["valid_from"]) or date.min,
            changed_on=_day(named.get("changed_on", "")),
            valid_to=_day(named["valid_to"]) or date.max,
        )
    except ValueError as error:
        raise BadMaster(f"line {number} is no row of a disease master") from error


def _modifier(named: Mapping[str, str], number: int) -> Modifier:
    try:
        return Modifier(
            code=named["code"],
            name=named["name"],
            kana=named["kana"],
            kind=ModifierClass(named["class"][:2][-1:]),
            management_number=named.get("management_number", ""),
            exchange_code=named.get("exchange_code", ""),
            valid_from=_day(named["valid_from"]) or date.min,
            changed_on=_day(named.get("changed_on", "")),
            valid_to=_day(named["valid_to"]) or date.max,
        )
    except ValueError as error:
        raise BadMaster(f"line {number} is no row of a modifier master") from error


@lru_cache(maxsize=4096)
def _day(text: str) -> date | None:
    """YYYYMMDD; None for no day and for 99999999."""
    if not text or text == _NEVER_ENDED:
        return None
    return date(int(text[:4]), int(text[4:6]), int(text[6:8]))
