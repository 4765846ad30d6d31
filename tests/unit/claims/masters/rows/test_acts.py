"""An act's columns, each against 医科診療行為マスター of the specification (April 2022), by item (項番)."""

from datetime import date
from decimal import Decimal

import pytest

from services.claims.domain.masters.act_additions import (
    AutomaticSuture,
    InfectionControl,
    JudgementGroup,
    NegativePressure,
    TimeAddition,
)
from services.claims.domain.masters.act_values import (
    AgeAddition,
    Bundle,
    CountLimit,
    Dpc,
    LimitMode,
    NoticeKind,
    PointsKind,
    Setting,
    Step,
    StepBounds,
    TableNumber,
)
from services.claims.domain.masters.acts import Act
from services.claims.domain.masters.ages import AgeRange, age_limit
from services.claims.domain.masters.kinds import ChangeClass, MasterKind
from services.claims.domain.masters.records import Fault, row_of
from tests.unit.claims.masters.rows.samples import record


def act(changes: dict[int, str]) -> Act:
    row = row_of(MasterKind.ACT, record(MasterKind.ACT, changes))
    assert isinstance(row, Act), row
    return row


def faults_of(changes: dict[int, str]) -> tuple[Fault, ...]:
    found = row_of(MasterKind.ACT, record(MasterKind.ACT, changes))
    assert isinstance(found, tuple), found
    return found


def test_the_first_visit_fee_is_read_as_the_master_states_it() -> None:
    fee = act({})

    assert (fee.change, fee.code, fee.name) == (ChangeClass.UNCHANGED, "111000110", "初診料")
    assert (fee.points_kind, fee.points, fee.old_points) == (PointsKind.POINTS, Decimal(291), Decimal(288))
    assert (fee.valid_from, fee.valid_to) == (date(2024, 6, 1), None)
    assert (fee.unit_code, fee.step, fee.limit, fee.facility_standards) == ("", None, None, ())
    assert fee.ages == AgeRange(None, None)
    assert fee.age_additions == (AgeAddition(ages=AgeRange(None, age_limit("06")), code="111000370"),)
    assert fee.table_number == TableNumber(letter="A", chapter="1", part="01", section="000", branch="00", item="001")


VALUES = [
    (11, "1", "points_kind", PointsKind.YEN),
    (11, "4", "points_kind", PointsKind.PURCHASE_PRICE),
    (11, "5", "points_kind", PointsKind.PERCENT_ADDED),
    (11, "6", "points_kind", PointsKind.PERCENT_REDUCED),
    (11, "7", "points_kind", PointsKind.REDUCTION),
    (11, "8", "points_kind", PointsKind.POINTS_TAKEN),
    (12, "9999999.99", "points", Decimal("9999999.99")),
    (13, "1", "setting", Setting.INPATIENT),
    (13, "2", "setting", Setting.OUTPATIENT),
    (15, "0", "outpatient_column", ""),
    (16, "1", "bundle", Bundle.BLOOD_CHEMISTRY),
    (16, "11", "bundle", Bundle.SPECIFIC_IGE),
    (18, "9", "dpc", Dpc.OUTSIDE),
    (38, "0", "note_group", ""),
    (39, "A", "note_sequence", "A"),
    (43, "9", "time_addition", TimeAddition.SURGERY_HOLIDAY),
    (51, "42", "judgement_group", JudgementGroup.CYTOLOGY),
    (52, "1", "falling", True),
    (55, "4", "automatic_suture", AutomaticSuture.SUTURE_OR_APPENDAGE_CLIP),
    (67, "2", "automatic_anastomosis", True),
    (68, "9", "notice_kind", NoticeKind.GENERAL_ADDITION),
    (70, "7", "regional_class", 7),
    (84, "1", "dental", True),
    (88, "20250331", "valid_to", date(2025, 3, 31)),
    (112, "111000370", "moved_from", "111000370"),
    (124, "6", "infection_control", InfectionControl.SURVEILLANCE_HOME_CARE),
    (125, "1", "ent_infant_treatment", True),
    (127, "2", "negative_pressure", NegativePressure.ADDITION),
]


@pytest.mark.parametrize(("item", "text", "field", "value"), VALUES)
def test_a_column_becomes_the_value_that_the_specification_names(
    item: int, text: str, field: str, value: object
) -> None:
    assert getattr(act({item: text}), field) == value


BAD = [
    (1, "4"), (1, "2"), (2, "Y"), (3, "211000110"), (3, "11100011"), (5, "あ" * 33), (8, "999"), (11, "2"), (11, ""),
    (12, "291.001"), (12, "12345678.00"), (12, "-1.00"), (12, ""), (13, "3"), (15, "111"), (16, "4"), (16, "12"),
    (17, "1"), (18, "5"), (19, "5"), (25, "1"), (27, "5"), (30, "2"), (33, "1.5"), (35, "4"), (36, "1000"), (37, "2"),
    (39, ""), (41, "AE"), (41, "MG"), (42, "A1"), (42, "6"), (51, "7"), (63, "21"), (67, "1"), (68, "2"), (72, "12345"),
    (87, "20240631"), (87, "2024061"), (87, "99999999"), (88, "0"), (94, "1"), (100, "B6"), (101, "MG"), (102, "1234"),
    (124, "B"), (127, "3"),
]  # fmt: skip


@pytest.mark.parametrize(("item", "text"), BAD)
def test_a_value_outside_its_columns_rule_stops_the_row(item: int, text: str) -> None:
    faults = faults_of({item: text})

    assert [fault.item for fault in faults] == [item]
    assert faults[0].found == text[:40]


def test_every_bad_column_of_a_row_is_named() -> None:
    faults = faults_of({13: "9", 68: "x", 88: ""})

    assert [(fault.item, fault.japanese) for fault in faults] == [
        (13, "入外適用区分"),
        (68, "告示等識別区分（１）"),
        (88, "廃止年月日"),
    ]


def test_a_step_is_made_of_items_31_to_35() -> None:
    film = act({30: "1", 31: "1", 32: "5", 33: "1", 34: "34.00", 35: "1"})
    visit = act({30: "1", 31: "90", 32: "99999999", 33: "30", 34: "100.00", 35: "2"})

    assert film.step == Step(lower=1, upper=5, width=1, points=Decimal(34), bounds=StepBounds.BASE_BELOW_UPPER_ABOVE)
    assert visit.step == Step(
        lower=90, upper=None, width=30, points=Decimal(100), bounds=StepBounds.RETURN_BELOW_WARN_ABOVE
    )


def test_a_limit_of_no_times_is_no_limit() -> None:
    assert act({36: "0"}).limit is None
    assert act({36: "2", 37: "1"}).limit == CountLimit(times=2, mode=LimitMode.ALLOW_LIMIT)


def test_of_each_group_of_standards_one_is_needed() -> None:
    either = act({72: "236", 73: "237"})
    both = act({72: "3236", 73: "3238", 78: "3300"})
    last = act({81: "3825"})

    assert either.facility_standards == (("236", "237"),)
    assert both.facility_standards == (("3236", "3238"), ("3300",))
    assert last.facility_standards == (("3825",),)


def test_age_additions_stand_up_to_four() -> None:
    changes = {101: "AA", 102: "160185970", 103: "AA", 104: "03", 105: "160186070"}

    newborn, infant = act(changes).age_additions

    assert newborn == AgeAddition(ages=AgeRange(None, age_limit("AA")), code="160185970")
    assert infant == AgeAddition(ages=AgeRange(age_limit("AA"), age_limit("03")), code="160186070")


def test_columns_that_came_in_april_2022_are_blank_only_in_records_before() -> None:
    blank = dict.fromkeys(range(124, 128), "")

    before = act({**blank, 87: "20220331"})

    assert (before.infection_control, before.ent_infant_treatment) == (InfectionControl.NONE, False)
    assert (before.ent_antimicrobial, before.negative_pressure) == (False, NegativePressure.NONE)
    assert [fault.item for fault in faults_of({**blank, 87: "20220401"})] == [124, 125, 126, 127]


def test_reserves_at_the_end_are_kept_raw_without_the_blanks_behind_them() -> None:
    assert act({}).extra == ()
    assert act({129: "1", 131: "000"}).extra == ("", "1", "", "000")
    assert act({151: "new"}).extra == ("",) * 23 + ("new",)


def test_a_name_that_is_not_as_long_as_its_length_says_stops_the_row() -> None:
    assert faults_of({4: "4"}) == (Fault(4, "診療行為省略名称 省略漢字有効桁数", "the length of item 5", "4"),)


def test_a_space_behind_a_name_may_be_counted_or_not_and_is_not_kept() -> None:
    assert act({4: "3", 5: "初診料　"}).name == "初診料"
    assert act({4: "4", 5: "初診料　"}).name == "初診料"


def test_a_record_with_fewer_columns_than_the_specification_is_refused() -> None:
    assert row_of(MasterKind.ACT, record(MasterKind.ACT)[:149]) == (
        Fault(0, "", "at least 150 columns", "149 columns"),
    )


def test_an_abolished_act_states_its_last_day() -> None:
    assert faults_of({1: "9"}) == (Fault(88, "廃止年月日", "the last day of use of an abolished code", "99999999"),)
    assert act({1: "9", 88: "20240930"}).valid_to == date(2024, 9, 30)
