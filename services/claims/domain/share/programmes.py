"""Public programmes (公費負担医療): what each leaves to the patient, and which limit of high-cost care holds beside it.

The national ones stand in `national`, each with how well it is known; local ones (地方単独事業) are imported as rows of
the same columns. A number that no row names is a programme that leaves what its record declares, after the limit.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Final

from services.claims.domain.share.case import Setting
from services.claims.domain.share.limits import PERCENT, SourceMark
from services.claims.domain.share.rounding import down_to_ten_yen, window_yen
from services.shared.kernel.months import Month

LAW_DIGITS: Final = 2
NUMBER_DIGITS: Final = 8
MOST_PERCENT: Final = 100


class LimitOrder(Enum):
    """Which limit of high-cost care holds for a programme's lines, and whether before or after the programme."""

    ONE_FOR_ALL = "one_for_all"
    """特定給付対象療養: a limit that is one for all classes, then the programme, then the class's over what is left."""
    BY_CLASS = "by_class"
    """特定疾病給付対象療養 (難病 and its kin): the class's limit, then the programme, then the class's over all."""
    ASSISTED = "assisted"
    """被保護者: the limit of those on public assistance, then the programme."""
    LONG_TERM = "long_term"
    """長期高額疾病: its own limit; bears nothing itself, the insurer does."""
    BEFORE = "before"
    """The class's limit holds as if there were no programme, which then bears of what is left (local programmes)."""
    AFTER = "after"
    """The programme first, the class's limit over what it leaves."""


class LeftRounding(Enum):
    """How what a programme leaves by its own percentage is rounded (10円未満の端数)."""

    ONE_YEN = "one_yen"
    """Half a yen and more up; no source prescribes it, the Ministry's examples are whole yen."""
    TEN_YEN_HALF_UP = "ten_yen_half_up"
    """10円未満を四捨五入する."""
    TEN_YEN_DOWN = "ten_yen_down"
    """10円未満を切り捨てる."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Programme:
    """One programme.

    `number` is its 法別番号 (2 digits), the beginning of a 負担者番号 or the whole (8). The patient is left `percent`
    of the cost of its lines, never more than what the insurer leaves, and at most the monthly limit of the setting;
    with no percentage only the limits count, and with no limit either nothing is left. `blank_is_nothing` says that a
    record without 負担金額 means no burden; otherwise the percentage then speaks. ValueError for what cannot be.
    """

    number: str
    name: str
    percent: int | None = None
    inpatient_limit_yen: int | None = None
    outpatient_limit_yen: int | None = None
    order: LimitOrder
    rounding: LeftRounding = LeftRounding.ONE_YEN
    blank_is_nothing: bool = True
    since: Month | None = None
    until: Month | None = None
    mark: SourceMark
    source: str

    def __post_init__(self) -> None:
        if not (self.order is LimitOrder.LONG_TERM or (self.number.isascii() and self.number.isdigit())):
            raise ValueError(f"number must be digits, not {self.number!r}")
        if not LAW_DIGITS <= len(self.number) <= NUMBER_DIGITS and self.order is not LimitOrder.LONG_TERM:
            raise ValueError(f"number has {LAW_DIGITS} to {NUMBER_DIGITS} digits, not {len(self.number)}")
        if self.percent is not None and not 0 <= self.percent <= MOST_PERCENT:
            raise ValueError(f"percent must be 0 to {MOST_PERCENT}, not {self.percent}")
        if min(self.inpatient_limit_yen or 0, self.outpatient_limit_yen or 0) < 0:
            raise ValueError("a limit is 0 yen or more")

    def limit_yen(self, setting: Setting) -> int | None:
        """The monthly limit that the programme itself states for a setting."""
        return self.inpatient_limit_yen if setting is Setting.INPATIENT else self.outpatient_limit_yen

    def holds_in(self, month: Month) -> bool:
        """Whether the row holds for a treatment month."""
        return (self.since is None or self.since <= month) and (self.until is None or month <= self.until)


@dataclass(frozen=True, slots=True)
class ProgrammeTable:
    """Programmes by number; the longest number that begins a payer's number, in force in the month, is its row."""

    rows: Mapping[str, tuple[Programme, ...]] = field(default_factory=dict)

    @classmethod
    def of(cls, programmes: Iterable[Programme]) -> "ProgrammeTable":
        """A table of rows in any order; of two that hold in one month the one that began later is taken."""
        rows: dict[str, list[Programme]] = {}
        for each in programmes:
            rows.setdefault(each.number, []).append(each)
        first = Month(1, 1)
        return cls({number: tuple(sorted(of, key=lambda row: row.since or first)) for number, of in rows.items()})

    def with_rows(self, programmes: Iterable[Programme]) -> "ProgrammeTable":
        """This table and more rows (local programmes)."""
        return ProgrammeTable.of([*(each for of in self.rows.values() for each in of), *programmes])

    def find(self, number: str, month: Month) -> Programme:
        """The row of a payer's number (or of a 法別番号 alone) in a treatment month; UNLISTED where there is none."""
        for length in range(len(number), 0, -1):
            for row in reversed(self.rows.get(number[:length], ())):
                if row.holds_in(month):
                    return row
        return UNLISTED


def left_by_rule_yen(programme: Programme, cost_yen: int, *, limit_yen: int | None, setting: Setting) -> int | None:
    """What a programme leaves of lines of a cost by its own rule, before the layer bounds it; None: all that is there.

    `limit_yen` is the patient's own monthly limit (自己負担上限額) beside the programme's general one.
    """
    limits = [yen for yen in (limit_yen, programme.limit_yen(setting)) if yen is not None]
    if programme.percent is not None:
        limits.append(_rounded(programme.rounding, cost_yen * programme.percent))
    if programme.order is LimitOrder.LONG_TERM:
        return None
    return min(limits, default=0)


def _rounded(rounding: LeftRounding, hundredths: int) -> int:
    """Hundredths of a yen to yen."""
    if rounding is LeftRounding.TEN_YEN_DOWN:
        return down_to_ten_yen(hundredths // PERCENT)
    yen = (hundredths + PERCENT // 2) // PERCENT
    return window_yen(yen) if rounding is LeftRounding.TEN_YEN_HALF_UP else yen


def recorded_burden_yen(programme: Programme, declared_yen: int | None) -> int | None:
    """A receipt's 負担金額 as the split takes it: as declared; where blank nothing, or None for the programme's rule.

    記録条件仕様 公費レコード 負担金額: recorded where the ticket states an amount, omitted elsewhere.
    """
    return 0 if declared_yen is None and programme.blank_is_nothing else declared_yen


UNLISTED: Final = Programme(
    number="00",
    name="(not listed)",
    order=LimitOrder.BEFORE,
    mark=SourceMark.UNVERIFIED,
    source="a programme that no table at hand names",
)
"""Leaves what its record declares, or nothing."""
