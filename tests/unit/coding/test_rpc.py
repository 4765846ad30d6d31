import pytest
from seikyu.coding.v1 import coding_service_pb2

from services.coding.adapters.master_files import load_master
from services.coding.adapters.ranking import load_ranking
from services.coding.bootstrap import Coder
from services.coding.entrypoints.rpc import ACCESS, CodingServicer, WholeServicer
from services.shared.chassis.clock import SystemClock
from services.shared.chassis.identity import Principal, PrincipalKind, Role

MASTER = load_master(None)


class TextsAlone(WholeServicer):
    """The service without reviewers' desk."""

    def __init__(self, coder: Coder) -> None:
        CodingServicer.__init__(self, coder)


SERVICER = TextsAlone(Coder(master=MASTER, ranking=None, clock=SystemClock()))
METHOD = ACCESS["/seikyu.coding.v1.CodingService/CodeText"]


def principal(kind: PrincipalKind, *roles: Role) -> Principal:
    return Principal(kind=kind, id="1310000001", roles=frozenset(roles))


async def test_a_text_with_one_live_code_is_answered_with_its_row() -> None:
    request = coding_service_pb2.CodeTextRequest(text="ｺｳｹﾂｱﾂｼｮｳ", treatment_month="202410")
    answer = await SERVICER.CodeText(request, None)

    assert answer.route == coding_service_pb2.CODING_ROUTE_EXACT
    assert (answer.disease_code, answer.disease_name, answer.icd10) == ("8833421", "高血圧症", "I10")
    assert answer.normalised_text == "コウケツアツショウ"


async def test_modifiers_and_what_speaks_against_a_code_are_answered() -> None:
    sides = coding_service_pb2.CodeTextRequest(text="両側白内障", treatment_month="202410")
    denied = coding_service_pb2.CodeTextRequest(text="肺炎なし", treatment_month="202410")
    found, none = [await SERVICER.CodeText(each, None) for each in (sides, denied)]

    assert (found.route, found.disease_code) == (coding_service_pb2.CODING_ROUTE_DECOMPOSED, "3669004")
    assert (list(found.modifier_codes), found.reason) == (["2058"], "")
    assert (none.route, none.reason) == (coding_service_pb2.CODING_ROUTE_NOT_A_DIAGNOSIS, "negated")
    assert none.disease_code == ""


@pytest.mark.parametrize(("sex", "reason"), [(0, ""), (1, ""), (2, "sex")])
async def test_what_is_told_of_the_patient_is_asked(sex: int, reason: str) -> None:
    request = coding_service_pb2.CodeTextRequest(text="前立腺肥大症", treatment_month="202410", sex=sex)

    assert (await SERVICER.CodeText(request, None)).reason == reason


async def test_a_text_the_master_does_not_know_is_answered_unresolved() -> None:
    request = coding_service_pb2.CodeTextRequest(text="謎の病", treatment_month="202410")
    answer = await SERVICER.CodeText(request, None)

    assert (answer.route, answer.disease_code) == (coding_service_pb2.CODING_ROUTE_UNRESOLVED, "")


async def test_what_a_text_may_mean_is_answered_with_probabilities() -> None:
    coder = Coder(master=MASTER, ranking=load_ranking(MASTER, None), clock=SystemClock())
    request = coding_service_pb2.CodeTextRequest(text="本態の高血圧症", treatment_month="202410")
    answer = await TextsAlone(coder).CodeText(request, None)

    assert answer.route == coding_service_pb2.CODING_ROUTE_REVIEW
    assert answer.candidates[0].disease_code == answer.disease_code
    assert answer.candidates[0].probability == answer.probability > 0
    assert answer.candidates[0].found_by


def test_hospitals_and_viewers_may_ask_and_payers_may_not() -> None:
    assert METHOD.admits(principal(PrincipalKind.HOSPITAL))
    assert METHOD.admits(principal(PrincipalKind.OPERATOR, Role.VIEWER))
    assert not METHOD.admits(principal(PrincipalKind.PAYER))
    assert not METHOD.admits(principal(PrincipalKind.OPERATOR))
