"""特定器材マスター: one special material and its price.

Source: マスターファイル仕様説明書, April 2022, chapter 3 (5) and 別紙5-1 to 5-3: 37 items; files of 2024 carry a 38th
column, kept raw. Items 4, 6 and 9 count the characters of names and are checked against them; 13, 25 and 34 to 36 are
reserves.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import Enum
from typing import Final

from services.claims.domain.masters.ages import AgeRange
from services.claims.domain.masters.fields import (
    Column,
    age,
    amount,
    choice,
    code,
    day,
    digits,
    flag,
    key_of,
    kind_letter,
    last_day,
    length,
    number,
    one_of,
    optional_day,
    reference,
    reserve,
    text,
)
from services.claims.domain.masters.kinds import CHANGES_BUT_REVIVAL, ChangeClass
from services.claims.domain.masters.units import UNITS


class MaterialPriceKind(Enum):
    """金額種別 (item 11, 別紙5-1): what the amount beside it means."""

    PRICE = "1"
    """金額: yen for one unit."""
    PURCHASE = "2"
    """購入価格: the hospital's purchase price, stated in the receipt."""
    PERCENT_ADDED = "5"
    """％加算: percent added to the price of the materials before."""
    MULTIPLIER = "9"
    """乗算割合: the receipt states the pressure in atmospheres, which multiplies."""


class OldMaterialPriceKind(Enum):
    """金額種別 of the price before the last revision (item 17)."""

    NEW = "0"
    """材料価格基準改定又はそれ以降に新設."""
    PRICE = "1"
    PURCHASE = "2"
    PERCENT_ADDED = "5"
    MULTIPLIER = "9"


class OxygenKind(Enum):
    """酸素等区分 (item 21)."""

    NONE = "0"
    CORRECTION = "1"
    """酸素補正率及び高気圧酸素加算."""
    STATIONARY_TANK = "2"
    """定置式液化酸素貯槽（ＣＥ）."""
    PORTABLE_TANK = "3"
    """可搬式液化酸素容器（ＬＧＣ）."""
    LARGE_CYLINDER = "4"
    """大型ボンベ."""
    SMALL_CYLINDER = "5"
    """小型ボンベ."""
    NITROGEN = "9"
    """窒素."""


class MaterialPointsRule(Enum):
    """特定器材種別 (item 22): what the price is divided by to become points, rounded half up (四捨五入).

    In the text at hand the marks that show which part of each formula is rounded are lost; that oxygen and nitrogen are
    rounded to whole yen before the division is not read there.
    """

    BY_10 = "0"
    """購入価格 / 10円."""
    OXYGEN_BY_10 = "2"
    """購入価格 / 10円, 酸素、窒素."""
    IRIDIUM_BY_50 = "3"
    """購入価格 / 50円, 高線量率イリジウム."""
    COBALT_BY_1000 = "4"
    """購入価格 / 1,000円, コバルト."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Material:
    """One row of the material master; the table below gives the item of each field.

    `price` is yen for one unit where `price_kind` is PRICE, percent where it is PERCENT_ADDED. `most_points` is 0 where
    there is no limit (上限点数). `successor` is the code that a change moved this one to, "" for none. `transition_to`
    is the last day of a transitional listing. `table` and `section` are 別表番号 (in arabic digits) and 区分番号 of the
    price standard, "" outside it. `extra` are the columns from item 38 on.
    """

    change: ChangeClass
    code: str
    name: str
    kana: str
    unit_code: str
    unit_name: str
    price_kind: MaterialPriceKind
    price: Decimal
    age_addition: bool
    ages: AgeRange
    old_price_kind: OldMaterialPriceKind
    old_price: Decimal
    name_changed: bool
    kana_changed: bool
    oxygen: OxygenKind
    points_rule: MaterialPointsRule
    price_limited: bool
    most_points: int
    publication_order: str
    successor: str
    valid_from: date
    transition_to: date | None
    valid_to: date | None
    table: str
    section: str
    outside_dpc: bool
    base_name: str
    extra: tuple[str, ...] = ()


_AMOUNT = amount(10)

MATERIAL_COLUMNS: Final = (
    Column(1, "変更区分", "change", choice(CHANGES_BUT_REVIVAL)),
    Column(2, "マスター種別", "", kind_letter("T")),
    Column(3, "特定器材コード", "code", code(r"7[0-9]{8}", "9 digits, the first 7")),
    Column(4, "特定器材名・規格名 漢字有効桁数", "", length()),
    Column(5, "特定器材名・規格名 漢字名称", "name", text(32)),
    Column(6, "特定器材名・規格名 カナ有効桁数", "", length()),
    Column(7, "特定器材名・規格名 カナ名称", "kana", text(20)),
    Column(8, "単位 コード", "unit_code", key_of(UNITS)),
    Column(9, "単位 漢字有効桁数", "", length()),
    Column(10, "単位 漢字名称", "unit_name", text(6)),
    Column(11, "新又は現金額 金額種別", "price_kind", one_of(MaterialPriceKind)),
    Column(12, "新又は現金額", "price", _AMOUNT),
    Column(13, "予備", "", reserve()),
    Column(14, "年齢加算区分", "age_addition", flag()),
    Column(15, "上下限年齢 下限年齢", "ages.lower", age(special=())),
    Column(16, "上下限年齢 上限年齢", "ages.upper", age(special=("AA",))),
    Column(17, "旧金額 金額種別", "old_price_kind", one_of(OldMaterialPriceKind)),
    Column(18, "旧金額", "old_price", _AMOUNT),
    Column(19, "漢字名称変更区分", "name_changed", flag()),
    Column(20, "カナ名称変更区分", "kana_changed", flag()),
    Column(21, "酸素等区分", "oxygen", one_of(OxygenKind)),
    Column(22, "特定器材種別", "points_rule", one_of(MaterialPointsRule)),
    Column(23, "上限価格", "price_limited", flag()),
    Column(24, "上限点数", "most_points", number(7)),
    Column(25, "予備", "", reserve()),
    Column(26, "公表順序番号", "publication_order", digits(1, 9)),
    Column(27, "廃止・新設関連", "successor", reference(9)),
    Column(28, "変更年月日", "valid_from", day()),
    Column(29, "経過措置年月日", "transition_to", optional_day()),
    Column(30, "廃止年月日", "valid_to", last_day()),
    Column(31, "告示番号 別表番号", "table", key_of([str(table) for table in range(1, 10)])),
    Column(32, "告示番号 区分番号", "section", digits(1, 3)),
    Column(33, "ＤＰＣ適用区分", "outside_dpc", flag()),
    Column(34, "予備", "", reserve()),
    Column(35, "予備", "", reserve()),
    Column(36, "予備", "", reserve()),
    Column(37, "基本漢字名称", "base_name", text(150)),
)
