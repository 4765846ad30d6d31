"""The treatment that a receipt states, as pricing and the edits see it: units of lines in their order, and whose.

It names nobody but holds a birth date, so it stays inside claims. It is taken from a receipt whose form holds; what a
line may look like is the business of `uke`.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import Enum
from typing import NamedTuple

from services.claims.domain.uke.codes import ReceiptKind
from services.claims.domain.uke.columns import Comment
from services.claims.domain.uke.facts import Diagnosis, Sex, UncodedDiagnosis
from services.shared.kernel.months import Month


class LineKind(Enum):
    """Which master a line's code is of, by its record."""

    ACT = "SI"
    """診療行為."""
    DRUG = "IY"
    """医薬品."""
    MATERIAL = "TO"
    """特定器材."""


class DayCount(NamedTuple):
    """How often something was done on a day of the treatment month (算定日情報): day 1 to 31, once or more."""

    day: int
    times: int


class Line(NamedTuple):
    """One SI, IY or TO line.

    `number` is its line in the file, or in the receipt where that was read alone. `quantity` is 数量データ of an act
    or 使用量, None where it is blank; `points` are those declared, for one time, on a unit's last line and None on the
    others; `unit_code`, `unit_price_yen` and `product_name` are a material's. `comments` stand beside the line.
    """

    number: int
    kind: LineKind
    code: str
    quantity: Decimal | None
    points: int | None
    unit_code: str
    unit_price_yen: Decimal | None
    product_name: str
    comments: tuple[Comment, ...]


class Unit(NamedTuple):
    """点数・回数算定単位: lines whose points are stated together, on the last of them, and done equally often.

    `group` counts 剤 from 1: a line that states its section (診療識別) begins one. `points` are declared for one
    time; times × points enter the benefit share. Points of section 97 are yen.
    """

    group: int
    section: str
    share: str
    times: int
    days: tuple[DayCount, ...]
    points: int
    lines: tuple[Line, ...]


class CommentLine(NamedTuple):
    """One CO line, in the 剤 that it stands in (0 before the first)."""

    number: int
    group: int
    section: str
    share: str
    code: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Treatment:
    """What was done for whom in one month at one hospital, in or out of its beds.

    `hospital_code` has ten digits and `claim_month` is 請求年月; they are empty and None where a receipt is looked at
    alone. `departments` are 診療科1 to 3 with their parts as written, fifteen fields; `days` is 診療実日数 of the first
    payer. Lines of a donor's receipt (TR) are not in it. `found` are codes that coding found for some of the `uncoded`,
    on the lines of these; `lines_before` counts the lines before the receipt's RE in what was read. `municipal` tells
    whether the insurer is 国民健康保険, whose number has six digits, None without an insurer; `patient_part_stated`
    whether an MF record stands, None where that is not known.
    """

    kind: ReceiptKind
    hospital_code: str
    claim_month: Month | None
    month: Month
    sex: Sex
    birth_date: date
    admission_date: date | None
    departments: tuple[str, ...]
    days: int
    special_marks: tuple[str, ...]
    units: tuple[Unit, ...]
    comments: tuple[CommentLine, ...]
    diagnoses: tuple[Diagnosis, ...]
    uncoded: tuple[UncodedDiagnosis, ...]
    found: tuple[Diagnosis, ...] = ()
    lines_before: int = 0
    municipal: bool | None = None
    patient_part_stated: bool | None = None
