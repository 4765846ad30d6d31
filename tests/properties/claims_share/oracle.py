"""A second way to split a receipt's yen: each benefit share's money as fractions that are scaled, with own figures.

It shares no code with the room it judges but the values, and knows only the programmes that the properties draw.
"""

from fractions import Fraction
from math import floor
from typing import NamedTuple

from services.claims.domain.share.case import LimitCategory, Setting, ShareCase
from services.claims.domain.uke.codes import BENEFIT_SHARES

C = LimitCategory
FIXED = {"10": 5, "15": 10, "21": 10, "38": None}
BY_CLASS = {"52": 20, "54": 20}
ASSISTED = {"12": None}
LOCAL = {"83": None, "90": None}
LAWS = (*FIXED, *BY_CLASS, *ASSISTED, *LOCAL)

# class -> (base, multi, outpatient), before 2026-08 and after
OLD = {
    C.A: (252_600, 140_100, None),
    C.I: (167_400, 93_000, None),
    C.U: (80_100, 44_400, None),
    C.E: (57_600, 44_400, None),
    C.O: (35_400, 24_600, None),
    C.ELDERLY_ACTIVE_3: (252_600, 140_100, None),
    C.ELDERLY_ACTIVE_2: (167_400, 93_000, None),
    C.ELDERLY_ACTIVE_1: (80_100, 44_400, None),
    C.ELDERLY_GENERAL: (57_600, 44_400, 18_000),
    C.ELDERLY_LOW_2: (24_600, 24_600, 8_000),
    C.ELDERLY_LOW_1: (15_000, 15_000, 8_000),
}
NEW = {
    C.A: (270_300, 140_100, None),
    C.I: (179_100, 93_000, None),
    C.U: (85_800, 44_400, None),
    C.E: (61_500, 44_400, None),
    C.O: (36_900, 24_600, None),
    C.ELDERLY_ACTIVE_3: (270_300, 140_100, None),
    C.ELDERLY_ACTIVE_2: (179_100, 93_000, None),
    C.ELDERLY_ACTIVE_1: (85_800, 44_400, None),
    C.ELDERLY_GENERAL: (61_500, 44_400, 22_000),
    C.ELDERLY_LOW_2: (25_700, 24_600, 11_000),
    C.ELDERLY_LOW_1: (15_700, 15_700, 8_000),
}
WITH_ONE_PERCENT = {C.A, C.I, C.U, C.ELDERLY_ACTIVE_3, C.ELDERLY_ACTIVE_2, C.ELDERLY_ACTIVE_1}


class Expected(NamedTuple):
    """Yen by payer position and the patient's, as fractions: only whole where no amount lies on several shares."""

    payers: dict[int, Fraction]
    patient: Fraction
    legacy: Fraction


def _one_percent(base: int, cost: Fraction, part: int) -> Fraction:
    threshold = Fraction(base * 10, 3 * part)
    return Fraction(base, part) + floor(max(Fraction(0), cost - threshold) / 100 + Fraction(1, 2))


def _class_limit(case: ShareCase, cost: Fraction, *, multi: bool) -> Fraction | None:
    elderly = case.age.is_elderly
    category = case.category
    if category is None or (category.name[:7] == "ELDERLY") is not elderly:
        if not elderly:
            return None
        category = C.ELDERLY_ACTIVE_3 if case.copay_tenths == 3 else C.ELDERLY_GENERAL
    base, lower, outpatient = (NEW if str(case.month) >= "202608" else OLD)[category]
    part = 2 if case.turns_75 else 1
    if case.setting is Setting.OUTPATIENT and outpatient is not None:
        return Fraction(outpatient, part)
    if multi:
        return Fraction(lower, part)
    return _one_percent(base, cost, part) if category in WITH_ONE_PERCENT else Fraction(base, part)


def _fixed_limit(case: ShareCase, cost: Fraction) -> Fraction:
    new = str(case.month) >= "202608"
    part = 2 if case.turns_75 else 1
    if not case.age.is_elderly:
        return _one_percent(85_800 if new else 80_100, cost, part)
    inpatient, outpatient = (61_500, 22_000) if new else (57_600, 18_000)
    return Fraction(inpatient if case.setting is Setting.INPATIENT else outpatient, part)


def _assisted_limit(case: ShareCase) -> Fraction:
    new = str(case.month) >= "202608"
    part = 2 if case.turns_75 else 1
    if not case.age.is_elderly:
        return Fraction(36_900 if new else 35_400, part)
    inpatient = 15_700 if new else 15_000
    return Fraction(inpatient if case.setting is Setting.INPATIENT else 8_000, part)


def expected(case: ShareCase) -> Expected:
    """How a case should be split."""
    laws = {payer.position: payer.number[:2] for payer in case.payers if payer.position}
    who = {share: BENEFIT_SHARES[share] for share in case.points}
    cost = {share: Fraction(points * 10) for share, points in case.points.items()}
    money = {share: cost[share] * (Fraction(case.copay_tenths, 10) if 0 in who[share] else 1) for share in who}
    copay = dict(money)
    lead = {
        share: next((at for at in who[share] if at and laws[at] not in LOCAL), 0) for share in who if 0 in who[share]
    }
    groups = {at: [share for share in lead if lead[share] == at] for at in set(lead.values())}
    for at, shares in groups.items():
        total = sum((cost[share] for share in shares), Fraction(0))
        law = laws.get(at, "")
        if law in FIXED:
            limit: Fraction | None = _fixed_limit(case, total)
        elif law in ASSISTED:
            limit = _assisted_limit(case)
        else:
            in_hospital = case.setting is Setting.INPATIENT
            limit = _class_limit(case, total, multi=case.multi and (at == 0 or in_hospital))
        _scale(money, shares, limit)
    payers = {payer.position: Fraction(0) for payer in case.payers}
    _bear(case, laws, cost, money, payers, local=False)
    entering = [
        at
        for at, shares in groups.items()
        if laws.get(at) not in ASSISTED
        and (case.age.is_elderly or sum((copay[share] for share in shares), Fraction(0)) >= 21_000)
    ]
    if any(entering):
        total = sum((cost[share] for at in entering for share in groups[at]), Fraction(0))
        limit = _class_limit(case, total, multi=case.multi)
        if limit is not None:
            _cut(money, groups, entering, limit)
    legacy = Fraction(0)
    for share in groups.get(0, ()) if case.legacy_tenth else ():
        legacy += max(Fraction(0), money[share] - cost[share] / 10)
        money[share] = min(money[share], cost[share] / 10)
    _bear(case, laws, cost, money, payers, local=True)
    patient = sum(money.values(), Fraction(0))
    if 0 in payers:
        payers[0] = sum(cost.values(), Fraction(0)) - patient - legacy - sum(payers.values(), Fraction(0))
    return Expected(payers, patient, legacy)


def _scale(money: dict[str, Fraction], shares: list[str], limit: Fraction | None) -> None:
    there = sum((money[share] for share in shares), Fraction(0))
    if limit is not None and there > limit:
        for share in shares:
            money[share] *= limit / there


def _bear(  # noqa: PLR0917 - an oracle
    case: ShareCase,
    laws: dict[int, str],
    cost: dict[str, Fraction],
    money: dict[str, Fraction],
    payers: dict[int, Fraction],
    *,
    local: bool,
) -> None:
    for payer in sorted(case.payers, key=lambda each: each.position):
        law = laws.get(payer.position)
        if law is None or (law in LOCAL) is not local:
            continue
        shares = [share for share in money if payer.position in BENEFIT_SHARES[share]]
        there = sum((money[share] for share in shares), Fraction(0))
        left = payer.burden_yen
        if left is None:
            percent = (FIXED | BY_CLASS | ASSISTED | LOCAL)[law]
            known = [payer.limit_yen] if payer.limit_yen is not None else []
            if percent is not None:
                part = sum((cost[share] for share in shares), Fraction(0)) * percent / 100
                known.append(floor(part + Fraction(1, 2)))
            left = min(known, default=0)
        stays = min(there, Fraction(left))
        payers[payer.position] = there - stays
        _scale(money, shares, stays)


def _cut(money: dict[str, Fraction], groups: dict[int, list[str]], entering: list[int], limit: Fraction) -> None:
    excess = sum((money[share] for at in entering for share in groups[at]), Fraction(0)) - limit
    for at in sorted(entering, key=lambda position: (position != 0, -position)):
        if excess > 0:
            there = sum((money[share] for share in groups[at]), Fraction(0))
            _scale(money, groups[at], max(Fraction(0), there - excess))
            excess -= min(there, excess)
