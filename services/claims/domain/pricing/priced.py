"""What pricing answers: points, or why there are none; and how they came about, in words."""

from collections.abc import Sequence
from enum import Enum
from typing import NamedTuple

from services.claims.domain.pricing.working import Working, in_words


class Unpriced(Enum):
    """Why a unit has no price. The members stand in the order in which they are looked for."""

    KIND_NOT_LOADED = "kind-not-loaded"
    """No master of the line's kind is loaded for the treatment month; `missing` is the kind."""
    NO_TREATMENT_DAY = "no-treatment-day"
    """The code changed within the month, and the unit states no day (算定日情報) that says which version holds."""
    VERSIONS_DIFFER = "versions-differ"
    """The unit's days lie under versions of a code that are priced differently, and it states one price for all."""
    CODE_NOT_IN_MASTER = "code-not-in-master"
    """The kind is loaded, and the code is not in it on the unit's first day."""
    PURCHASE_PRICE = "purchase-price"
    """購入価格（点数）: the fee schedule sets no points; those declared are all there is (別紙７－１ 2 ⑶)."""
    DECLARED_REDUCTION = "declared-reduction"
    """減点: the points to take off stand in the receipt and in no master (別紙７－１ 2 ⑹, 別紙４－２ 1 ⑶)."""
    DENTAL_ONLY = "dental-only"
    """薬剤使用量省略: a price that holds in dental receipts only (別紙４－２ 1 ⑵)."""
    YEN_AMONG_POINTS = "yen-among-points"
    """An amount in yen outside section 97, or points within it; one unit has one currency (別紙７－１ 2 ⑴)."""
    QUANTITY_MISSING = "quantity-missing"
    """The master prices by quantity (数量データ, 使用量), and the line has none."""
    QUANTITY_NOT_WHOLE = "quantity-not-whole"
    """数量データ of an act is a whole number (記録条件仕様 第1章 3 (4) オ (ア))."""
    QUANTITY_ZERO = "quantity-zero"
    """A stepped act with the quantity 0 is returned (別紙７－５ 1)."""
    QUANTITY_BELOW_LOWER = "quantity-below-lower"
    """At most lower limit less step, and the error mode counts no points: returned (項番35 modes 2 and 3)."""
    UNIT_PRICE_MISSING = "unit-price-missing"
    """The material is priced by what the hospital paid, and its line states no 単価 (別紙５－１ 1 ⑵, 項番23)."""
    UNIT_DIFFERS = "unit-differs"
    """The line states another unit (単位コード) than the one that the master prices."""
    NOTHING_TO_APPLY_TO = "nothing-to-apply-to"
    """A percentage, and no line before it in the unit that the master lets it apply to."""
    BUNDLE_NOT_KNOWN = "bundle-not-known"
    """Counted tests (包括対象検査) whose points for that number are not known to us for the month."""
    MATERIAL_ROUNDING_NOT_KNOWN = "material-rounding-not-known"
    """Materials whose points differ by what is rounded first (each or their sum, yen or points): no source says."""
    DRUG_RULE_NOT_KNOWN = "drug-rule-not-known"
    """How yen of drugs become points is not known to us for the month."""
    PRESCRIBED_NOT_KNOWN = "prescribed-not-known"
    """A percentage, and which additions its prescribed points (所定点数) hold is not known to us for the month."""
    MOST_POINTS_EXCEEDED = "most-points-exceeded"
    """Above 上限点数 of a material with a quantity other than 1; no source found says whether the limit multiplies."""


class Remark(Enum):
    """What a person should know of a price that was reached."""

    QUANTITY_ABOVE_UPPER = "quantity-above-upper"
    """Priced by the quantity although above the upper limit: to be looked at (別紙７－５ 2, modes 0 and 2)."""
    PRICE_ABOVE_LIMIT = "price-above-limit"
    """The stated 単価 exceeds the limit of the master (上限価格); the limit was used."""


class PricedUnit(NamedTuple):
    """One unit for one time: points (yen in section 97), or None and why.

    `missing` is the code, or the kind of master, that stands in the way. `line_points` runs parallel to the unit's
    lines: what the line itself adds (a percentage: its amount), None where lines are priced together (a bundle, drugs
    summed before rounding); empty where the unit has no price. `working` is what `arithmetic` says in words.
    """

    points: int | None
    why: Unpriced | None
    missing: str
    line_points: tuple[int | None, ...]
    working: tuple[Working, ...]
    remarks: tuple[Remark, ...]

    @property
    def arithmetic(self) -> str:
        """How the points came about: "250 + 2 × 16 steps"."""
        return in_words(self.working)


class Pricing(NamedTuple):
    """The units of a treatment, priced; parallel to `Treatment.units`."""

    units: tuple[PricedUnit, ...]


class Refusal(NamedTuple):
    """Why a line cannot be priced, within pricing."""

    why: Unpriced
    missing: str


def unpriced(refusal: Refusal) -> PricedUnit:
    """The answer for a unit that cannot be priced."""
    return PricedUnit(None, refusal.why, refusal.missing, (), (), ())


def priced(points: Sequence[int | None], total: int, working: Sequence[Working]) -> PricedUnit:
    """The answer for a unit without remarks."""
    return PricedUnit(total, None, "", tuple(points), tuple(working), ())
