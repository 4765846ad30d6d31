"""Small master files in their official layout: modifiers, which have the fewest columns."""

import io
import zipfile

NEVER = "99999999"


def modifier(code: str, *, change: str = "0", listed: str = "20200401", changed: str = "", name: str = "左") -> str:
    """A complete record of 19 columns."""
    fields = [change, "Z", code, "", "", str(len(name)), name, "", "3", "ヒダリ", "", "0", "0"]
    fields += [listed, changed, NEVER, "20000001", "AB12", "A2000000"]
    return ",".join(f'"{field}"' for field in fields)


def csv_of(*records: str) -> bytes:
    """The file's bytes."""
    return "".join(f"{record}\r\n" for record in records).encode("cp932")


def zip_of(name: str, content: bytes) -> bytes:
    """A zip of that one file."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, content)
    return packed.getvalue()
