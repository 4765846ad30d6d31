"""Additions and what they add to."""

import pytest

from services.claims.domain.edits.special_additions import SURGERIES, SURGERIES_OF_ADDITIONS, TIES
from tests.unit.claims.edits.builders import TEST, Rows, case, cuts, found, ids, receipt, unit
from tests.unit.claims.pricing.builders import act, done, drug, given

BASE, NOTE, NOTE_SAME, NOTE_OTHER = "112007410", "112016070", "112015670", "112000970"
NOTES = Rows(
    acts=[
        act(BASE, "75.00", {38: "1201", 39: "0"}),
        act(NOTE, "5.00", {38: "1201", 39: "2", 68: "7", 69: "7"}),
        act(NOTE_SAME, "4.00", {38: "1201", 39: "2", 68: "7", 69: "7"}),
        act(NOTE_OTHER, "38.00", {38: "1201", 39: "1", 68: "7", 69: "7"}),
        act(TEST, "100.00", {38: "6001", 39: "0"}),
    ]
)


def test_an_addition_by_note_stands_beside_an_act_of_its_group() -> None:
    """別紙7-7 1 ⑴, ⑵: the codes agree, or it cannot be billed."""
    together = receipt(unit(done(BASE), done(NOTE), points=80))
    apart = receipt(unit(done(BASE), points=75), unit(done(NOTE), points=5))
    of_another = receipt(unit(done(TEST), done(NOTE), points=105))

    assert ids(case(NOTES, together)) == []
    assert ids(case(NOTES, apart)) == []
    assert cuts("note.without-base", case(NOTES, of_another)) == [(12, 105, 100)]


def test_an_act_of_the_group_on_another_day_does_not_allow_it() -> None:
    treated = receipt(unit(done(BASE), points=75, days=(7,)), unit(done(NOTE), points=5, days=(8,)), days=2)

    assert cuts("note.without-base", case(NOTES, treated)) == [(12, 5, 0)]


def test_an_addition_named_by_an_acts_ages_is_allowed_there() -> None:
    """項番100 to 111."""
    rows = Rows(
        acts=[
            act(TEST, "100.00", {100: "00", 101: "03", 102: "160185970"}),
            act("160185970", "50.00", {38: "6099", 39: "1", 68: "7"}),
        ]
    )

    assert ids(case(rows, receipt(unit(done(TEST), done("160185970"), points=150)))) == []


def test_additions_of_one_group_and_sequence_exclude_each_other() -> None:
    """別紙7-7 2: 時間外対応加算１ and ２ (sequence 2) cannot stand together, 乳幼児加算 (sequence 1) can."""
    allowed = receipt(unit(done(BASE), done(NOTE), done(NOTE_OTHER), points=118))
    excluded = receipt(unit(done(BASE), done(NOTE), done(NOTE_SAME), points=84))

    assert ids(case(NOTES, allowed)) == []
    assert [each.line for each in found("note.together", case(NOTES, excluded))] == [13]


ADDITION = "150000290"


@pytest.mark.parametrize(
    ("item", "of_addition", "of_act"),
    [
        (20, "1", "3"),
        (20, "4", "6"),
        (23, "9", "2"),
        (40, "1", "1"),
        (46, "5", "5"),
        (47, "1", "1"),
        (48, "3", "1"),
        (53, "2", "2"),
        (54, "1", "1"),
        (55, "3", "4"),
        (64, "1", "1"),
        (67, "2", "2"),
        (82, "1", "1"),
        (114, "1", "1"),
        (115, "1", "1"),
        (116, "1", "1"),
        (118, "1", "1"),
        (119, "1", "1"),
        (120, "1", "1"),
        (121, "1", "1"),
        (122, "1", "1"),
        (124, "2", "1"),
        (124, "4", "2"),
        (125, "1", "1"),
        (126, "1", "1"),
        (127, "2", "1"),
    ],
)
def test_a_column_ties_an_addition_to_the_acts_that_allow_it(item: int, of_addition: str, of_act: str) -> None:
    """別紙7-6 and the items themselves."""
    rows = Rows(
        acts=[
            act(TEST, "1000.00"),
            act("160000110", "1000.00", {item: of_act}),
            act(ADDITION, "100.00", {item: of_addition, 68: "7", 69: "7"}),
        ]
    )
    allowed = receipt(unit(done("160000110"), done(ADDITION), points=1100))
    refused = receipt(unit(done(TEST), done(ADDITION), points=1100))

    assert not found("addition.tied", case(rows, allowed))
    assert cuts("addition.tied", case(rows, refused)) == [(12, 1100, 1000)]


def test_every_column_of_the_table_has_a_test_above() -> None:
    assert {tie.item for tie in TIES} == {
        *(20, 23, 40, 46, 47, 48, 53, 54, 55, 64, 67, 82, 114, 115, 116, 118, 119, 120, 121, 122, 124, 125, 126, 127)
    }


@pytest.mark.parametrize(("item", "needs", "companion"), [(83, "1", "2"), (123, "1", "2")])
def test_some_acts_are_paid_only_beside_their_companion(item: int, needs: str, companion: str) -> None:
    rows = Rows(acts=[act(TEST, "1000.00", {item: needs}), act("160000110", "500.00", {item: companion})])
    alone, other = unit(done(TEST), points=1000, section="90"), unit(done("160000110"), points=500, section="50")

    assert {tie.item for tie in SURGERIES} >= {item}
    assert ids(case(rows, receipt(alone, other))) == []
    assert cuts("surgery.companion-missing", case(rows, receipt(alone))) == [(11, 1000, 0)]


@pytest.mark.parametrize(("item", "group"), [(116, "0"), (118, "5025")])
def test_an_addition_may_need_a_surgery_of_its_day_beside_the_act_that_it_adds_to(item: int, group: str) -> None:
    """項番116, 118: ２ 算定する場合に実施している必要がある手術. 150371170, 150391170 of the real master."""
    rows = Rows(
        acts=[
            act(TEST, "1000.00", {item: "1", 38: group}),
            act("160000110", "500.00", {item: "2"}),
            act(ADDITION, "100.00", {item: "1", 38: group, 39: "1", 68: "7", 69: "7"}),
        ]
    )
    anaesthesia = unit(done(TEST), done(ADDITION), points=1100, section="54")
    surgery = unit(done("160000110"), points=500, section="50")
    on_another_day = unit(done("160000110"), points=500, section="50", days=(8,))

    assert {tie.item for tie in SURGERIES_OF_ADDITIONS} >= {item}
    assert ids(case(rows, receipt(surgery, anaesthesia))) == []
    assert cuts("surgery.companion-missing", case(rows, receipt(anaesthesia))) == [(12, 1100, 1000)]
    assert found("surgery.companion-missing", case(rows, receipt(on_another_day, anaesthesia, days=2)))


@pytest.mark.parametrize("time", ["1", "2", "4", "5", "8", "9"])
def test_an_addition_for_hours_stands_beside_an_act_that_allows_one(time: str) -> None:
    """項番43: １ on an act allows hours, any code on an addition is one."""
    rows = Rows(
        acts=[
            act(TEST, "1000.00", {43: "0"}),
            act("160000110", "1000.00", {43: "1"}),
            act("150000490", "40.00", {11: "5", 43: time, 68: "9", 69: "7"}),
        ]
    )

    allowed = receipt(unit(done("160000110"), done("150000490"), points=1400))
    refused = receipt(unit(done(TEST), done("150000490"), points=1400))

    assert not found("addition.time", case(rows, allowed))
    assert [each.line for each in found("addition.time", case(rows, refused))] == [12]


def test_a_general_addition_stands_in_a_section_with_an_act() -> None:
    rows = Rows(acts=[act(TEST, "1000.00"), act("150268890", "4000.00", {68: "9", 69: "7"})])
    beside = receipt(unit(done(TEST), points=1000), unit(done("150268890"), points=4000))
    alone = receipt(unit(done(TEST), points=1000, section="50"), unit(done("150268890"), points=4000))

    assert ids(case(rows, beside)) == []
    assert cuts("rule.without-act", case(rows, alone)) == [(12, 4000, 0)]


@pytest.mark.parametrize(("link", "columns"), [("1", {14: "1"}), ("1", {14: "5"}), ("3", {15: "1"}), ("4", {16: "1"})])
def test_an_act_for_a_kind_of_drug_needs_such_a_drug(link: str, columns: dict[int, str]) -> None:
    """項番29 against 医薬品マスター 項番14 to 16."""
    rows = Rows(
        acts=[act(TEST, "5.00", {29: link})],
        drugs=[drug("620000001", "100.00", columns), drug("620000002", "100.00")],
    )
    treated = unit(done(TEST), points=5)

    assert ids(case(rows, receipt(treated, unit(given("620000001"), points=10)))) == []
    assert cuts("drug.asked-for", case(rows, receipt(treated, unit(given("620000002"), points=10)))) == [(11, 5, 0)]


def test_where_a_drug_is_not_known_nothing_is_said_of_the_kinds_of_drugs() -> None:
    rows = Rows(acts=[act(TEST, "5.00", {29: "1"})], drugs=[drug("620000002", "100.00")])
    treated = receipt(unit(done(TEST), points=5), unit(given("699999999"), points=10))

    assert not found("drug.asked-for", case(rows, treated))
    assert not found("drug.asked-for", case(Rows(acts=rows.acts, drugs=None), treated))


def test_the_name_of_a_specimen_stands_beside_a_test() -> None:
    """項番61; 別紙7-9."""
    rows = Rows(
        acts=[act(TEST, "100.00"), act("160138910", "0.00", {61: "1"}), act("140002450", "24.00", {85: "J"})],
    )

    assert ids(case(rows, receipt(unit(done("160138910"), done(TEST), points=100)))) == []
    assert ids(case(rows, receipt(unit(done("160138910"), done("140002450"), points=24)))) == ["specimen.without-test"]


def test_tests_that_count_together_are_looked_at_where_they_are_torn_apart_on_one_day() -> None:
    """項番16 ＝ 1 血液化学検査: five items are 93 points together."""
    codes = [f"1600174{number}0" for number in range(5)]
    rows = Rows(acts=[act(code, "30.00", {16: "1"}) for code in codes])
    together = receipt(unit(*(done(code) for code in codes), points=93))
    torn = receipt(*(unit(done(code), points=30) for code in codes))
    on_other_days = receipt(*(unit(done(code), points=30, days=(day,)) for day, code in enumerate(codes, 1)), days=5)

    assert ids(case(rows, together)) == []
    assert ids(case(rows, on_other_days)) == []
    assert ids(case(rows, torn)) == ["bundle.torn"]
