"""Reads the drug and procedure masters: official `y_*` and `s_*` files, whole masters and what changed since.

Official form (.zip, .csv or .txt): レセプト電算処理システム マスターファイル仕様説明書 (令和4年4月): cp932, every field
quoted. 医薬品マスター "Y", items from 1: 1 変更区分, 3 コード, 5 漢字名称, 7 カナ名称, 30 変更年月日, 31 廃止年月日,
32 薬価基準収載医薬品コード, 34 経過措置年月日又は商品名医薬品コード使用期限, 35 基本漢字名称 (品名); files of 2024 have
37 一般名コード and 38 一般名処方の標準的な記載 behind them [S]. 医科診療行為マスター "S", 150 items: 1 and 3 as above,
5 省略漢字名称, 7 省略カナ名称, 87 変更年月日, 88 廃止年月日, 113 基本漢字名称.
"""

import csv
import hashlib
import io
import re
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Final

from services.coding.adapters.master_files import BadMaster
from services.coding.domain.naming.listed import Change, Entry, NameKind, NameMaster, Publication

MAX_MASTER_BYTES: Final = 64 * 1024 * 1024
"""The official files have 8 MB; more than this is no master of names."""
MOST_FILES: Final = 500
SUFFIXES: Final = frozenset({".zip", ".csv", ".txt"})
_DAY: Final = re.compile(r"([0-9]{8})$")
_NEVER: Final = frozenset({"", "0", "99999999"})


@dataclass(frozen=True, slots=True, kw_only=True)
class _Form:
    """How one master is written: its letter, the fewest columns, and where they stand, from 0."""

    letter: str
    least: int
    names: tuple[int, ...]
    kana: int
    valid_from: int
    valid_to: tuple[int, ...]
    """The earliest of them holds."""
    generic_code: int | None = None
    generic_name: int | None = None
    standard_code: int | None = None


_FORMS: Final[Mapping[NameKind, _Form]] = {
    NameKind.DRUG: _Form(
        letter="Y",
        least=35,
        names=(4, 34),
        kana=6,
        valid_from=29,
        valid_to=(30, 33),
        generic_code=36,
        generic_name=37,
        standard_code=31,
    ),
    NameKind.PROCEDURE: _Form(letter="S", least=150, names=(4, 112), kana=6, valid_from=86, valid_to=(87,)),
}


def has_name_master(kind: NameKind, folder: Path) -> bool:
    """Whether the folder, or one below it, holds a file of the kind."""
    return bool(_paths(kind, folder))


def load_name_master(kind: NameKind, folder: Path) -> NameMaster:
    """The master that the files of the kind in the folder, or below it, tell together. Raises BadMaster without one."""
    paths = _paths(kind, folder)
    if not paths:
        raise BadMaster(f"the folder holds no {_letter(kind)}_*.zip, the {kind.value} master")
    return name_master_of(kind, paths)


def name_master_of(kind: NameKind, paths: Sequence[Path]) -> NameMaster:
    """The master that the files tell together. Raises BadMaster."""
    if len(paths) > MOST_FILES:
        raise BadMaster(f"more than {MOST_FILES} files of the {kind.value} master")
    return read_name_master(kind, [(path.stem, _content(path)) for path in paths])


def read_name_master(kind: NameKind, files: Iterable[tuple[str, bytes]]) -> NameMaster:
    """The master of named contents; each name ends with its day, YYYYMMDD. Raises BadMaster, also without a full file.

    A file is the whole master where a record says that nothing changed (変更区分 0): a differential file has no such.
    """
    named = list(files)
    publications = [_publication(kind, stem, content) for stem, content in named]
    if not any(publication.is_full for publication in publications):
        raise BadMaster(f"no file of the {kind.value} master is a full one")
    digest = hashlib.sha256(b"".join(hashlib.sha256(content).digest() for _, content in named)).hexdigest()
    newest = max(publication.day for publication in publications)
    return NameMaster.of(kind, f"{_letter(kind)}_{newest:%Y%m%d}.{digest[:8]}", publications)


def _paths(kind: NameKind, folder: Path) -> list[Path]:
    found = folder.rglob(f"{_letter(kind)}_*")
    return sorted(path for path in found if path.suffix.lower() in SUFFIXES and path.is_file())


def _letter(kind: NameKind) -> str:
    return _FORMS[kind].letter.lower()


def _content(path: Path) -> bytes:
    if path.suffix.lower() != ".zip":
        return path.read_bytes()
    with zipfile.ZipFile(path) as archive:
        members = [member for member in archive.infolist() if not member.is_dir()]
        if len(members) != 1 or members[0].file_size > MAX_MASTER_BYTES:
            raise BadMaster(f"{path.name}: the archive must hold one file of at most 64 MB")
        return archive.read(members[0])


def _publication(kind: NameKind, stem: str, content: bytes) -> Publication:
    stated = _DAY.search(stem)
    if stated is None:
        raise BadMaster(f"{stem}: the name of a master file ends with its day, YYYYMMDD")
    try:
        text = content.decode("cp932")
    except UnicodeDecodeError as error:
        raise BadMaster(f"{stem}: the file is not in cp932") from error
    form = _FORMS[kind]
    rows = csv.reader(io.StringIO(text, newline=""))
    entries = tuple(_entry(fields, f"{stem}, line {number}", form) for number, fields in enumerate(rows, 1))
    is_full = any(entry.change is Change.NONE for entry in entries)
    return Publication(day=_stated(stated[1], stem), is_full=is_full, entries=entries)


def _entry(fields: Sequence[str], place: str, form: _Form) -> Entry:
    if len(fields) < form.least or fields[1] != form.letter:
        raise BadMaster(f"{place}: no row of such a master")
    try:
        ends = [day for day in (_day(fields[at]) for at in form.valid_to) if day is not None]
        return Entry(
            change=Change(fields[0]),
            code=fields[2],
            names=tuple(fields[at] for at in form.names),
            valid_from=_day(fields[form.valid_from]),
            valid_to=min(ends, default=None),
            kana=fields[form.kana],
            generic_code=_later(fields, form.generic_code),
            generic_name=_later(fields, form.generic_name),
            standard_code=_later(fields, form.standard_code),
        )
    except ValueError as error:
        raise BadMaster(f"{place}: no row of such a master") from error


def _later(fields: Sequence[str], at: int | None) -> str:
    """A column of one master alone, or of a later layout; empty where the file has none."""
    return fields[at] if at is not None and at < len(fields) else ""


def _stated(text: str, stem: str) -> date:
    try:
        return date(int(text[:4]), int(text[4:6]), int(text[6:8]))
    except ValueError as error:
        raise BadMaster(f"{stem}: the name of a master file ends with its day, YYYYMMDD") from error


@lru_cache(maxsize=4096)
def _day(text: str) -> date | None:
    """YYYYMMDD; None for none, 0 and 99999999."""
    return None if text in _NEVER else date(int(text[:4]), int(text[4:6]), int(text[6:8]))
