"""What bounds the use of a model: the circuit breaker, the budget of a period, the cache of picks."""

from collections import OrderedDict, deque
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

from services.coding.adapters.adviser.prompting import PROMPT_VERSION
from services.coding.application.advising import Advice, Question
from services.shared.chassis.clock import Clock

CONSECUTIVE_FAILURES: Final = 5
WINDOW_CALLS: Final = 20
WINDOW_S: Final = 30.0
COOL_DOWN_S: Final = 15.0
CACHED_PICKS: Final = 100_000


class Breaker:
    """Opens after five failures in a row, or when half of the last 20 calls of 30 s failed; 15 s later one canary."""

    def __init__(self, clock: Clock) -> None:
        """Closed."""
        self._clock = clock
        self._calls: deque[tuple[float, bool]] = deque(maxlen=WINDOW_CALLS)
        self._in_a_row = 0
        self._opened_s: float | None = None

    @property
    def is_open(self) -> bool:
        """Whether no question may be sent; it stays open until a canary has come back."""
        return self._opened_s is not None

    @property
    def wants_canary(self) -> bool:
        """Whether the cool-down is over: a canary may be sent, and never a claim's question."""
        return self._opened_s is not None and self._clock.monotonic_s() - self._opened_s >= COOL_DOWN_S

    def closed(self) -> None:
        """The canary came back: questions may be sent again."""
        self._opened_s = None
        self._in_a_row = 0
        self._calls.clear()

    def succeeded(self) -> None:
        """A call was answered within the rules. It closes nothing: only the canary does."""
        self._in_a_row = 0
        self._calls.append((self._clock.monotonic_s(), True))

    def failed(self) -> None:
        """A call failed, or its answer was refused."""
        now_s = self._clock.monotonic_s()
        self._in_a_row += 1
        self._calls.append((now_s, False))
        if self._opened_s is None and (self._in_a_row >= CONSECUTIVE_FAILURES or self._is_half_failing(now_s)):
            self._opened_s = now_s

    def opened(self) -> None:
        """A canary failed: the cool-down begins anew."""
        self._opened_s = self._clock.monotonic_s()

    def _is_half_failing(self, now_s: float) -> bool:
        recent = [good for at_s, good in self._calls if now_s - at_s <= WINDOW_S]
        return len(recent) == WINDOW_CALLS and recent.count(False) * 2 >= WINDOW_CALLS


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowance:
    """What one period may use: calls, and tokens in and out together."""

    calls: int
    tokens: int
    period_s: float

    def __post_init__(self) -> None:
        if self.calls < 1 or self.tokens < 1 or self.period_s <= 0:
            raise ValueError("a budget allows at least one call and one token in a period")


class Budget:
    """Counts down within a period that begins with the first call after the last one ended. Of this process alone."""

    def __init__(self, allowance: Allowance, clock: Clock) -> None:
        """Full."""
        self._allowance = allowance
        self._clock = clock
        self._began_s = clock.monotonic_s()
        self._calls = 0
        self._tokens = 0

    @property
    def is_spent(self) -> bool:
        """Whether calls or tokens of the period are used up."""
        now_s = self._clock.monotonic_s()
        if now_s - self._began_s >= self._allowance.period_s:
            self._began_s, self._calls, self._tokens = now_s, 0, 0
        return self._calls >= self._allowance.calls or self._tokens >= self._allowance.tokens

    def take_call(self) -> bool:
        """Take one call out; False where calls or tokens are used up."""
        if self.is_spent:
            return False
        self._calls += 1
        return True

    def spend(self, tokens: int) -> None:
        """Count the tokens that an answer used."""
        self._tokens += tokens


@dataclass(frozen=True, slots=True, kw_only=True)
class _Kept:
    """A pick by its key, since the ranker's order may be another next time; None for none of them."""

    key: str | None
    logprob: float | None


class PickCache:
    """Picks under a digest of everything that a model was told and by whom: no text is kept."""

    def __init__(self, model: str, size: int = CACHED_PICKS) -> None:
        """`size` picks at most, the least used go first."""
        self._model = model
        self._size = size
        self._kept: OrderedDict[bytes, _Kept] = OrderedDict()

    def find(self, question: Question) -> Advice | None:
        """The advice that the same question got, whatever the order of its candidates."""
        digest = self._digest(question)
        kept = self._kept.get(digest)
        if kept is None:
            return None
        self._kept.move_to_end(digest)
        places = {option.key: place for place, option in enumerate(question.candidates)}
        index = places[kept.key] if kept.key is not None else None
        return Advice(index=index, logprob=kept.logprob, model=self._model, prompt_version=PROMPT_VERSION)

    def keep(self, question: Question, advice: Advice) -> None:
        """Keep what was advised."""
        key = question.candidates[advice.index].key if advice.index is not None else None
        self._kept[self._digest(question)] = _Kept(key=key, logprob=advice.logprob)
        if len(self._kept) > self._size:
            self._kept.popitem(last=False)

    def _digest(self, question: Question) -> bytes:
        candidates = sorted((option.key, option.name) for option in question.candidates)
        told = (
            question.mention,
            question.patient.sex.name if question.patient.sex is not None else None,
            question.patient.age_band_years,
            candidates,
            question.master_version,
            self._model,
            PROMPT_VERSION,
        )
        return sha256(repr(told).encode("utf-8", "surrogatepass")).digest()
