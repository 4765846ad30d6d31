"""The layout of each master: its columns, the row they become, and what holds between columns.

A layout says how many columns a record has at least. What stands behind those that the specification of April 2022
defines is kept raw: reserves at the end, and columns that later layouts added.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from types import MappingProxyType
from typing import Any, Final

from services.claims.domain.masters.act_columns import ACT_COLUMNS
from services.claims.domain.masters.act_values import AgeAddition, CountLimit, Step, TableNumber
from services.claims.domain.masters.acts import Act
from services.claims.domain.masters.ages import AgeRange
from services.claims.domain.masters.comments import COMMENT_COLUMNS, Insertion, MasterComment
from services.claims.domain.masters.diseases import DISEASE_COLUMNS, Disease
from services.claims.domain.masters.drugs import DRUG_COLUMNS, Drug
from services.claims.domain.masters.fields import NO_END, Column
from services.claims.domain.masters.kinds import MasterKind
from services.claims.domain.masters.materials import MATERIAL_COLUMNS, Material
from services.claims.domain.masters.modifiers import MODIFIER_COLUMNS, Modifier
from services.claims.domain.masters.rows import Row

Values = Sequence[Any]
"""A record's columns converted, each at item − 1."""
Parts = Callable[[Values], Mapping[str, object]]
"""Converted columns → the fields made of several of them."""

_MANY: Final = 4096
"""Values made of several columns that are kept to be shared."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """One master's layout.

    `least` is the number of columns of the specification, reserves at the end included. `lengths` pairs the item that
    counts a name's characters with the name's. `blank_before` are items that came with a later schedule: a record of an
    earlier day leaves them blank. `later` names columns behind the specification's, as independent public software
    names them: what their values mean is not known here [S].
    """

    kind: MasterKind
    row: type[Row]
    columns: tuple[Column, ...]
    least: int
    parts: Parts
    code_item: int
    last_day_item: int
    first_day_item: int
    lengths: tuple[tuple[int, int], ...]
    blank_before: Mapping[int, date]
    later: Mapping[int, str]


def _nothing(_: Values) -> Mapping[str, object]:
    return {}


_age_range = lru_cache(_MANY)(AgeRange)


@lru_cache(_MANY)
def _table_number(letter: str, numbers: tuple[str, ...]) -> TableNumber:
    """Items 85 and 90 to 94, 86 and 95 to 99."""
    chapter, part, section, branch, item = numbers
    return TableNumber(letter=letter, chapter=chapter, part=part, section=section, branch=branch, item=item)


@lru_cache(_MANY)
def _groups(standards: tuple[str, ...]) -> tuple[tuple[str, ...], ...]:
    """Items 72 to 81 as groups of six, three and one; groups without a code fall away."""
    groups = (standards[:6], standards[6:9], standards[9:])
    return tuple(tuple(code for code in group if code) for group in groups if any(group))


def _step(values: Values) -> Step | None:
    """Items 30 to 35."""
    used, lower, upper, width, points, bounds = values
    if not used:
        return None
    return Step(lower=lower, upper=None if upper == int(NO_END) else upper, width=width, points=points, bounds=bounds)


def _age_additions(values: Values) -> tuple[AgeAddition, ...]:
    """Items 100 to 111."""
    places = (values[place : place + 3] for place in range(0, len(values), 3))
    return tuple(AgeAddition(ages=_age_range(lower, upper), code=code) for lower, upper, code in places if code)


def _act_parts(values: Values) -> Mapping[str, object]:
    times, mode = values[35:37]
    return {
        "step": _step(values[29:35]),
        "limit": CountLimit(times=times, mode=mode) if times else None,
        "ages": _age_range(values[40], values[41]),
        "facility_standards": _groups(tuple(values[71:81])),
        "table_number": _table_number(values[84], tuple(values[89:94])),
        "cited_number": _table_number(values[85], tuple(values[94:99])),
        "age_additions": _age_additions(values[99:111]),
    }


def _material_parts(values: Values) -> Mapping[str, object]:
    return {"ages": _age_range(values[14], values[15])}


def _comment_parts(values: Values) -> Mapping[str, object]:
    places = (Insertion(*values[place : place + 2]) for place in range(9, 17, 2))
    return {"insertions": tuple(place for place in places if place.column or place.digits)}


_DRUG_LATER: Final = {
    36: "薬価基準収載年月日",
    37: "一般名コード",
    38: "一般名処方の標準的な記載",
    39: "一般名処方加算対象区分",
    40: "抗ＨＩＶ薬区分",
    41: "長期収載品関連",
    42: "選定療養区分",
}
_ACT_SINCE_2022: Final = dict.fromkeys(range(124, 128), date(2022, 4, 1))
_ACT_LATER: Final = {
    128: "看護職員処遇改善評価料等",
    129: "外来・在宅ベースアップ評価料（１）",
    130: "外来・在宅ベースアップ評価料（２）",
    131: "再製造単回使用医療機器使用加算",
}
_MATERIAL_LATER: Final = {38: "再製造単回使用医療機器"}


def _layout(
    kind: MasterKind,
    row: type[Row],
    columns: tuple[Column, ...],
    least: int,
    *,
    lengths: tuple[tuple[int, int], ...],
    parts: Parts = _nothing,
    blank_before: Mapping[int, date] = MappingProxyType({}),
    later: Mapping[int, str] = MappingProxyType({}),
) -> Layout:
    by_field = {column.field: column.item for column in columns}
    return Layout(
        kind=kind,
        row=row,
        columns=columns,
        least=least,
        parts=parts,
        code_item=by_field["code"],
        last_day_item=by_field["valid_to"],
        first_day_item=by_field.get("valid_from") or by_field["changed_on"],
        lengths=lengths,
        blank_before=MappingProxyType(dict(blank_before)),
        later=MappingProxyType(dict(later)),
    )


_NAMES: Final = ((4, 5), (6, 7), (9, 10))
LAYOUTS: Final[Mapping[MasterKind, Layout]] = MappingProxyType(
    {
        layout.kind: layout
        for layout in (
            _layout(MasterKind.DISEASE, Disease, DISEASE_COLUMNS, 46, lengths=((5, 6), (7, 8), (9, 10), (42, 39))),
            _layout(MasterKind.MODIFIER, Modifier, MODIFIER_COLUMNS, 19, lengths=((6, 7), (9, 10))),
            _layout(
                MasterKind.ACT,
                Act,
                ACT_COLUMNS,
                150,
                lengths=_NAMES,
                parts=_act_parts,
                blank_before=_ACT_SINCE_2022,
                later=_ACT_LATER,
            ),
            _layout(MasterKind.DRUG, Drug, DRUG_COLUMNS, 35, lengths=_NAMES, later=_DRUG_LATER),
            _layout(
                MasterKind.MATERIAL,
                Material,
                MATERIAL_COLUMNS,
                37,
                lengths=_NAMES,
                parts=_material_parts,
                later=_MATERIAL_LATER,
            ),
            _layout(
                MasterKind.COMMENT, MasterComment, COMMENT_COLUMNS, 30, lengths=((6, 7), (8, 9)), parts=_comment_parts
            ),
        )
    }
)
"""Every master's layout."""
