"""The font of printed statements: IPAexGothic (IPA Font License 1.0) from the package that carries it, cut down.

Only the characters that statements can print are embedded. The cut is made once per process; its bytes follow from the
font and the version of fonttools, both of which are locked, and a test holds them.
"""

import io
from dataclasses import dataclass
from functools import cache
from importlib.metadata import distribution
from pathlib import Path
from typing import Final

from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTFont

PACKAGE: Final = "matplotlib-fontja"
FILE: Final = "matplotlib_fontja/fonts/ipaexg.ttf"
NAME: Final = "SEIKYU+IPAexGothic"
EM: Final = 1000
"""Units in which PDF counts widths."""
ASCII: Final = "".join(map(chr, range(0x20, 0x7F)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Font:
    """A font cut down to `characters`: its file, each character's glyph and width in 1/1000, and its box."""

    file: bytes
    glyphs: dict[str, int]
    widths: dict[str, int]
    box: tuple[int, int, int, int]
    ascent: int
    descent: int

    def width(self, text: str, size: float) -> float:
        """How wide a text is at a size, in points. KeyError for a character that the font was cut without."""
        widths = self.widths
        return sum(widths[character] for character in text) * size / EM


@cache
def cut_font(characters: str) -> Font:
    """The font with ASCII and these characters. ValueError for one that it does not have."""
    wanted = {*ASCII, *characters}
    font = TTFont(Path(str(distribution(PACKAGE).locate_file(FILE))), recalcTimestamp=False)
    glyphs = {character: name for character in wanted if (name := font.getBestCmap().get(ord(character)))}
    if missing := wanted - glyphs.keys():
        raise ValueError(f"the font has no {''.join(sorted(missing))}")
    scale = EM / font["head"].unitsPerEm
    widths = {character: round(font["hmtx"][name][0] * scale) for character, name in glyphs.items()}
    numbers = {character: font.getGlyphID(name) for character, name in glyphs.items()}
    head, lines = font["head"], font["hhea"]
    box = tuple(round(side * scale) for side in (head.xMin, head.yMin, head.xMax, head.yMax))
    return Font(
        file=_cut(font, wanted),
        glyphs=numbers,
        widths=widths,
        box=(box[0], box[1], box[2], box[3]),
        ascent=round(lines.ascent * scale),
        descent=round(lines.descent * scale),
    )


def _cut(font: TTFont, wanted: set[str]) -> bytes:
    options = Options()
    options.retain_gids = True
    options.hinting = False
    options.layout_features = []
    options.name_IDs = []
    options.notdef_outline = True
    options.recalc_timestamp = False
    cutter = Subsetter(options)
    cutter.populate(unicodes=sorted(map(ord, wanted)))
    cutter.subset(font)
    file = io.BytesIO()
    font.save(file, reorderTables=True)
    return file.getvalue()
