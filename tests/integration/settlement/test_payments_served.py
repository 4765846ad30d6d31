"""Payments over gRPC with TLS and from the command line: two operators, a file on disk, and what the bank says."""

import asyncio
import json
import os
import signal
import subprocess
import sys
import uuid
from collections.abc import AsyncIterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import grpc
import grpc.aio
import pytest
from click.testing import CliRunner, Result
from seikyu.settlement.v1 import payment_service_pb2 as wire
from seikyu.settlement.v1 import payment_service_pb2_grpc

from infra.local.authority import Authority
from services.cli.main import assemble
from services.settlement.adapters.bank.bank_codes import BankCodes
from services.settlement.adapters.ledger.replaying import replayed
from services.settlement.domain.bank.checking import checked
from services.settlement.entrypoints import rpc_payments
from services.settlement.entrypoints.rpc_payments import PaymentServicer
from services.shared.chassis.grpc_server import RpcSurface, start_server
from services.shared.chassis.postgres import Database
from tests.support.chassis_fakes import SetClock
from tests.support.edge import Edge, MemoryTelemetry, grpc_settings
from tests.support.payments import (
    AT,
    HOSPITALS,
    PAY_DAY,
    PERIOD,
    TERMS,
    closed_period,
    decided_anew,
    payments_of,
)
from tests.support.settlement import HOSPITAL
from tests.support.stack import REPOSITORY
from tests.unit.settlement.bank.test_pain002 import instruction, message, payment

MAKER, CHECKER = "operator:maker", "operator:checker"
POINTS = ("before-write", "within-write", "after-write", "after-sync", "after-rename", "after-directory-sync")


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """The served edge."""

    edge: Edge
    woken: list[bool]

    @property
    def variables(self) -> dict[str, str]:
        """What `make up` writes for a person at this machine."""
        return {
            "SEIKYU_SETTLEMENT_ADDRESS": f"localhost:{self.edge.server.port}",
            "SEIKYU_TLS_CA_FILE": str(self.edge.authority.ca_file),
            "SEIKYU_TOKEN_FILE": str(self.edge.token(MAKER, "admin")),
            "SEIKYU_CHECKER_TOKEN_FILE": str(self.edge.token(CHECKER, "admin")),
            "SEIKYU_STATE_DIR": str(self.edge.directory),
        }

    async def typed(self, *arguments: str) -> Result:
        """The command line pointed at this site."""
        runner = CliRunner(env=self.variables)
        return await asyncio.to_thread(runner.invoke, assemble(), [*arguments])

    async def told(self, *arguments: str) -> Any:  # noqa: ANN401 - JSON
        result = await self.typed(*arguments, "--json")
        assert result.exit_code == 0, result.output
        return json.loads(result.stdout)

    def stub(self, subject: str, *roles: str) -> "payment_service_pb2_grpc.PaymentServiceAsyncStub":
        channel = self.edge.token_channel(self.edge.token(subject, *roles), timeout_s=30.0)
        return payment_service_pb2_grpc.PaymentServiceStub(channel)

    async def payees(self) -> None:
        """An account for each hospital."""
        for number, code in enumerate(HOSPITALS, 1):
            account = ("--bank", "9999", "--branch", "999", "--account", str(number), "--name", f"ビョウイン {number}")
            await self.told("payee", "propose", code, *account)
            await self.told("payee", "confirm", code, "1", "--as", "checker")

    async def batch(self) -> str:
        """A batch that another operator approved."""
        await self.payees()
        batch: str = (await self.told("payments", "propose", PERIOD))["batch_id"]
        await self.told("payments", "approve", batch, "--as", "checker")
        return batch


def names_like(directory: Path, part: str) -> list[str]:
    return [each.name for each in directory.iterdir() if part in each.name]


@pytest.fixture
async def site(tmp_path: Path, database: Database) -> AsyncIterator[Site]:
    woken: list[bool] = []
    servicer = PaymentServicer(
        database=database,
        terms=TERMS,
        banks=BankCodes(frozenset({"9999"})),
        clock=SetClock(AT),
        wake=lambda: woken.append(True),
    )

    def register(server: grpc.aio.Server) -> None:
        payment_service_pb2_grpc.add_PaymentServiceServicer_to_server(servicer, server)

    surface = RpcSurface(
        register=register, names=[rpc_payments.NAME], access=rpc_payments.ACCESS, pressure=lambda: None
    )
    server = await start_server(grpc_settings(tmp_path), surface, MemoryTelemetry().build("settlement"))
    await server.set_ready(True)
    await closed_period(database)
    yield Site(edge=Edge(server=server, authority=Authority(tmp_path), directory=tmp_path), woken=woken)
    await server.drain(0)


async def test_a_period_is_paid_from_proposal_to_the_file_on_disk(site: Site, tmp_path: Path) -> None:
    batch, out = await site.batch(), tmp_path / "furikomi.txt"

    made = await site.told("payments", "file", batch, "--out", str(out))
    again = await site.told("payments", "file", batch, "--out", str(out))
    shown = await site.told("payments", "show", batch)
    listed = await site.told("payments", "list", "--period", PERIOD)

    assert (made["written"], again["written"]) == (True, False)
    assert made["sha256"] == again["sha256"]
    assert (made["payments"], made["total_yen"]) == (3, "2230")
    found = checked(out.read_bytes())
    assert found.violations == []
    assert [row["payee_name"] for row in found.groups[0].data] == [f"ﾋﾞﾖｳｲﾝ {number}" for number in (1, 2, 3)]
    assert [each["state"] for each in shown] == ["PAYMENT_STATE_INSTRUCTED"] * 3
    assert listed[0]["states"] == [{"state": "PAYMENT_STATE_INSTRUCTED", "payments": 3, "yen": "2230"}]
    assert (listed[0]["proposed_by"], listed[0]["approved_by"]) == (MAKER, CHECKER)
    assert site.woken == [True]


async def test_a_hospital_whose_balance_does_not_cover_its_statement_is_left_out_and_named(
    site: Site, database: Database
) -> None:
    await site.payees()
    await decided_anew(database, HOSPITAL, HOSPITALS[HOSPITAL] - 1, nth=2)

    made = await site.told("payments", "propose", PERIOD)
    assert (made["payments"], [each["hospital_code"] for each in made["left_out"]]) == (2, [HOSPITAL])
    assert [(each["yen"], each["reason"]) for each in made["left_out"]] == [("700", "OVER_BALANCE")]
    await site.told("payments", "abandon", made["batch_id"], "--reason", "TEST")
    said = (await site.typed("payments", "propose", PERIOD)).stdout
    assert f"left out: OVER_BALANCE hospital {HOSPITAL}, 700 yen" in " ".join(said.split())


async def test_a_lost_file_is_given_out_again_byte_for_byte(site: Site, tmp_path: Path) -> None:
    batch, out = await site.batch(), tmp_path / "furikomi.txt"
    await site.told("payments", "file", batch, "--out", str(out), "--line-ends")
    first = out.read_bytes()
    out.unlink()

    await site.told("payments", "file", batch, "--out", str(out), "--line-ends")

    assert out.read_bytes() == first


async def test_a_released_file_is_fetched_by_its_name_alone(site: Site, tmp_path: Path) -> None:
    batch, out, copy = await site.batch(), tmp_path / "furikomi.txt", tmp_path / "copy.txt"
    made = await site.told("payments", "file", batch, "--out", str(out), "--line-ends")

    fetched = await site.told("payments", "fetch", made["file_id"], "--out", str(copy))
    unknown = await site.typed("payments", "fetch", "bkf_" + "0" * 32, "--out", str(tmp_path / "none.txt"))

    assert copy.read_bytes() == out.read_bytes()
    assert (fetched["sha256"], fetched["written"]) == (made["sha256"], True)
    assert unknown.exit_code == 5
    assert not (tmp_path / "none.txt").exists()


async def test_a_file_that_is_there_with_other_content_is_left_alone(site: Site, tmp_path: Path) -> None:
    batch, out = await site.batch(), tmp_path / "furikomi.txt"
    out.write_bytes(b"mine")

    result = await site.typed("payments", "file", batch, "--out", str(out))

    assert result.exit_code == 1
    assert "other content" in result.output
    assert out.read_bytes() == b"mine"


async def test_one_operator_alone_pays_nobody(site: Site) -> None:
    await site.told(
        "payee", "propose", HOSPITAL, *("--bank", "9999", "--branch", "999", "--account", "1", "--name", "ア")
    )
    own = await site.typed("payee", "confirm", HOSPITAL, "1")

    assert own.exit_code == 1
    assert "may not confirm" in own.output


async def test_the_maker_s_own_approval_is_refused_with_what_to_do(site: Site) -> None:
    await site.payees()
    batch = (await site.told("payments", "propose", PERIOD))["batch_id"]

    result = await site.typed("payments", "approve", batch)

    assert result.exit_code == 1
    assert "the one who proposed the batch may not approve it" in result.output


async def test_hospitals_without_an_account_are_named(site: Site) -> None:
    result = await site.typed("payments", "propose", PERIOD)

    assert result.exit_code == 1
    assert [f'hospitals["{code}"]' in result.output for code in HOSPITALS] == [True] * 3


async def test_an_account_that_no_bank_takes_is_refused_by_field(site: Site) -> None:
    result = await site.typed(
        *("payee", "propose", HOSPITAL, "--bank", "9998", "--branch", "1", "--account", "x", "--name", "病院")
    )

    assert result.exit_code == 2
    for field in ("account.branch", "account.account_number", "account.name"):
        assert field in result.output


async def test_real_banks_are_held_against_the_list_and_its_day_is_shown(site: Site) -> None:
    refused = await site.typed(
        *("payee", "propose", HOSPITAL, "--bank", "9998", "--branch", "001", "--account", "1", "--name", "ア")
    )
    made = await site.told(
        *("payee", "propose", HOSPITAL, "--bank", "0001", "--branch", "001", "--account", "1", "--name", "ア")
    )
    shown = await site.typed("payee", "show", HOSPITAL)

    assert "the code is of no bank" in refused.output
    assert made["is_assigned"] is True
    assert made["banks_of"] in shown.output


async def test_what_the_bank_says_accepts_and_refuses_payments(site: Site, tmp_path: Path, database: Database) -> None:
    batch, out = await site.batch(), tmp_path / "pain001.xml"
    made = await site.told("payments", "file", batch, "--out", str(out), "--form", "pain001")
    references = [each["reference"] for each in await site.told("payments", "show", batch)]
    said = payment(references[0], "ACCP") + payment(references[1], "RJCT", "AC01") + payment(references[2], "PDNG")
    told = message(instruction(said)).decode().replace(">m1<", f">{made['file_id'].removeprefix('bkf_')}<")
    result = tmp_path / "pain002.xml"
    result.write_text(told.replace(">i1<", f">{batch.removeprefix('pmb_')}<"))

    read = await site.told("payments", "accept", "--result", str(result))
    again = await site.told("payments", "accept", "--result", str(result))

    assert (read["accepted"], read["refused"], read["pending"]) == (1, 1, 1)
    assert [each["steps"][-1]["reason"] for each in read["refused_payments"]] == ["REFUSED_AC01"]
    assert again["accepted"] == 1
    assert [state for _, _, state, _ in await payments_of(database)] == ["accepted", "refused", "instructed"]


async def test_a_result_about_something_else_does_nothing(site: Site, tmp_path: Path, database: Database) -> None:
    batch = await site.batch()
    await site.told("payments", "file", batch, "--out", str(tmp_path / "a.xml"), "--form", "pain001")
    result = tmp_path / "pain002.xml"
    result.write_bytes(message(instruction(payment("0000000001", "ACCP"))))

    refused = await site.typed("payments", "accept", "--result", str(result))

    assert refused.exit_code == 2
    assert "nothing was done" in refused.output
    assert [state for _, _, state, _ in await payments_of(database)] == ["instructed"] * 3


async def test_payments_are_accepted_abandoned_and_proposed_again(site: Site, tmp_path: Path) -> None:
    batch = await site.batch()
    early = await site.typed("payments", "accept", batch)
    await site.told("payments", "file", batch, "--out", str(tmp_path / "a.txt"))
    accepted = await site.told("payments", "accept", batch)
    one = (await site.told("payments", "show", batch))[0]["payment_id"]
    alone = await site.typed("payments", "abandon", one, "--reason", "WRONG_ACCOUNT")
    abandoned = await site.told("payments", "abandon", one, "--reason", "WRONG_ACCOUNT", "--as", "checker")
    shown = await site.typed("payments", "show", one)
    anew = await site.told("payments", "propose", PERIOD)
    warned = await site.typed("payments", "approve", anew["batch_id"], "--as", "checker")
    [second] = await site.told("payments", "show", anew["batch_id"])

    assert early.exit_code == 1
    assert "no payment of the batch" in early.output
    assert (accepted, abandoned) == ({"payments": 3}, {"payments": 1})
    assert "WRONG_ACCOUNT" in shown.output
    assert (anew["number"], anew["payments"]) == (2, 1)
    assert alone.exit_code == 1
    assert "proposed or released" in alone.output
    assert 'hospitals["1310000001"]' in alone.output
    assert anew["formers_in_file"] == [one]
    assert second["former_in_file"] == one
    assert f"warning: {one} paid one of these statements before" in " ".join(warned.output.split())


async def test_only_what_came_back_is_reinstructed(site: Site, tmp_path: Path) -> None:
    batch = await site.batch()
    await site.told("payments", "file", batch, "--out", str(tmp_path / "a.txt"))
    one = (await site.told("payments", "show", batch))[0]["payment_id"]

    refused = await site.typed("payments", "reinstruct", one, "--pays-on", "2026-06-25")
    unknown = await site.typed("payments", "reinstruct", "pay_" + "0" * 32, "--pays-on", "2026-06-25")

    assert "came back or was refused" in refused.output
    assert unknown.exit_code == 1


async def test_the_same_request_id_gets_the_first_answer(site: Site) -> None:
    await site.payees()
    request = wire.ProposePaymentsRequest(request_id=str(uuid.uuid4()), period=PERIOD)
    stub = site.stub(MAKER, "admin")
    first = await stub.ProposePayments(request)

    assert await stub.ProposePayments(request) == first
    request.pays_on = "2026-06-23"
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await stub.ProposePayments(request)
    assert caught.value.code() is grpc.StatusCode.ALREADY_EXISTS


async def test_a_hospital_sees_its_own_payee_and_payments_only(site: Site) -> None:
    batch = await site.batch()
    stub = site.stub(f"hospital:{HOSPITAL}")

    own = await stub.ListPayments(wire.ListPaymentsRequest(hospital_code=HOSPITAL))
    payee = await stub.GetPayee(wire.GetPayeeRequest(hospital_code=HOSPITAL))

    assert [each.hospital_code for each in own.payments] == [HOSPITAL]
    assert [each.hospital_code for each in payee.versions] == [HOSPITAL]
    for other in (
        stub.GetPayee(wire.GetPayeeRequest(hospital_code="1310000002")),
        stub.ListPayments(wire.ListPaymentsRequest(hospital_code="1310000002")),
        stub.ListPayments(wire.ListPaymentsRequest(batch_id=batch)),
    ):
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await other
        assert caught.value.code() is grpc.StatusCode.NOT_FOUND
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await stub.GetBatch(wire.GetBatchRequest(batch_id=batch))
    assert refused.value.code() is grpc.StatusCode.PERMISSION_DENIED


async def test_a_hospital_sees_states_and_times_and_no_operator(site: Site, tmp_path: Path) -> None:
    batch = await site.batch()
    await site.told("payments", "file", batch, "--out", str(tmp_path / "furikomi.txt"))
    for subject in (f"hospital:{HOSPITAL}", MAKER):
        stub = site.stub(subject, *(["viewer"] if subject == MAKER else []))
        payments = await stub.ListPayments(wire.ListPaymentsRequest(hospital_code=HOSPITAL))
        payees = await stub.GetPayee(wire.GetPayeeRequest(hospital_code=HOSPITAL))
        (payment,), (payee,) = payments.payments, payees.versions
        people = [*(step.done_by for step in payment.steps), payee.proposed_by, payee.confirmed_by]

        assert [step.state for step in payment.steps] == [
            wire.PAYMENT_STATE_PROPOSED,
            wire.PAYMENT_STATE_INSTRUCTED,
        ]
        assert all(step.HasField("time") for step in payment.steps)
        assert payee.HasField("confirmed_time")
        assert payment.yen == HOSPITALS[HOSPITAL]
        if subject == MAKER:
            assert people == [MAKER, MAKER, MAKER, CHECKER]
        else:
            assert people == [""] * 4
            told = repr(payments) + repr(payees)
            assert "operator:" not in told


async def test_a_refusal_that_one_operator_brings_is_kept_with_its_file_and_warns_who_approves_what_follows(
    site: Site, tmp_path: Path, database: Database
) -> None:
    batch = await site.batch()
    made = await site.told("payments", "file", batch, "--out", str(tmp_path / "pain001.xml"), "--form", "pain001")
    forged = HEADER + result_of(made["file_id"], "RJCT")
    (tmp_path / "forged.xml").write_bytes(forged)
    said = await site.told("payments", "accept", "--result", str(tmp_path / "forged.xml"))
    ids = [each["payment_id"] for each in said["refused_payments"]]
    anew = (await site.told("payments", "reinstruct", *ids, "--pays-on", PAY_DAY.isoformat()))["batch_id"]

    approved = await site.typed("payments", "approve", anew, "--as", "checker")
    assert approved.output.count("stood in a released file") == len(ids)
    assert all(each in approved.output for each in ids)
    shown = await site.told("payments", "show", anew)
    assert sorted(each["former_in_file"] for each in shown) == sorted(ids)

    rows = await database.pool.fetch(
        "SELECT r.*, p.outcome FROM pending_resolution AS p JOIN payment_result AS r ON r.event_id = p.cause_event_id"
    )
    assert [(row["outcome"], row["file_id"], row["taken_by"]) for row in rows] == [
        ("voided", made["file_id"], MAKER)
    ] * len(ids)
    assert rows[0]["sha256"] == sha256(forged).digest()
    assert b"S3CRET" not in rows[0]["content"]
    assert rows[0]["content"].lstrip() == forged[len(HEADER) :]
    steps = await database.pool.fetch("SELECT cause FROM payment_event WHERE state = 'refused'")
    assert {row["cause"] for row in steps} == {rows[0]["event_id"]}
    assert [progress async for progress in replayed(database)][-1].faults == ()


HEADER = (
    b'<?xml version="1.0"?><AppHdr xmlns="urn:iso:std:iso:20022:tech:xsd:head.001.001.01"><Fr>S3CRET</Fr></AppHdr>\n'
)


def result_of(file_id: str, status: str) -> bytes:
    """受付結果 of a whole file."""
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<Document xmlns="urn:iso:std:iso:20022:tech:xsd:pain.002.001.03"><CstmrPmtStsRpt>
<GrpHdr><MsgId>bank-1</MsgId><CreDtTm>2026-12-01T10:00:00</CreDtTm></GrpHdr>
<OrgnlGrpInfAndSts><OrgnlMsgId>{file_id.removeprefix("bkf_")}</OrgnlMsgId><OrgnlMsgNmId>pain.001.001.03</OrgnlMsgNmId>
<GrpSts>{status}</GrpSts></OrgnlGrpInfAndSts></CstmrPmtStsRpt></Document>""".encode()


async def test_payments_and_batches_come_in_pages(site: Site) -> None:
    batch = await site.batch()
    stub, found, token = site.stub(MAKER, "viewer"), [], ""
    while True:
        request = wire.ListPaymentsRequest(batch_id=batch, page_size=1, page_token=token)
        page = await stub.ListPayments(request)
        found += [each.hospital_code for each in page.payments]
        token = page.next_page_token
        if not token:
            break

    assert found == list(HOSPITALS)


@pytest.mark.parametrize("point", POINTS)
async def test_a_kill_while_the_file_is_written_leaves_it_whole_or_absent_and_nothing_twice(
    site: Site, tmp_path: Path, database: Database, point: str
) -> None:
    batch, out = await site.batch(), tmp_path / "furikomi.txt"
    command = [sys.executable, "-m", "services.cli.main", "payments", "file", batch, "--out", str(out)]
    environment = {
        **os.environ,
        **site.variables,
        "SEIKYU_CRASHPOINT": f"whole-file.{point}",
        "PYTHONPATH": ".:protos/gen",
    }

    killed = await asyncio.to_thread(subprocess.run, command, cwd=REPOSITORY, env=environment, check=False)

    assert killed.returncode == -signal.SIGKILL
    assert out.exists() == (point in {"after-rename", "after-directory-sync"})
    made = await site.told("payments", "file", batch, "--out", str(out))
    assert checked(out.read_bytes()).violations == []
    assert len(await database.pool.fetch("SELECT FROM bank_file")) == 1
    assert len(await database.pool.fetch("SELECT FROM pending_transfer")) == made["payments"] == 3
    assert names_like(tmp_path, "furikomi") == ["furikomi.txt"]
