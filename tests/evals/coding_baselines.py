"""What the coder answers without a person, from exact names alone up to rules and model together."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from services.coding.domain.candidates import Candidate
from services.coding.domain.coding import AUTOMATIC, Coding, Route
from services.coding.domain.master import DiseaseMaster
from services.coding.domain.ranked import Asked, Ranking, code_many
from services.coding.domain.ranking import NEVER, Ranker
from services.coding.training.labelled import Labelled
from services.shared.kernel.months import Month


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranks:
    """A ranker with its threshold, as the service has it."""

    ranker: Ranker
    threshold: float = NEVER
    version: str = ""

    def rank(self, mentions: Sequence[str], month: Month) -> list[list[Candidate]]:
        """The candidates of each mention."""
        return self.ranker.rank(mentions, month)


def automatic_table(master: DiseaseMaster, asked: Sequence[Labelled], model: Ranks, on: date) -> Iterable[str]:
    """One row for each coder, in Markdown."""
    ruled, ranked = (_coded(master, asked, ranking, on) for ranking in (None, model))
    yield "| automatic answers, % | codable, coded | of these ICD-10 right | uncodable, coded | uncodable, gated |"
    yield "|---|---|---|---|---|"
    yield _row("exact names and abbreviations", asked, ruled, frozenset({Route.EXACT}))
    yield _row("rules: names with modifiers too", asked, ruled, AUTOMATIC)
    yield _row("rules, and the model at its own threshold", asked, ranked, AUTOMATIC)


def _coded(master: DiseaseMaster, asked: Sequence[Labelled], ranking: Ranking | None, on: date) -> list[Coding]:
    month = Month(on.year, on.month)
    return code_many([Asked(text=mention.text, month=month) for mention in asked], master, ranking)


def _row(name: str, asked: Sequence[Labelled], codings: Sequence[Coding], routes: frozenset[Route]) -> str:
    both = list(zip(asked, codings, strict=True))
    coded = [(mention.gold, coding) for mention, coding in both if mention.gold is not None]
    strangers = [coding for mention, coding in both if mention.gold is None]
    taken = [(gold, coding.disease) for gold, coding in coded if coding.route in routes]
    right = sum(disease is not None and disease.icd10 == gold.icd10 for gold, disease in taken)
    passed = sum(coding.route in routes for coding in strangers)
    gated = sum(coding.route is Route.NOT_A_DIAGNOSIS for coding in strangers)
    figures = ((len(taken), len(coded)), (right, len(taken)), (passed, len(strangers)), (gated, len(strangers)))
    return f"| {name} | " + " | ".join(f"{100 * part / max(of, 1):.1f}" for part, of in figures) + " |"
