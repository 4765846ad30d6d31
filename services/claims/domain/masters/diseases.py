"""傷病名マスター: one disease name of the fee schedule.

Source: マスターファイル仕様説明書, April 2022, chapter 3 (1) and 別紙1-2. The file of abolished names (旧傷病名管理
ファイル) has the same layout. Items 5, 7, 9 and 42 count the characters of names and are checked against them; 18, 40
and 41 are reserves.
"""

from dataclasses import dataclass
from datetime import date
from enum import Enum
from typing import Final

from services.claims.domain.masters.fields import (
    Column,
    choice,
    code,
    digits,
    flag,
    kind_letter,
    last_day,
    length,
    one_of,
    optional_day,
    pattern,
    reference,
    reserve,
    text,
)
from services.claims.domain.masters.kinds import CHANGES, ChangeClass


class SpecialDisease(Enum):
    """特定疾患等対象区分 (item 21): the management fee for which the name counts as the disease."""

    NONE = "00"
    SKIN_1 = "03"
    """皮膚科特定疾患指導管理料（Ⅰ）."""
    SKIN_2 = "04"
    """皮膚科特定疾患指導管理料（Ⅱ）."""
    SPECIFIED = "05"
    """特定疾患療養管理料."""
    EPILEPSY = "07"
    """てんかん指導料."""
    SPECIFIED_OR_EPILEPSY = "08"
    """特定疾患療養管理料又はてんかん指導料."""


class IntractableDisease(Enum):
    """難病外来対象区分 (item 43)."""

    NONE = "00"
    OUTPATIENT_GUIDANCE = "09"
    """難病外来指導管理料."""


class DentalSpecialDisease(Enum):
    """歯科特定疾患対象区分 (item 44)."""

    NONE = "00"
    DENTAL_GUIDANCE = "10"
    """歯科特定疾患療養管理料."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Disease:
    """One row of the disease master; the table below gives the item of each field.

    `successor` is the code that takes an abolished one's place (移行先コード): the code itself where nothing moved, ""
    where there is none. `listed_on` is None for names older than 2002-06-01, `changed_on` for names never changed.
    `*_changed` tell what the last change touched. `extra` are columns behind the last that the specification defines.
    """

    change: ChangeClass
    code: str
    successor: str
    name: str
    short_name: str
    kana: str
    management_number: str
    adoption: str
    exchange_code: str
    icd10_2003: str
    icd10_2003_second: str
    icd10: str
    icd10_second: str
    needs_modifier: bool
    outside_insurance: bool
    special: SpecialDisease
    listed_on: date | None
    changed_on: date | None
    valid_to: date | None
    name_changed: bool
    short_name_changed: bool
    kana_changed: bool
    adoption_changed: bool
    exchange_code_changed: bool
    icd10_2003_changed: bool
    icd10_2003_second_changed: bool
    dental_name_changed: bool
    intractable_changed: bool
    dental_special_changed: bool
    needs_modifier_changed: bool
    outside_insurance_changed: bool
    special_changed: bool
    successor_number: str
    dental_name: str
    intractable: IntractableDisease
    dental_special: DentalSpecialDisease
    icd10_changed: bool
    icd10_second_changed: bool
    extra: tuple[str, ...] = ()

    @property
    def valid_from(self) -> date | None:
        """Since when the row says what it says; None where it has no date: since before 2002-06-01."""
        return self.changed_on or self.listed_on


_ICD10 = pattern("blank or a letter and 2 to 4 more characters", r"([A-Z][0-9A-Za-z-]{2,4})?")
_NUMBER = reference(8)
_CHANGED = flag()

DISEASE_COLUMNS: Final = (
    Column(1, "変更区分", "change", choice(CHANGES)),
    Column(2, "マスター種別", "", kind_letter("B")),
    Column(3, "傷病名コード", "code", code(r"[0-9]{7}", "7 digits")),
    Column(4, "移行先コード", "successor", reference(7)),
    Column(5, "傷病名基本名称桁数", "", length()),
    Column(6, "傷病名基本名称", "name", text(30)),
    Column(7, "傷病名省略名称桁数", "", length()),
    Column(8, "傷病名省略名称", "short_name", text(20)),
    Column(9, "傷病名カナ名称桁数", "", length()),
    Column(10, "傷病名カナ名称", "kana", text(50)),
    Column(11, "病名管理番号", "management_number", digits(8, 8)),
    Column(12, "採択区分", "adoption", digits(0, 1)),
    Column(13, "病名交換用コード", "exchange_code", pattern("4 letters and digits", r"[0-9A-Z]{4}")),
    Column(14, "ＩＣＤ－１０－１", "icd10_2003", _ICD10),
    Column(15, "ＩＣＤ－１０－２", "icd10_2003_second", _ICD10),
    Column(16, "ＩＣＤ－１０－１（２０１３）", "icd10", _ICD10),
    Column(17, "ＩＣＤ－１０－２（２０１３）", "icd10_second", _ICD10),
    Column(18, "予備", "", reserve()),
    Column(19, "単独使用禁止区分", "needs_modifier", flag("01", no="00")),
    Column(20, "保険請求外区分", "outside_insurance", flag()),
    Column(21, "特定疾患等対象区分", "special", one_of(SpecialDisease)),
    Column(22, "収載年月日", "listed_on", optional_day()),
    Column(23, "変更年月日", "changed_on", optional_day()),
    Column(24, "廃止年月日", "valid_to", last_day()),
    Column(25, "傷病名基本名称（変更情報）", "name_changed", _CHANGED),
    Column(26, "傷病名省略名称（変更情報）", "short_name_changed", _CHANGED),
    Column(27, "傷病名カナ名称（変更情報）", "kana_changed", _CHANGED),
    Column(28, "採択区分（変更情報）", "adoption_changed", _CHANGED),
    Column(29, "病名交換用コード（変更情報）", "exchange_code_changed", _CHANGED),
    Column(30, "ＩＣＤ－１０－１（変更情報）", "icd10_2003_changed", _CHANGED),
    Column(31, "ＩＣＤ－１０－２（変更情報）", "icd10_2003_second_changed", _CHANGED),
    Column(32, "歯科傷病名省略名称（変更情報）", "dental_name_changed", _CHANGED),
    Column(33, "難病外来対象区分（変更情報）", "intractable_changed", _CHANGED),
    Column(34, "歯科特定疾患対象区分（変更情報）", "dental_special_changed", _CHANGED),
    Column(35, "単独使用禁止区分（変更情報）", "needs_modifier_changed", _CHANGED),
    Column(36, "保険請求外区分（変更情報）", "outside_insurance_changed", _CHANGED),
    Column(37, "特定疾患等対象区分（変更情報）", "special_changed", _CHANGED),
    Column(38, "移行先病名管理番号", "successor_number", _NUMBER),
    Column(39, "歯科傷病名省略名称", "dental_name", text(20)),
    Column(40, "予備", "", reserve()),
    Column(41, "予備", "", reserve()),
    Column(42, "歯科傷病名省略名称桁数", "", length()),
    Column(43, "難病外来対象区分", "intractable", one_of(IntractableDisease)),
    Column(44, "歯科特定疾患対象区分", "dental_special", one_of(DentalSpecialDisease)),
    Column(45, "ＩＣＤ－１０－１（２０１３）（変更情報）", "icd10_changed", _CHANGED),
    Column(46, "ＩＣＤ－１０－２（２０１３）（変更情報）", "icd10_second_changed", _CHANGED),
)
