"""Percentages within a unit: what they apply to, and by how much.

A percentage stands behind the acts that it applies to and finds them by the columns of the master, all of those that
it has. Every percentage of the schedules of 2022-02 and 2024-05 has such a column but one, which takes the act before
it (２以上の手術の５０％併施加算).

It applies to the prescribed points (所定点数) of each of them, rounded half up act by act: for 130 and 1140 points
twice increased by 70 % a real receipt of 2021-10 declares 376 + 3295. Which additions become part of the prescribed
points is dated (`dated.PRESCRIBED_RULES`): so far those of notes, not those of general rules.
"""

from collections.abc import Callable, Collection, Mapping
from types import MappingProxyType
from typing import Final

from services.claims.domain.masters.act_additions import BedFeeReduction
from services.claims.domain.pricing.acts import ActPrice, Role, Tie, Worth
from services.claims.domain.pricing.roundings import PER_CENT, half_up
from services.claims.domain.pricing.working import Figure, How


class StandingAct:
    """An act of the unit being priced: what it is, and the prescribed points (所定点数) that it has come to."""

    __slots__ = ("act", "own", "prescribed")

    def __init__(self, act: ActPrice, own: int) -> None:
        """Begin with the act's own points."""
        self.act = act
        self.own = own
        self.prescribed = own

    @property
    def is_changed(self) -> bool:
        """Whether additions or percentages changed what it has come to."""
        return self.prescribed != self.own


_STAYS: Final = frozenset({BedFeeReduction.BED_FEE, BedFeeReduction.STAY_ADDITION})
_TIED: Final[Mapping[Tie, Callable[[ActPrice, ActPrice], bool]]] = MappingProxyType(
    {
        Tie.NOTE_GROUP: lambda percentage, act: act.note_group == percentage.note_group,
        Tie.AGE: lambda percentage, act: act.age_rule is percentage.age_rule and act.part == percentage.part,
        Tie.TIME: lambda percentage, act: act.takes_time and act.part == percentage.part,
        Tie.STANDARD_NOT_MET: lambda percentage, act: act.takes_standard and act.part == percentage.part,
        Tie.NEWBORN_OPERATION: lambda _, act: act.takes_newborn,
        Tie.BED_FEE: lambda _, act: act.bed_fee is BedFeeReduction.BED_FEE,
        Tie.BED_FEE_AND_PERIOD: lambda _, act: act.bed_fee in _STAYS,
        Tie.FALLING: lambda percentage, act: act.falling and act.part == percentage.part,
    }
)


def acts_it_applies_to(percentage: ActPrice, standing: list[StandingAct]) -> list[StandingAct]:
    """The acts before a percentage in its unit that the master lets it apply to; none if there are none."""
    if not percentage.ties:
        return standing[-1:]
    return [one for one in standing if all(_TIED[tie](percentage, one.act) for tie in percentage.ties)]


def applied(percentage: ActPrice, standing: list[StandingAct], joining: Collection[Role]) -> tuple[int, list[Figure]]:
    """The points that a percentage adds (negative: takes) over its acts, which are left with what they come to.

    `joining` are the roles of additions that become part of the prescribed points.
    """
    total = 0
    figures = []
    for one in acts_it_applies_to(percentage, standing):
        amount, how = _amount(percentage, one.prescribed)
        figures.append(Figure(how, (percentage.amount, one.prescribed)))
        if percentage.worth is Worth.PERCENT_TAKEN or (percentage.role in joining and percentage.prescribed):
            one.prescribed += amount
        total += amount
    return total, figures


def _amount(percentage: ActPrice, prescribed: int) -> tuple[int, How]:
    """％加算: the percentage rounded half up. ％減算: what is left is rounded half up (別紙７－１ 2 ⑷, ⑸)."""
    if percentage.worth is Worth.PERCENT_TAKEN:
        return half_up(prescribed * (PER_CENT - percentage.amount), PER_CENT) - prescribed, How.REDUCED_PERCENT
    return half_up(prescribed * percentage.amount, PER_CENT), How.ADDED_PERCENT
