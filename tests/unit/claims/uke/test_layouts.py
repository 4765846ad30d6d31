"""The layouts against the tables of the specification, copied here by hand: maximum bytes of each field in order."""

from datetime import date
from decimal import Decimal

import pytest

from services.claims.domain.uke import codes
from services.claims.domain.uke.columns import Comment
from services.claims.domain.uke.document import RECORD_TYPES, UnknownRecord, read_record
from services.claims.domain.uke.layout import Need
from services.claims.domain.uke.lines import ActRecord, DrugRecord, MaterialRecord
from services.claims.domain.uke.records import DiseaseRecord, ProgrammeRecord, ReceiptRecord, VisitsRecord
from tests.support import uke

_DEPARTMENT = (2, 3, 3, 3, 3)
_COMMENTS = (9, 100) * 3
_DAYS = (3,) * 31
MAX_BYTES = {
    "IR": (1, 2, 1, 7, 2, 40, 6, 2, 15),
    "RE": (6, 4, 6, 40, 1, 8, 3, 8, 8, 1, 10, 4, 20, 2, 1, 1, 2, 30, 5, 40, *_DEPARTMENT * 3, 80, 60),
    "HO": (8, 38, 38, 2, 8, 5, 2, 8, 1, 3, 9, 1, 3, 6),
    "KO": (8, 7, 1, 2, 8, 8, 6, 6, 5, 2, 8),
    "SN": (1, 2, 8, 38, 38, 2, 7, 1),
    "JD": (1, *(1,) * 31),
    "MF": (2, *(9,) * 31),
    "GR": (2, 14),
    "SY": (7, 8, 1, 80, 40, 2, 40),
    "SI": (2, 1, 9, 8, 7, 3, *_COMMENTS, *_DAYS),
    "IY": (2, 1, 9, 11, 7, 3, *_COMMENTS, *_DAYS),
    "TO": (2, 1, 9, 9, 7, 3, 3, 11, 40, 300, *_COMMENTS, *_DAYS),
    "CO": (2, 1, 9, 76),
    "SJ": (2, 2400),
    "TI": (1, 1, 2, 1, 7, 2, 40, 80, 15),
    "TR": (6, 4, 6, 40, 1, 8, 3, 8, 8, 1, 10, 4, 20, 2, 1, 1, 2),
    "TS": (2, 8, 2, 8),
    "GO": (6, 10, 2),
}
CODES_IN_TABLE = {
    "AGENCY": (1, 2),
    "PREFECTURE": (2, 47),
    "SCORE_TABLE": (3, 1),
    "KIND": (5, 108),
    "SEX": (6, 2),
    "WARD": (7, 3),
    "BURDEN": (8, 4),
    "SPECIAL_MARK": (9, 38),
    "DEPARTMENT": (10, 37),
    "BODY_PART": (11, 33),
    "PATIENT_GROUP": (12, 10),
    "PROCEDURE": (13, 19),
    "DISEASE_GROUP": (14, 6),
    "DUTY_REASON": (15, 3),
    "RELIEF": (16, 3),
    "NON_DPC_REASON": (17, 10),
    "OUTCOME": (18, 4),
    "MAIN_DISEASE": (19, 1),
    "SECTION": (20, 27),
    "SHARE": (21, 31),
    "MATERIAL_UNIT": (22, 61),
    "NARRATIVE": (23, 11),
    "ORGAN": (24, 6),
    "DONOR_SITE": (25, 2),
    "DONOR_KIND": (26, 4),
    "PATIENT_STATE": (27, 1),
    "BEARER": (28, 5),
    "CONFIRMATION": (29, 13),
    "VISIT": (30, 3),
    "WINDOW_PAYMENT": (31, 5),
}


def test_the_records_are_those_of_the_specification() -> None:
    assert [record.layout.record for record in RECORD_TYPES] == [
        *("IR", "RE", "HO", "KO", "SN", "JD", "MF", "GR", "SY"),
        *("SI", "IY", "TO", "CO", "SJ", "TI", "TR", "TS", "GO"),
    ]


@pytest.mark.parametrize("record", MAX_BYTES)
def test_a_layout_has_the_fields_of_its_table(record: str) -> None:
    layout = uke.LAYOUTS[record]

    assert tuple(field.max_bytes for field in layout.fields) == MAX_BYTES[record]
    assert [field.index for field in layout.fields] == list(range(1, len(layout.fields) + 1))


@pytest.mark.parametrize("table", CODES_IN_TABLE)
def test_a_code_table_holds_as_many_codes_as_the_specification_lists(table: str) -> None:
    codes_of = getattr(codes, table)

    assert (codes_of.number, len(codes_of.codes)) == CODES_IN_TABLE[table]
    assert {len(code) for code in codes_of.codes} == {codes_of.width}


def test_reserved_fields_are_those_marked_as_such() -> None:
    reserved = {
        record: [field.index for field in layout.fields if field.need is Need.RESERVED]
        for record, layout in uke.LAYOUTS.items()
    }

    assert reserved["RE"] == [15, 16, 17, 19]
    assert reserved["HO"] == [6]
    assert reserved["KO"] == [9]
    assert reserved["TR"] == [4, 7, 10, 12, 15, 16, 17]
    assert reserved["MF"] == list(range(2, 33))


def test_benefit_shares_name_their_payers() -> None:
    assert codes.BENEFIT_SHARES["1"] == (0,)
    assert codes.BENEFIT_SHARES["2"] == (0, 1)
    assert codes.BENEFIT_SHARES["H"] == (1, 3)
    assert codes.BENEFIT_SHARES["9"] == (0, 1, 2, 3, 4)
    assert len(set(codes.BENEFIT_SHARES.values())) == 31


@pytest.mark.parametrize(
    ("code", "scheme", "programmes", "patient", "inpatient"),
    [
        ("1112", codes.Scheme.INSURANCE, 0, codes.PatientClass.INSURED, False),
        ("1123", codes.Scheme.INSURANCE, 1, codes.PatientClass.PRESCHOOL, True),
        ("1150", codes.Scheme.INSURANCE, 4, codes.PatientClass.ELDERLY_SEVENTY_PERCENT, False),
        ("1241", codes.Scheme.PROGRAMMES_ONLY, 4, None, True),
        ("1328", codes.Scheme.LATE_ELDERLY, 1, codes.PatientClass.ELDERLY_GENERAL, False),
        ("1416", codes.Scheme.RETIREE, 0, codes.PatientClass.FAMILY, False),
    ],
)
def test_a_kind_of_receipt_says_who_pays_and_where(
    *, code: str, scheme: codes.Scheme, programmes: int, patient: codes.PatientClass | None, inpatient: bool
) -> None:
    kind = codes.receipt_kind(code)

    assert kind is not None
    assert (kind.scheme, kind.programmes, kind.patient_class, kind.inpatient) == (
        scheme,
        programmes,
        patient,
        inpatient,
    )


@pytest.mark.parametrize("code", ["1113x", "1161", "1251", "1312", "1418", "2112", ""])
def test_another_code_is_no_kind_of_receipt(code: str) -> None:
    assert codes.receipt_kind(code) is None


def test_columns_read_as_typed_values() -> None:
    head = read_record(uke.head(special_marks="2802", benefit_percent="70").encode("cp932"), 3)
    drug = read_record(uke.drug(quantity="1.25", comment_code_1="830000001", comment_text_1="左").encode("cp932"), 9)

    assert isinstance(head, ReceiptRecord)
    assert (head.line, head.receipt_number, head.birth_date) == (3, 1, date(1980, 1, 1))
    assert (head.special_marks, head.benefit_percent, head.admission_date) == (("28", "02"), 70, None)
    assert isinstance(drug, DrugRecord)
    assert (drug.quantity, drug.points, drug.times) == (Decimal("1.25"), None, 1)
    assert drug.comments == (Comment("830000001", "左"),)
    assert (sum(drug.days), drug.days[6], len(drug.days)) == (1, 1, 31)


def test_a_malformed_or_missing_field_reads_as_nothing() -> None:
    disease = DiseaseRecord(("SY", "2500013", "20240231"))
    programme = ProgrammeRecord(("KO", "x", "", "", "１", "-1"))

    assert (disease.start_date, disease.outcome, disease.modifiers) == (None, "", ())
    assert (programme.days, programme.points, programme.burden_yen) == (None, None, None)
    assert ActRecord(("SI",)).days == (0,) * 31
    assert VisitsRecord(("JD", "1")).visits == ("",) * 31
    assert MaterialRecord(("TO",)).unit_price_yen is None


def test_an_unknown_record_is_kept() -> None:
    record = read_record(b"JY,1,2", 4)

    assert type(record) is UnknownRecord
    assert (record.fields, record.to_bytes()) == (("JY", "1", "2"), b"JY,1,2")


def test_a_second_spelling_of_a_character_is_kept() -> None:
    line = b"CO,99,1,810000001,\xfa\x54"  # NOT SIGN as IBM spelt it; cp932 writes 0x81CA

    assert read_record(line, 1).to_bytes() == line


def test_a_record_is_built_from_its_fields() -> None:
    record = DiseaseRecord.of("2500013", "20240501", "1", line=4)

    assert record.to_bytes() == b"SY,2500013,20240501,1,,,,"
