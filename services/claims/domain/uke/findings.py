"""What can be wrong with a submission, as a closed set of rules, and one finding of one rule.

A finding names the line, the record, the field and the rule. It never repeats a value: names, numbers, birth dates and
free text of patients stay in the receipt.
"""

from dataclasses import dataclass
from enum import Enum


class Severity(Enum):
    """Whether a finding rejects what it was found in (a receipt, or the set) or is kept beside it."""

    ERROR = "error"
    WARNING = "warning"


class Profile(Enum):
    """How strictly the rules of form are held.

    STRICT is the specification as written. LENIENT is what real files need: a missing disease record, gaps in receipt
    numbers, over-long text, failed check digits and the like are warnings kept on the receipt.
    """

    STRICT = "strict"
    LENIENT = "lenient"


FRAME_RECORDS = frozenset({"IR", "GO"})
"""The records that open and close a volume; they belong to no receipt."""

_SEVERITIES = {"E": Severity.ERROR, "W": Severity.WARNING}


class Rule(Enum):
    """Every rule of form: id, section of the specification (第1章 3), severity by profile, what it demands.

    The order is that of precedence: the frame before the record, the record before the field, the field before sums.
    """

    id: str
    section: str
    strict: Severity
    lenient: Severity
    says: str

    def __init__(self, rule_id: str, section: str, severities: str, says: str) -> None:
        self.id = rule_id
        self.section = section
        self.strict = _SEVERITIES[severities[0]]
        self.lenient = _SEVERITIES[severities[1]]
        self.says = says

    def severity(self, profile: Profile) -> Severity:
        """How heavily this rule weighs under a profile."""
        return self.strict if profile is Profile.STRICT else self.lenient

    # The frame of the set. An error here rejects every receipt.
    UNDECODABLE = "frame.undecodable", "(3)エ", "EE", "the bytes are not Shift_JIS text"
    QUOTE = "frame.quote", "(3)エ", "EE", "the quotation mark (0x22) is not used"
    LINE_END = "frame.line-end", "(3)エ", "EE", "a record ends with CR LF and holds neither within"
    LINE_TOO_LONG = "frame.line-too-long", "(3)ウ", "EE", "the record is longer than any record can be"
    RECEIPT_TOO_LARGE = "frame.receipt-too-large", "(3)ア", "EE", "the receipt is larger than this reader takes"
    BLANK_LINE = "frame.blank-line", "(3)ア", "EE", "an empty line is not a record"
    NO_HEADER = "frame.no-header", "(3)ア(エ)", "EE", "a volume begins with an institution record (IR)"
    HEADER_REPEATED = "frame.header-repeated", "(3)ア(エ)", "EE", "a volume has one institution record (IR)"
    OUTSIDE_RECEIPT = "frame.outside-receipt", "(3)ア(エ)", "EE", "a record stands outside any receipt"
    NO_RECEIPT = "frame.no-receipt", "(3)ア(エ)", "EE", "a volume holds at least one receipt"
    NO_TRAILER = "frame.no-trailer", "(3)ア(エ)", "EE", "a volume ends with a totals record (GO)"
    TRAILER_NOT_LAST = "frame.trailer-not-last", "(3)ア(エ)", "EE", "nothing follows the totals record (GO)"
    AFTER_END = "frame.after-end", "(3)ア(ク)", "EE", "nothing follows the end-of-file byte (0x1A)"
    END_MISSING = "frame.end-missing", "(3)ア(ク)", "WW", "the end-of-file byte (0x1A) is missing"
    VOLUME_ORDER = "frame.volume-order", "(4)ア(イ)", "EE", "volumes are numbered 00/01, 01/02 and so on to 99"
    VOLUME_DIFFERS = "frame.volume-differs", "(4)ア(イ)", "EE", "all volumes are one institution's, for one month"
    VOLUME_TOTALS = "frame.volume-totals", "(4)ク", "EE", "totals stand in the last volume and only there"
    TOTAL_COUNT = "frame.total-count", "(4)ク", "EE", "the declared number of payer records is not the counted one"
    TOTAL_POINTS = "frame.total-points", "(4)ク", "EE", "the declared total of points is not the sum of the receipts"

    # Records of a receipt.
    UNKNOWN_RECORD = "record.unknown", "(3)ア(オ)", "EW", "the specification knows no such record"
    RECORD_ORDER = "record.order", "(3)ア(オ)", "EE", "the record stands out of order"
    RECORD_REPEATED = "record.repeated", "(3)ア(オ)", "EE", "the record stands more often than allowed"
    RECORD_MISSING = "record.missing", "(3)ア(オ)", "EE", "a record that must stand is missing"
    DISEASE_MISSING = "record.disease-missing", "(3)ア(オ)", "EW", "a receipt holds at least one disease record (SY)"
    DETAIL_MISSING = "record.detail-missing", "(3)ア(オ)", "EE", "a receipt holds at least one SI, IY or TO record"
    PAYERS_OF_KIND = "record.payers-of-kind", "(3)ア(カ)", "EE", "the payer records do not fit the kind of receipt"
    SKIPPED_RECORD = "record.skipped", "(4)ウ", "WW", "before September 2021 this record is not recorded; it is skipped"
    RECEIPT_NUMBER = "record.receipt-number", "(4)イ", "EW", "receipts are numbered from 1 without a gap"

    # Fields of any record.
    FIELDS_MISSING = "field.missing-columns", "(3)ウ", "EW", "the record has fewer fields than specified"
    FIELDS_EXTRA = "field.extra-columns", "(3)ウ", "EW", "the record has more fields than specified; they are kept"
    REQUIRED = "field.required", "(4)", "EE", "the field must be recorded"
    NAME_MISSING = "field.name-missing", "(4)", "EW", "the name must be recorded"
    RESERVED = "field.reserved", "(4)", "EW", "the field is reserved and stays empty"
    NOT_APPLICABLE = "field.not-applicable", "(4)", "EE", "the field is not recorded in this case"
    LENGTH = "field.length", "(3)ウ(ウ)", "EE", "the field has not its fixed length"
    TEXT_TOO_LONG = "field.text-too-long", "(3)ウ(ウ)", "EW", "the text is longer than the field allows"
    NUMBER_TOO_LONG = "field.number-too-long", "(3)ウ(ウ)", "EE", "the number has more digits than the field allows"
    MODE = "field.mode", "(3)ウ(ウ)", "EE", "the field holds characters of another mode"
    OUTSIDE_JIS = "field.outside-jis", "(3)エ", "EW", "the text holds characters outside JIS X 0208-1983"
    MIXED_MODES = "field.mixed-modes", "(4)", "EW", "half-width and full-width characters are not mixed"
    TRAILING_SPACE = "field.trailing-space", "(3)ウ(ウ)", "EW", "spaces after the last character are not recorded"
    NUMBER_FORM = "field.number-form", "(3)ウ(ウ)", "EW", "leading and trailing zeros of a number are not recorded"
    CODE = "field.code", "別表", "EE", "the code is not in its table"
    CODES_WIDTH = "field.codes-width", "(4)", "EE", "the codes do not divide into codes of their width"
    DATE = "field.date", "(3)ウ(エ)", "EE", "this is not a date, or not a month, of the calendar"
    CHECK_DIGIT = "field.check-digit", "(4)", "EW", "the check digit does not fit the number"
    RECIPIENT_NUMBER = "field.recipient-number", "(4)ウ(イ)", "EW", "a recipient's number is recorded with 7 digits"

    # Fields in their context.
    NAME_SPACE = "receipt.name-space", "(4)イ", "EW", "one space stands between family name and given name"
    KANA = "receipt.kana", "(4)イ", "EW", "the reading is full-width katakana without spaces"
    BENEFIT_RATIO = "receipt.benefit-ratio", "(4)イ", "EW", "municipal and retiree receipts state the benefit ratio"
    ADMISSION = "receipt.admission", "(4)イ", "EE", "inpatient receipts, and only they, state the day of admission"
    INPATIENT_ONLY = "receipt.inpatient-only", "(4)", "EE", "this is recorded on inpatient receipts only"
    OUTPATIENT_ONLY = "receipt.outpatient-only", "(4)イ", "EE", "this is recorded on outpatient receipts only"
    MARK_PERIOD = "receipt.mark-period", "別表9", "EE", "the special mark is not used in this month or scheme"
    SEARCH_NUMBER = "receipt.search-number", "(4)イ", "EW", "a first claim carries no search number"
    DEPARTMENT = "receipt.department", "(4)イ", "EE", "a combined name needs the department it belongs to"
    FUTURE_MONTH = "receipt.future-month", "(4)イ", "EE", "the treatment month lies after the month of the claim"
    AFTER_TREATMENT = "receipt.after-treatment", "(4)", "WW", "the date lies after the treatment month"
    MEMBER_LENGTH = "receipt.member-length", "(4)ウ(ア)", "EW", "symbol and number hold at most 19 characters together"
    BEARER = "receipt.bearer", "(3)ア(カ)", "EE", "the record names a payer that the receipt has not, or names it twice"
    FIRST_CLAIM = "receipt.first-claim", "(4)ウ(ウ)", "EE", "the code is the agency's own and no part of a first claim"
    UNCODED_NAME = "receipt.uncoded-name", "(4)エ", "EE", "code 0000999, and only it, states the disease's name"
    UNCODED_MODIFIER = "receipt.uncoded-modifier", "(4)エ", "EE", "code 0000999 takes no modifiers"
    SECTION_MISSING = "line.section-missing", "(4)オ", "EE", "the first line states its section (診療識別)"
    SECTION_OMITTED = "line.section-omitted", "(3)ア(オ)注1", "EE", "at most 98 lines in a row omit their section"
    SECTION_INPATIENT = "line.section-inpatient", "別表20", "EE", "the section exists on inpatient receipts only"
    SHARE_PAYERS = "line.share-payers", "別表21", "EE", "the benefit share names a payer that the receipt has not"
    CODE_FAMILY = "line.code-family", "(4)オ", "EE", "the code is of another master than the record"
    COMMENT_PAIR = "line.comment-pair", "(4)オ", "EE", "a comment's text stands beside its code, in order"
    DAYS_SUM = "line.days-sum", "(4)オ", "EE", "the counts per day do not add up to the line's count"
    DAY_OF_MONTH = "line.day-of-month", "(4)オ", "EE", "the treatment month has no such day"
    UNIT_COUNT = "line.unit-count", "(4)オ", "EE", "all lines of a unit state the same count and days"
    UNIT_POINTS = "line.unit-points", "(4)オ", "EE", "a unit states its points once, on its last line"
    NARRATIVE_CLASS = "line.narrative-class", "(4)カ", "EE", "the first narrative states its class"
    DONOR_ORDER = "donor.order", "(3)ア(キ)", "EE", "the donor's records are not in order or not complete"
    DONOR_INSTITUTION = "donor.institution", "(4)キ(ア)", "EE", "the institution is stated if and only if another's"
    DONOR_NUMBER = "donor.number", "(4)キ(イ)", "EW", "a donor's receipts are numbered from 1 per institution"
    DONOR_POINTS = "donor.points", "(4)キ(ウ)", "WW", "the donor's declared points are not the sum of the donor's lines"

    # Sums. They do not reject a receipt: adjudication reduces or returns it.
    POINTS_ABOVE_LINES = "sum.points-above-lines", "(4)ウ", "WW", "the declared points exceed the sum of the lines"
    POINTS_BELOW_LINES = "sum.points-below-lines", "(4)ウ", "WW", "the declared points fall short of the lines"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One rule broken at one place.

    `line` counts from 1 in the file (or from `first_line` for a receipt on its own); 0 means the set as a whole.
    `record` is the two-letter record id or empty, `field` the field's English name or empty. `message` holds no
    personal data.
    """

    rule: Rule
    severity: Severity
    line: int
    record: str = ""
    field: str = ""
    message: str

    @property
    def rejects(self) -> bool:
        """Whether the finding rejects what it was found in."""
        return self.severity is Severity.ERROR


@dataclass(frozen=True, slots=True)
class Place:
    """Where a rule was broken: line (from 1; 0 for the whole set), record id, field name."""

    line: int
    record: str = ""
    field: str = ""


def finding(rule: Rule, profile: Profile, place: Place, detail: str = "") -> Finding:
    """A finding of this rule at this place, as heavy as the profile makes it; `detail` must hold no personal data."""
    return Finding(
        rule=rule,
        severity=rule.severity(profile),
        line=place.line,
        record=place.record,
        field=place.field,
        message=f"{rule.says} ({detail})" if detail else rule.says,
    )


MOST_FINDINGS = 1_000
"""Findings kept of one receipt, or of one set's frame; all are counted."""


class FindingLog:
    """Findings as they come in: the first MOST_FINDINGS kept, all counted."""

    __slots__ = ("_kept", "_profile", "count", "rejects")

    def __init__(self, profile: Profile) -> None:
        self._profile = profile
        self._kept: list[Finding] = []
        self.count = 0
        self.rejects = False

    def add(self, rule: Rule, place: Place, detail: str = "") -> None:
        """Note that a rule was broken."""
        self.count += 1
        self.rejects = self.rejects or rule.severity(self._profile) is Severity.ERROR
        if len(self._kept) < MOST_FINDINGS:
            self._kept.append(finding(rule, self._profile, place, detail))

    @property
    def findings(self) -> tuple[Finding, ...]:
        """The kept findings in line order, those of one line in the order they came in."""
        return tuple(sorted(self._kept, key=lambda each: each.line))
