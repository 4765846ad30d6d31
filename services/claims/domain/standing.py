"""Which of one person's claims of a month and kind stands: at most one, whatever the order in which they are looked at.

Pure. Where a month is adjudicated again, the claims of a person are decided together: the one that stands keeps
standing while its own examination lets it, and none that went back is paid beside another.
"""

from collections.abc import Sequence
from typing import Final, NamedTuple

from services.claims.domain.outcome import Outcome

WENT_BACK: Final = frozenset({Outcome.RETURNED, Outcome.WITHDRAWN})


class OneOfThem(NamedTuple):
    """A claim among those of its person.

    `outcome` is its latest decision's, None while it is on its way. `alone` is what it would come to if it were the
    person's only one, None where it is not decided again.
    """

    outcome: Outcome | None
    alone: Outcome | None

    @property
    def stands(self) -> bool:
        """It was decided and did not go back."""
        return self.outcome is not None and self.outcome not in WENT_BACK

    @property
    def may_stand(self) -> bool:
        """It is decided again, and nothing but another claim is against it."""
        return self.alone is not None and self.alone not in WENT_BACK


def with_twins(claims: Sequence[OneOfThem]) -> list[bool]:
    """Which of one person's claims, in the order in which they came, have another that stands beside them.

    It is the same when some of the claims were decided by it already: whoever decides them in parts, or twice, comes to
    the same. A claim that its own examination sends back is compared with those before it only, as at its first
    decision, so that its reasons do not change for a claim that came after it.
    """
    chosen = _chosen(claims)
    stand = [each.alone is None and each.outcome not in WENT_BACK for each in claims]
    if chosen is not None:
        stand[chosen] = True
    return [
        place != chosen and (any(stand[:place]) or (each.may_stand and any(stand[place + 1 :])))
        for place, each in enumerate(claims)
    ]


def _chosen(claims: Sequence[OneOfThem]) -> int | None:
    """The place of the claim that stands of those decided again.

    None beside one that is decided and left alone. One on its way is not paid beside one that stands, but it may be
    paid before one that went back: that one waits.
    """
    left_alone = [each for each in claims if each.alone is None]
    if any(each.stands for each in left_alone):
        return None
    able = [place for place, each in enumerate(claims) if each.may_stand]
    standing = [place for place in able if claims[place].stands]
    if any(each.outcome is None for each in left_alone):
        able = standing
    return next(iter([*standing, *able]), None)
