"""Receipts that faults are planted into: small, sound, and true to the masters, with what is known beside them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Final

from tests.support.mutator.raw import (
    ADMITTED,
    BIRTH,
    HO_DAYS,
    HO_POINTS,
    INSURER,
    KANA,
    KIND,
    MEMBER,
    MONTH,
    NAME,
    SEX,
    SYMBOL,
    Fields,
    RawReceipt,
    record,
    restated,
)
from tests.support.valid_receipts.masters import Masters
from tests.support.valid_receipts.units import Item, UnitDraft, act, lines_of

JULY: Final = "202407"
ADULT: Final = "19800115"
DISEASE: Final = "2500013"
FIRST, RETURN, MANAGEMENT = "111000110", "112007410", "112011010"
WARD, MEAL, CHARGE = "190117710", "197000110", "197000810"
CLINIC: Final = "1310000003"
HOSPITAL: Final = "1310099999"


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """A receipt and its circumstances.

    The claim is made in `claim_month` (YYYYMM); `hospital` tells a hospital of `beds` from a clinic; `standards` are
    registered, or None where nobody told; `before` are receipts that the agency already has of the same hospital;
    `moved` are disease codes that were in use once, each with the one that it moved to; `published` are master files
    beside the official ones, by name; `found` are codes that coding found for free text: line, code, modifiers.
    """

    receipt: RawReceipt
    claim_month: str
    hospital: bool = False
    beds: int = 0
    standards: frozenset[str] | None = frozenset()
    before: tuple[RawReceipt, ...] = ()
    moved: tuple[tuple[str, str], ...] = ()
    published: tuple[tuple[str, bytes], ...] = ()
    found: tuple[tuple[int, str, tuple[str, ...]], ...] = ()

    @property
    def institution(self) -> str:
        """Who claims, in ten digits."""
        return HOSPITAL if self.hospital else CLINIC


@dataclass(frozen=True, slots=True)
class Stage:
    """Makes scenes from the masters: units at their points, a patient, and the days of the visits, in a month."""

    masters: Masters
    month: str = JULY

    def points(self, code: str) -> int:
        """The points of an act's row."""
        return int(self.masters.acts[code].points)

    def drug_ending_in_five_yen(self) -> tuple[str, int]:
        """A drug ten units of which cost some tens of yen and five."""
        for each in sorted(self.masters.drugs.values()):
            if each.form == "1" and each.price_kind == "1" and each.price >= 3 and each.price * 10 % 10 == 5:
                return each.code, int(each.price * 10)
        raise LookupError("no such drug")

    def percent(self, code: str) -> Decimal:
        """The percentage of an act's row that adds one."""
        return self.masters.acts[code].points

    def once(self, code: str, day: int = 7, quantity: int | None = None, points: int | None = None) -> UnitDraft:
        """One act on one day, at the master's points unless told otherwise."""
        row = self.masters.acts[code]
        return UnitDraft(
            self.section(code), (act(code, quantity),), int(row.points) if points is None else points, {day: 1}
        )

    def unit(self, points: int, *items: Item, day: int = 7, section: str = "") -> UnitDraft:
        """Several lines in one unit."""
        return UnitDraft(section or self.section(items[0].code), items, points, {day: 1})

    def section(self, code: str) -> str:
        """診療識別 of an act by the column that its points go to."""
        row = self.masters.acts[code]
        column = row.section_outside if row.section_outside != "0" else row.section_inside
        return f"{int(column) // 10:02}"

    def visit(self, *days: int) -> UnitDraft:
        """A return visit on each of these days."""
        return UnitDraft("12", (act(RETURN),), self.points(RETURN), dict.fromkeys(days or (7,), 1))

    def outpatient(
        self,
        *units: UnitDraft,
        month: str = "",
        birth: str = ADULT,
        days: int = 1,
        diseases: Sequence[Fields] = (),
        kind: str = "",
        standards: frozenset[str] | None = None,
    ) -> Scene:
        """An outpatient of a clinic; `month` is another than the stage's."""
        month = month or self.month
        receipt = self._receipt(units, head(kind or _kind_of(birth, month, "2468"), month, birth), days, diseases)
        return Scene(
            receipt=receipt,
            claim_month=next_month(month),
            standards=self.asked_by(units) if standards is None else standards,
        )

    def earlier(self, code: str, points: int) -> Scene:
        """An outpatient of October 2021, for whom one act was done."""
        return self.outpatient(UnitDraft("12", (act(code),), points, {7: 1}), month="202110")

    def inpatient(
        self,
        *units: UnitDraft,
        birth: str = ADULT,
        days: int = 3,
        ward: bool = True,
        beds: int = 320,
        diseases: Sequence[Fields] = (),
    ) -> Scene:
        """An inpatient of a hospital who lies there from the 7th on; a stay in its general ward is added."""
        stay = dict.fromkeys(range(7, 7 + days), 1)
        lain = (*units, UnitDraft("90", (act(WARD),), self.points(WARD), stay)) if ward else units
        receipt = self._receipt(
            lain,
            head(_kind_of(birth, self.month, "1357"), self.month, birth, admitted=f"{self.month}07"),
            days,
            diseases,
        )
        return Scene(
            receipt=receipt,
            claim_month=next_month(self.month),
            hospital=True,
            beds=beds,
            standards=self.asked_by(lain) | {"3525"},
        )

    def asked_by(self, units: Sequence[UnitDraft]) -> frozenset[str]:
        """Every standard that some act of these units names."""
        acts = self.masters.acts
        rows = [acts[item.code] for unit in units for item in unit.items if item.code in acts]
        return frozenset(standard for row in rows for standard in row.standards)

    def _receipt(
        self, units: Sequence[UnitDraft], head_line: Fields, days: int, diseases: Sequence[Fields]
    ) -> RawReceipt:
        late = head_line[KIND][1] == "3"
        insurer = record(
            "HO",
            {
                INSURER: "39131164" if late else "01130012",
                SYMBOL: "" if late else "１２３",
                MEMBER: "４５６７８",
                HO_DAYS: str(days),
                HO_POINTS: "0",
            },
        )
        branch = () if late else (record("SN", {1: "1", 2: "01", 6: "01"}),)
        illness = diseases or (disease(DISEASE),)
        records = (head_line, insurer, *branch, record("MF", {1: "00"}), *illness, *lines_of(units, "1"))
        return restated(RawReceipt(records))


def head(kind: str, month: str, birth: str, admitted: str = "") -> Fields:
    """RE."""
    return record(
        "RE",
        {
            1: "1",
            KIND: kind,
            MONTH: month,
            NAME: "架空　太郎",
            SEX: "1",
            BIRTH: birth,
            ADMITTED: admitted,
            KANA: "カクウタロウ",
        },
    )


def disease(code: str, modifiers: str = "") -> Fields:
    """SY of a disease that began in January 2021."""
    return record("SY", {1: code, 2: "20210110", 3: "1", 4: modifiers, 6: "01"})


def written(text: str) -> Fields:
    """SY of a disease that is written as free text."""
    return record("SY", {1: "0000999", 2: "20210110", 3: "1", 5: text})


def drug(code: str, quantity: str) -> Item:
    """A drug."""
    return Item("IY", code, Decimal(quantity))


def material(code: str, quantity: str = "1", price: str | None = None) -> Item:
    """A material, at its own price where one is given."""
    return Item("TO", code, Decimal(quantity), None if price is None else Decimal(price))


def next_month(month: str) -> str:
    """The month after (YYYYMM)."""
    first = date(int(month[:4]), int(month[4:]), 1)
    return f"{first + timedelta(days=31):%Y%m}"


def _kind_of(birth: str, month: str, lasts: str) -> str:
    """レセプト種別 of an insurer alone: class by age, told by years alone since no scene is near a limit."""
    years = int(month[:4]) - int(birth[:4])
    if years >= 76:
        return f"131{lasts[3]}"
    return f"111{lasts[1] if years <= 5 else lasts[0]}"
