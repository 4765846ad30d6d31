"""Files of several groups, byte for byte as they were written by hand from the published layout."""

from dataclasses import replace
from datetime import date

import pytest

from services.settlement.domain.bank.checking import checked
from services.settlement.domain.bank.furikomi import (
    MOST_TOTAL_YEN,
    MOST_YEN,
    AccountType,
    CannotBeFiled,
    Group,
    Payment,
    Remitter,
    rendered_groups,
)
from tests.unit.settlement.bank.builders import PAY_DAY, REMITTER, account, cells

FIRST = Group(
    remitter=REMITTER,
    pay_day=PAY_DAY,
    payments=[
        Payment(payee=account("ガッコウ", "7"), yen=1, reference="0000000001" + "1310000001"),
        Payment(payee=account("(ｲ)ｱ-", "7654321"), yen=MOST_YEN, reference="0000000002" + "1310000002"),
    ],
)
CURRENT = replace(account("ﾍﾞﾂ", "2"), kind=AccountType.CURRENT)
SECOND = Group(
    remitter=Remitter(code="9876543210", account=CURRENT),
    pay_day=date(2027, 1, 4),
    payments=[Payment(payee=account("ｱ"), yen=20)],
)
ROWS = (
    cells(
        *(("1", 1), ("21", 2), ("0", 1), ("0123456789", 10), ("ｼﾝｻｼﾊﾗｲ", 40), ("1221", 4), ("9999", 4), ("", 15)),
        *(("999", 3), ("", 15), ("1", 1), ("1", 7), ("", 17)),
        size=120,
    ),
    cells(
        *(("2", 1), ("9999", 4), ("", 15), ("999", 3), ("", 15), ("", 4), ("1", 1), ("7", 7), ("ｶﾞﾂｺｳ", 30)),
        *(("1", 10), ("0", 1), ("0000000001", 10), ("1310000001", 10), ("7", 1), ("", 1), ("", 7)),
        size=120,
    ),
    cells(
        *(("2", 1), ("9999", 4), ("", 15), ("999", 3), ("", 15), ("", 4), ("1", 1), ("7654321", 7), ("(ｲ)ｱ-", 30)),
        *(("9999999999", 10), ("0", 1), ("0000000002", 10), ("1310000002", 10), ("7", 1), ("", 1), ("", 7)),
        size=120,
    ),
    cells(("8", 1), ("2", 6), ("10000000000", 12), ("", 101), size=120),
    cells(
        *(("1", 1), ("21", 2), ("0", 1), ("9876543210", 10), ("ﾍﾞﾂ", 40), ("0104", 4), ("9999", 4), ("", 15)),
        *(("999", 3), ("", 15), ("2", 1), ("2", 7), ("", 17)),
        size=120,
    ),
    cells(
        *(("2", 1), ("9999", 4), ("", 15), ("999", 3), ("", 15), ("", 4), ("1", 1), ("1234567", 7), ("ｱ", 30)),
        *(("20", 10), ("0", 1), ("", 20), ("7", 1), ("", 1), ("", 7)),
        size=120,
    ),
    cells(("8", 1), ("1", 6), ("20", 12), ("", 101), size=120),
    cells(("9", 1), ("", 119), size=120),
)


def test_several_groups_stand_before_one_end_record() -> None:
    assert rendered_groups([FIRST, SECOND]) == b"".join(ROWS)


def test_cr_lf_stands_behind_every_record() -> None:
    assert rendered_groups([FIRST, SECOND], line_ends=True) == b"".join(row + b"\r\n" for row in ROWS)


@pytest.mark.parametrize("line_ends", [False, True])
def test_the_strict_reader_finds_every_group_in_order(line_ends: bool) -> None:
    found = checked(rendered_groups([FIRST, SECOND], line_ends=line_ends))

    assert found.violations == []
    assert [(len(group.data), group.total_yen) for group in found.groups] == [(2, MOST_YEN + 1), (1, 20)]


def reasons(*groups: Group) -> list[tuple[int, int | None, str, int]]:
    with pytest.raises(CannotBeFiled) as caught:
        rendered_groups(groups)
    return [(each.group, each.payment, each.field, each.offset) for each in caught.value.reasons]


def test_what_no_bank_takes_is_told_by_group_payment_field_and_byte() -> None:
    wrong = replace(SECOND, payments=[Payment(payee=replace(account("病院"), branch="1"), yen=0)])

    assert reasons(FIRST, wrong) == [
        (1, 0, "amount_yen", 80),
        (1, 0, "payee_name", 50),
        (1, 0, "branch", 20),
    ]


def test_a_group_above_twelve_digits_of_yen_is_refused_and_one_below_is_taken() -> None:
    most = [Payment(payee=account(), yen=MOST_YEN)] * (MOST_TOTAL_YEN // MOST_YEN)
    beyond = [*most, Payment(payee=account(), yen=MOST_YEN)]

    assert checked(rendered_groups([replace(FIRST, payments=most)])).violation_count == 0
    assert reasons(replace(FIRST, payments=beyond)) == [(0, None, "total_yen", 7)]


def test_a_file_without_groups_is_refused() -> None:
    assert reasons() == []
