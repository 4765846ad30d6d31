"""A small PDF writer (ISO 32000-1) that streams: pages leave as they are made, and of each only its place is kept.

Nothing in it depends on a clock or a random source, and nothing is compressed: a compressor of another version gives
other bytes, and a statement is held to its SHA-256 for years. One embedded font, addressed twice: one byte a character
for ASCII, glyph numbers for everything else.
"""

import re
from array import array
from collections.abc import Iterator, Sequence
from typing import Final

from services.settlement.adapters.statements.pdf_font import NAME, Font

CATALOG, PAGES, FILE, DESCRIPTOR, LATIN, GLYPHS, CID, UNICODE, INFORMATION = range(1, 10)
"""Object numbers that every document has; pages come after them."""
HEADER: Final = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n"
BLOCK: Final = 100
"""Most characters in one block of a CMap."""
_RUNS: Final = re.compile(r"[\x20-\x7e]+|[^\x20-\x7e]+")
_ESCAPED: Final = str.maketrans({"(": "\\(", ")": "\\)", "\\": "\\\\"})


class Pdf:
    """One document. Its methods give the bytes that come next."""

    def __init__(self, font: Font, *, width: int, height: int, title: str, identity: str) -> None:
        """Pages of `width` x `height` points; `identity` (32 hexadecimal digits) names the document in its trailer."""
        self._font = font
        self._size = (width, height)
        self._title = title
        self._identity = identity
        self._length = 0
        self._places = array("Q", [0] * (INFORMATION + 1))
        self._pages = array("Q")

    def begin(self) -> bytes:
        """The header and the font."""
        return b"".join([self._counted(HEADER), *self._font_objects()])

    def page(self, content: str, *, is_first: bool = False) -> bytes:
        """A page of text operators; `is_first` puts it before those that were written earlier."""
        body = content.encode("ascii")
        number = len(self._places)
        self._places.extend([0, 0])
        self._pages.insert(0, number + 1) if is_first else self._pages.append(number + 1)
        width, height = self._size
        page = (
            f"<</Type/Page/Parent {PAGES} 0 R/MediaBox[0 0 {width} {height}]"
            f"/Resources<</Font<</L {LATIN} 0 R/J {GLYPHS} 0 R>>>>/Contents {number} 0 R>>"
        )
        return self._stream(number, "", body) + self._object(number + 1, page)

    def end(self) -> bytes:
        """The page tree, the catalogue, the table of places."""
        kids = " ".join(f"{page} 0 R" for page in self._pages)
        written = [
            self._object(PAGES, f"<</Type/Pages/Count {len(self._pages)}/Kids[{kids}]>>"),
            self._object(CATALOG, f"<</Type/Catalog/Pages {PAGES} 0 R/Lang(ja-JP)>>"),
            self._object(INFORMATION, f"<</Title<FEFF{self._title.encode('utf-16-be').hex()}>/Producer(Seikyu)>>"),
        ]
        start = self._length
        table = "".join(f"{place:010} 00000 n \n" for place in self._places[1:])
        trailer = (
            f"trailer\n<</Size {len(self._places)}/Root {CATALOG} 0 R/Info {INFORMATION} 0 R"
            f"/ID[<{self._identity}><{self._identity}>]>>\nstartxref\n{start}\n%%EOF\n"
        )
        written.append(f"xref\n0 {len(self._places)}\n0000000000 65535 f \n{table}{trailer}".encode())
        return b"".join(written)

    def _object(self, number: int, body: str) -> bytes:
        return self._placed(number, f"{number} 0 obj\n{body}\nendobj\n".encode("ascii"))

    def _stream(self, number: int, entries: str, body: bytes) -> bytes:
        head = f"{number} 0 obj\n<</Length {len(body)}{entries}>>\nstream\n".encode()
        return self._placed(number, head + body + b"\nendstream\nendobj\n")

    def _placed(self, number: int, written: bytes) -> bytes:
        self._places[number] = self._length
        return self._counted(written)

    def _counted(self, written: bytes) -> bytes:
        self._length += len(written)
        return written

    def _font_objects(self) -> Iterator[bytes]:
        font = self._font
        box = " ".join(map(str, font.box))
        yield self._stream(FILE, f"/Length1 {len(font.file)}", font.file)
        yield self._object(
            DESCRIPTOR,
            f"<</Type/FontDescriptor/FontName/{NAME}/Flags 32/FontBBox[{box}]/ItalicAngle 0/Ascent {font.ascent}"
            f"/Descent {font.descent}/CapHeight {font.ascent}/StemV 80/FontFile2 {FILE} 0 R>>",
        )
        latin = " ".join(str(font.widths[chr(code)]) for code in range(0x20, 0x7F))
        yield self._object(
            LATIN,
            f"<</Type/Font/Subtype/TrueType/BaseFont/{NAME}/Encoding/WinAnsiEncoding/FirstChar 32/LastChar 126"
            f"/Widths[{latin}]/FontDescriptor {DESCRIPTOR} 0 R>>",
        )
        yield self._object(
            GLYPHS,
            f"<</Type/Font/Subtype/Type0/BaseFont/{NAME}/Encoding/Identity-H/DescendantFonts[{CID} 0 R]"
            f"/ToUnicode {UNICODE} 0 R>>",
        )
        yield self._object(
            CID,
            f"<</Type/Font/Subtype/CIDFontType2/BaseFont/{NAME}/CIDSystemInfo<</Registry(Adobe)/Ordering(Identity)"
            f"/Supplement 0>>/DW 1000/W[{_glyph_widths(font)}]/CIDToGIDMap/Identity/FontDescriptor {DESCRIPTOR} 0 R>>",
        )
        yield self._stream(UNICODE, "", _to_unicode(font).encode("ascii"))


def text(font: Font, place: tuple[float, float], size: float, said: str) -> str:
    """The operators that print a text from its lower left corner. KeyError for what the font was cut without."""
    runs = "".join(_run(font, run, size) for run in _RUNS.findall(said))
    return f"BT {place[0]:.2f} {place[1]:.2f} Td {runs}ET\n" if runs else ""


def text_to(font: Font, place: tuple[float, float], size: float, said: str) -> str:
    """The same, ending at the place: numbers."""
    return text(font, (place[0] - font.width(said, size), place[1]), size, said)


def rule(left: float, right: float, height: float) -> str:
    """A thin line across."""
    return f"0.4 w {left:.2f} {height:.2f} m {right:.2f} {height:.2f} l S\n"


def _run(font: Font, run: str, size: float) -> str:
    if run[0] <= "~":
        return f"/L {size:g} Tf ({run.translate(_ESCAPED)}) Tj "
    return f"/J {size:g} Tf <{''.join(f'{font.glyphs[character]:04X}' for character in run)}> Tj "


def _glyph_widths(font: Font) -> str:
    found = {font.glyphs[character]: width for character, width in font.widths.items()}
    return " ".join(f"{glyph}[{found[glyph]}]" for glyph in sorted(found))


def _to_unicode(font: Font) -> str:
    pairs = sorted({glyph: character for character, glyph in font.glyphs.items()}.items())
    blocks = [pairs[start : start + BLOCK] for start in range(0, len(pairs), BLOCK)]
    return (
        "/CIDInit /ProcSet findresource begin\n12 dict begin\nbegincmap\n"
        "/CIDSystemInfo <</Registry (Adobe) /Ordering (UCS) /Supplement 0>> def\n/CMapName /Adobe-Identity-UCS def\n"
        "/CMapType 2 def\n1 begincodespacerange\n<0000> <FFFF>\nendcodespacerange\n"
        + "".join(map(_unicode_block, blocks))
        + "endcmap\nCMapName currentdict /CMap defineresource pop\nend\nend\n"
    )


def _unicode_block(pairs: Sequence[tuple[int, str]]) -> str:
    rows = "".join(f"<{glyph:04X}> <{character.encode('utf-16-be').hex().upper()}>\n" for glyph, character in pairs)
    return f"{len(pairs)} beginbfchar\n{rows}endbfchar\n"
