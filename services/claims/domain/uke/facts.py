"""What a receipt states, in the form that eligibility, adjudication and the identifier screen need it.

Facts are taken from a receipt in one reading (see `assess`) and are complete only for a receipt whose form holds. They
contain personal data (name, numbers, birth date, free text) and stay inside claims.
"""

from dataclasses import dataclass, replace
from datetime import date
from enum import Enum

from services.claims.domain.uke.codes import ReceiptKind
from services.claims.domain.uke.findings import MOST_FINDINGS, Finding
from services.claims.domain.uke.tally import ReadLine

_FIRST_PAYER_LINE = 2
"""Within the receipt, whose RE is line 1."""


class Sex(Enum):
    """男女区分 (別表6)."""

    MALE = "1"
    FEMALE = "2"


class PayerKind(Enum):
    """Whether a payer on the receipt is its insurer (HO) or a public programme (KO)."""

    INSURER = "insurer"
    PROGRAMME = "programme"


@dataclass(frozen=True, slots=True, kw_only=True)
class PayerFacts:
    """One payer of a receipt, as its HO or KO record declares it.

    `position` is 0 for the insurer and 1 to 4 for the first to fourth public programme, as benefit shares name them.
    `number` is 保険者番号 without leading spaces or 公費負担者番号; `symbol` and `member_number` are 記号 and 番号 as
    written, or empty and 受給者番号; `branch` is 枝番 from the SN record or empty. `line_points` is the sum of points
    times count over the lines whose benefit share names this payer; meals are not in it. `burden_yen` is what the
    record declares as the patient's part (負担金額), None where it declares nothing; the two copay fields are 公費給付
    対象 外来/入院 一部負担金.
    """

    position: int
    kind: PayerKind
    line: int
    number: str
    symbol: str
    member_number: str
    branch: str
    days: int
    declared_points: int
    line_points: int
    meals: int
    meals_yen: int
    burden_yen: int | None
    outpatient_copay_yen: int | None
    inpatient_copay_yen: int | None
    relief: str
    relief_percent: int | None
    relief_yen: int | None


@dataclass(frozen=True, slots=True)
class SharePoints:
    """The points (times count) of all lines with one benefit share, whose payers `codes.BENEFIT_SHARES` lists."""

    share: str
    points: int


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """A coded diagnosis: disease code (7 digits) with modifier codes (4 each), start, outcome, whether the main one."""

    line: int
    code: str
    modifiers: tuple[str, ...]
    start_date: date
    outcome: str
    main: bool


@dataclass(frozen=True, slots=True)
class UncodedDiagnosis:
    """A diagnosis as free text under code 0000999 (未コード化傷病名)."""

    line: int
    text: str
    start_date: date
    outcome: str
    main: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiptFacts:
    """A receipt's facts.

    `treatment_month` is YYYYMM. `shares` are in order of first appearance. `meal_lines_yen` is the sum over section
    97, whose amounts are yen and stand in no payer's points; meals and the patient's standard charge for them are both
    in it, for only the master tells them apart. `discount_unit_yen` is 割引点数単価 where it is stated.
    `departments` are 診療科1 to 3 as written, fifteen fields. `lines` are SI, IY, TO and CO as read, without those of
    donors. `patient_part_stated` tells whether an MF record (窓口負担額) stands. `arithmetic` holds the findings of
    sums; they reject nothing, adjudication reduces or returns.
    """

    receipt_number: int
    kind: ReceiptKind
    treatment_month: str
    name: str
    kana: str
    sex: Sex
    birth_date: date
    benefit_percent: int | None
    admission_date: date | None
    burden_class: str
    special_marks: tuple[str, ...]
    departments: tuple[str, ...]
    discount_unit_yen: int | None
    payers: tuple[PayerFacts, ...]
    shares: tuple[SharePoints, ...]
    meal_lines_yen: int
    diagnoses: tuple[Diagnosis, ...]
    uncoded: tuple[UncodedDiagnosis, ...]
    lines: tuple[ReadLine, ...]
    line_count: int
    patient_part_stated: bool
    arithmetic: tuple[Finding, ...]

    @property
    def inpatient(self) -> bool:
        """Whether the receipt is an inpatient's."""
        return self.kind.inpatient

    @property
    def lines_before(self) -> int:
        """Lines before RE in what was read, a file or the receipt alone: the first payer's record follows RE."""
        return self.payers[0].line - _FIRST_PAYER_LINE

    @property
    def claimed_points(self) -> int:
        """The points that enter the set's total: the insurer's, or the first programme's where there is no insurer."""
        return self.payers[0].declared_points

    @property
    def line_points(self) -> int:
        """Points times count over all lines, meals left out."""
        return sum(share.points for share in self.shares)


@dataclass(frozen=True, slots=True)
class ControlTotals:
    """What a receipt adds to the totals record: payer records and points, None where these are unreadable."""

    payer_records: int
    points: int | None

    def __add__(self, other: "ControlTotals") -> "ControlTotals":
        """The totals of both; points are unknown where either's are."""
        known = self.points is not None and other.points is not None
        points = (self.points or 0) + (other.points or 0) if known else None
        return ControlTotals(self.payer_records + other.payer_records, points)


@dataclass(frozen=True, slots=True, kw_only=True)
class Assessment:
    """The outcome of reading one receipt: its facts unless it is rejected, every finding, and its control totals.

    At most MOST_FINDINGS findings are kept; `finding_count` counts them all.
    """

    facts: ReceiptFacts | None
    findings: tuple[Finding, ...]
    finding_count: int
    control: ControlTotals
    receipt_number: int | None

    @property
    def rejected(self) -> bool:
        """Whether some finding rejects the receipt."""
        return self.facts is None

    def with_finding(self, finding: Finding) -> "Assessment":
        """This outcome with one more finding, which takes the facts away where it rejects."""
        return replace(
            self,
            facts=None if finding.rejects else self.facts,
            findings=(*self.findings, finding)[:MOST_FINDINGS],
            finding_count=self.finding_count + 1,
        )
