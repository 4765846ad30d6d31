"""What a mention may be coded to, before anything decides."""

from dataclasses import dataclass

from services.coding.domain.master import Disease


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """One disease, the spelling it was found by, and the probability that its ICD-10 code is the right one.

    `p` holds for texts that name a disease at all: how many others come along is a matter of who sends them, not of
    the text. Both it and `sure` rise with the same score, in which a text that looks like none has little; so whoever
    takes the most probable by `p` leaves those out first. Of the first of a list both are calibrated; those after it
    share what is left by their scores.
    """

    disease: Disease
    p: float
    found_by: str
    """The name, abbreviation, kana or learned synonym that is most like the mention."""
    sure: float = 0.0
    """The same for any text, where as many name no disease as among those that were learned from."""

    def __post_init__(self) -> None:
        if not 0.0 <= self.p <= 1.0 or not 0.0 <= self.sure <= 1.0:
            raise ValueError("a probability lies between 0 and 1")
