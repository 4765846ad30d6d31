"""One unit of lines (点数・回数算定単位): its points for one time.

Acts in the order of their lines: those that stand on their own, additions to them, percentages of those before. Then
tests counted together, then the drugs of the unit together, then its materials together.
記録条件仕様 第1章 3 (4) オ; マスターファイル仕様説明書 別紙７.
"""

from collections.abc import Collection, Sequence
from typing import Final

from services.claims.domain.masters.schedule import MonthSchedule
from services.claims.domain.pricing.act_lines import MEALS, ActLines
from services.claims.domain.pricing.book import PriceBook, book_of
from services.claims.domain.pricing.goods import Goods
from services.claims.domain.pricing.priced import PricedUnit, Refusal, unpriced
from services.claims.domain.treatment import Line, LineKind, Unit

_ACT: Final = LineKind.ACT


def price_unit(unit: Unit, schedule: MonthSchedule, without: Collection[int] = ()) -> PricedUnit:
    """A unit's points for one time, as if the lines of these numbers (`Line.number`) were not in it.

    A unit without any line left is worth nothing. A percentage whose acts are all gone has nothing to apply to: cut it
    with them.
    """
    if without:
        unit = unit._replace(lines=tuple(line for line in unit.lines if line.number not in without))
    return priced_by(unit, book_of(schedule))


def priced_by(unit: Unit, book: PriceBook) -> PricedUnit:
    """A unit's points for one time, by an open book."""
    lines = unit.lines
    if len(lines) == 1 and lines[0].kind is not _ACT:
        return _of_one_good(unit, book)
    if unit.section != MEALS:
        plain = book.plain_unit(lines[0].code) if len(lines) == 1 else _summed(lines, book)
        if plain is not None:
            return plain
    return _priced(unit, book)


def _of_one_good(unit: Unit, book: PriceBook) -> PricedUnit:
    goods = Goods()
    total = goods.add(unit.lines[0], unit.days, book) or goods.total(unit.section, book)
    if isinstance(total, Refusal):
        return unpriced(total)
    return PricedUnit(total.points, None, "", (total.points,), total.working, tuple(goods.remarks))


def _summed(lines: Sequence[Line], book: PriceBook) -> PricedUnit | None:
    """The answer for acts whose points no other line can change; None where some line is of another kind."""
    known = book.acts.whole
    points = []
    for line in lines:
        found = known.get(line.code)
        own = None if found is None else found.price.points_to_sum
        if own is None or line.kind is not _ACT:
            return None
        points.append(own)
    each = tuple(points)
    return PricedUnit(sum(points), None, "", each, each, ())


def _priced(unit: Unit, book: PriceBook) -> PricedUnit:
    acts = ActLines(unit.section, book.prescribed_rule)
    goods: Goods | None = None
    for line in unit.lines:
        if line.kind is _ACT:
            found = book.acts.ask(line.code, unit.days)
            if isinstance(found, Refusal):
                return unpriced(found)
            why = acts.add(found.price, line)
            refusal = None if why is None else Refusal(why, line.code)
        else:
            goods = goods or Goods()
            refusal = goods.add(line, unit.days, book)
        if refusal is not None:
            return unpriced(refusal)
    refusal = acts.count_together(book.bundles)
    if refusal is not None:
        return unpriced(refusal)
    if goods is None:
        return PricedUnit(acts.total, None, "", tuple(acts.points), acts.figures(), tuple(acts.remarks))
    return _with_goods(unit, acts, goods, book)


def _with_goods(unit: Unit, acts: ActLines, goods: Goods, book: PriceBook) -> PricedUnit:
    total = goods.total(unit.section, book)
    if isinstance(total, Refusal):
        return unpriced(total)
    act_points = iter(acts.points)
    alone = total.points if len(unit.lines) - len(acts.points) == 1 else None
    line_points = tuple(next(act_points) if line.kind is _ACT else alone for line in unit.lines)
    remarks = (*acts.remarks, *goods.remarks)
    working = acts.figures() + total.working
    return PricedUnit(acts.total + total.points, None, "", line_points, working, remarks)
