"""For every rule of form one receipt or one set that breaks it, and where; written by hand from the specification."""

from typing import NamedTuple

from services.claims.domain.uke.findings import Rule
from services.claims.domain.uke.wire import MAX_LINE_BYTES, MAX_RECEIPT_BYTES
from tests.support import uke

PROGRAMMED = {"kind": "1122"}
INPATIENT = {"kind": "1111", "admission_date": "20240501"}
VISIT_7TH = {"visits_7": "1"}


class Example(NamedTuple):
    """A receipt (or a set) that breaks a rule on this line, in this record and field."""

    rule: Rule
    content: bytes
    line: int
    record: str = ""
    field: str = ""


def receipt(*lines: str) -> bytes:
    return uke.receipt(*lines)


def with_head(**fields: str) -> bytes:
    return receipt(uke.head(**fields), uke.insurer(), uke.disease(), uke.act())


def with_insurer(**fields: str) -> bytes:
    return receipt(uke.head(), uke.insurer(**fields), uke.disease(), uke.act())


def with_programme(**fields: str) -> bytes:
    return receipt(uke.head(**PROGRAMMED), uke.insurer(), uke.programme(**fields), uke.disease(), uke.act(share="2"))


def with_disease(**fields: str) -> bytes:
    return receipt(uke.head(), uke.insurer(), uke.disease(**fields), uke.act())


def with_lines(*lines: str) -> bytes:
    return receipt(uke.head(), uke.insurer(), uke.disease(), *lines)


def with_records(*lines: str) -> bytes:
    """The records between the payers and the diseases."""
    return receipt(uke.head(), uke.insurer(), *lines, uke.disease(), uke.act())


def donor_head(**fields: str) -> str:
    known = {
        "receipt_number": "1",
        "kind": "1992",
        "treatment_month": "202405",
        "sex": "2",
        "birth_date": "19850101",
    }
    return uke.line("TR", **known | fields)


def with_donor(*lines: str) -> bytes:
    return receipt(uke.head(), uke.insurer(), uke.disease(), uke.act(), *lines)


HERE = uke.line("TI", organ="1", site="1")
CLAIM = uke.line("TS", days="1", points="73")
DONOR = (HERE, donor_head(), CLAIM, uke.disease(), uke.act())

RECEIPTS = (
    Example(Rule.UNDECODABLE, uke.plain_receipt() + b"CO,99,1,810000001,\x81\x20\r\n", 5),
    Example(Rule.QUOTE, with_lines(uke.act(), 'CO,99,1,810000001,"'), 5),
    Example(Rule.LINE_END, uke.plain_receipt().removesuffix(b"\r\n"), 4),
    Example(Rule.LINE_END, uke.plain_receipt().replace(b"HO", b"\nHO"), 2),
    Example(Rule.LINE_TOO_LONG, with_lines(uke.act(), "SJ,01," + "い" * MAX_LINE_BYTES), 5),
    Example(Rule.RECEIPT_TOO_LARGE, with_lines(*[uke.act()] * (MAX_RECEIPT_BYTES // 50)), 1),
    Example(Rule.BLANK_LINE, with_lines(uke.act(), ""), 5),
    Example(Rule.UNKNOWN_RECORD, with_lines(uke.act(), "JY,1,2,3"), 5),
    Example(Rule.UNKNOWN_RECORD, with_disease().replace(b"SY,", b"SYX,"), 3),
    Example(Rule.RECORD_ORDER, uke.plain_receipt() + uke.receipt(uke.totals(1, 73)), 5),
    Example(Rule.RECORD_ORDER, receipt(uke.head(), uke.disease(), uke.insurer(), uke.act()), 3, "HO"),
    Example(Rule.RECORD_ORDER, receipt(uke.head(), uke.insurer(), uke.head(), uke.disease(), uke.act()), 3, "RE"),
    Example(Rule.RECORD_REPEATED, with_records(uke.insurer()), 3, "HO"),
    Example(Rule.RECORD_REPEATED, with_records(*[uke.line("MF", payment_class="00")] * 2), 4, "MF"),
    Example(Rule.RECORD_MISSING, receipt(uke.insurer(), uke.disease(), uke.act()), 1, "RE"),
    Example(Rule.DISEASE_MISSING, receipt(uke.head(), uke.insurer(), uke.act()), 1, "SY"),
    Example(Rule.DETAIL_MISSING, receipt(uke.head(), uke.insurer(points="0"), uke.disease(), uke.comment()), 1, "SI"),
    Example(Rule.PAYERS_OF_KIND, receipt(uke.head(), uke.disease(), uke.act(share="1")), 1, "HO"),
    Example(Rule.PAYERS_OF_KIND, with_head(**PROGRAMMED), 1, "KO"),
    Example(Rule.PAYERS_OF_KIND, with_records(uke.programme()), 3, "KO"),
    Example(
        Rule.SKIPPED_RECORD,
        receipt(
            uke.head(treatment_month="202108"),
            uke.insurer(),
            uke.line("SN", bearer="1", confirmation="01", branch="00"),
            uke.disease(start_date="20210801"),
            uke.act(),
        ),
        3,
        "SN",
    ),
    Example(Rule.FIELDS_MISSING, with_disease().replace(b",01,\r\n", b",01\r\n"), 3, "SY"),
    Example(Rule.FIELDS_EXTRA, with_disease().replace(b",01,\r\n", b",01,,x\r\n"), 3, "SY"),
    Example(Rule.REQUIRED, with_insurer(days=""), 2, "HO", "days"),
    Example(Rule.REQUIRED, with_programme(recipient_number=""), 3, "KO", "recipient_number"),
    Example(Rule.NAME_MISSING, with_head(name=""), 1, "RE", "name"),
    Example(Rule.RESERVED, with_head(reserved_2="1"), 1, "RE", "reserved_2"),
    Example(Rule.NOT_APPLICABLE, with_programme(programme_number="30130013"), 3, "KO", "recipient_number"),
    Example(Rule.NOT_APPLICABLE, with_records(uke.line("MF", payment_class="03")), 3, "MF", "payment_class"),
    Example(Rule.LENGTH, with_insurer(insurer_number="130012"), 2, "HO", "insurer_number"),
    Example(Rule.LENGTH, with_head(sex="11"), 1, "RE", "sex"),
    Example(Rule.LENGTH, with_disease(disease_code="250001"), 3, "SY", "disease_code"),
    Example(Rule.TEXT_TOO_LONG, with_head(name="見本　" + "太" * 18), 1, "RE", "name"),
    Example(Rule.NUMBER_TOO_LONG, with_insurer(days="100"), 2, "HO", "days"),
    Example(
        Rule.NUMBER_TOO_LONG,
        with_lines(uke.act(points=""), uke.drug(quantity="1.123456", points="73")),
        5,
        "IY",
        "quantity",
    ),
    Example(Rule.MODE, with_disease(comment="abc"), 3, "SY", "comment"),
    Example(Rule.MODE, with_insurer(points="7x"), 2, "HO", "points"),
    Example(Rule.OUTSIDE_JIS, with_head(name="髙橋　太郎"), 1, "RE"),
    Example(Rule.MIXED_MODES, with_insurer(symbol="１２-３"), 2, "HO", "symbol"),
    Example(Rule.TRAILING_SPACE, with_disease(comment="左　"), 3, "SY", "comment"),
    Example(Rule.NUMBER_FORM, with_insurer(days="01"), 2, "HO", "days"),
    Example(
        Rule.NUMBER_FORM, with_lines(uke.act(points=""), uke.drug(quantity="1.10", points="73")), 5, "IY", "quantity"
    ),
    Example(Rule.CODE, with_head(sex="3"), 1, "RE", "sex"),
    Example(Rule.CODE, with_head(kind="1119", special_marks="05"), 1, "RE", "special_marks"),
    Example(Rule.CODES_WIDTH, with_head(special_marks="281"), 1, "RE", "special_marks"),
    Example(Rule.DATE, with_head(birth_date="19800231"), 1, "RE", "birth_date"),
    Example(Rule.DATE, with_head(treatment_month="202413"), 1, "RE", "treatment_month"),
    Example(Rule.CHECK_DIGIT, with_insurer(insurer_number="01130013"), 2, "HO", "insurer_number"),
    Example(Rule.CHECK_DIGIT, with_programme(programme_number="54130019"), 3, "KO", "programme_number"),
    Example(Rule.RECIPIENT_NUMBER, with_programme(recipient_number="123456"), 3, "KO", "recipient_number"),
    Example(Rule.NAME_SPACE, with_head(name="見本太郎"), 1, "RE", "name"),
    Example(Rule.KANA, with_head(kana="ミホン　タロウ"), 1, "RE", "kana"),
    Example(Rule.BENEFIT_RATIO, with_insurer(insurer_number="  130013"), 1, "RE", "benefit_percent"),
    Example(Rule.BENEFIT_RATIO, with_head(benefit_percent="70"), 1, "RE", "benefit_percent"),
    Example(Rule.ADMISSION, with_head(kind="1111"), 1, "RE", "admission_date"),
    Example(Rule.ADMISSION, with_head(admission_date="20240501"), 1, "RE", "admission_date"),
    Example(Rule.INPATIENT_ONLY, with_insurer(meals="3", meals_yen="1920"), 2, "HO", "meals"),
    Example(Rule.INPATIENT_ONLY, with_head(wards="01"), 1, "RE", "wards"),
    Example(
        Rule.OUTPATIENT_ONLY, with_head(**INPATIENT, department_1="01", department_2="10"), 1, "RE", "department_2"
    ),
    Example(Rule.MARK_PERIOD, with_head(special_marks="17"), 1, "RE", "special_marks"),
    Example(Rule.MARK_PERIOD, with_head(special_marks="41"), 1, "RE", "special_marks"),
    Example(Rule.SEARCH_NUMBER, with_head(search_number="1" * 17), 1, "RE", "search_number"),
    Example(Rule.DEPARTMENT, with_head(disease_group_1="003"), 1, "RE", "department_1"),
    Example(Rule.AFTER_TREATMENT, with_head(birth_date="20240601"), 1, "RE", "birth_date"),
    Example(Rule.MEMBER_LENGTH, with_insurer(symbol="１" * 10, member_number="２" * 10), 2, "HO", "member_number"),
    Example(Rule.BEARER, with_records(uke.line("SN", bearer="2", confirmation="01", branch="00")), 3, "SN", "bearer"),
    Example(Rule.BEARER, with_records(uke.line("JD", bearer="2", **VISIT_7TH)), 3, "JD", "bearer"),
    Example(Rule.FIRST_CLAIM, with_records(uke.line("SN", bearer="1", confirmation="04")), 3, "SN", "confirmation"),
    Example(
        Rule.FIRST_CLAIM,
        with_records(uke.line("SN", bearer="1", confirmation="01", confirmed_number="１")),
        3,
        "SN",
        "confirmed_insurer",
    ),
    Example(
        Rule.NOT_APPLICABLE,
        receipt(
            uke.head(kind="1318"),
            uke.insurer(),
            uke.line("SN", bearer="1", confirmation="01", branch="00"),
            uke.disease(),
            uke.act(),
        ),
        3,
        "SN",
        "branch",
    ),
    Example(Rule.FIRST_CLAIM, with_records(uke.line("JD", bearer="1", visits_7="9")), 3, "JD", "visits_7"),
    Example(Rule.UNCODED_NAME, with_disease(disease_code="0000999"), 3, "SY", "name"),
    Example(Rule.UNCODED_NAME, with_disease(name="糖尿病"), 3, "SY", "name"),
    Example(
        Rule.UNCODED_MODIFIER,
        with_disease(disease_code="0000999", name="糖尿病", modifiers="8002"),
        3,
        "SY",
        "modifiers",
    ),
    Example(Rule.SECTION_MISSING, with_lines(uke.act(treatment_section="")), 4, "SI", "treatment_section"),
    Example(
        Rule.SECTION_OMITTED,
        with_lines(uke.act(), *[uke.act(treatment_section="")] * 99),
        103,
        "SI",
        "treatment_section",
    ),
    Example(Rule.SECTION_INPATIENT, with_lines(uke.act(treatment_section="90")), 4, "", "treatment_section"),
    Example(Rule.SHARE_PAYERS, with_lines(uke.act(share="2")), 4, "", "share"),
    Example(Rule.CODE_FAMILY, with_lines(uke.act(item_code="620004422")), 4, "SI", "item_code"),
    Example(Rule.COMMENT_PAIR, with_lines(uke.act(comment_text_1="左")), 4, "SI", "comment_code_1"),
    Example(Rule.COMMENT_PAIR, with_lines(uke.act(comment_code_2="820000001")), 4, "SI", "comment_code_2"),
    Example(Rule.DAYS_SUM, with_lines(uke.act(days_8="1")), 4, "SI", "times"),
    Example(
        Rule.DAY_OF_MONTH,
        receipt(
            uke.head(treatment_month="202404"),
            uke.insurer(),
            uke.disease(start_date="20240401"),
            uke.act(days_7="", days_31="1"),
        ),
        4,
        "",
        "days_31",
    ),
    Example(
        Rule.UNIT_COUNT,
        with_lines(uke.act(points=""), uke.act(treatment_section="", times="2", days_8="1")),
        5,
        "SI",
        "times",
    ),
    Example(Rule.UNIT_POINTS, with_lines(uke.act(), uke.act(treatment_section="", points="")), 5, "SI", "points"),
    Example(Rule.UNIT_POINTS, with_lines(uke.act(points=""), uke.act()), 4, "SI", "points"),
    Example(Rule.NARRATIVE_CLASS, with_lines(uke.act(), uke.line("SJ", narrative="経過")), 5, "SJ", "narrative_class"),
    Example(Rule.DONOR_ORDER, with_donor(HERE, CLAIM), 6, "TS"),
    Example(Rule.DONOR_ORDER, with_donor(HERE), 5, "TI"),
    Example(
        Rule.DONOR_INSTITUTION, with_donor(uke.line("TI", organ="1", site="2"), *DONOR[1:]), 5, "TI", "institution_code"
    ),
    Example(Rule.DONOR_NUMBER, with_donor(HERE, donor_head(receipt_number="2"), *DONOR[2:]), 6, "TR", "receipt_number"),
    Example(
        Rule.DONOR_POINTS,
        with_donor(HERE, donor_head(), uke.line("TS", days="1", points="72"), *DONOR[3:]),
        7,
        "TS",
        "points",
    ),
    Example(Rule.DISEASE_MISSING, with_donor(HERE, donor_head(), CLAIM, uke.act()), 6, "SY"),
    Example(Rule.DETAIL_MISSING, with_donor(HERE, donor_head(), CLAIM, uke.disease()), 6, "SI"),
    Example(Rule.ADMISSION, with_donor(HERE, donor_head(kind="1991"), *DONOR[2:]), 6, "TR", "admission_date"),
)

OPENING = uke.receipt(uke.institution())
ONE = uke.plain_receipt()
CLOSING = uke.receipt(uke.totals(1, 73))

SETS = (
    Example(Rule.NO_HEADER, ONE + CLOSING + uke.END, 1, "RE"),
    Example(Rule.NO_HEADER, b"", 0, "IR"),
    Example(Rule.HEADER_REPEATED, OPENING + OPENING + ONE + CLOSING, 2, "IR"),
    Example(Rule.OUTSIDE_RECEIPT, OPENING + uke.receipt(uke.insurer()) + ONE + CLOSING, 2, "HO"),
    Example(Rule.NO_RECEIPT, OPENING + uke.receipt(uke.totals(0, 0)), 2, "GO"),
    Example(Rule.NO_TRAILER, OPENING + ONE, 0, "GO"),
    Example(Rule.TRAILER_NOT_LAST, OPENING + ONE + CLOSING + uke.plain_receipt(2), 7, "RE"),
    Example(Rule.TRAILER_NOT_LAST, OPENING + ONE + CLOSING + uke.receipt(uke.insurer()), 7, "HO"),
    Example(Rule.AFTER_END, OPENING + ONE + CLOSING + b"\x1ax", 7),
    Example(Rule.END_MISSING, OPENING + ONE + CLOSING, 0),
    Example(Rule.VOLUME_ORDER, uke.volume([ONE], uke.totals(1, 73), uke.institution(volume="01")), 1, "IR", "volume"),
    Example(Rule.VOLUME_ORDER, uke.volume([ONE], uke.totals("", "", "02")), 6, "GO", "volume"),
    Example(Rule.VOLUME_ORDER, uke.volume([ONE], uke.totals("", "", "01")), 0, "GO", "volume"),
    Example(
        Rule.VOLUME_DIFFERS,
        uke.volume([ONE], uke.totals("", "", "01"))
        + uke.volume([ONE], uke.totals(2, 146), uke.institution(volume="01", claim_month="202407")),
        7,
        "IR",
    ),
    Example(Rule.VOLUME_TOTALS, uke.volume([ONE], uke.totals("", "")), 6, "GO", "count"),
    Example(Rule.VOLUME_TOTALS, uke.volume([ONE], uke.totals("", 73, "01")), 6, "GO", "points"),
    Example(Rule.TOTAL_COUNT, uke.volume([ONE], uke.totals(2, 73)), 6, "GO", "count"),
    Example(Rule.TOTAL_POINTS, uke.volume([ONE], uke.totals(1, 74)), 6, "GO", "points"),
    Example(Rule.RECEIPT_NUMBER, uke.volume([uke.plain_receipt(2)], uke.totals(1, 73)), 2, "RE", "receipt_number"),
    Example(
        Rule.FUTURE_MONTH,
        uke.volume([with_head(treatment_month="202407")], uke.totals(1, 73)),
        2,
        "RE",
        "treatment_month",
    ),
    Example(Rule.UNDECODABLE, uke.plain_file().replace(b"SY,", b"\x81\x20,"), 4),
    Example(Rule.QUOTE, uke.plain_file().replace(b"SY,", b'SY",'), 4),
    Example(Rule.RECEIPT_TOO_LARGE, uke.volume([with_lines(*[uke.act()] * 30_000)], uke.totals(1, 73)), 2),
    Example(
        Rule.CHECK_DIGIT,
        uke.volume([ONE], uke.totals(1, 73), uke.institution(institution_code="0000001")),
        1,
        "IR",
        "institution_code",
    ),
)
SUMS = (
    Example(Rule.POINTS_ABOVE_LINES, with_insurer(points="74"), 2, "HO", "points"),
    Example(Rule.POINTS_BELOW_LINES, with_insurer(points="72"), 2, "HO", "points"),
)
