"""What the masters say for one treatment month, keyed for the hot path: code and day of the month to the row in force.

Immutable; rows and whole tables are shared between months. A kind that is not loaded for the month answers None to
every code: ask `loaded` first. Never priced from another year: an era's rows serve no other era (`revisions`).
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Generic, NamedTuple, Self, TypeVar

from services.claims.domain.masters.acts import Act
from services.claims.domain.masters.comments import MasterComment
from services.claims.domain.masters.diseases import Disease
from services.claims.domain.masters.drugs import Drug
from services.claims.domain.masters.kinds import MasterKind
from services.claims.domain.masters.materials import Material
from services.claims.domain.masters.modifiers import Modifier
from services.claims.domain.masters.rows import Row
from services.claims.domain.masters.versions import A_DAY, Version, last_day_of
from services.shared.kernel.months import Month

R = TypeVar("R", Act, Drug, Material, MasterComment, Disease, Modifier)


class Part(NamedTuple, Generic[R]):
    """A row that is in force on some days of the month, both included."""

    first: int
    last: int
    row: R


@dataclass(frozen=True, slots=True)
class MonthTable(Generic[R]):
    """One kind's rows of a month: those in force all month by their code, and the others with their days."""

    whole: Mapping[str, R]
    parts: Mapping[str, tuple[Part[R], ...]]

    def on(self, code: str, day: int) -> R | None:
        """The row in force on a day that is not in force all month."""
        for part in self.parts.get(code, ()):
            if part.first <= day <= part.last:
                return part.row
        return None

    def ever(self, code: str) -> bool:
        """Whether the code is in force on any day of the month."""
        return code in self.whole or code in self.parts

    def rows(self) -> Iterator[R]:
        """Every row in force on some day of the month."""
        yield from self.whole.values()
        for parts in self.parts.values():
            yield from (part.row for part in parts)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class MonthSchedule:
    """All kinds for one treatment month, as they were known on some day; equal to itself alone, so it may be a key.

    `moved_diseases` are disease codes whose use ended before the month, each with its 移行先コード; those without one
    are left out.
    """

    month: Month
    kinds: frozenset[MasterKind]
    attested: frozenset[MasterKind]
    acts: MonthTable[Act]
    drugs: MonthTable[Drug]
    materials: MonthTable[Material]
    comments: MonthTable[MasterComment]
    diseases: MonthTable[Disease]
    modifiers: MonthTable[Modifier]
    moved_diseases: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(
        cls,
        month: Month,
        *,
        acts: Sequence[Act] | None = None,
        drugs: Sequence[Drug] | None = None,
        materials: Sequence[Material] | None = None,
        comments: Sequence[MasterComment] | None = None,
        diseases: Sequence[Disease] | None = None,
        modifiers: Sequence[Modifier] | None = None,
    ) -> Self:
        """From rows at hand, each in force by its own dates; a kind is loaded where it is given, be it without rows."""
        given: Mapping[MasterKind, Sequence[Row] | None] = {
            MasterKind.ACT: acts,
            MasterKind.DRUG: drugs,
            MasterKind.MATERIAL: materials,
            MasterKind.COMMENT: comments,
            MasterKind.DISEASE: diseases,
            MasterKind.MODIFIER: modifiers,
        }
        kinds = frozenset(kind for kind, rows in given.items() if rows is not None)
        return cls(
            month=month,
            kinds=kinds,
            attested=kinds,
            acts=_table_of_rows(month, acts or ()),
            drugs=_table_of_rows(month, drugs or ()),
            materials=_table_of_rows(month, materials or ()),
            comments=_table_of_rows(month, comments or ()),
            diseases=_table_of_rows(month, diseases or ()),
            modifiers=_table_of_rows(month, modifiers or ()),
            moved_diseases=_moved(month, diseases or ()),
        )

    def loaded(self, kind: MasterKind) -> bool:
        """Whether the kind is loaded for this month; where it is not, nothing can be said of its codes."""
        return kind in self.kinds

    def exhaustive(self, kind: MasterKind) -> bool:
        """Whether a code that is absent is known not to exist.

        False where the month is told by a full file that came out later: what was abolished by then is not in it.
        """
        return kind in self.attested

    def act(self, code: str, day: int) -> Act | None:
        """The act (診療行為) of nine digits on a day of the month, 1 to 31."""
        row = self.acts.whole.get(code)
        return row if row is not None else self.acts.on(code, day)

    def drug(self, code: str, day: int) -> Drug | None:
        """The drug (医薬品) of nine digits on a day of the month."""
        row = self.drugs.whole.get(code)
        return row if row is not None else self.drugs.on(code, day)

    def material(self, code: str, day: int) -> Material | None:
        """The material (特定器材) of nine digits on a day of the month."""
        row = self.materials.whole.get(code)
        return row if row is not None else self.materials.on(code, day)

    def comment(self, code: str, day: int) -> MasterComment | None:
        """The comment (コメント) of nine digits on a day of the month."""
        row = self.comments.whole.get(code)
        return row if row is not None else self.comments.on(code, day)

    def disease(self, code: str, day: int) -> Disease | None:
        """The disease (傷病名) of seven digits on a day of the month."""
        row = self.diseases.whole.get(code)
        return row if row is not None else self.diseases.on(code, day)

    def modifier(self, code: str, day: int) -> Modifier | None:
        """The modifier (修飾語) of four digits on a day of the month."""
        row = self.modifiers.whole.get(code)
        return row if row is not None else self.modifiers.on(code, day)


def month_table(versions: Mapping[str, Sequence[Version[R]]], month: Month) -> MonthTable[R]:
    """The versions that are in force on some day of the month."""
    first, last = month.first_day, month.last_day
    whole: dict[str, R] = {}
    parts: dict[str, tuple[Part[R], ...]] = {}
    for code, known in versions.items():
        found = [each for each in known if each.first <= last and each.last >= first]
        if len(found) == 1 and found[0].first <= first and found[0].last >= last:
            whole[code] = found[0].row
        elif found:
            parts[code] = tuple(Part(max(each.first, first).day, min(each.last, last).day, each.row) for each in found)
    return MonthTable(whole, parts)


def moved_codes(ended: Iterable[Disease]) -> Mapping[str, str]:
    """Of diseases whose use ended, those that moved: 移行先コード is another than their own (別紙1-2, 2 and 3)."""
    return {row.code: row.successor for row in ended if row.successor not in {"", row.code}}


def _moved(month: Month, diseases: Iterable[Disease]) -> Mapping[str, str]:
    latest = {row.code: row for row in sorted(diseases, key=_begins)}.values()
    return moved_codes(row for row in latest if row.valid_to is not None and row.valid_to < month.first_day)


def _table_of_rows(month: Month, rows: Iterable[R]) -> MonthTable[R]:
    by_code: dict[str, list[R]] = {}
    for row in sorted(rows, key=_begins):
        by_code.setdefault(row.code, []).append(row)
    return month_table({code: _versions(known) for code, known in by_code.items()}, month)


def _begins(row: Row) -> date:
    return row.valid_from or date.min


def _versions(rows: Sequence[R]) -> list[Version[R]]:
    """Rows of one code in the order of their days; each ends before the next begins."""
    ends = [*(_begins(row) - A_DAY for row in rows[1:]), date.max]
    return [
        Version(_begins(row), min(end, last_day_of(row) or date.max), row) for row, end in zip(rows, ends, strict=True)
    ]
