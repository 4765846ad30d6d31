"""Edits of additions: whether the act stands that they add to, and whether they may stand together.

A base act is looked for on a day of the addition's: by note group on the whole receipt, by a column of its own in the
addition's section (診療識別). Hospitals write it in the addition's unit, in its 剤 or apart. What the master ties by no
column is not decided.
"""

from collections import Counter, defaultdict
from collections.abc import Callable

from services.claims.domain.edits import marks
from services.claims.domain.edits.cutting import cut_line, days_overlap
from services.claims.domain.edits.hits import Hit, Hits
from services.claims.domain.edits.places import PlacedAct, Places
from services.claims.domain.edits.special_additions import HOURS, Tie, companions_of, ties_of
from services.claims.domain.masters.act_additions import DrugLink, Judgement
from services.claims.domain.masters.act_values import Bundle
from services.claims.domain.masters.drugs import ControlledDrug, Drug
from services.claims.domain.pricing.dated import bundles_of

_BASE_SEQUENCE = "0"
_EXAMINED = "D"
"""Chapter letter of examinations (検査)."""


def without_base(places: Places) -> Hits:
    """An addition by note (注加算) without an act of its group."""
    for placed in places.marked(marks.NOTE_ADDITION):
        if not any(_allows(other, placed) for other in places.acts):
            yield _refused(placed, "no act of its note group stands on the receipt")


def exclusive(places: Places) -> Hits:
    """Two additions of one group that exclude each other (same 注加算通番) in one unit."""
    seen: Counter[tuple[int, str, str]] = Counter()
    for placed in places.marked(marks.NOTE_ADDITION):
        act = placed.act
        if act.note_sequence != _BASE_SEQUENCE:
            key = (placed.at, act.note_group, act.note_sequence)
            seen[key] += 1
            if seen[key] > 1:
                says = f"{act.code}: another addition of group {act.note_group} and sequence {act.note_sequence}"
                yield Hit(placed.line.number, says)


def not_of_act(places: Places) -> Hits:
    """An addition without an act that its column allows (別紙7-6 and kin)."""
    for placed in places.marked(marks.TIED):
        lacking = _lacking(places, placed, ties_of(placed.act), _is_in_its_section)
        if lacking and not _is_by_age(places, placed):
            yield _refused(placed, f"no act on the receipt allows it (item {lacking.item}, {lacking.japanese})")


def not_of_hours(places: Places) -> Hits:
    """An addition for hours (時間加算) without an act that allows one."""
    for placed in places.marked(marks.HOURS):
        if _lacking(places, placed, (HOURS,), _is_in_its_section):
            yield _refused(placed, f"no act on the receipt allows it (item {HOURS.item}, {HOURS.japanese})")


def without_companion(places: Places) -> Hits:
    """An act or an addition that is paid only where another is done as well, which may stand in another section."""
    for placed in places.marked(marks.TIED):
        lacking = _lacking(places, placed, companions_of(placed.act), _is_on_its_day)
        if lacking:
            yield _refused(placed, f"its companion is missing (item {lacking.item}, {lacking.japanese})")


def general_without_act(places: Places) -> Hits:
    """A general addition (通則加算) without any act of its section of the receipt."""
    sections = {each.unit.section for each in places.acts if not each.marks & marks.ADDITION}
    for placed in places.marked(marks.GENERAL):
        if placed.unit.section not in sections:
            yield _refused(placed, f"no act in section {placed.unit.section}")


def without_drug(places: Places) -> Hits:
    """An act that a kind of drug is the condition of, and no such drug on the receipt."""
    if not places.whole_drugs:
        return
    for placed in places.marked(marks.DRUGS):
        if not any(_is_such(drug.drug, placed.act.drug_link) for drug in places.drugs):
            yield _refused(placed, "no such drug on the receipt (item 29)")


def specimen_alone(places: Places) -> Hits:
    """A specimen's name (検体名) in a unit without any test."""
    units = {each.at for each in places.acts if each.act.judgement is Judgement.PERFORMED or _is_examination(each)}
    for placed in places.marked(marks.SPECIMEN):
        if placed.at not in units:
            yield Hit(placed.line.number, f"{placed.act.code} names a specimen, no test stands in its unit")


def split_bundle(places: Places) -> Hits:
    """Tests that count together, on one day in several units, each unit too small to be counted together."""
    bundled = places.marked(marks.BUNDLED)
    if bundled[0].at == bundled[-1].at:
        return
    groups: dict[Bundle, list[PlacedAct]] = defaultdict(list)
    for placed in bundled:
        groups[placed.act.bundle].append(placed)
    rows = bundles_of(places.case.treatment.month)
    for bundle, members in groups.items():
        row = rows.get(int(bundle.value))
        if row is not None and len(members) >= row.steps[0][0]:
            yield from _split(bundle, members, row.steps[0][0])


def _split(bundle: Bundle, placed: list[PlacedAct], fewest: int) -> Hits:
    first = placed[0]
    together = [each for each in placed if days_overlap(first.unit, each.unit)]
    units = Counter(each.at for each in together)
    if len(units) > 1 and len(together) >= fewest and max(units.values()) < len(together):
        says = f"{len(together)} tests of bundle {bundle.value} on one day in {len(units)} units"
        yield Hit(together[-1].line.number, says)


def _refused(placed: PlacedAct, says: str) -> Hit:
    return Hit(placed.line.number, f"{placed.act.code}: {says}", cut_line(placed))


def _allows(other: PlacedAct, placed: PlacedAct) -> bool:
    """Whether an act bears the addition's note group, or names it as its addition by age, on one day with it."""
    if other.marks & marks.ADDITION:
        return False
    act, addition = other.act, placed.act
    named = act.note_group == addition.note_group or any(each.code == addition.code for each in act.age_additions)
    return named and days_overlap(placed.unit, other.unit)


def _lacking(
    places: Places, placed: PlacedAct, columns: tuple[Tie, ...], stands_with: Callable[[PlacedAct, PlacedAct], bool]
) -> Tie | None:
    """The first of the columns that tie the act which finds nothing to tie it to among what stands with it."""
    for tie in columns:
        needed = tie.needs[tie.of(placed.act)]
        if not any(
            tie.of(other.act) in needed
            for other in places.acts
            if other is not placed and not other.marks & marks.ADDITION and stands_with(other, placed)
        ):
            return tie
    return None


def _is_on_its_day(other: PlacedAct, placed: PlacedAct) -> bool:
    return days_overlap(other.unit, placed.unit)


def _is_in_its_section(other: PlacedAct, placed: PlacedAct) -> bool:
    """Whether both were done on one day and stand in one section (診療識別)."""
    return other.unit.section == placed.unit.section and days_overlap(other.unit, placed.unit)


def _is_by_age(places: Places, placed: PlacedAct) -> bool:
    """Whether an act on the receipt names it as its addition by age (items 100 to 111)."""
    return any(addition.code == placed.act.code for other in places.acts for addition in other.act.age_additions)


def _is_such(drug: Drug, link: DrugLink) -> bool:
    match link:
        case DrugLink.CONTROLLED:
            return drug.controlled is not ControlledDrug.NONE
        case DrugLink.NERVE_BLOCK:
            return drug.nerve_block
        case DrugLink.BIOLOGICAL:
            return drug.biological
        case DrugLink.NONE:
            return True


def _is_examination(placed: PlacedAct) -> bool:
    return placed.act.table_number.letter == _EXAMINED and not placed.act.specimen_comment
