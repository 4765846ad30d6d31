"""Edits of points: what a unit declares against what the fee schedule gives, and what must be paid at less.

Meals (section 97) are yen and are left alone.
"""

from collections import defaultdict
from collections.abc import Iterator

from services.claims.domain.edits import marks
from services.claims.domain.edits.cutting import cut_days, paid_first
from services.claims.domain.edits.hits import Cut, Hit, Hits
from services.claims.domain.edits.places import PlacedAct, Places
from services.claims.domain.edits.reducing import reducing_codes, takes_off_for_standard
from services.claims.domain.masters.act_additions import OutpatientManagement
from services.claims.domain.masters.materials import MaterialPriceKind
from services.claims.domain.pricing.priced import PricedUnit
from services.claims.domain.treatment import LineKind, Unit
from services.claims.domain.uke.codes import MEAL_SECTION


def above_fixed(places: Places) -> Hits:
    """A unit of one act with fixed points that declares more."""
    for at, unit, priced in _differing(places):
        if priced.points is not None and unit.points > priced.points and _is_fixed(unit):
            yield _above(at, unit, priced)


def above_sum(places: Places) -> Hits:
    """A unit whose points are computed (quantities, several lines, prices) that declares more."""
    for at, unit, priced in _differing(places):
        if priced.points is not None and unit.points > priced.points and not _is_fixed(unit):
            yield _above(at, unit, priced)


def below(places: Places) -> Hits:
    """A unit that declares less than the fee schedule gives: paid as declared."""
    for _, unit, priced in _differing(places):
        if priced.points is not None and unit.points < priced.points:
            says = f"declared {unit.points}, the fee schedule gives {priced.points}: {priced.arithmetic}"
            yield Hit(unit.lines[-1].number, says)


def excluded_management(places: Places) -> Hits:
    """外来管理加算 on a day with an act that excludes it."""
    excluding = [each for each in places.acts if each.act.outpatient_management is OutpatientManagement.EXCLUDES]
    days = {day.day: each for each in reversed(excluding) for day in each.unit.days}
    for placed in places.marked(marks.MANAGEMENT):
        refused = [day for day in placed.unit.days if day.day in days]
        if refused:
            listed = ", ".join(f"{days[day.day].act.code} on day {day.day}" for day in refused)
            yield Hit(
                placed.line.number,
                f"{placed.act.code} not beside {listed}",
                cut_days(placed, {day.day for day in refused}),
            )


def not_falling(places: Places) -> Hits:
    """The second and later times of a group in the month at full points (逓減)."""
    groups: dict[tuple[str, str], list[PlacedAct]] = defaultdict(list)
    for placed in places.marked(marks.FALLING):
        if not placed.marks & marks.ADDITION:
            groups[placed.act.table_number.letter, placed.act.falling_group].append(placed)
    fallen = {each.at for each in places.marked(marks.FALLING) if each.marks & marks.ADDITION}
    for (letter, group), members in groups.items():
        if group:
            unreduced = [each for each in members if each.at not in fallen]
            says = f"again in the month (group {group})"
            yield from _at_less(unreduced, reducing_codes(places.case.schedule).falling.get(letter), says, full=1)


def lacking_at_full(places: Places) -> Hits:
    """An act that a hospital without the standard bills at less (基準適合識別), at full points."""
    standards = places.case.standards
    if standards is None:
        return
    reduced = {each.at for each in places.acts if takes_off_for_standard(each.act)}
    for placed in places.marked(marks.REDUCIBLE):
        needed = placed.act.drops_without
        if needed and placed.at not in reduced and standards.meets(needed, places.day_of(placed.unit)) is False:
            code = reducing_codes(places.case.schedule).lacking.get(placed.act.table_number.letter)
            yield from _at_less([placed], code, f"standard {needed} is not registered", full=0)


def _differing(places: Places) -> Iterator[tuple[int, Unit, PricedUnit]]:
    units = zip(places.case.treatment.units, places.case.pricing.units, strict=True)
    for at, (unit, priced) in enumerate(units):
        differs = priced.points is not None and unit.points != priced.points
        if differs and unit.section != MEAL_SECTION:
            yield at, unit, priced


def _is_fixed(unit: Unit) -> bool:
    return len(unit.lines) == 1 and unit.lines[0].kind is LineKind.ACT and unit.lines[0].quantity is None


def _above(at: int, unit: Unit, priced: PricedUnit) -> Hit:
    says = f"declared {unit.points}, the fee schedule gives {priced.points}: {priced.arithmetic}"
    return Hit(unit.lines[-1].number, says, Cut(at, points=priced.points))


def fallen_alone(places: Places) -> Hits:
    """A falling code (逓減コード) in a unit without an act that falls."""
    units = {each.at for each in places.marked(marks.FALLING) if not each.marks & marks.ADDITION}
    for placed in places.marked(marks.FALLING):
        if placed.marks & marks.ADDITION and placed.at not in units:
            yield Hit(placed.line.number, f"{placed.act.code}: no act in its unit falls")


def meal_yen(places: Places) -> Hits:
    """Yen of meals (section 97) other than the master's; no decision pays them yet, so they are told and not cut."""
    for unit, priced in zip(places.case.treatment.units, places.case.pricing.units, strict=True):
        if unit.section == MEAL_SECTION and priced.points is not None and priced.points != unit.points:
            yield Hit(unit.lines[-1].number, f"declared {unit.points} yen, the master gives {priced.points}")


def material_price_above(places: Places) -> Hits:
    """A stated price (単価) above the official one: the official one holds."""
    for placed in places.materials:
        stated, official = placed.line.unit_price_yen, placed.material.price
        if stated is not None and placed.material.price_kind is MaterialPriceKind.PRICE and stated > official:
            yield Hit(placed.line.number, f"{placed.material.code}: {stated} yen stated, {official} official")


def _at_less(placed: list[PlacedAct], code: str | None, says: str, *, full: int) -> Hits:
    """All times but the first `full` ones need a reducing line; what was done first is paid in full."""
    for each in sorted(placed, key=lambda one: (one.unit.days[:1], paid_first(one))):
        at_full = min(full, each.unit.times)
        full -= at_full
        if at_full < each.unit.times:
            cut = Cut(each.at) if code is None else Cut(each.at, reducing=code, full=at_full)
            yield Hit(each.line.number, f"{each.act.code} {says}: {code or 'a reduction'} is missing", cut)
