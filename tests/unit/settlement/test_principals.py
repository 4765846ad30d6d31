"""A payer's two principals go by turns, each with a password of its own request."""

from services.settlement.adapters.payers.enroller import Enroller, group_prefix_of, principal_after, principals_of
from services.shared.chassis.kafka import KafkaAccess

PAYER = "01130012"
ENROLLER = Enroller(
    KafkaAccess(bootstrap="127.0.0.1:1", client_id="enroller", username="enroller", password="secret"),
    retention_hours=1,
)


def test_two_principals_follow_each_other_for_ever() -> None:
    first, second = principals_of(PAYER)

    assert first != second
    assert principal_after(PAYER, first) == second
    assert principal_after(PAYER, second) == first


def test_neither_principal_is_anothers_payers() -> None:
    assert not set(principals_of("0113001")) & set(principals_of(PAYER))
    assert not set(principals_of("113001")) & set(principals_of("01130012"))


def test_groups_of_both_principals_begin_alike_and_no_other_payers_do() -> None:
    assert group_prefix_of(PAYER) == f"payer-{PAYER}."
    assert not group_prefix_of("011300121").startswith(group_prefix_of(PAYER))


def test_a_password_is_of_its_payer_and_its_request() -> None:
    given = {ENROLLER.password(payer, request) for payer in (PAYER, "06132013") for request in ("a", "b")}

    assert len(given) == 4
    assert ENROLLER.password(PAYER, "a") in given
