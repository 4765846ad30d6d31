"""Reads the disease master: the extract that comes with the program, or an official `b_*.zip` or `.csv`/`.txt`.

Official form: レセプト電算処理システム マスターファイル仕様説明書 (令和4年4月), 傷病名マスター: cp932, every field
quoted; fields from 1: 2 マスター種別 "B", 3 コード, 6 基本名称, 8 省略名称, 10 カナ名称, 16 ICD-10-1(2013), 22
収載年月日, 24 廃止年月日 (99999999: none).
"""

import csv
import hashlib
import io
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Final

from services.coding.domain.master import Disease, DiseaseMaster

OWN_EXTRACT: Final = Path(__file__).parent.parent / "masters" / "diseases.csv"
MAX_MASTER_BYTES: Final = 64 * 1024 * 1024
"""The official file has 6 MB; more than this is no disease master."""
_OFFICIAL_FIELDS: Final = 46
_NEVER_ENDED: Final = "99999999"
_HEADER: Final = "code,name,abbreviation,kana,icd10,valid_from,valid_to"


class BadMaster(Exception):
    """The file is no disease master; the message names the line, never its content."""


def load_master(path: Path | None) -> DiseaseMaster:
    """The master in the file, or the program's own extract for None. Raises BadMaster."""
    chosen = path if path is not None else OWN_EXTRACT
    content = _content(chosen)
    version = f"{chosen.stem}.{hashlib.sha256(content).hexdigest()[:8]}"
    return DiseaseMaster(version, list(_rows(content)))


def _content(path: Path) -> bytes:
    if path.suffix.lower() != ".zip":
        return path.read_bytes()
    with zipfile.ZipFile(path) as archive:
        members = [member for member in archive.infolist() if not member.is_dir()]
        if len(members) != 1 or members[0].file_size > MAX_MASTER_BYTES:
            raise BadMaster("the archive must hold one file of at most 64 MB")
        return archive.read(members[0])


def _rows(content: bytes) -> Iterator[Disease]:
    is_own = content.startswith(_HEADER.encode())
    try:
        text = content.decode("utf-8" if is_own else "cp932")
    except UnicodeDecodeError as error:
        raise BadMaster("the file is not in cp932") from error
    if is_own:
        for number, named in enumerate(csv.DictReader(io.StringIO(text, newline="")), 2):
            yield _disease(named, number)
    else:
        for number, fields in enumerate(csv.reader(io.StringIO(text, newline="")), 1):
            yield _disease(_official(fields, number), number)


def _official(fields: Sequence[str], number: int) -> Mapping[str, str]:
    if len(fields) != _OFFICIAL_FIELDS or fields[1] != "B":
        raise BadMaster(f"line {number} is no row of a disease master")
    return {
        "code": fields[2],
        "name": fields[5],
        "abbreviation": fields[7],
        "kana": fields[9],
        "icd10": fields[15],
        "valid_from": fields[21],
        "valid_to": fields[23],
    }


def _disease(named: Mapping[str, str], number: int) -> Disease:
    try:
        return Disease(
            code=named["code"],
            name=named["name"],
            abbreviation=named["abbreviation"],
            kana=named["kana"],
            icd10=named["icd10"],
            valid_from=_day(named["valid_from"], date.min),
            valid_to=_day(named["valid_to"], date.max),
        )
    except ValueError as error:
        raise BadMaster(f"line {number} is no row of a disease master") from error


def _day(text: str, otherwise: date) -> date:
    if not text or text == _NEVER_ENDED:
        return otherwise
    return date(int(text[:4]), int(text[4:6]), int(text[6:8]))
