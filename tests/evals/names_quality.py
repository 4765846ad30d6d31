"""`python -m tests.evals.names_quality`: how right and sure names of drugs and procedures are; --write for the page.

With --drug-names FILE also the row of names that are independent of the master: the Ministry's list of drugs in
the price standard (薬価基準収載品目リスト) as CSV with the columns 薬価基準収載医薬品コード, 品名 and 規格.
"""

import csv
import os
import subprocess
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Final

from infra.local.settings import REPOSITORY
from services.coding.domain.naming.listed import NameKind
from tests.evals.names_asked import Answers, Question, drug_questions, listed_questions, procedure_questions

PAGE: Final = REPOSITORY / "docs" / "naming-quality.md"
BEGIN: Final = "<!-- measured: python -m tests.evals.names_quality -->"
END: Final = "<!-- end of measured -->"
LIST_OPTION: Final = "--drug-names"
EXAMPLES: Final = 12
SPEED_TIMEOUT_S: Final = 180
HEAD: Final = (
    "| asked | texts | top-1 | 95 % interval | top-5 | top-10 | automatic | right of them | calibration | floors |",
    "|---|---|---|---|---|---|---|---|---|---|",
)


def main(arguments: Sequence[str]) -> int:
    """Prints the tables; 1 where a floor is not kept."""
    lines: list[str] = []
    is_kept = True
    for title, asked in _tables(arguments):
        table, kept = told(title, asked)
        sys.stdout.write("\n".join(table) + "\n")
        sys.stdout.flush()
        lines += table
        is_kept = is_kept and kept
    speed = list(_speed())
    sys.stdout.write("\n".join(speed) + "\n")
    if "--write" in arguments:
        _write([*lines, *speed])
    return 0 if is_kept else 1


def _tables(arguments: Sequence[str]) -> Iterator[tuple[str, Iterable[Question]]]:
    yield "Procedures", procedure_questions()
    yield "Drugs, from the masters alone (not the target's row)", drug_questions()
    if LIST_OPTION in arguments:
        path = Path(arguments[arguments.index(LIST_OPTION) + 1])
        with path.open(encoding="utf-8-sig", newline="") as rows:
            yield "Drugs, the Ministry's list (the target's row)", listed_questions(list(csv.DictReader(rows)))


def told(title: str, questions: Iterable[Question]) -> tuple[list[str], bool]:
    """A table of the questions, and whether every floor in it is kept."""
    lines = [f"### {title}", "", *HEAD]
    errors: list[str] = []
    is_kept = True
    for question in questions:
        answers = question.answered()
        kept = all(answers.right(within) >= floor for within, floor in question.floors)
        is_kept = is_kept and kept
        lines.append(_row(question, answers, kept=kept))
        errors += _errors(question, answers)
    return [*lines, "", *errors], is_kept


def _errors(question: Question, answers: Answers) -> list[str]:
    """Examples of a question whose errors tell of the coder, drawn by seed."""
    if question.examples_beyond is None:
        return []
    names = {row.code: row.name for row in question.master.rows}
    lines = [f'Not among the first {question.examples_beyond} of "{question.title}", drawn by seed:', ""]
    lines += ["| text | right | the coder's first |", "|---|---|---|"]
    for asked, given in answers.missed(question.examples_beyond, EXAMPLES):
        first = given.candidates[0].row.name if given.candidates else "none"
        lines.append(f"| {asked.text} | {', '.join(names[code] for code in sorted(asked.right)[:1])} | {first} |")
    return [*lines, ""]


def _row(question: Question, answers: Answers, *, kept: bool) -> str:
    tops = [_percent(answers.right(within)) for within in (1, 5, 10)]
    low, high = answers.interval(answers.right(1))
    floors = ", ".join(f"@{within} {_percent(floor)}" for within, floor in question.floors)
    cells = [
        question.title,
        f"{len(answers.given):,}",
        tops[0],
        f"{_percent(low)} to {_percent(high)}",
        *tops[1:],
        _percent(answers.automatic),
        _percent(answers.precision) if answers.automatic else "none",
        _percent(answers.calibration_error),
        f"{floors}: {'kept' if kept else 'NOT KEPT'}" if floors else "",
    ]
    return f"| {' | '.join(cells)} |"


def _percent(share: float) -> str:
    return f"{100 * share:.1f}"


def _speed() -> Iterator[str]:
    """Each master in a process of its own, so that memory is its own."""
    yield "### Speed, memory and cold start, one core"
    yield ""
    yield "| master | names/s in batches | one alone: median, p99 | resident memory | cold start to an answer |"
    yield "|---|---|---|---|---|"
    for kind in NameKind:
        command = [sys.executable, "-m", "tests.evals.names_speed", kind.value]
        environment = {**os.environ, "OPENBLAS_NUM_THREADS": "1"}
        ran = subprocess.run(
            command,
            cwd=REPOSITORY,
            env=environment,
            check=True,
            timeout=SPEED_TIMEOUT_S,
            capture_output=True,
            text=True,
        )
        yield ran.stdout.strip()


def _write(lines: Sequence[str]) -> None:
    text = PAGE.read_text(encoding="utf-8")
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    PAGE.write_text(f"{before}{BEGIN}\n\n" + "\n".join(lines) + f"\n\n{END}{after}", encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
