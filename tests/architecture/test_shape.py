"""The shape of the code that no linter measures: lengths, purity of the domain, nothing machine-bound committed."""

import ast
import itertools
import re
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from infra.local.settings import REPOSITORY

LONGEST_FILE = 400
LONGEST_FUNCTION = 60
LONGEST_DOMAIN_FUNCTION = 40
IMPURE_CALLS = {
    "date.today",
    "datetime.now",
    "datetime.today",
    "datetime.utcnow",
    "open",
    "os.getenv",
    "random.random",
    "time.monotonic",
    "time.time",
    "uuid.uuid4",
}


@cache
def committed() -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=REPOSITORY, capture_output=True, text=True, check=True, timeout=30
    )
    return [REPOSITORY / name for name in listed.stdout.split("\0") if name and (REPOSITORY / name).is_file()]


@cache
def sources() -> list[Path]:
    rooms = ("services/", "infra/")
    names = [(path, path.relative_to(REPOSITORY).as_posix()) for path in committed() if path.suffix == ".py"]
    return [path for path, name in names if name.startswith(rooms)]


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def domain() -> list[Path]:
    return [path for path in sources() if "domain" in path.parts or "kernel" in path.parts]


def functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def place(path: Path, line: int) -> str:
    return f"{path.relative_to(REPOSITORY)}:{line}"


def test_no_file_is_longer_than_400_lines() -> None:
    lengths = {place(path, 1): len(path.read_text(encoding="utf-8").splitlines()) for path in sources()}

    assert {name: length for name, length in lengths.items() if length > LONGEST_FILE} == {}


def test_no_function_passes_its_wall() -> None:
    too_long = {}
    for path in sources():
        wall = LONGEST_DOMAIN_FUNCTION if "domain" in path.parts else LONGEST_FUNCTION
        for function in functions(path):
            length = (function.end_lineno or function.lineno) - function.lineno + 1
            if length > wall:
                too_long[f"{place(path, function.lineno)} {function.name}"] = length

    assert too_long == {}


def test_the_domain_never_awaits() -> None:
    waits = (ast.AsyncFunctionDef, ast.Await, ast.AsyncFor, ast.AsyncWith)
    found = [place(path, node.lineno) for path in domain() for node in ast.walk(tree(path)) if isinstance(node, waits)]

    assert found == []


def test_the_domain_reads_neither_clock_nor_environment_nor_chance() -> None:
    calls = [(path, node) for path in domain() for node in ast.walk(tree(path)) if isinstance(node, ast.Call)]

    assert [place(path, node.lineno) for path, node in calls if ast.unparse(node.func) in IMPURE_CALLS] == []


def test_every_module_opens_with_what_it_owns() -> None:
    modules = [path for path in sources() if path.name != "__init__.py"]

    assert [place(path, 1) for path in modules if not ast.get_docstring(tree(path))] == []


def test_every_suppression_gives_its_reason() -> None:
    """`noqa: X - why`, `type: ignore[x]  # why`; a run of the same suppression needs its reason once."""
    bare = re.compile(r"#\s*(noqa: [A-Z0-9, ]+|type: ignore\[[a-z, -]+\])\s*$")
    found = []
    for path in sources():
        lines = path.read_text(encoding="utf-8").splitlines()
        for number, (above, line) in enumerate(itertools.pairwise(["", *lines]), 1):
            match = bare.search(line)
            if match and f"{match[1].strip()} - " not in above and not bare.search(above):
                found.append(place(path, number))

    assert found == []


def test_nothing_committed_names_a_machine_s_path_or_a_registry() -> None:
    """A path or an index that holds on one machine only must not reach another."""
    hosts = ["pypi" + ".org", "pythonhosted" + ".org", "registry.npmjs" + ".org", "repo1.maven" + ".org"]
    machine_bound = re.compile("|".join([*map(re.escape, hosts), r"(?<![\w.}/])/(work|root|home)/"]).encode())
    texts = [path for path in committed() if path.suffix not in {".UKE", ".binpb", ".png", ".zip"}]

    assert [str(path.relative_to(REPOSITORY)) for path in texts if machine_bound.search(path.read_bytes())] == []
