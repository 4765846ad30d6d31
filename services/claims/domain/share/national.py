"""The national public programmes by 法別番号, a row each with its mark.

The percentages of 10, 15 and 21, and the kinds of limit of 10, 15, 21 and 54, follow from the Ministry's worked
examples; that 51, 52 and 54 go by class stands in 別表8 of the record specification (their tickets state 適用区分). The
others are general knowledge, marked so.
"""

from typing import Final

from services.claims.domain.share.limits import SourceMark
from services.claims.domain.share.programmes import LimitOrder, Programme, ProgrammeTable

LONG_TERM_NUMBER: Final = "長"
"""Not a programme: how the worked examples name 特定疾病 on the lines of one layer."""

_EXAMPLES = "厚生労働省 高額療養費の計算事例"
_KNOWN = "general knowledge, no source at hand"
_ALL = LimitOrder.ONE_FOR_ALL


def _national(
    number: str,
    name: str,
    percent: int | None,
    *,
    order: LimitOrder = _ALL,
    mark: SourceMark = SourceMark.UNVERIFIED,
    source: str = _KNOWN,
    blank_is_nothing: bool = True,
) -> Programme:
    return Programme(
        number=number,
        name=name,
        percent=percent,
        order=order,
        mark=mark,
        source=source,
        blank_is_nothing=blank_is_nothing,
    )


_READ, _SEEN = SourceMark.READ, SourceMark.SEEN
_BY_CLASS, _ASSISTED = LimitOrder.BY_CLASS, LimitOrder.ASSISTED
_SPEC = "記録条件仕様 別表8: the ticket states 適用区分"

NATIONAL_ROWS: Final = (
    _national("10", "結核 (感染症法37条の2)", 5, mark=_READ, source=_EXAMPLES, blank_is_nothing=False),
    _national("11", "結核入院 (感染症法37条)", None),
    _national("12", "生活保護", None, order=_ASSISTED),
    _national("13", "戦傷病者 療養の給付", None),
    _national("14", "戦傷病者 更生医療", None),
    _national("15", "更生医療", 10, mark=_READ, source=_EXAMPLES),
    _national("16", "育成医療", 10),
    _national("17", "療育の給付", None),
    _national("18", "原爆認定医療", None),
    _national("19", "原爆一般疾病", None),
    _national("20", "精神措置入院", None),
    _national("21", "精神通院", 10, mark=_READ, source=_EXAMPLES),
    _national("22", "麻薬措置入院", None),
    _national("23", "養育医療", None),
    _national("24", "療養介護医療", 10),
    _national("25", "中国残留邦人等", None, order=_ASSISTED),
    _national("28", "感染症入院", None),
    _national("29", "新感染症", None),
    _national("30", "医療観察法", None),
    _national("38", "肝炎治療", None),
    _national("51", "特定疾患", None, order=_BY_CLASS, mark=_SEEN, source=_SPEC),
    _national("52", "小児慢性特定疾病", 20, order=_BY_CLASS, mark=_SEEN, source=_SPEC),
    _national("53", "児童福祉施設措置", None),
    _national("54", "難病", 20, order=_BY_CLASS, mark=_READ, source=_EXAMPLES),
    _national("62", "特定B型肝炎", None),
    _national("66", "石綿健康被害", None),
    _national("79", "障害児施設医療", 10),
    _national(LONG_TERM_NUMBER, "特定疾病", None, order=LimitOrder.LONG_TERM, mark=_READ, source=_EXAMPLES),
)

NATIONAL: Final = ProgrammeTable.of(NATIONAL_ROWS)
