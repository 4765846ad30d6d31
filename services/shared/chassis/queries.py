"""Named SQL statements from `.sql` files. No statement is assembled from strings anywhere else.

A file reads: `-- name: insert_claims`, then `-- ` and one line of purpose, then the statement up to the next name.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

_NAME = re.compile(r"^-- name: (?P<name>[a-z][a-z0-9_]*)\s*$", re.MULTILINE)


class BadQueryFile(Exception):
    """A query file does not have the shape this module's docstring gives."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """One SQL statement: its name, what it is for, its text with `$1` parameters."""

    name: str
    purpose: str
    sql: str


class Queries:
    """The statements of one file by name. An unknown name is a KeyError where it is looked up, at start."""

    def __init__(self, statements: Mapping[str, Statement]) -> None:
        self._statements = dict(statements)

    def __getitem__(self, name: str) -> Statement:
        return self._statements[name]

    @property
    def names(self) -> tuple[str, ...]:
        """All names in file order."""
        return tuple(self._statements)


def load_queries(path: Path) -> Queries:
    """Read a query file. Raises BadQueryFile for a missing purpose, an empty statement or a name given twice."""
    return parse_queries(path.read_text(encoding="utf-8"))


def parse_queries(text: str) -> Queries:
    """The statements in `text`; see load_queries."""
    found: dict[str, Statement] = {}
    matches = list(_NAME.finditer(text))
    ends = [match.start() for match in matches[1:]] + [len(text)]
    for match, end in zip(matches, ends, strict=True):
        statement = _statement(match["name"], text[match.end() : end])
        if statement.name in found:
            raise BadQueryFile(f"{statement.name} is given twice")
        found[statement.name] = statement
    return Queries(found)


def _statement(name: str, text: str) -> Statement:
    purpose, _, sql = text.strip().partition("\n")
    sql = sql.strip().removesuffix(";")
    if not purpose.startswith("-- "):
        raise BadQueryFile(f"{name} has no line of purpose")
    if not sql:
        raise BadQueryFile(f"{name} has no statement")
    return Statement(name=name, purpose=purpose.removeprefix("-- ").strip(), sql=sql)
