"""Lines composed to units: what the record specification's section オ says of sections, counts, days and points."""

from datetime import date
from decimal import Decimal

from services.claims.domain.treatment import CommentLine, DayCount, LineKind, Treatment
from services.claims.domain.uke.assess import assess
from services.claims.domain.uke.columns import Comment
from services.claims.domain.uke.findings import Profile
from services.claims.domain.uke.treatment_of import treatment_of
from services.shared.kernel.months import Month
from tests.support import uke

TWICE = {"times": "2", "days_7": "1", "days_21": "1"}
ON_BOTH_DAYS = (DayCount(7, 1), DayCount(21, 1))


def _treatment(*lines: str) -> Treatment:
    content = uke.receipt(uke.head(), uke.insurer(days="2", points="218"), uke.disease(), *lines)
    facts = assess(content, profile=Profile.STRICT).facts
    assert facts is not None
    return treatment_of(facts, hospital_code="1311234567", claim_month=Month(2024, 6))


def test_a_unit_ends_with_the_line_that_states_its_points() -> None:
    treatment = _treatment(
        uke.act(**TWICE),
        uke.act(treatment_section="21", item_code="120000710", points="", **TWICE),
        uke.drug(quantity="0.5", **TWICE),
        uke.drug(quantity="3", points="20", item_code="620098801", **TWICE),
        uke.act(treatment_section="", item_code="120002910", points="16", **TWICE),
    )

    assert [[line.number for line in unit.lines] for unit in treatment.units] == [[4], [5, 6, 7], [8]]
    assert [(unit.section, unit.group, unit.points, unit.times) for unit in treatment.units] == [
        ("12", 1, 73, 2),
        ("21", 2, 20, 2),
        ("21", 2, 16, 2),
    ]
    assert {unit.days for unit in treatment.units} == {ON_BOTH_DAYS}
    assert [line.quantity for line in treatment.units[1].lines] == [None, Decimal("0.5"), Decimal(3)]
    assert [line.kind for line in treatment.units[1].lines] == [LineKind.ACT, LineKind.DRUG, LineKind.DRUG]


def test_a_material_keeps_its_unit_its_price_and_its_product() -> None:
    treatment = _treatment(
        uke.act(),
        uke.material(
            treatment_section="40",
            quantity="1.5",
            points="145",
            unit="001",
            unit_price_yen="966.5",
            product_name="架空の管",
        ),
    )

    (line,) = treatment.units[1].lines
    assert line.kind is LineKind.MATERIAL
    assert (line.quantity, line.unit_code, line.unit_price_yen) == (Decimal("1.5"), "001", Decimal("966.5"))
    assert (line.product_name, line.points) == ("架空の管", 145)


def test_comments_beside_a_line_and_on_lines_of_their_own_are_kept_with_their_place() -> None:
    treatment = _treatment(
        uke.act(comment_code_1="830000001", comment_text_1="経過"),
        uke.comment(treatment_section=""),
        uke.act(treatment_section="60", item_code="160008010", points="145"),
        uke.comment(comment_text="終わり"),
    )

    assert treatment.units[0].lines[0].comments == (Comment("830000001", "経過"),)
    assert treatment.units[1].lines[0].comments == ()
    assert treatment.comments == (
        CommentLine(5, 1, "12", "1", "810000001", "経過良好"),
        CommentLine(7, 3, "99", "1", "810000001", "終わり"),
    )


def test_the_head_of_the_receipt_is_carried_over() -> None:
    treatment = _treatment(uke.act(), uke.act(points="145"))

    assert (treatment.month, treatment.claim_month) == (Month(2024, 5), Month(2024, 6))
    assert (treatment.birth_date, treatment.sex.value, treatment.days) == (date(1980, 1, 1), "1", 2)
    assert (treatment.kind.code, treatment.admission_date) == ("1112", None)
    assert [diagnosis.code for diagnosis in treatment.diagnoses] == ["2500013"]


def test_the_insurer_s_number_and_the_mf_record_are_told() -> None:
    """保険者番号: six digits of 国民健康保険, eight of others; MF states the patient's part."""
    municipal = uke.insurer(insurer_number="  138057")
    part = uke.line("MF", payment_class="00")

    assert _told(uke.insurer()) == (False, False)
    assert _told(uke.insurer(), part) == (False, True)
    assert _told(municipal) == (True, False)


def _told(*payers: str) -> tuple[bool | None, bool | None]:
    facts = assess(uke.receipt(uke.head(), *payers, uke.disease(), uke.act()), profile=Profile.LENIENT).facts
    assert facts is not None
    treatment = treatment_of(facts)
    return treatment.municipal, treatment.patient_part_stated
