"""What a language model may say about a coding, and what its word may change. Owns the port and the rules of agreement.

The model is an untrusted adviser. It is asked only where the embedded coder is neither sure nor lost, it may only point
at a candidate that the ranker holds already, and a pick makes nothing automatic by itself: only the ranker's own first
candidate can become automatic, only where the model confirms it, and only by a probability that was measured for this
model on labelled mentions. Without advice, or without a measurement, the outcome is the embedded coder's.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import Enum
from math import sqrt
from typing import Final, Protocol

from services.coding.domain.candidates import Candidate
from services.coding.domain.verify import NOT_TOLD, Patient

MAX_CANDIDATES: Final = 12
OLDEST_BAND: Final = 120
BAND_YEARS: Final = 10
ASKED_FROM: Final = 0.3
"""The least probability that a model is asked about, where no setting says otherwise."""
_Z: Final = 1.96
"""Both-sided 95 % of the normal distribution."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """One candidate: `key` (code and modifiers) tells it apart and is never sent, `name` is the master's wording."""

    key: str
    name: str

    def __post_init__(self) -> None:
        if not self.key or not self.name:
            raise ValueError("a candidate has a key and a name")


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """Everything that a model may ever be told of a claim; `candidates` in the ranker's order, best first.

    `master_version` and the keys stay here.
    """

    mention: str
    candidates: tuple[Option, ...]
    master_version: str
    patient: Patient = NOT_TOLD

    def __post_init__(self) -> None:
        if not 1 <= len(self.candidates) <= MAX_CANDIDATES:
            raise ValueError(f"a question has 1 to {MAX_CANDIDATES} candidates")
        if len({option.key for option in self.candidates}) != len(self.candidates):
            raise ValueError("no candidate stands twice in a question")
        band = self.patient.age_band_years
        if band is not None and (band % BAND_YEARS or not 0 <= band <= OLDEST_BAND):
            raise ValueError("an age band is a multiple of ten years")


def question_of(
    mention: str, candidates: Sequence[Candidate], *, master_version: str, patient: Patient = NOT_TOLD
) -> Question | None:
    """The question about a ranked list: its first diseases, at most MAX_CANDIDATES; None without candidates.

    Who is older than anybody, by a birth date that was written wrong, is asked about as of the oldest band.
    """
    names = {each.disease.code: each.disease.name for each in reversed(candidates)}
    codes = list(dict.fromkeys(each.disease.code for each in candidates))[:MAX_CANDIDATES]
    if not codes:
        return None
    options = tuple(Option(key=code, name=names[code]) for code in codes)
    band = patient.age_band_years
    asked_as = replace(patient, age_band_years=min(band, OLDEST_BAND)) if band is not None else patient
    return Question(mention=mention, candidates=options, master_version=master_version, patient=asked_as)


@dataclass(frozen=True, slots=True, kw_only=True)
class Advice:
    """A pick: the candidate's place in the question, from 0, or None for none of them.

    `logprob` is the natural logarithm of the probability that the server gave the label; None where it tells none.
    """

    index: int | None
    logprob: float | None = None
    model: str = ""
    prompt_version: str = ""

    def __post_init__(self) -> None:
        if self.index is not None and not 0 <= self.index < MAX_CANDIDATES:
            raise ValueError("a pick is a place among the candidates")
        if self.logprob is not None and not self.logprob <= 0.0:
            raise ValueError("the logarithm of a probability is not above 0")


class Adviser(Protocol):
    """A model behind every guard. Never raises for what the model or the network does."""

    async def advise(self, question: Question) -> Advice | None:
        """The pick, or None where there is none: off, refused by a screen, slow, out of budget, or not understood."""
        ...


class Standing(Enum):
    """How the model's view stands to the ranker's first candidate."""

    SILENT = "silent"
    CONFIRMED = "confirmed"
    PREFERRED_ANOTHER = "preferred_another"
    NONE_FITS = "none_fits"


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasuredBin:
    """Labelled mentions of one range of the ranker's probability, from `low` up to, not with, `high`.

    `confirmed` of them the model confirmed; of these `right` were right.
    """

    low: float
    high: float
    confirmed: int
    right: int

    def __post_init__(self) -> None:
        if not 0.0 <= self.low < self.high <= 1.0 or not 0 <= self.right <= self.confirmed:
            raise ValueError("a bin is a range of probability with no more right than confirmed")


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """What confirming was worth, measured for one model under one prompt."""

    model: str
    prompt_version: str
    bins: tuple[MeasuredBin, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Thresholds:
    """Probabilities: below `asked_from` and from `automatic_from` on no model is asked."""

    asked_from: float
    automatic_from: float

    def __post_init__(self) -> None:
        if not 0.0 < self.asked_from <= self.automatic_from <= 1.0:
            raise ValueError("a model is asked from a probability above 0 up to the automatic one")


@dataclass(frozen=True, slots=True, kw_only=True)
class Weighed:
    """What an opinion came to. `preferred` is the other candidate's place, for the reviewer; never a decision."""

    is_automatic: bool
    p: float
    standing: Standing
    preferred: int | None = None


def is_asked(p: float, thresholds: Thresholds) -> bool:
    """Whether a first candidate of this probability is in the middle band."""
    return thresholds.asked_from <= p < thresholds.automatic_from


def standing_of(advice: Advice | None) -> Standing:
    """How the advice stands to the first candidate."""
    if advice is None:
        return Standing.SILENT
    if advice.index is None:
        return Standing.NONE_FITS
    return Standing.CONFIRMED if advice.index == 0 else Standing.PREFERRED_ANOTHER


def joint_probability(p: float, advice: Advice | None, agreement: Agreement | None) -> float:
    """The probability that the first candidate is right, given both views.

    The lower 95 % bound of what was measured in p's bin, where the model confirms and was measured; never below p,
    since confirming takes nothing away. In every other case p itself.
    """
    if advice is None or agreement is None or standing_of(advice) is not Standing.CONFIRMED:
        return p
    if (advice.model, advice.prompt_version) != (agreement.model, agreement.prompt_version):
        return p
    bounds = [lower_bound(each.right, each.confirmed) for each in agreement.bins if each.low <= p < each.high]
    return max([p, *bounds])


def weighed(p: float, advice: Advice | None, thresholds: Thresholds, agreement: Agreement | None = None) -> Weighed:
    """The outcome for a first candidate of probability `p`. Only that candidate can be automatic, whoever advises.

    Outside the middle band advice changes nothing: what is automatic was not asked about, what is hopeless stays so.
    """
    standing = standing_of(advice)
    if not is_asked(p, thresholds):
        return Weighed(is_automatic=p >= thresholds.automatic_from, p=p, standing=standing)
    joint = joint_probability(p, advice, agreement)
    return Weighed(
        is_automatic=joint >= thresholds.automatic_from,
        p=joint,
        standing=standing,
        preferred=advice.index if advice is not None and standing is Standing.PREFERRED_ANOTHER else None,
    )


def lower_bound(right: int, of: int) -> float:
    """The lower end of Wilson's 95 % interval of a share (E. B. Wilson, JASA 22, 1927); 0 where nothing was counted."""
    if of == 0:
        return 0.0
    share = right / of
    middle = share + _Z**2 / (2 * of)
    width = _Z * sqrt(share * (1 - share) / of + _Z**2 / (4 * of**2))
    return max(0.0, (middle - width) / (1 + _Z**2 / of))
