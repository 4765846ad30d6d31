"""Whatever is paid, the file passes the strict reader; whatever byte of a file's numbers is changed, it does not."""

from hypothesis import given
from hypothesis import strategies as st

from services.settlement.domain.bank.characters import Alphabet, NotWritable, written
from services.settlement.domain.bank.checking import checked
from services.settlement.domain.bank.furikomi import MOST_YEN, Account, AccountType, Payment, Remitter, rendered
from tests.unit.settlement.bank.builders import PAY_DAY, REMITTER
from tests.unit.settlement.bank.test_checking import BY_HAND

KANA = "".join(map(chr, range(ord("ァ"), ord("ヺ") + 1))) + "ぁがぱゔーｶﾞ-.() 09AZaz"
NAMES = st.text(KANA, min_size=1, max_size=40)


@st.composite
def accounts(draw: st.DrawFn) -> Account:
    return Account(
        bank="9999",
        branch=f"{draw(st.integers(0, 999)):03}",
        kind=draw(st.sampled_from([AccountType.ORDINARY, AccountType.CURRENT, AccountType.OTHER])),
        number=str(draw(st.integers(0, 9_999_999))),
        name=draw(NAMES.filter(is_writable)),
    )


def is_writable(name: str) -> bool:
    try:
        return bool(written(name, Alphabet.NAME).strip())
    except NotWritable:
        return False


PAYMENTS = st.builds(
    Payment, payee=accounts(), yen=st.integers(1, MOST_YEN), reference=st.from_regex(r"[0-9]{0,20}", fullmatch=True)
)


@given(st.lists(PAYMENTS, min_size=1, max_size=30), accounts(), st.booleans())
def test_whatever_is_paid_passes_the_strict_reader_to_the_yen(
    payments: list[Payment], account: Account, line_ends: bool
) -> None:
    found = checked(rendered(Remitter(code="1" * 10, account=account), PAY_DAY, payments, line_ends=line_ends))

    assert found.violations == []
    assert [row.number("amount_yen") for row in found.groups[0].data] == [payment.yen for payment in payments]


@given(st.sampled_from([*range(200, 210), *range(241, 259)]), st.integers(1, 9))
def test_no_changed_digit_of_a_sum_or_count_goes_unseen(place: int, by: int) -> None:
    changed = bytearray(BY_HAND)
    changed[place] = ord("0") + (changed[place] - ord("0") + by) % 10

    assert checked(bytes(changed)).violation_count > 0


@given(st.binary(max_size=600))
def test_no_bytes_stop_the_reader(noise: bytes) -> None:
    found = checked(b"121" + noise)

    assert found.violation_count > 0


@given(st.text(max_size=20))
def test_a_name_is_written_in_allowed_bytes_or_refused_with_a_place_in_it(text: str) -> None:
    try:
        encoded = written(text, Alphabet.NAME)
    except NotWritable:
        return

    assert Alphabet.NAME.not_allowed.search(encoded) is None
    if encoded.strip():
        assert checked(rendered(REMITTER, PAY_DAY, [Payment(payee=_named(text), yen=1)])).violations == []


def _named(name: str) -> Account:
    return Account(bank="9999", branch="999", kind=AccountType.ORDINARY, number="1", name=name)
