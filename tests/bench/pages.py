"""docs/performance.md: each bench owns the part between its two marks."""

import re
from pathlib import Path

REPORT = Path(__file__).resolve().parents[2] / "docs" / "performance.md"


def write_section(mark: str, section: str, report: Path = REPORT) -> None:
    """Put a section between the marks of this name; at the end of the page where there are none yet."""
    report.write_text(with_section(report.read_text(encoding="utf-8"), mark, section), encoding="utf-8")


def with_section(page: str, mark: str, section: str) -> str:
    """The page with this section between its marks."""
    begin, end = f"<!-- {mark} -->", f"<!-- /{mark} -->"
    whole = f"{begin}\n{section}\n{end}"
    marked = re.compile(f"{re.escape(begin)}.*?{re.escape(end)}", re.DOTALL)
    return marked.sub(lambda _: whole, page) if marked.search(page) else f"{page.rstrip()}\n\n{whole}\n"
