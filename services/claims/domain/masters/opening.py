"""The bytes of a master file as published, to its lines: a zip of one csv, or the csv itself, in cp932.

Nothing is read beyond a bound, packed or unpacked, and any bytes end in lines or in a reason.
"""

import io
import struct
import zipfile
import zlib
from dataclasses import dataclass
from enum import Enum
from typing import Final, NamedTuple

MOST_BYTES: Final = 64 * 1024 * 1024
"""Of a file, and of what a zip holds: eight times the largest master of 2024."""
_METHODS: Final = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})
_ZIP: Final = (b"PK\x03\x04", b"PK\x05\x06")
_BAD_ZIP: Final = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    EOFError,
    LookupError,
    OSError,
    OverflowError,
    RuntimeError,
    ValueError,
)


class Unreadable(Enum):
    """Why a file is not read at all."""

    TOO_LARGE = "too large"
    """More bytes than MOST_BYTES, packed or unpacked."""
    BAD_ZIP = "not a readable zip"
    NOT_ONE_FILE = "not one csv in the zip"
    NOT_CP932 = "not cp932"
    LINE_ENDS = "lines do not end with CR LF"
    """As after an editor or a transfer that changed them; the file as published has them."""
    EMPTY = "empty"
    UNKNOWN_KIND = "not a master known here"
    """The second column of the first line is not one of B, Z, S, Y, T, C."""
    NAMED_OTHERWISE = "named as another master"
    NO_DATE = "no day of publication"
    """Neither the name nor who loads the file states one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UnreadableFile:
    """A file that is not a master file, and what was found."""

    name: str
    why: Unreadable
    detail: str


class OpenedFile(NamedTuple):
    """A csv: its own name, its bytes as they are unpacked, and its lines without their ends."""

    name: str
    csv: bytes
    lines: list[str]


def opened(name: str, content: bytes) -> OpenedFile | UnreadableFile:
    """The csv that a published file is or holds. Lines end with CR LF; another end stays in its line."""
    if len(content) > MOST_BYTES:
        return UnreadableFile(name=name, why=Unreadable.TOO_LARGE, detail=f"more than {MOST_BYTES} bytes")
    unpacked = _unpacked(name, content) if content.startswith(_ZIP) else (name, content)
    if isinstance(unpacked, UnreadableFile):
        return unpacked
    inner_name, csv = unpacked
    if not csv.strip():
        return UnreadableFile(name=name, why=Unreadable.EMPTY, detail="no line")
    try:
        text = csv.decode("cp932")
    except UnicodeDecodeError as fault:
        line = csv.count(b"\n", 0, fault.start) + 1
        return UnreadableFile(name=name, why=Unreadable.NOT_CP932, detail=f"line {line}")
    if "\n" in text and "\r\n" not in text:
        return UnreadableFile(name=name, why=Unreadable.LINE_ENDS, detail="LF alone; load the file as published")
    return OpenedFile(inner_name, csv, text.removesuffix("\r\n").split("\r\n"))


def _unpacked(name: str, content: bytes) -> tuple[str, bytes] | UnreadableFile:
    """The one csv of a zip, no more than MOST_BYTES of it."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            members = [member for member in archive.infolist() if not member.is_dir()]
            if len(members) != 1:
                return UnreadableFile(name=name, why=Unreadable.NOT_ONE_FILE, detail=f"{len(members)} files")
            if members[0].compress_type not in _METHODS:
                return UnreadableFile(name=name, why=Unreadable.BAD_ZIP, detail="neither stored nor deflated")
            with archive.open(members[0]) as packed:
                csv = packed.read(MOST_BYTES + 1)
    except _BAD_ZIP as fault:
        return UnreadableFile(name=name, why=Unreadable.BAD_ZIP, detail=type(fault).__name__)
    if len(csv) > MOST_BYTES:
        return UnreadableFile(name=name, why=Unreadable.TOO_LARGE, detail=f"more than {MOST_BYTES} bytes unpacked")
    return members[0].filename, csv
