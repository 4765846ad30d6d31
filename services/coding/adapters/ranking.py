"""The ranker as the domain knows it: a model's file and a master made ready. It alone imports numpy and LightGBM."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Final, Protocol

from services.coding.domain.candidates import Candidate
from services.coding.domain.master import DiseaseMaster
from services.coding.domain.ranked import Ranking
from services.shared.kernel.months import Month

NEVER: Final = 1.01
"""A threshold that no probability reaches."""


class BadRanker(Exception):
    """The model cannot be used; the message says why."""


@dataclass(frozen=True, kw_only=True)
class RankingWhenAsked:
    """A ranking that is read and built at the first question: most texts are names of the master and ask none."""

    master: DiseaseMaster
    model: Path | None

    @cached_property
    def _ready(self) -> Ranking:
        return load_ranking(self.master, self.model)

    @property
    def version(self) -> str:
        """The model's version."""
        return self._ready.version

    @property
    def threshold(self) -> float:
        """The model's threshold."""
        return self._ready.threshold

    def rank(self, mentions: Sequence[str], month: Month) -> list[list[Candidate]]:
        """The candidates of each mention."""
        return self._ready.rank(mentions, month)


def load_ranking(master: DiseaseMaster, model: Path | None) -> Ranking:
    """The ranker of a model's file; without one, the most alike names with what was measured for likeness alone.

    Raises BadRanker. About three seconds for the official master.
    """
    try:
        from services.coding.adapters.model_files import BadModel, read_model  # noqa: PLC0415 - numpy, LightGBM
        from services.coding.domain.ranking import Ranker  # noqa: PLC0415 - as above
    except OSError as fault:
        raise BadRanker("numpy or scipy cannot be loaded") from fault
    if model is None:
        return _Ready(ranker=Ranker(master, None), version="", threshold=NEVER)
    try:
        read = read_model(model.read_bytes())
    except (OSError, BadModel) as fault:
        raise BadRanker(f"the coder's model cannot be read: {fault}") from fault
    try:
        ranker = Ranker(master, read.model)
    except OSError as fault:
        raise BadRanker("LightGBM finds no OpenMP library; install libgomp1") from fault
    return _Ready(ranker=ranker, version=read.version, threshold=read.model.threshold)


class _Ranks(Protocol):
    def rank(self, mentions: Sequence[str], month: Month) -> list[list[Candidate]]: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class _Ready:
    ranker: _Ranks
    version: str
    threshold: float

    def rank(self, mentions: Sequence[str], month: Month) -> list[list[Candidate]]:
        return self.ranker.rank(mentions, month)
