"""Whatever accounts, amounts and names are told: what is taken passes the bank's reader, what would not is refused."""

import io
from dataclasses import replace
from datetime import date, datetime
from importlib.resources import files

import pytest
import xmlschema
from defusedxml.ElementTree import fromstring
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.settlement.domain.bank import pain001
from services.settlement.domain.bank.checking import checked
from services.settlement.domain.bank.furikomi import (
    MOST_YEN,
    Account,
    AccountType,
    CannotBeFiled,
    Group,
    Payment,
    rendered,
    rendered_groups,
)
from services.settlement.domain.bank.pain002 import NoResult, read_pain002
from services.settlement.domain.payments.batches import Limits, Payable, pay_day, proposal_refusals
from services.settlement.domain.payments.payees import as_kept, faults_of
from tests.unit.settlement.bank.builders import PAY_DAY, REMITTER, account

ANY_NAME = st.text(st.characters(exclude_categories=["Cs"]), max_size=60)
KANA_NAME = st.text("アイウヴガギパピャュョッーヲ・（）－．ﾊﾞｶﾟabcＡＢＣ 　09０９()-.,\\/", min_size=1, max_size=60)
DIGITS = st.text("0123456789０１x -", max_size=9)
AMOUNTS = st.one_of(
    st.integers(), st.integers(1, MOST_YEN), st.sampled_from([0, -1, MOST_YEN, MOST_YEN + 1, 10**10, 2**63, -(2**63)])
)
ACCOUNTS = st.builds(
    Account,
    bank=st.just("9999") | DIGITS,
    branch=st.just("999") | DIGITS,
    kind=st.sampled_from(AccountType),
    number=st.from_regex(r"[0-9]{1,7}", fullmatch=True) | DIGITS,
    name=KANA_NAME | ANY_NAME,
)
BANKS: dict[str, set[str]] = {}
ALLOWED = frozenset({"9999"})


def is_payee(told: Account) -> bool:
    return not list(faults_of(told, BANKS, ALLOWED))


@given(ACCOUNTS, st.integers(1, MOST_YEN))
def test_whatever_becomes_a_payee_can_be_filed_as_it_is_kept(told: Account, yen: int) -> None:
    if not is_payee(told):
        return
    kept = as_kept(told)

    found = checked(rendered(REMITTER, PAY_DAY, [Payment(payee=kept, yen=yen)]))

    assert found.violations == []
    assert found.groups[0].data[0]["payee_name"] == kept.name.rstrip(" ")
    assert as_kept(kept) == kept


@given(ANY_NAME | KANA_NAME)
def test_a_name_is_refused_before_or_stands_in_every_form_of_file(name: str) -> None:
    told = account(name)
    transfer = pain001.Transfer(payee=told, yen=1, reference="1", customer_code="", remittance="")
    instruction = pain001.Instruction(instruction_id="i", remitter=REMITTER, pay_day=PAY_DAY, transfers=[transfer])
    message = pain001.Message(message_id="m", made_at=datetime(2026, 1, 1), instructions=[instruction])  # noqa: DTZ001 - as written

    if is_payee(told):
        assert checked(rendered(REMITTER, PAY_DAY, [Payment(payee=told, yen=1)])).violations == []
        assert pain001.rendered(message) == pain001.rendered(message)
        assert fromstring(pain001.rendered(message)) is not None
    else:
        with pytest.raises(CannotBeFiled):
            rendered(REMITTER, PAY_DAY, [Payment(payee=told, yen=1)])
        with pytest.raises(CannotBeFiled):
            pain001.rendered(message)


@pytest.fixture(scope="module")
def schema() -> xmlschema.XMLSchema:
    return xmlschema.XMLSchema(str(files("sepaxml") / "schemas" / "pain.001.001.03.xsd"))


@settings(max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.lists(st.tuples(KANA_NAME, st.integers(1, MOST_YEN), st.text(max_size=200)), min_size=1, max_size=5))
def test_whatever_is_paid_is_valid_by_the_published_schema(
    schema: xmlschema.XMLSchema, paid: list[tuple[str, int, str]]
) -> None:
    transfers = [
        pain001.Transfer(
            payee=as_kept(account(name)), yen=yen, reference=f"{place:010}", customer_code="", remittance=remittance
        )
        for place, (name, yen, remittance) in enumerate(paid)
        if is_payee(account(name))
    ]
    if not transfers:
        return
    instruction = pain001.Instruction(instruction_id="i", remitter=REMITTER, pay_day=PAY_DAY, transfers=transfers)
    message = pain001.Message(message_id="m", made_at=datetime(2026, 1, 1), instructions=[instruction])  # noqa: DTZ001 - as written

    schema.validate(io.BytesIO(pain001.rendered(message)))


@given(st.lists(AMOUNTS, min_size=1, max_size=20), st.booleans())
def test_amounts_are_filed_to_the_yen_or_refused_by_their_place(amounts: list[int], line_ends: bool) -> None:
    group = Group(remitter=REMITTER, pay_day=PAY_DAY, payments=[Payment(payee=account(), yen=yen) for yen in amounts])
    wrong = [place for place, yen in enumerate(amounts) if not 1 <= yen <= MOST_YEN]

    if not wrong:
        found = checked(rendered_groups([group, group], line_ends=line_ends))
        assert found.violations == []
        assert [each.total_yen for each in found.groups] == [sum(amounts)] * 2
        return
    with pytest.raises(CannotBeFiled) as caught:
        rendered_groups([group, group], line_ends=line_ends)
    assert [each.payment for each in caught.value.reasons if each.group == 0] == wrong
    assert all((each.field, each.offset) == ("amount_yen", 80) for each in caught.value.reasons)


@given(st.lists(AMOUNTS, max_size=20), st.integers(1, MOST_YEN), st.integers(1, 10**12))
def test_no_batch_above_its_limits_is_proposed(amounts: list[int], most: int, most_together: int) -> None:
    payables = [
        Payable(hospital_code=f"{place:010}", statement_id=f"s{place}", yen=yen, pays_on=PAY_DAY, payee_version=1)
        for place, yen in enumerate(amounts)
    ]

    refused = list(proposal_refusals(payables, Limits(payment_yen=most, batch_yen=most_together)))

    is_payable = bool(amounts) and all(0 < yen <= most for yen in amounts) and sum(amounts) <= most_together
    assert (refused == []) == is_payable


@given(st.dates(date(2000, 1, 1), date(2099, 12, 31)))
def test_any_day_of_the_calendar_stands_in_the_header(day: date) -> None:
    content = rendered(REMITTER, day, [Payment(payee=account(), yen=1)])
    payable = Payable(hospital_code="1" * 10, statement_id="s", yen=1, pays_on=day, payee_version=1)

    assert checked(content).violations == []
    assert content[54:58] == f"{day.month:02}{day.day:02}".encode()
    assert pay_day([payable, replace(payable, statement_id="t")], None) == day


@given(st.binary(max_size=400))
def test_no_bytes_are_a_result_or_stop_its_reader(noise: bytes) -> None:
    for content in (noise, b'<?xml version="1.0"?>' + noise):
        with pytest.raises(NoResult):
            read_pain002(content)
