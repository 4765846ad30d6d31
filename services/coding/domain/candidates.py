"""What a mention may be coded to, before anything decides."""

from dataclasses import dataclass

from services.coding.domain.master import Disease


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """One disease, the spelling it was found by, and the probability that its ICD-10 code is the right one.

    `p` of the first of a list is calibrated; those after it share what is left by their scores.
    """

    disease: Disease
    p: float
    found_by: str
    """The name, abbreviation, kana or learned synonym that is most like the mention."""

    def __post_init__(self) -> None:
        if not 0.0 <= self.p <= 1.0:
            raise ValueError("a probability lies between 0 and 1")
