"""`python -m tests.evals.coding_quality`: how right, how sure and how silent the coder is; --write for the page.

With --development it learns from the first part alone and measures the second: what choices are made on. Without, it
learns from both and measures the third, which is looked at when choices are over.
"""

import random
import sys
import time
from collections.abc import Iterable, Sequence
from datetime import date
from pathlib import Path
from typing import Final

from infra.local.settings import REPOSITORY
from services.coding.adapters.master_files import load_masters_of
from services.coding.domain.master import DiseaseMaster
from services.coding.domain.ranking import Ranker
from services.coding.training.evaluation import Row, answers, rows, stored_rows
from services.coding.training.labelled import Labelled, read_labelled
from services.coding.training.learning import HIDDEN_SHARE, UNSEEN, learn
from services.coding.training.metrics import Ranked
from services.coding.training.splits import SEED, Split, parted
from tests.evals.coding_baselines import Ranks, automatic_table

DATA: Final = REPOSITORY.parent / "shared" / "data"
PAGE: Final = REPOSITORY / "docs" / "coding-quality.md"
BEGIN: Final = "<!-- measured: make eval -->"
END: Final = "<!-- end of measured -->"
ON: Final = date(2024, 6, 1)
TOP: Final = {Split.RANDOM: (0.81, 0.86), Split.GROUPED: (0.80, 0.84)}
EXAMPLES: Final = 25
HIDDEN: Final = {Split.RANDOM: HIDDEN_SHARE, Split.GROUPED: UNSEEN}
"""Each model is taught as it is asked: in the grouped split no disease has a learned synonym."""
DEVELOPMENT: Final = "--development"


def main(arguments: Sequence[str]) -> int:
    """Measures both splits; returns 1 where a floor is not kept."""
    master = load_masters_of(DATA / "masters")
    mentions = read_labelled((DATA / "mentions" / "manbyo_part_a.csv").read_bytes(), master)
    named = [split for split in Split if split.value in arguments]
    lines: list[str] = []
    is_kept = True
    for split in named or Split:
        table, kept = _split(master, mentions, split, is_development=DEVELOPMENT in arguments)
        sys.stdout.write("\n".join(table) + "\n")
        sys.stdout.flush()
        lines += table
        is_kept = is_kept and kept
    if "--write" in arguments:
        _write(PAGE, lines)
    return 0 if is_kept else 1


def _split(
    master: DiseaseMaster, mentions: Sequence[Labelled], split: Split, *, is_development: bool
) -> tuple[list[str], bool]:
    parts = parted(mentions, split)
    learned = parts.train if is_development else (*parts.train, *parts.development)
    asked = parts.development if is_development else parts.test
    began_s = time.perf_counter()
    model = learn(master, learned, hidden_share=HIDDEN[split], tell=_tell)
    ranker = Ranker(master, model)
    learned_s = time.perf_counter() - began_s
    untrained = _measured(Ranker(master, None), asked, split)
    began_s = time.perf_counter()
    coded = answers(ranker, [each for each in asked if each.gold is not None], ON)
    asked_s = time.perf_counter() - began_s
    uncodable = answers(ranker, [each for each in asked if each.gold is None], ON)
    table = rows(coded, uncodable, top_floor=TOP[split][0], top_aim=TOP[split][1])
    stored = stored_rows(coded, uncodable, model.threshold)
    part = "development" if is_development else "test"
    title = f"### {split.value.capitalize()} split, {part}: {len(coded)} mentions, {len(uncodable)} uncodable"
    sys.stderr.write(f"learned in {learned_s:.0f} s, asked at {len(coded) / asked_s:.0f} mentions/s\n")
    printed = [title, "", *_printed(table, untrained), *_printed_alone(stored), ""]
    printed += [*automatic_table(master, asked, Ranks(ranker=ranker, threshold=model.threshold), ON), ""]
    if split is Split.RANDOM:
        printed += ["Errors, drawn by seed:", "", *_errors(master, asked, coded), ""]
    return printed, all(row.is_kept for row in table)


def _measured(ranker: Ranker, asked: Sequence[Labelled], split: Split) -> list[Row]:
    coded = answers(ranker, [each for each in asked if each.gold is not None], ON)
    uncodable = answers(ranker, [each for each in asked if each.gold is None], ON)
    return rows(coded, uncodable, top_floor=TOP[split][0], top_aim=TOP[split][1])


def _printed(table: Sequence[Row], untrained: Sequence[Row]) -> Iterable[str]:
    yield "| figure, % | floor | aim | measured | 95 % interval | without a model | floor kept |"
    yield "|---|---|---|---|---|---|---|"
    for row, plain in zip(table, untrained, strict=True):
        share, kept = row.measured, "yes" if row.is_kept else "NO"
        yield (
            f"| {row.name} | {100 * row.floor:.1f} | {100 * row.aim:.1f} | {100 * share.value:.1f} | "
            f"{100 * share.low:.1f} to {100 * share.high:.1f} | {100 * plain.measured.value:.1f} | {kept} |"
        )


def _printed_alone(table: Sequence[Row]) -> Iterable[str]:
    for row in table:
        share, kept = row.measured, "yes" if row.is_kept else "NO"
        yield (
            f"| {row.name} | {100 * row.floor:.1f} | {100 * row.aim:.1f} | {100 * share.value:.1f} | "
            f"{100 * share.low:.1f} to {100 * share.high:.1f} | - | {kept} |"
        )


def _tell(what: str) -> None:
    sys.stderr.write(f"{what}\n")


def _errors(master: DiseaseMaster, asked: Sequence[Labelled], coded: Sequence[Ranked]) -> Iterable[str]:
    names = {row.code: row.name for row in master.rows}
    mentions = [each for each in asked if each.gold is not None]
    wrong = [(m, a) for m, a in zip(mentions, coded, strict=True) if not a.has_icd10(1)]
    yield "| mention | gold | the coder's first | p |"
    yield "|---|---|---|---|"
    for mention, answer in random.Random(SEED).sample(wrong, min(EXAMPLES, len(wrong))):
        first = f"{names[answer.codes[0]]} {answer.icd10[0]}" if answer.codes else "none"
        yield f"| {mention.text} | {names[answer.gold_code]} {answer.gold_icd10} | {first} | {answer.p:.2f} |"


def _write(page: Path, lines: Sequence[str]) -> None:
    text = page.read_text(encoding="utf-8")
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    page.write_text(f"{before}{BEGIN}\n\n" + "\n".join(lines) + f"\n{END}{after}", encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
