"""What a line's removal means for its unit: the line falls, or the unit is paid less often."""

from services.claims.domain.edits.hits import Cut
from services.claims.domain.edits.places import PlacedAct, PlacedMaterial
from services.claims.domain.treatment import Unit


def cut_times(placed: PlacedAct | PlacedMaterial, refused: int) -> Cut:
    """Without the line on so many of the unit's times.

    A line that is refused on some times of a unit of several lines cannot be cut by machine: such a cut touches
    nothing, and a person says what is left.
    """
    if refused >= placed.unit.times:
        return Cut(placed.at, without=placed.line.number)
    if len(placed.unit.lines) == 1:
        return Cut(placed.at, times=placed.unit.times - refused)
    return Cut(placed.at)


def days_overlap(one: Unit, other: Unit) -> bool:
    """Whether both were done on one day; true where one of them states no day."""
    if one.days == other.days or not one.days or not other.days:
        return True
    days = {each.day for each in one.days}
    return any(each.day in days for each in other.days)
