"""`python -m tests.evals.model_comparison --model NAME [--url URL]`: what a model adds over the embedded coder.

The coder learns from train and development as in `make eval`; a seeded sample of the middle band of the test part is
asked, one mention at a time, through the adviser's own screens, guard and limits. Address, credential, lists and prices
are read from the settings of docs/operating-a-model.md; `--url` of a server on this machine needs none of them.
"""

import argparse
import asyncio
import csv
import os
import random
import sys
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from infra.local.settings import REPOSITORY
from services.coding.adapters.adviser.client import ModelAdviser
from services.coding.adapters.adviser.prompting import PROMPT_VERSION
from services.coding.adapters.agreement_files import agreement_bytes
from services.coding.adapters.master_files import load_masters_of
from services.coding.application.advising import ASKED_FROM, Advice, Question, Thresholds, is_asked, question_of
from services.coding.bootstrap import build_adviser
from services.coding.domain.candidates import Candidate
from services.coding.domain.master import DiseaseMaster
from services.coding.domain.normalise import normalised
from services.coding.domain.ranking import Ranker
from services.coding.settings import ModelSettings
from services.coding.training.comparing import Accepted, Case, Effect, agreement_of, effect, of_whole, standings
from services.coding.training.labelled import Labelled, read_labelled
from services.coding.training.learning import learn
from services.coding.training.splits import SEED, Split, parted
from services.shared.chassis.clock import SystemClock
from services.shared.chassis.settings import load_settings
from services.shared.kernel.months import Month
from tests.support.edge import MemoryTelemetry

DATA: Final = REPOSITORY.parent / "shared" / "data"
MENTIONS: Final = ("mentions", "manbyo_part_a.csv")
ON: Final = date(2024, 6, 1)
SAMPLE: Final = 500
TOLD_EVERY: Final = 50
QUESTIONS_METRIC: Final = "seikyu.coding.model.questions"
COST_METRIC: Final = "seikyu.coding.model.cost"
TOKENS_METRIC: Final = "gen_ai.client.token.usage"
MICRO: Final = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """A labelled mention, as it was written, with the coder's list."""

    text: str
    mention: Labelled
    candidates: tuple[Candidate, ...]

    @property
    def gold_icd10(self) -> str:
        return self.mention.gold.icd10 if self.mention.gold is not None else ""

    @property
    def p(self) -> float:
        return self.candidates[0].p if self.candidates else 0.0

    @property
    def is_first_right(self) -> bool:
        return bool(self.gold_icd10 and self.candidates) and self.candidates[0].disease.icd10 == self.gold_icd10


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """What asking took."""

    outcomes: dict[str, int]
    input_tokens: int
    output_tokens: int
    micro_yen: int
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """The whole part as the coder lists it, the cases that were asked of its middle band, and what that took."""

    model: str
    thresholds: Thresholds
    listed: tuple[Listed, ...]
    cases: tuple[Case, ...]
    use: Use

    @property
    def band(self) -> list[Listed]:
        """All mentions that the model would be asked about."""
        return [each for each in self.listed if is_asked(each.p, self.thresholds)]

    @property
    def asked_share(self) -> float:
        """The share of them that it was asked about."""
        return len(self.cases) / len(self.band) if self.cases else 1.0

    @property
    def effect(self) -> Effect:
        """What the model adds."""
        return effect(
            self.cases,
            self.thresholds,
            model=self.model,
            prompt_version=PROMPT_VERSION,
            sure=self.sure(is_codable=True),
            asked_share=self.asked_share,
        )

    def sure(self, *, is_codable: bool) -> Accepted:
        """What is automatic without the model."""
        kind = [each for each in self.listed if bool(each.gold_icd10) is is_codable]
        sure = [each for each in kind if each.p >= self.thresholds.automatic_from]
        return Accepted(automatic=len(sure), right=sum(each.is_first_right for each in sure), of=len(kind))


def main(arguments: Sequence[str]) -> int:
    """Measures and prints; returns 1 where the model answered nothing within the rules."""
    options = _options(arguments)
    settings = _settings(options.url, options.model)
    master = load_masters_of(DATA / "masters")
    mentions = read_labelled(DATA.joinpath(*MENTIONS).read_bytes(), master)
    listed, threshold = listed_of(master, mentions, Split(options.split), surfaces())
    compared = asyncio.run(compare(settings, master, listed, threshold=threshold, sample=options.sample))
    sys.stdout.write("\n".join(report(compared)) + "\n")
    if not compared.cases or not any(case.advice for case in compared.cases):
        return 1
    if options.agreement is not None:
        agreement = agreement_of(
            compared.cases,
            compared.thresholds,
            model=compared.model,
            prompt_version=PROMPT_VERSION,
            from_p=compared.effect.from_p,
        )
        told = f"{master.version}, {options.split} split, {len(compared.cases)} mentions, seed {SEED}"
        options.agreement.write_bytes(agreement_bytes(agreement, measured_with=told))
        sys.stderr.write(f"agreement written to {options.agreement}\n")
    return 0


def surfaces() -> dict[str, str]:
    """How normalised mentions were written: that is what a model reads."""
    with DATA.joinpath(*MENTIONS).open(encoding="utf-8-sig", newline="") as file:
        written = sorted(row["surface"] for row in csv.DictReader(file))
    return {normalised(surface): surface for surface in written}


def listed_of(
    master: DiseaseMaster, mentions: Sequence[Labelled], split: Split, written: Mapping[str, str]
) -> tuple[tuple[Listed, ...], float]:
    """The test part of the split, listed by a coder that learned from the others, and its automatic threshold."""
    parts = parted(mentions, split)
    began_s = time.perf_counter()
    model = learn(master, (*parts.train, *parts.development))
    ranker = Ranker(master, model)
    sys.stderr.write(f"learned in {time.perf_counter() - began_s:.0f} s\n")
    ranked = ranker.rank([mention.text for mention in parts.test], Month(ON.year, ON.month))
    listed = tuple(
        Listed(text=written.get(mention.text, mention.text), mention=mention, candidates=tuple(candidates))
        for mention, candidates in zip(parts.test, ranked, strict=True)
    )
    return listed, model.threshold


async def compare(
    settings: ModelSettings, master: DiseaseMaster, listed: tuple[Listed, ...], *, threshold: float, sample: int
) -> Comparison:
    """Ask about a seeded sample of the middle band, which ends at the ranker's threshold."""
    automatic_from = min(threshold, 1.0)
    thresholds = Thresholds(asked_from=min(ASKED_FROM, automatic_from), automatic_from=automatic_from)
    band = [each for each in listed if is_asked(each.p, thresholds)]
    drawn = random.Random(SEED).sample(band, min(sample, len(band)))
    sys.stderr.write(f"{len(drawn)} of {len(band)} mentions of the middle band are asked\n")
    memory = MemoryTelemetry()
    adviser = build_adviser(settings, memory.build(), SystemClock())
    if adviser is None:
        raise SystemExit("SEIKYU_CODING_MODEL_BASE_URL or --url names the model's server")
    began_s = time.perf_counter()
    try:
        await adviser.start()
        cases = await _asked(adviser, drawn, master, settings.coding_model_places)
    finally:
        await adviser.close()
    return Comparison(
        model=settings.coding_model_name,
        thresholds=thresholds,
        listed=listed,
        cases=tuple(cases),
        use=_use(memory, time.perf_counter() - began_s),
    )


async def _asked(adviser: ModelAdviser, drawn: Sequence[Listed], master: DiseaseMaster, places: int) -> list[Case]:
    """The cases in the order drawn, as many at a time as the adviser has places.

    All questions are made before the first is sent: what computes beside an opening connection makes it late, and the
    adviser would count that against the model.
    """
    questions = [_question(each, master) for each in drawn]
    left, advice = iter(enumerate(questions)), dict[int, Advice | None]()

    async def ask_on() -> None:
        for number, question in left:
            advice[number] = await adviser.advise(question)
            if len(advice) % TOLD_EVERY == 0:
                sys.stderr.write(f"{len(advice)} of {len(drawn)} asked\n")

    await asyncio.gather(*(ask_on() for _ in range(places)))
    return [
        Case(
            text=each.text,
            gold_icd10=each.gold_icd10,
            icd10=_icd10(question, each.candidates),
            p=each.p,
            advice=advice[number],
        )
        for number, (each, question) in enumerate(zip(drawn, questions, strict=True))
    ]


def _question(each: Listed, master: DiseaseMaster) -> Question:
    question = question_of(each.text, each.candidates, master_version=master.version)
    if question is None:
        raise ValueError("a mention of the middle band has candidates")
    return question


def _icd10(question: Question, candidates: Sequence[Candidate]) -> tuple[str, ...]:
    by_code = {each.disease.code: each.disease.icd10 for each in candidates}
    return tuple(by_code[option.key] for option in question.candidates)


def report(compared: Comparison) -> Iterable[str]:
    """The figures, as a page's section."""
    cases, use = compared.cases, compared.use
    low, high = compared.thresholds.asked_from, compared.thresholds.automatic_from
    band = f"{len(cases)} mentions of the middle band, {low:.2f} to {high:.2f}"
    yield f"### {compared.model}, prompt {PROMPT_VERSION}: {band}"
    yield ""
    yield "| the model | mentions | the coder's first right | the model's answer right |"
    yield "|---|---|---|---|"
    for row in standings(cases):
        yield (
            f"| {row.standing.value.replace('_', ' ')} | {row.count} | {_percent(row.first_right, row.count)} | "
            f"{_percent(row.pick_right, row.count)} |"
        )
    yield ""
    yield from _effect(compared)
    yield ""
    asked = sum(use.outcomes.values()) or 1
    told = ", ".join(f"{name} {count}" for name, count in sorted(use.outcomes.items()))
    yield f"Questions: {told}. Tokens: {use.input_tokens} in, {use.output_tokens} out. "
    yield f"Cost: {use.micro_yen / MICRO:.2f} yen. {use.seconds:.1f} s, {use.seconds / asked * 1000:.0f} ms a question."


def _effect(compared: Comparison) -> Iterable[str]:
    """What would be automatic without and with the model, over the whole part."""
    added = compared.effect
    sure, strange = compared.sure(is_codable=True), compared.sure(is_codable=False)
    strange_then = of_whole(strange, added.taken, compared.asked_share, lambda case: not case.gold_icd10)
    codable = [each for each in compared.listed if each.gold_icd10]
    first = _percent(sum(each.is_first_right for each in codable), len(codable))
    yield "| of the whole test part | embedded coder | with the model |"
    yield "|---|---|---|"
    yield f"| codable mentions accepted automatically | {_share(sure)} | {_share(added.codable)} |"
    yield f"| ICD-10 right among those | {_right(sure)} | {_right(added.codable)} |"
    yield f"| uncodable mentions accepted automatically | {_share(strange)} | {_share(strange_then)} |"
    yield f"| ICD-10 top-1 | {first} | {first}, since no code is the model's |"
    yield ""
    yield f"Confirming counts from p = {added.from_p:.2f}; below, it would make the whole less right than it has to be."


def _share(held: Accepted) -> str:
    return _percent(held.automatic, held.of)


def _right(held: Accepted) -> str:
    return _percent(held.right, held.automatic)


def _percent(part: int, of: int) -> str:
    return f"{100 * part / of:.1f} %" if of else "-"


def _use(memory: MemoryTelemetry, seconds: float) -> Use:
    outcomes = {
        dict(labels)["seikyu.outcome"]: int(value) for labels, value in memory.counted(QUESTIONS_METRIC).items()
    }
    tokens = memory.summed(TOKENS_METRIC, by="gen_ai.token.type")
    return Use(
        outcomes=outcomes,
        input_tokens=int(tokens.get("input", 0)),
        output_tokens=int(tokens.get("output", 0)),
        micro_yen=int(sum(memory.counted(COST_METRIC).values())),
        seconds=seconds,
    )


def _settings(url: str, model: str) -> ModelSettings:
    """The settings of the environment, with what the command names instead; a server on this machine is listed."""
    prefix = "SEIKYU_CODING_MODEL_"
    os.environ[f"{prefix}NAME"] = model
    if url:
        os.environ[f"{prefix}BASE_URL"] = url
        host = urlsplit(url).hostname or ""
        if host in {"127.0.0.1", "localhost"}:
            os.environ.setdefault(f"{prefix}HOSTS", host)
            os.environ.setdefault(f"{prefix}NETWORKS", "127.0.0.0/8")
            os.environ.setdefault(f"{prefix}PLAIN_LOOPBACK", "true")
    return load_settings(ModelSettings)


def _options(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="tests.evals.model_comparison", description=__doc__)
    parser.add_argument("--model", required=True, help="its name at the server")
    parser.add_argument("--url", default="", help="https://host[:port][/path], or http to this machine")
    parser.add_argument("--sample", type=int, default=SAMPLE, help="mentions of the middle band to ask about")
    parser.add_argument("--split", choices=[split.value for split in Split], default=Split.RANDOM.value)
    parser.add_argument("--agreement", type=Path, help="where to write what confirming was worth")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
