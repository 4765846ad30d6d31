"""医薬品マスター: one drug and its price.

Source: マスターファイル仕様説明書, April 2022, chapter 3 (4) and 別紙4-1, 4-2: 35 items. Files of 2024 carry 40 and,
from September 2024, 42 columns; what stands behind item 35 is kept raw. Items 4, 6 and 9 count the characters of names
and are checked against them; 13, 18 and 29 are reserves.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import Enum
from typing import Final

from services.claims.domain.masters.fields import (
    Column,
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
    pattern,
    reference,
    reserve,
    text,
)
from services.claims.domain.masters.kinds import CHANGES_BUT_REVIVAL, ChangeClass
from services.claims.domain.masters.units import UNITS


class DrugPriceKind(Enum):
    """金額種別 (item 11, 別紙4-2): what the amount beside it means."""

    PRICE = "1"
    """金額: yen for one unit."""
    DENTAL_USUAL_AMOUNT = "3"
    """薬剤使用量省略: price of a usual amount, dental receipts only."""
    REDUCTION = "7"
    """減点: the points to take off stand in the receipt."""


class OldDrugPriceKind(Enum):
    """金額種別 of the price before the last revision (item 24)."""

    NEW = "0"
    """薬価基準改定又はそれ以降に新設."""
    PRICE = "1"
    DENTAL_USUAL_AMOUNT = "3"
    REDUCTION = "7"


class ControlledDrug(Enum):
    """麻薬・毒薬・覚醒剤原料・向精神薬 (item 14)."""

    NONE = "0"
    NARCOTIC = "1"
    """麻薬."""
    POISON = "2"
    """毒薬."""
    STIMULANT_MATERIAL = "3"
    """覚醒剤原料."""
    PSYCHOTROPIC = "5"
    """向精神薬."""


class ContrastMedium(Enum):
    """造影（補助）剤 (item 20)."""

    NONE = "0"
    MEDIUM = "1"
    """造影剤."""
    ADJUVANT = "2"
    """造影補助剤."""


class ListingForm(Enum):
    """収載方式等識別 (item 22): how the drug price standard lists it."""

    OTHER = "0"
    PHARMACOPOEIA = "1"
    """日本薬局方収載医薬品."""
    PHARMACOPOEIA_BIOLOGICAL = "2"
    """局方品で生物学的製剤基準医薬品."""
    PHARMACOPOEIA_CRUDE = "3"
    """局方品で生薬."""
    BIOLOGICAL = "6"
    """生物学的製剤基準医薬品."""
    CRUDE = "7"
    """生薬."""
    UNIFIED_NAME = "8"
    """統一名収載医薬品."""


class DosageForm(Enum):
    """剤形 (item 28)."""

    INTERNAL = "1"
    """内用薬."""
    OTHER = "3"
    """その他."""
    INJECTION = "4"
    """注射薬."""
    EXTERNAL = "6"
    """外用薬."""
    DENTAL = "8"
    """歯科用薬剤."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Drug:
    """One row of the drug master; the table below gives the item of each field.

    `price` is yen for one unit where `price_kind` is PRICE; `unit_code` is "" for none. `injection_ml` is 0 where no
    volume is stated. `notified_code` is the notified drug's code of one sold under its brand (商品名等関連), or "".
    `transition_to` is the last day of a transitional listing, None for none. `extra` are the columns from item 36 on.
    """

    change: ChangeClass
    code: str
    name: str
    kana: str
    unit_code: str
    unit_name: str
    price_kind: DrugPriceKind
    price: Decimal
    controlled: ControlledDrug
    nerve_block: bool
    biological: bool
    generic: bool
    dental_specified: bool
    contrast: ContrastMedium
    injection_ml: int
    listing: ListingForm
    notified_code: str
    old_price_kind: OldDrugPriceKind
    old_price: Decimal
    name_changed: bool
    kana_changed: bool
    form: DosageForm
    valid_from: date
    valid_to: date | None
    standard_code: str
    publication_order: str
    transition_to: date | None
    base_name: str
    extra: tuple[str, ...] = ()


_AMOUNT = amount(10)

DRUG_COLUMNS: Final = (
    Column(1, "変更区分", "change", choice(CHANGES_BUT_REVIVAL)),
    Column(2, "マスター種別", "", kind_letter("Y")),
    Column(3, "医薬品コード", "code", code(r"6[0-9]{8}", "9 digits, the first 6")),
    Column(4, "医薬品名・規格名 漢字有効桁数", "", length()),
    Column(5, "医薬品名・規格名 漢字名称", "name", text(32)),
    Column(6, "医薬品名・規格名 カナ有効桁数", "", length()),
    Column(7, "医薬品名・規格名 カナ名称", "kana", text(20)),
    Column(8, "単位 コード", "unit_code", key_of(UNITS)),
    Column(9, "単位 漢字有効桁数", "", length()),
    Column(10, "単位 漢字名称", "unit_name", text(6)),
    Column(11, "新又は現金額 金額種別", "price_kind", one_of(DrugPriceKind)),
    Column(12, "新又は現金額", "price", _AMOUNT),
    Column(13, "予備", "", reserve()),
    Column(14, "麻薬・毒薬・覚醒剤原料・向精神薬", "controlled", one_of(ControlledDrug)),
    Column(15, "神経破壊剤", "nerve_block", flag()),
    Column(16, "生物学的製剤", "biological", flag()),
    Column(17, "後発品", "generic", flag()),
    Column(18, "予備", "", reserve()),
    Column(19, "歯科特定薬剤", "dental_specified", flag()),
    Column(20, "造影（補助）剤", "contrast", one_of(ContrastMedium)),
    Column(21, "注射容量", "injection_ml", number(5)),
    Column(22, "収載方式等識別", "listing", one_of(ListingForm)),
    Column(23, "商品名等関連", "notified_code", reference(9)),
    Column(24, "旧金額 金額種別", "old_price_kind", one_of(OldDrugPriceKind)),
    Column(25, "旧金額", "old_price", _AMOUNT),
    Column(26, "漢字名称変更区分", "name_changed", flag()),
    Column(27, "カナ名称変更区分", "kana_changed", flag()),
    Column(28, "剤形", "form", one_of(DosageForm)),
    Column(29, "予備", "", reserve()),
    Column(30, "変更年月日", "valid_from", day()),
    Column(31, "廃止年月日", "valid_to", last_day()),
    Column(32, "薬価基準収載医薬品コード", "standard_code", pattern("blank or 12 characters", r"([0-9A-Z]{12})?")),
    Column(33, "公表順序番号", "publication_order", digits(1, 9)),
    Column(34, "経過措置年月日又は商品名医薬品コード使用期限", "transition_to", optional_day()),
    Column(35, "基本漢字名称", "base_name", text(100)),
)
