"""The units chosen so far for one receipt, and what they leave room for."""

from dataclasses import dataclass, field

from tests.support.valid_receipts.masters import Act, Disease
from tests.support.valid_receipts.shelves import Shelf, section_of
from tests.support.valid_receipts.units import UnitDraft
from tests.support.valid_receipts.visit import Visits


@dataclass(slots=True, kw_only=True)
class Chosen:
    """Grows while a receipt is made, and lives no longer."""

    codes: Shelf
    visits: Visits
    units: list[UnitDraft] = field(default_factory=list)
    diseases: list[Disease] = field(default_factory=list)
    forms: set[str] = field(default_factory=set)

    def add(self, unit: UnitDraft) -> None:
        """Take one more unit."""
        self.units.append(unit)

    def acts(self) -> list[Act]:
        """The acts of all units."""
        known = self.codes.masters.acts
        return [known[item.code] for unit in self.units for item in unit.items if item.code in known]

    def is_free(self, act: Act) -> bool:
        """Whether an act is not on the receipt yet, nor another of its notes' group, tapering group or judgement."""
        return all(
            each.code != act.code
            and not (act.taper_group != "0" and each.taper_group == act.taper_group)
            and not (act.note_group != "0" and each.note_group == act.note_group)
            for each in self.acts()
        )

    def section_of(self, act: Act) -> str:
        """診療識別 of an act in this setting."""
        return section_of(act, inpatient=self.visits.inpatient)

    def days_without_management(self) -> set[int]:
        """The days on which some act excludes 外来管理加算."""
        known = self.codes.masters.acts
        return {
            day
            for unit in self.units
            for item in unit.items
            if item.code in known and known[item.code].management == "1"
            for day in unit.days
        }
