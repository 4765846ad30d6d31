from services.settlement.adapters.bank.bank_codes import assigned_banks
from services.settlement.domain.bank.assigned import unassigned
from services.settlement.domain.bank.checking import checked
from tests.unit.settlement.bank.test_checking import BY_HAND, statement, with_bytes

BANKS = {"9999": {"999"}}


def told(content: bytes, banks: dict[str, set[str]]) -> list[tuple[int, int, str]]:
    return [(each.record, each.offset, each.field) for each in unassigned(checked(content), banks)]


def test_each_bank_and_branch_of_a_transfer_is_somebody_s() -> None:
    assert told(BY_HAND, BANKS) == []
    assert told(with_bytes(2, 1, "9998"), BANKS) == [(2, 1, "bank")]
    assert told(with_bytes(2, 20, "998"), BANKS) == [(2, 20, "branch")]
    assert told(BY_HAND, {}) == [(1, 58, "bank"), (2, 1, "bank")]


def test_a_record_is_told_by_its_number_in_the_file_whatever_stands_before_it() -> None:
    unknown = b"5" + BY_HAND[1:120]
    file = BY_HAND[:120] + unknown + with_bytes(2, 1, "9998")[120:]

    assert told(file, BANKS) == [(3, 1, "bank")]


def test_a_statement_names_the_bank_of_its_account_alone() -> None:
    assert told(statement("13456"), BANKS) == []
    assert told(statement("13456"), {}) == [(1, 22, "bank")]


def test_the_bank_of_synthetic_payees_is_assigned_to_nobody() -> None:
    day, banks = assigned_banks()

    assert "9999" not in banks
    assert "9900" in banks
    assert len(banks) > 1_000
    assert day >= "20260824"
