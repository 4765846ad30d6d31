"""Which claims of a household are one person's. A person is a birth date and a sex; 枝番 tells twins apart.

Keys are digests under the platform's key, bound to the household, and the same in each of its statements.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from services.claims.domain.households.reading import PersonMarks
from services.shared.kernel.member import birth_digest

PERSON_HEX_DIGITS = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """A member of a household: an opaque key, and 枝番 where a claim of the month states it.

    `uncertain`: named by birth date and sex alone while two members share both.
    """

    key: str
    branch: str
    uncertain: bool = False


def persons_of(marks: Iterable[PersonMarks], household: str, platform_key: bytes) -> Mapping[PersonMarks, Person]:
    """The person of each set of marks; the same set gives the same persons in any order."""
    known = sorted(set(marks), key=lambda each: (each.birth_date, each.sex, each.branch))
    branches: dict[tuple[date, str], list[str]] = defaultdict(list)
    for each in known:
        if each.branch:
            branches[each.birth_date, each.sex].append(each.branch)
    return {each: _person(each, branches[each.birth_date, each.sex], household, platform_key) for each in known}


def _person(marks: PersonMarks, branches: Sequence[str], household: str, platform_key: bytes) -> Person:
    """One branch or none: one person. Several: a person each, and one more for what names none."""
    several = len(branches) > 1
    telling = f"{marks.birth_date:%Y%m%d}|{marks.sex}" + (f"|{marks.branch}" if several else "")
    return Person(
        key=birth_digest(platform_key, household, telling)[:PERSON_HEX_DIGITS],
        branch=marks.branch if several else "".join(branches),
        uncertain=several and not marks.branch,
    )
