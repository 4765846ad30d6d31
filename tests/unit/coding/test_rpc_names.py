from pathlib import Path

import grpc
import pytest
from seikyu.coding.v1 import coding_service_pb2

from services.coding.adapters.master_files import load_master
from services.coding.bootstrap import Coder, build_names
from services.coding.entrypoints.rpc import CodingServicer
from services.coding.entrypoints.rpc_reviews import ReviewMethods
from services.shared.chassis.clock import SystemClock
from services.shared.chassis.rpc_errors import RpcRefusal
from tests.unit.coding_naming.test_name_master_files import DRUG, content, record

MASTER = load_master(None)
DRUG_KIND = coding_service_pb2.CODE_KIND_DRUG
PROCEDURE_KIND = coding_service_pb2.CODE_KIND_PROCEDURE


class _TextsAlone(CodingServicer, ReviewMethods):
    """The servicer as it is served, without a desk for reviewers."""

    def __init__(self, coder: Coder) -> None:
        CodingServicer.__init__(self, coder)


@pytest.fixture
def servicer(tmp_path: Path) -> CodingServicer:
    (tmp_path / "y_ALL20240321.csv").write_bytes(content(record(40, DRUG)))
    return _TextsAlone(Coder(master=MASTER, ranking=None, clock=SystemClock(), names=build_names(tmp_path)))


def asked(text: str, kind: coding_service_pb2.CodeKind.ValueType) -> coding_service_pb2.CodeTextRequest:
    return coding_service_pb2.CodeTextRequest(text=text, treatment_month="202404", kind=kind)


async def test_a_drug_is_answered_with_its_code_and_no_disease(servicer: CodingServicer) -> None:
    answer = await servicer.CodeText(asked("シンバスタチン錠５ｍｇ", DRUG_KIND), None)

    assert answer.route == coding_service_pb2.CODING_ROUTE_PARTS
    assert (answer.names[0].code, answer.names[0].name) == ("622315400", "シンバスタチン５ｍｇ錠")
    assert answer.names[0].generic_code == "2189011F1ZZZ"
    assert answer.probability == answer.names[0].probability
    assert (answer.disease_code, answer.icd10, list(answer.candidates)) == ("", "", [])


async def test_a_substance_is_answered_for_a_person_and_says_why(servicer: CodingServicer) -> None:
    answer = await servicer.CodeText(asked("【般】シンバスタチン錠5mg", DRUG_KIND), None)

    assert (answer.route, answer.reason) == (coding_service_pb2.CODING_ROUTE_REVIEW, "generic")


async def test_a_text_without_a_kind_is_a_disease(servicer: CodingServicer) -> None:
    answer = await servicer.CodeText(asked("高血圧症", coding_service_pb2.CODE_KIND_UNSPECIFIED), None)

    assert answer.disease_code == "8833421"


async def test_a_master_that_is_not_configured_is_named(servicer: CodingServicer) -> None:
    with pytest.raises(RpcRefusal) as refused:
        await servicer.CodeText(asked("小腸切除術", PROCEDURE_KIND), None)

    assert refused.value.code is grpc.StatusCode.FAILED_PRECONDITION
    assert "SEIKYU_NAME_MASTERS" in refused.value.message


async def test_a_patient_told_with_a_drug_is_refused(servicer: CodingServicer) -> None:
    request = asked("シンバスタチン錠５ｍｇ", DRUG_KIND)
    request.sex = 1

    with pytest.raises(RpcRefusal) as refused:
        await servicer.CodeText(request, None)

    assert refused.value.code is grpc.StatusCode.INVALID_ARGUMENT


def test_without_a_folder_no_name_is_coded() -> None:
    assert build_names(None) == {}
