"""docs/master-files.md lists what official files hold beyond the specification, and nothing else."""

import re
from pathlib import Path

from services.claims.domain.masters.layouts import LAYOUTS

PAGE = Path(__file__).parents[5] / "docs" / "master-files.md"
ROW = re.compile(r"^\| (act|drug|material|comment|disease|modifier) \| ([0-9]+) \| ([^|]+) \| ([^|]+) \|", re.MULTILINE)


def test_the_page_lists_every_code_and_column_beyond_the_specification() -> None:
    codes = {
        (kind.name.lower(), column.item, column.japanese): set(column.form.beyond)
        for kind, layout in LAYOUTS.items()
        for column in layout.columns
        if column.form.beyond and not re.match("年齢加算[②③④]", column.japanese)
    }
    later = {(kind.name.lower(), item, name) for kind, layout in LAYOUTS.items() for item, name in layout.later.items()}

    found = [(row[0], int(row[1]), row[2], row[3]) for row in ROW.findall(PAGE.read_text(encoding="utf-8"))]

    listed = {(kind, item, name): set(codes.split(", ")) for kind, item, name, codes in found[: -len(later)]}
    assert listed == codes
    assert {(kind, item, name) for kind, item, name, _ in found[-len(later) :]} == later
