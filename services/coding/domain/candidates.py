"""What a mention may be coded to, before anything decides."""

from typing import NamedTuple

from services.coding.domain.master import Disease


class Candidate(NamedTuple):
    """One disease, the spelling it was found by, and the probability that its ICD-10 code is the right one.

    `p` holds for texts that name a disease at all: how many others come along is a matter of who sends them, not of
    the text. Both it and `sure` rise with the same score, in which a text that looks like none has little; so whoever
    takes the most probable by `p` leaves those out first. Of the first of a list both are calibrated; those after it
    share what is left by their scores. Twenty are made for each mention, so they are tuples: a data class takes thrice
    as long to make.
    """

    disease: Disease
    p: float
    found_by: str
    """The name, abbreviation, kana or learned synonym that is most like the mention."""
    sure: float = 0.0
    """The same for any text, where as many name no disease as among those that were learned from."""
