"""The share of receipts that pass without a person stays above what the platform promises, and the page tells it."""

import pytest

from tests.evals.straight_through import PAGE, Measured, measured, page_of

PROMISED_PERCENT = 95


@pytest.fixture(scope="module")
def found() -> Measured:
    return measured()


def test_at_least_95_percent_of_valid_receipts_pass(found: Measured) -> None:
    assert found.share >= PROMISED_PERCENT


def test_every_valid_receipt_whose_payers_cover_the_patient_is_approved(found: Measured) -> None:
    assert set(found.decided) == {"approved"}


def test_every_unit_of_a_valid_receipt_is_priced_as_it_declares(found: Measured) -> None:
    assert sum(each.units - each.agreeing for each in found.generated) == 0


def test_every_priced_unit_of_the_real_file_is_priced_as_it_declares(found: Measured) -> None:
    assert sum(each.units - each.agreeing - len(each.unpriced) for _, each in found.real) == 0


def test_the_page_tells_what_is_measured_now(found: Measured) -> None:
    """`python -m tests.evals.straight_through --write` brings it up to date."""
    assert PAGE.read_text(encoding="utf-8") == page_of(found)
