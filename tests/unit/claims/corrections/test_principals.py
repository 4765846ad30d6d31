"""Who may ask for which correction: the hospital that claimed, the payers that bear it, and operators."""

import pytest

from services.claims.entrypoints.rpc_corrections import ACCESS, NAME
from services.shared.chassis.identity import Principal, PrincipalKind, Role

HOSPITAL = Principal(kind=PrincipalKind.HOSPITAL, id="1310000003")
PAYER = Principal(kind=PrincipalKind.PAYER, id="01130012")
OPERATOR = Principal(kind=PrincipalKind.OPERATOR, id="ops", roles=frozenset({Role.ADMIN}))
VIEWER = Principal(kind=PrincipalKind.OPERATOR, id="viewer", roles=frozenset({Role.VIEWER}))
SERVICE = Principal(kind=PrincipalKind.SERVICE, id="settlement")
ASKED_BY = {
    "WithdrawClaim": (HOSPITAL, OPERATOR),
    "ResubmitClaim": (HOSPITAL,),
    "RequestReview": (HOSPITAL, PAYER),
    "DecideReview": (OPERATOR,),
    "DecidePended": (OPERATOR,),
    "ReportError": (HOSPITAL, PAYER, OPERATOR),
    "AnswerErrorReport": (HOSPITAL, PAYER, OPERATOR),
    "ListErrorReports": (HOSPITAL, PAYER, OPERATOR, VIEWER),
}


@pytest.mark.parametrize("method", ASKED_BY)
def test_a_correction_is_asked_for_by_whom_it_is_for_and_by_nobody_else(method: str) -> None:
    everybody = (HOSPITAL, PAYER, OPERATOR, VIEWER, SERVICE)

    assert tuple(each for each in everybody if ACCESS[f"/{NAME}/{method}"].admits(each)) == ASKED_BY[method]


def test_every_correction_says_who_may_ask() -> None:
    assert {f"/{NAME}/{method}" for method in ASKED_BY} == set(ACCESS)
