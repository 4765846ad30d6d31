"""`python -m infra.dead_code`: functions, classes, methods, properties and imports that nothing uses.

vulture finds them; fields of values and names of enums are left out, since a record's column is kept although no rule
reads it yet. Tests count as users, and are not reported. What frameworks call is listed in pyproject.toml.
"""

import sys
import tomllib
from pathlib import Path

from vulture import Vulture
from vulture.core import Item

ROOT = Path(__file__).resolve().parents[1]
USERS = ("services", "infra", "tests")
KINDS = {"class", "function", "import", "method", "property", "unreachable_code"}


def main() -> int:
    """Print each finding; returns 1 when there is one."""
    configured = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["vulture"]
    finder = Vulture(ignore_names=configured["ignore_names"], ignore_decorators=configured["ignore_decorators"])
    finder.scavenge([str(ROOT / folder) for folder in USERS])
    dead = [
        item
        for item in finder.get_unused_code(min_confidence=60)
        if item.typ in KINDS and not _is_answered_by_name(item) and not _is_test(item)
    ]
    for item in dead:
        path = Path(item.filename).relative_to(ROOT)
        sys.stdout.write(f"{path}:{item.first_lineno}: {item.typ} {item.name} is used nowhere\n")
    return 1 if dead else 0


def _is_answered_by_name(item: Item) -> bool:
    """Whether gRPC calls it: a servicer's methods have the names of the proto, which begin with a capital."""
    return bool(item.typ == "method" and item.name[0].isupper())


def _is_test(item: Item) -> bool:
    return Path(item.filename).is_relative_to(ROOT / "tests")


if __name__ == "__main__":
    sys.exit(main())
