"""Forms of units that put several lines together, as hospitals' systems write them: goods beside a treatment, pictures
with their reading, percentages for children and hours, a second picture at less, what is collected for a culture.
"""

from collections.abc import Sequence
from decimal import Decimal
from random import Random
from typing import Final

from tests.support.valid_receipts.chosen import Chosen
from tests.support.valid_receipts.forms import one_of
from tests.support.valid_receipts.masters import Act
from tests.support.valid_receipts.prices import (
    drug_points,
    half_up,
    less_percent,
    material_points,
    stepped_points,
    with_percent,
)
from tests.support.valid_receipts.units import Item, UnitDraft, act

_ADDITIONS_OF_EXAMINATIONS: Final = ("160155390", "160185890")
_AFTER_HOURS_OF_SURGERY: Final = "150000490"
_PICTURE_READ, _PICTURE_TAKEN, _PICTURE_KEPT = "170000410", "170027910", "170000210"
_SCAN, _SCAN_AGAIN = "170011710", "170022290"
_NOT_BILLED_UP_TO_YEN: Final = 15
_SPECIMENS: Final = ("160138910", "160139010", "160139110")
_CULTURES: Final = "6"
_RETURN, _SAME_DAY, _AFTER_HOURS_VISIT = "112007410", "112008350", "112001110"
_NOTES_OF_VISITS: Final = ("112000970", "112015770")
_FIRST, _NOTE_OF_FIRST = "111000110", "111000370"


def add_treatment_with_goods(random: Random, chosen: Chosen) -> None:
    """A treatment, a drug and a material in one unit: each kind becomes points on its own.

    The drug costs more than 15 yen; up to that a treatment's drug is not billed (医科点数表 J300).
    """
    found = one_of(random, chosen, chosen.codes.plain["40"])
    if found is None:
        return
    treatment, day = found
    drug = random.choice([each for each in chosen.codes.drugs["6"] if each.price > _NOT_BILLED_UP_TO_YEN])
    material = random.choice([each for each in chosen.codes.materials if each.ages == ("00", "00")])
    dose = Decimal(random.randrange(1, 5))
    items = (act(treatment.code), Item("IY", drug.code, dose), Item("TO", material.code, Decimal(1)))
    points = int(treatment.points) + drug_points(drug.price * dose) + material_points(material.price)
    chosen.add(UnitDraft("40", items, points, {day: 1}))
    chosen.forms.add("treatment with goods")


def add_picture(random: Random, chosen: Chosen) -> None:
    """A plain X-ray in one unit: read, taken and kept, up to five views of which the later cost half."""
    acts = chosen.codes.masters.acts
    read, taken, kept = acts[_PICTURE_READ], acts[_PICTURE_TAKEN], acts[_PICTURE_KEPT]
    if not all(chosen.is_free(each) for each in (read, taken, kept)):
        return
    views = random.choice((1, 1, 2, 2, 3, 4))
    points = _stepped(read, views) + _stepped(taken, views) + int(kept.points)
    items = (act(read.code, views), act(taken.code, views), act(kept.code))
    chosen.add(UnitDraft("70", items, points, {random.choice(chosen.visits.days): 1}))
    chosen.forms.add("picture")


def _stepped(row: Act, quantity: int) -> int:
    assert row.steps is not None
    return half_up(stepped_points(row.points, row.steps, quantity))


def add_examination_of_a_child(random: Random, chosen: Chosen) -> None:
    """An examination with the percentage that small children add to it."""
    examinations = [each for each in chosen.codes.plain["60"] if each.rule_age == "1"]
    _add_percentage(random, chosen, examinations, _ADDITIONS_OF_EXAMINATIONS)


def add_surgery_after_hours(random: Random, chosen: Chosen) -> None:
    """A surgery with 時間外加算２, for which it must allow hours."""
    surgeries = [each for each in chosen.codes.plain["50"] if each.time == "1" and each.code.startswith("150")]
    _add_percentage(random, chosen, surgeries, (_AFTER_HOURS_OF_SURGERY,))


def _add_percentage(random: Random, chosen: Chosen, bases: Sequence[Act], additions: Sequence[str]) -> None:
    found = one_of(random, chosen, bases)
    if found is None:
        return
    base, day = found
    for code in additions:
        addition = chosen.codes.masters.acts[code]
        if chosen.visits.allow(addition, day):
            points = with_percent(base.points, addition.points)
            chosen.add(UnitDraft(chosen.section_of(base), (act(base.code), act(code)), points, {day: 1}))
            chosen.forms.add("percentage")
            return


def add_scan_again(random: Random, chosen: Chosen) -> None:
    """A computed tomography, and the second of the month with ２回目以降減算."""
    acts = chosen.codes.masters.acts
    scan, again = acts[_SCAN], acts[_SCAN_AGAIN]
    if len(chosen.visits.days) == 1 or not chosen.is_free(scan):
        return
    first, second = chosen.visits.days[:2]
    less = less_percent(scan.points, again.points)
    chosen.add(UnitDraft("70", (act(scan.code),), int(scan.points), {first: 1}))
    chosen.add(UnitDraft("70", (act(scan.code), act(again.code)), less, {second: 1}))
    chosen.forms.add("scan again")


def add_culture(random: Random, chosen: Chosen) -> None:
    """A test of microbes with the name of its specimen (別紙7-9) before it."""
    tests = [each for each in chosen.codes.plain["60"] if each.judged == "1" and each.judgement_group == _CULTURES]
    found = one_of(random, chosen, tests)
    if found is None:
        return
    test, day = found
    chosen.add(UnitDraft("60", (act(random.choice(_SPECIMENS)), act(test.code)), int(test.points), {day: 1}))
    chosen.forms.add("specimen")


def visits_with_notes(random: Random, chosen: Chosen, *, new: bool) -> list[UnitDraft]:
    """First and return visits with what small children and statements add, a second one on one day, and its hours."""
    first, *later = chosen.visits.days
    returns = later if new else list(chosen.visits.days)
    found = [_noted(random, chosen, _FIRST, notes=(_NOTE_OF_FIRST,), days=[first])] if new else []
    if returns:
        found.append(_noted(random, chosen, _RETURN, notes=_NOTES_OF_VISITS, days=returns))
    if returns and random.random() < 0.1:
        found += [_alone(chosen, code, returns[0]) for code in (_SAME_DAY, _AFTER_HOURS_VISIT)]
        chosen.forms.add("second visit of a day")
    return found


def _alone(chosen: Chosen, code: str, day: int) -> UnitDraft:
    return UnitDraft("12", (act(code),), int(chosen.codes.masters.acts[code].points), {day: 1})


def _noted(random: Random, chosen: Chosen, base: str, *, notes: Sequence[str], days: list[int]) -> UnitDraft:
    acts = chosen.codes.masters.acts
    allowed = [code for code in notes if all(chosen.visits.allow(acts[code], day) for day in days)]
    taken = [code for code in allowed if random.random() < 0.5]
    points = sum(int(acts[code].points) for code in (base, *taken))
    if taken:
        chosen.forms.add("visit with notes")
    return UnitDraft(chosen_section(base), (act(base), *map(act, taken)), points, dict.fromkeys(days, 1))


def chosen_section(base: str) -> str:
    """診療識別 of visits."""
    return "11" if base == _FIRST else "12"
