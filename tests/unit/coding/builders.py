"""Diseases, modifiers and masters by hand."""

from datetime import date

from services.coding.domain.master import Alone, Billing, Disease, DiseaseMaster, Modifier, ModifierClass


def disease(
    code: str,
    name: str,
    kana: str = "",
    abbreviation: str = "",
    *,
    icd10: str = "X000",
    moved_to: str = "",
    alone: Alone = Alone.ALLOWED,
    billing: Billing = Billing.CLAIMABLE,
    valid_from: date = date.min,
    valid_to: date = date.max,
) -> Disease:
    return Disease(
        code=code,
        name=name,
        abbreviation=abbreviation,
        kana=kana,
        icd10=icd10,
        moved_to=moved_to,
        alone=alone,
        billing=billing,
        valid_from=valid_from,
        valid_to=valid_to,
    )


def modifier(
    code: str, name: str, kind: ModifierClass, *, valid_from: date = date.min, valid_to: date = date.max
) -> Modifier:
    return Modifier(code=code, name=name, kana="", kind=kind, valid_from=valid_from, valid_to=valid_to)


MODIFIERS = (
    modifier("1076", "大腿", ModifierClass.SITE),
    modifier("1640", "膝関節", ModifierClass.SITE),
    modifier("2049", "左", ModifierClass.POSITION),
    modifier("2056", "右", ModifierClass.POSITION),
    modifier("2058", "両側", ModifierClass.POSITION),
    modifier("4012", "急性", ModifierClass.COURSE),
    modifier("4043", "慢性", ModifierClass.COURSE),
    modifier("8002", "の疑い", ModifierClass.SUFFIX),
    modifier("8007", "急性増悪", ModifierClass.SUFFIX),
    modifier("8061", "の急性増悪", ModifierClass.SUFFIX),
    modifier("8065", "の再発", ModifierClass.SUFFIX),
    modifier("8142", "の既往", ModifierClass.SUFFIX),
)
ROWS = (
    disease("3669004", "白内障", "ハクナイショウ", icd10="H269"),
    disease("5350004", "急性胃炎", icd10="K291"),
    disease("5359011", "胃炎", icd10="K297"),
    disease("7245001", "疼痛", icd10="R529"),
    disease("8290001", "骨折", icd10="T142", alone=Alone.FORBIDDEN),
    disease("1519003", "胃癌", icd10="C169"),
)
MASTER = DiseaseMaster("test", ROWS, MODIFIERS)
