"""The acts of a unit, one line after the other: what each adds, and what percentages find before them."""

from collections.abc import Mapping
from typing import Final

from services.claims.domain.pricing.acts import ActPrice, Role, Worth
from services.claims.domain.pricing.bundles import bundle_points
from services.claims.domain.pricing.dated import BundleRow, PrescribedRule
from services.claims.domain.pricing.percentages import StandingAct, applied
from services.claims.domain.pricing.priced import Refusal, Remark, Unpriced
from services.claims.domain.pricing.roundings import HUNDREDTHS, points_of_hundredths
from services.claims.domain.pricing.steps import Steps, is_above_upper, stepped, whole_quantity
from services.claims.domain.pricing.working import Figure, How, Working
from services.claims.domain.treatment import Line

MEALS: Final = "97"
"""診療識別 of meals and their burdens: its points are yen."""


_Item = tuple[int, int, StandingAct]
"""A counted test: its place among the points, its place in the working, and the act as it stands."""

_PERCENTAGES: Final = frozenset({Worth.PERCENT_ADDED, Worth.PERCENT_TAKEN})
_YEN: Final = Worth.YEN
_BASE: Final = Role.BASE


class ActLines:
    """The acts of one unit so far.

    `total` are their points. `points` has what each line added, in their order; None for those counted together.
    """

    __slots__ = ("_in_yen", "_items", "_prescribed", "_standing", "_working", "points", "remarks", "total")

    def __init__(self, section: str, prescribed: PrescribedRule | None) -> None:
        """None yet, in a section (診療識別); `prescribed` says what percentages apply to, None where nobody knows."""
        self.total = 0
        self.points: list[int | None] = []
        self.remarks: list[Remark] = []
        self._in_yen = section == MEALS
        self._prescribed = prescribed
        self._standing: list[StandingAct] = []
        self._working: list[Working | None] = []
        self._items: dict[int, list[_Item]] = {}

    def add(self, act: ActPrice, line: Line) -> Unpriced | None:
        """The next line, of this act; or why it cannot be priced."""
        if act.points is not None and not self._in_yen:
            self._append(act, act.points, act.points)
            return None
        if act.worth in _PERCENTAGES:
            return self._add_percentage(act)
        if act.why is not None:
            return act.why
        if (act.worth is _YEN) != self._in_yen:
            return Unpriced.YEN_AMONG_POINTS
        if act.steps is not None:
            return self._add_steps(act, act.steps, line)
        self._append(act, *_whole(act.amount))
        return None

    def count_together(self, bundles: Mapping[int, BundleRow]) -> Refusal | None:
        """Give the counted tests of each group their one price, where there is one; or why that is not known.

        No source found says how an addition or a percentage applies to items priced as one.
        """
        for group, items in self._items.items():
            points = bundle_points(len(items), bundles.get(group))
            if points is None:
                continue
            if isinstance(points, Unpriced) or any(standing.is_changed for _, _, standing in items):
                return Refusal(Unpriced.BUNDLE_NOT_KNOWN, items[0][2].act.code)
            self._price_as_one(items, points)
        return None

    def figures(self) -> tuple[Working, ...]:
        """The working of all lines."""
        return tuple(figure for figure in self._working if figure is not None)

    def _add_steps(self, act: ActPrice, steps: Steps, line: Line) -> Unpriced | None:
        quantity = whole_quantity(line.quantity)
        if isinstance(quantity, Unpriced):
            return quantity
        answer = stepped(act.amount, steps, quantity)
        if isinstance(answer, Unpriced):
            return answer
        if is_above_upper(steps, quantity):
            self.remarks.append(Remark.QUANTITY_ABOVE_UPPER)
        self._append(act, *answer)
        return None

    def _add_percentage(self, act: ActPrice) -> Unpriced | None:
        if self._prescribed is None:
            return Unpriced.PRESCRIBED_NOT_KNOWN
        points, figures = applied(act, self._standing, self._prescribed.joining)
        if not figures:
            return Unpriced.NOTHING_TO_APPLY_TO
        self.total += points
        self.points.append(points)
        self._working.extend(figures)
        return None

    def _append(self, act: ActPrice, points: int, figure: Working) -> None:
        if act.role is _BASE or not self._standing:
            standing = StandingAct(act, points)
            self._standing.append(standing)
            if act.bundle:
                self._items.setdefault(act.bundle, []).append((len(self.points), len(self._working), standing))
        elif act.prescribed and self._prescribed is not None and act.role in self._prescribed.joining:
            self._act_of(act).prescribed += points
        self.total += points
        self.points.append(points)
        self._working.append(figure)

    def _act_of(self, addition: ActPrice) -> StandingAct:
        """The last act of the addition's group (注加算コード, 別紙７－７), or else the act before it."""
        if addition.note_group:
            for standing in reversed(self._standing):
                if standing.act.note_group == addition.note_group:
                    return standing
        return self._standing[-1]

    def _price_as_one(self, items: list[_Item], points: int) -> None:
        self.total += points
        for place, figure, standing in items:
            self.total -= standing.own
            self.points[place] = None
            self._working[figure] = None
        self._working[items[0][1]] = Figure(How.BUNDLE, (len(items), points))


def _whole(hundredths: int) -> tuple[int, Working]:
    """Whole points or yen, and how they came about."""
    whole, part = divmod(hundredths, HUNDREDTHS)
    return (points_of_hundredths(hundredths), Figure(How.ROUNDED, (hundredths,))) if part else (whole, whole)
