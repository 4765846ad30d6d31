"""The users' pages say what is: code blocks are the examples' own lines, links lead somewhere, commands exist."""

import re
from pathlib import Path

import click
import pytest

from infra.local.settings import REPOSITORY
from services.cli.main import assemble
from services.shared.chassis.metrics import Count, Duration, Level, Size

PAGES = sorted([REPOSITORY / "README.md", REPOSITORY / "CONTEXT.md", *(REPOSITORY / "docs").rglob("*.md")])
EXAMPLES = sorted((REPOSITORY / "docs" / "examples").glob("*.py"))
BY_NAME = [pytest.param(page, id=page.name) for page in PAGES]


def blocks(page: Path, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", page.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)


@pytest.mark.parametrize("page", BY_NAME)
def test_python_on_a_page_is_quoted_from_an_example_that_runs(page: Path) -> None:
    sources = [example.read_text(encoding="utf-8") for example in EXAMPLES]

    strange = [block for block in blocks(page, "python") if not any(block in source for source in sources)]
    assert strange == []


@pytest.mark.parametrize("page", BY_NAME)
def test_links_lead_to_files_that_exist(page: Path) -> None:
    links = re.findall(r"\]\((?!https?:|#)([^)#]+)", page.read_text(encoding="utf-8"))

    assert [link for link in links if not (page.parent / link).exists()] == []


@pytest.mark.parametrize("page", BY_NAME)
def test_paths_on_a_page_exist(page: Path) -> None:
    named = re.findall(r"`((?:services|infra|tests|docs|protos)/[\w./-]+)`", page.read_text(encoding="utf-8"))

    assert [path for path in named if not (REPOSITORY / path).exists()] == []


@pytest.mark.parametrize("page", BY_NAME)
def test_commands_on_a_page_exist_with_the_options_given(page: Path) -> None:
    wrong = []
    for words in typed(page.read_text(encoding="utf-8")):
        command: click.Command = assemble()
        while isinstance(command, click.Group) and words:
            name = words.pop(0)
            found = command.commands.get(name)
            if found is None:
                wrong.append(name)
                break
            command = found
        known = {option for parameter in command.params for option in parameter.opts} | {"--help"}
        wrong += [word for word in words if word.startswith("--") and word.split("=")[0] not in known]

    assert wrong == []


def typed(text: str) -> list[list[str]]:
    """The words after `seikyu` of every command line in a page: whole lines after a prompt, and code within a line."""
    prompts = re.findall(r"^\$ (?:[A-Z_]+=\S+ )*(?:\.venv/bin/)?seikyu ([^|;\n]+)", text, re.MULTILINE)
    inline = re.findall(r"`(?:\.venv/bin/)?seikyu ([^`|]+)`", text)
    lists = [line.replace("[", " ").replace("]", " ").replace("...", " ").split() for line in (*prompts, *inline)]
    return [words for words in lists if words[0] != "--help" and words[0].islower()]


def test_the_page_for_operators_lists_every_metric() -> None:
    page = (REPOSITORY / "docs" / "sre.md").read_text(encoding="utf-8")

    listed = set(re.findall(r"^\| `([a-z_.]+)` \|", page, re.MULTILINE))
    assert {each.metric for kind in (Count, Duration, Level, Size) for each in kind} <= listed
