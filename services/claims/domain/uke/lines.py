"""The lines of treatment (摘要情報, 第1章 3 (4) オ): acts, drugs, materials and comments."""

from services.claims.domain.uke import codes as tables
from services.claims.domain.uke.columns import (
    Record,
    amount,
    code,
    comments,
    counts_per_day,
    master_code,
    number,
    reserved,
    text,
)
from services.claims.domain.uke.layout import Mode, Need

_WIDE = Mode.WIDE
_REQUIRED = Need.REQUIRED


class ActRecord(Record, record="SI", japanese="診療行為レコード", section="オ(ア)"):
    """A medical act."""

    __slots__ = ()
    treatment_section = code("診療識別", tables.SECTION)
    share = code("負担区分", tables.SHARE, _REQUIRED)
    item_code = master_code("診療行為コード", "1")
    quantity = number("数量データ", 8)
    points = number("点数", 7)
    times = number("回数", 3, _REQUIRED)
    comments = comments()
    days = counts_per_day()


class DrugRecord(Record, record="IY", japanese="医薬品レコード", section="オ(イ)"):
    """A drug."""

    __slots__ = ()
    treatment_section = code("診療識別", tables.SECTION)
    share = code("負担区分", tables.SHARE, _REQUIRED)
    item_code = master_code("医薬品コード", "6")
    quantity = amount("使用量", 11, fraction=5)
    points = number("点数", 7)
    times = number("回数", 3, _REQUIRED)
    comments = comments()
    days = counts_per_day()


class MaterialRecord(Record, record="TO", japanese="特定器材レコード", section="オ(ウ)"):
    """A material."""

    __slots__ = ()
    treatment_section = code("診療識別", tables.SECTION)
    share = code("負担区分", tables.SHARE, _REQUIRED)
    item_code = master_code("特定器材コード", "7")
    quantity = amount("使用量", 9, fraction=3)
    points = number("点数", 7)
    times = number("回数", 3, _REQUIRED)
    unit = code("単位コード", tables.MATERIAL_UNIT)
    unit_price_yen = amount("単価", 11, fraction=2)
    reserved_1 = reserved(_WIDE, 40)
    product_name = text("商品名及び規格又はサイズ", _WIDE, 300)
    comments = comments()
    days = counts_per_day()


class CommentRecord(Record, record="CO", japanese="コメントレコード", section="オ(エ)"):
    """A comment."""

    __slots__ = ()
    treatment_section = code("診療識別", tables.SECTION)
    share = code("負担区分", tables.SHARE, _REQUIRED)
    comment_code = master_code("コメントコード", "8")
    comment_text = text("文字データ", _WIDE, 76)
