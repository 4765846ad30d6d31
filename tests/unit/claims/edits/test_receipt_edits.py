"""When a receipt was claimed, whether twice, and whether it could be passed to another insurer."""

from dataclasses import replace

import pytest

from services.claims.domain.edits.receipt_edits import last_claim_month
from services.shared.kernel.months import Month
from tests.unit.claims.edits.builders import TEST, Rows, case, found, receipt, said, unit
from tests.unit.claims.pricing.builders import act, done

ROWS = Rows(acts=[act(TEST, "100.00")])


def claimed(month: str, *, municipal: bool | None = False, comments: tuple[str, ...] = ()) -> list[str]:
    treated = replace(
        receipt(unit(done(TEST), points=100)),
        claim_month=Month.parse(month),
        comments=tuple(said(code) for code in comments),
    )
    judged = case(ROWS, treated, municipal=municipal)
    return [edit for edit in ("claim.too-early", "claim.time-barred", "claim.late") if found(edit, judged)]


@pytest.mark.parametrize(
    ("month", "said_of_it"),
    [
        ("202404", ["claim.too-early"]),
        ("202405", ["claim.too-early"]),
        ("202406", []),
        ("202407", ["claim.late"]),
        ("202905", ["claim.late"]),
        ("202906", ["claim.time-barred", "claim.late"]),
    ],
)
def test_treatment_of_may_2024_is_claimed_from_june_2024_to_may_2029(month: str, said_of_it: list[str]) -> None:
    assert claimed(month) == said_of_it


def test_with_municipal_insurance_and_where_that_is_not_known_the_time_runs_two_months_longer() -> None:
    assert claimed("202907", municipal=True) == ["claim.late"]
    assert claimed("202907", municipal=None) == ["claim.late"]
    assert claimed("202908", municipal=True) == ["claim.time-barred", "claim.late"]


def test_an_extinguished_receipt_that_the_insurer_agreed_to_is_late_and_no_more() -> None:
    assert claimed("203001", comments=("820000242",)) == ["claim.late"]


@pytest.mark.parametrize(("treated", "last"), [("202003", "202303"), ("202004", "202504"), ("201912", "202212")])
def test_treatment_before_april_2020_may_be_claimed_for_three_years_and_from_then_on_for_five(
    treated: str, last: str
) -> None:
    assert last_claim_month(Month.parse(treated), municipal=False) == Month.parse(last)


def test_a_receipt_looked_at_without_its_claim_month_is_neither_late_nor_early() -> None:
    treated = replace(receipt(unit(done(TEST), points=100)), claim_month=None)

    assert found("claim.late", case(ROWS, treated)) == []
    assert found("claim.too-early", case(ROWS, treated)) == []


def test_another_live_claim_of_the_same_person_month_and_kind_returns_the_receipt() -> None:
    treated = receipt(unit(done(TEST), points=100))

    assert found("claim.duplicate", case(ROWS, treated, twin=True))
    assert not found("claim.duplicate", case(ROWS, treated, twin=False))


@pytest.mark.parametrize(
    ("kind", "most"), [("1112", 11_800), ("1116", 11_800), ("1114", 17_700), ("1118", 4_000), ("1318", 3_000)]
)
def test_without_mf_a_receipt_may_be_passed_on_up_to_the_points_of_its_class(kind: str, most: int) -> None:
    """記録条件仕様 第1章 3 (4) ウ (オ) 注1."""
    at_most = case(ROWS, receipt(unit(done(TEST), points=most), kind=kind), patient_part_stated=False)
    above = case(ROWS, receipt(unit(done(TEST), points=most + 1), kind=kind), patient_part_stated=False)

    assert not found("payment.not-divisible", at_most)
    assert found("payment.not-divisible", above)


def test_with_mf_or_for_programmes_only_the_points_do_not_matter() -> None:
    treated = receipt(unit(done(TEST), points=20_000))
    of_programmes = receipt(unit(done(TEST), points=20_000), kind="1212")

    assert not found("payment.not-divisible", case(ROWS, treated, patient_part_stated=True))
    assert not found("payment.not-divisible", case(ROWS, of_programmes, patient_part_stated=False))


def test_meals_do_not_count_as_points_that_could_be_passed_on() -> None:
    treated = receipt(unit(done(TEST), points=20_000, section="97"), kind="1111")

    assert not found("payment.not-divisible", case(ROWS, treated, patient_part_stated=False))


def test_claimed_before_march_2023_no_receipt_without_mf_could_be_passed_on() -> None:
    month = Month(2022, 5)
    treated = replace(receipt(unit(done(TEST), points=10)), month=month, claim_month=month.plus(1))

    assert found("payment.not-divisible", case(ROWS, treated, patient_part_stated=False))


@pytest.mark.parametrize(
    ("born", "kinds"),
    [
        ("2018-04-02", ["1114"]),
        ("2018-04-01", ["1112", "1116"]),
        ("2017-05-01", ["1112", "1116"]),
        ("1954-05-02", ["1112", "1116"]),
        ("1954-05-01", ["1118", "1110"]),
        ("1953-12-31", ["1118", "1110"]),
        ("1980-01-01", ["1112", "1116"]),
    ],
)
def test_preschool_ends_on_31_march_and_70_begins_in_the_month_after_it_is_attained(
    born: str, kinds: list[str]
) -> None:
    """Of May 2024; an age is attained the day before the birthday."""
    judged = {kind: case(ROWS, receipt(unit(done(TEST), points=100), kind=kind, born=born)) for kind in OUTPATIENT}

    assert [kind for kind, each in judged.items() if not found("receipt.kind-age", each)] == kinds


@pytest.mark.parametrize(("born", "fits"), [("1959-06-01", True), ("1959-06-02", False), ("1940-01-01", True)])
def test_nobody_is_late_elderly_before_65(born: str, *, fits: bool) -> None:
    judged = case(ROWS, receipt(unit(done(TEST), points=100), kind="1318", born=born))

    assert (found("receipt.kind-age", judged) == []) is fits


def test_a_receipt_of_programmes_alone_is_of_every_age() -> None:
    judged = case(ROWS, receipt(unit(done(TEST), points=100), kind="1212", born="2020-01-01"))

    assert found("receipt.kind-age", judged) == []


OUTPATIENT = ("1112", "1114", "1116", "1118", "1110")
