"""The forms of units that a generated receipt is made of; each adds one to what is chosen, where it finds room.

Sections: 診療識別 (別表20).
"""

from collections.abc import Sequence
from decimal import Decimal
from random import Random
from typing import Final

from tests.support.valid_receipts.chosen import Chosen
from tests.support.valid_receipts.masters import Act, Drug
from tests.support.valid_receipts.prices import (
    act_points,
    bundle_points,
    drug_points,
    half_up,
    less_percent,
    material_points,
    with_percent,
)
from tests.support.valid_receipts.units import Item, UnitDraft, act

_TRIES: Final = 20
_SECTION_WEIGHTS: Final = {"13": 3, "14": 1, "40": 3, "50": 1, "54": 1, "60": 8, "70": 2, "80": 1}
_MANAGED: Final = ("113000910", "113001810", "113002310", "113002850", "113002910")
_TAPER: Final = "160000190"
_ADDITIONS_OF_SURGERY: Final = ("150000290", "150342890")
_DISPENSING: Final = "120000710"
_PRESCRIBING: Final = "120001210"
_DISPENSING_BASE: Final = "120001810"
_PRESCRIPTION: Final = "120002910"
_SHOTS: Final = (("31", "130000510"), ("32", "130003510"))
_WHOLE_DOSES: Final = 10
_PATHOLOGY: Final = "40"
_PARTS_OF_PATHOLOGY: Final = frozenset({"41", "42"})


def add_plain(random: Random, chosen: Chosen) -> None:
    """One act at its master's points, once, or once on each of several days where nothing limits that."""
    plain = chosen.codes.plain
    section = random.choices(list(plain), weights=[_SECTION_WEIGHTS[each] for each in plain])[0]
    found = one_of(random, chosen, plain[section])
    if found is None:
        return
    item, day = found
    days = {day: 1}
    if item.most == 0 and item.days == "10" and random.random() < 0.3:
        days = {each: 1 for each in chosen.visits.days if chosen.visits.allow(item, each)}
    chosen.add(UnitDraft(section, (act(item.code),), int(item.points), days))
    chosen.forms.add("plain")


def add_stepped(random: Random, chosen: Chosen) -> None:
    """An act with きざみ, its quantity somewhere within its limits."""
    found = one_of(random, chosen, chosen.codes.stepped)
    if found is None or found[0].steps is None:
        return
    item, day = found
    steps = item.steps
    assert steps is not None
    most = min(steps.upper, steps.lower + 6 * steps.step)
    quantity = random.randrange(max(steps.lower, 1), most + 1)
    points = half_up(act_points(item, quantity))
    chosen.add(UnitDraft(chosen.section_of(item), (act(item.code, quantity),), points, {day: 1}))
    chosen.forms.add("stepped")


def add_noted(random: Random, chosen: Chosen) -> None:
    """An act with an addition of its 注加算 group in one unit."""
    for _ in range(_TRIES):
        base, note = random.choice(chosen.codes.noted)
        day = random.choice(chosen.visits.days)
        if chosen.is_free(base) and chosen.visits.allow(base, day) and chosen.visits.allow(note, day):
            points = int(base.points + note.points)
            chosen.add(UnitDraft(chosen.section_of(base), (act(base.code), act(note.code)), points, {day: 1}))
            chosen.forms.add("noted")
            return


def add_bundle(random: Random, chosen: Chosen) -> None:
    """Blood chemistry of one sample: five items and more for one price, fewer at their own."""
    items = random.sample(chosen.codes.bundled, random.choice((2, 4, 5, 6, 7, 8, 9, 10, 12)))
    day = random.choice(chosen.visits.days)
    together = bundle_points([each.points for each in items])
    if together is None:
        for each in items:
            chosen.add(UnitDraft("60", (act(each.code),), int(each.points), {day: 1}))
        return
    chosen.add(UnitDraft("60", tuple(act(each.code) for each in items), together, {day: 1}))
    chosen.forms.add("bundle")


def add_tapered(random: Random, chosen: Chosen) -> None:
    """An examination done twice in the month, the second time with 検査逓減 (the example of 別紙7-1)."""
    found = one_of(random, chosen, [each for each in chosen.codes.tapered if chosen.section_of(each) == "60"])
    if found is None or len(chosen.visits.days) == 1 or found[0].most == 1:
        return
    item, percent = found[0], chosen.codes.masters.acts[_TAPER].points
    first, second = chosen.visits.days[:2]
    chosen.add(UnitDraft("60", (act(item.code),), int(item.points), {first: 1}))
    chosen.add(
        UnitDraft("60", (act(item.code), act(_TAPER)), less_percent(item.points, percent), {second: 1}),
    )
    chosen.forms.add("tapered")


def add_aged(random: Random, chosen: Chosen) -> None:
    """A surgery with the percentage that small children add to it (通則)."""
    found = one_of(random, chosen, chosen.codes.aged)
    if found is None:
        return
    item, day = found
    for code in _ADDITIONS_OF_SURGERY:
        addition = chosen.codes.masters.acts[code]
        if chosen.visits.allow(addition, day):
            points = with_percent(item.points, addition.points)
            chosen.add(UnitDraft("50", (act(item.code), act(code)), points, {day: 1}))
            chosen.forms.add("percentage")
            return


def add_managed(random: Random, chosen: Chosen) -> None:
    """A 管理料 that asks for a disease, with such a disease."""
    item = chosen.codes.masters.acts.get(random.choice(_MANAGED))
    if item is None:
        return
    chosen.diseases.append(random.choice(chosen.codes.of_group[item.disease_group]))
    chosen.add(UnitDraft("13", (act(item.code),), int(item.points), {random.choice(chosen.visits.days): 1}))
    chosen.forms.add("managed")


def add_judgements(random: Random, chosen: Chosen) -> None:
    """判断料 once for each group of tests on the receipt, for most of them; that of 病理 not beside its parts."""
    tests = {each.judgement_group for each in chosen.acts() if each.judged == "1"}
    for group in sorted(tests & set(chosen.codes.judgements)):
        item = chosen.codes.judgements[group]
        days = _days_of_group(chosen, group)
        is_part_of_it = group == _PATHOLOGY and bool(tests & _PARTS_OF_PATHOLOGY)
        if random.random() < 0.85 and not is_part_of_it:
            chosen.add(UnitDraft(chosen.section_of(item), (act(item.code),), int(item.points), {min(days): 1}))
            chosen.forms.add("judgement")


def _days_of_group(chosen: Chosen, group: str) -> set[int]:
    known = chosen.codes.masters.acts
    return {
        day
        for unit in chosen.units
        for item in unit.items
        if item.code in known and known[item.code].judgement_group == group
        for day in unit.days
    }


def add_prescription(random: Random, chosen: Chosen) -> None:
    """A prescription for a pharmacy, or drugs from the clinic with what handing them out costs."""
    acts = chosen.codes.masters.acts
    day = random.choice(chosen.visits.days)
    if random.random() < 0.5:
        chosen.add(UnitDraft("80", (act(_PRESCRIPTION),), int(acts[_PRESCRIPTION].points), {day: 1}))
        return
    for _ in range(random.choice((1, 1, 2))):
        drugs = random.sample(chosen.codes.drugs["1"], random.choice((1, 2, 3)))
        chosen.add(_drug_unit(random, "21", drugs, {day: random.choice((3, 5, 7, 14, 28))}))
    chosen.add(UnitDraft("21", (act(_DISPENSING),), int(acts[_DISPENSING].points), {day: 1}))
    chosen.add(UnitDraft("25", (act(_PRESCRIBING),), int(acts[_PRESCRIBING].points), {day: 1}))
    chosen.add(UnitDraft("27", (act(_DISPENSING_BASE),), int(acts[_DISPENSING_BASE].points), {day: 1}))
    chosen.forms.add("drugs")


def add_external(random: Random, chosen: Chosen) -> None:
    """A drug for external use, in fractions of its unit too."""
    drugs = [random.choice(chosen.codes.drugs["6"])]
    chosen.add(_drug_unit(random, "23", drugs, {random.choice(chosen.visits.days): 1}))
    chosen.forms.add("external drug")


def add_injection(random: Random, chosen: Chosen) -> None:
    """An injection: the act, and its drugs in a unit of their own."""
    section, code = random.choice(_SHOTS)
    day = random.choice(chosen.visits.days)
    chosen.add(UnitDraft(section, (act(code),), int(chosen.codes.masters.acts[code].points), {day: 1}))
    drugs = random.sample(chosen.codes.drugs["4"], random.choice((1, 1, 2)))
    chosen.add(_drug_unit(random, section, drugs, {day: 1}))
    chosen.forms.add("injection")


def _drug_unit(random: Random, section: str, drugs: Sequence[Drug], days: dict[int, int]) -> UnitDraft:
    doses = [_dose(random) for _ in drugs]
    items = tuple(Item("IY", drug.code, dose) for drug, dose in zip(drugs, doses, strict=True))
    yen = sum((drug.price * dose for drug, dose in zip(drugs, doses, strict=True)), Decimal(0))
    return UnitDraft(section, items, drug_points(yen), days)


def _dose(random: Random) -> Decimal:
    """Up to ten units, in tenths and quarters now and then."""
    whole = Decimal(random.randrange(1, _WHOLE_DOSES))
    return whole + random.choice((Decimal(0), Decimal(0), Decimal("0.5"), Decimal("0.25")))


def add_material(random: Random, chosen: Chosen) -> None:
    """A material at its official price, beside a treatment."""
    material = random.choice([each for each in chosen.codes.materials if each.ages == ("00", "00")])
    quantity = Decimal(random.choice((1, 1, 2, 3)))
    points = material_points(material.price * quantity)
    day = random.choice(chosen.visits.days)
    chosen.add(UnitDraft("40", (Item("TO", material.code, quantity),), points, {day: 1}))
    chosen.forms.add("material")


def add_purchased(random: Random, chosen: Chosen) -> None:
    """A material at the price that the hospital paid."""
    material = random.choice([each for each in chosen.codes.purchased if each.ages == ("00", "00")])
    price = Decimal(random.randrange(100, 5_000)) / 10
    quantity = Decimal(random.choice((1, 2)))
    points = material_points(price * quantity)
    day = random.choice(chosen.visits.days)
    chosen.add(UnitDraft("40", (Item("TO", material.code, quantity, price),), points, {day: 1}))
    chosen.forms.add("purchased material")


def one_of(random: Random, chosen: Chosen, acts: Sequence[Act]) -> tuple[Act, int] | None:
    """An act that is not on the receipt and a visit on which it may stand; None where chance finds none."""
    for _ in range(_TRIES if acts else 0):
        item, day = random.choice(acts), random.choice(chosen.visits.days)
        if chosen.is_free(item) and chosen.visits.allow(item, day):
            return item, day
    return None
