"""Payments on the wire: rows and values to messages, requests to values, refusals to statuses."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Final

import asyncpg
import grpc
from seikyu.settlement.v1 import payment_service_pb2 as wire

from services.settlement.application.releasing import Unfiled
from services.settlement.domain.bank.furikomi import Account, AccountType
from services.settlement.domain.payments.batches import Payable, Refusal, Refused
from services.settlement.domain.payments.files import FileForm, unpayable_hospital
from services.settlement.domain.payments.payees import FIELDS, PayeeFault
from services.settlement.domain.payments.states import PaymentState
from services.shared.chassis.instants import timestamp
from services.shared.chassis.rpc_errors import RpcRefusal, Violation, invalid

STATES: Final = {each: wire.PaymentState.Value(f"PAYMENT_STATE_{each.name}") for each in PaymentState}
FORMS: Final = {
    FileForm.ZENGIN: wire.PAYMENT_FILE_FORM_ZENGIN,
    FileForm.ZENGIN_LINES: wire.PAYMENT_FILE_FORM_ZENGIN,
    FileForm.PAIN001: wire.PAYMENT_FILE_FORM_PAIN001,
}


def account_of(asked: wire.PayeeAccount) -> Account:
    """The account as it was told."""
    return Account(
        bank=asked.bank,
        branch=asked.branch,
        kind=AccountType(str(int(asked.account_type))),
        number=asked.account_number,
        name=asked.name,
    )


def form_of(request: wire.ReleaseFileRequest) -> FileForm:
    """The form asked for. Raises RpcRefusal for line ends that the form does not have."""
    if request.form == wire.PAYMENT_FILE_FORM_PAIN001:
        if request.line_ends:
            raise invalid("line_ends", "form", "only 総合振込 has line ends")
        return FileForm.PAIN001
    return FileForm.ZENGIN_LINES if request.line_ends else FileForm.ZENGIN


def day_of(text: str, field: str) -> date | None:
    """The day of YYYY-MM-DD; none for the empty text. Raises RpcRefusal."""
    try:
        return date.fromisoformat(text) if text else None
    except ValueError as malformed:
        raise invalid(field, "calendar", "is no day of the calendar") from malformed


def payee_message(row: asyncpg.Record) -> wire.Payee:
    """A version, from a row of payee_versions."""
    account = wire.PayeeAccount(
        bank=row["bank"],
        branch=row["branch"],
        account_type=wire.BankAccountType.ValueType(int(row["account_type"])),
        account_number=row["account_number"],
        name=row["account_name"],
    )
    message = wire.Payee(
        hospital_code=row["hospital_code"],
        version=row["version"],
        account=account,
        banks_of=row["banks_of"],
        is_assigned=row["is_assigned"],
        proposed_by=row["proposed_by"],
        proposed_time=timestamp(row["proposed_at"]),
        confirmed_by=row["confirmed_by"] or "",
    )
    if row["confirmed_at"] is not None:
        message.confirmed_time.CopyFrom(timestamp(row["confirmed_at"]))
    return message


def left_out_message(payable: Payable) -> wire.LeftOutStatement:
    """A statement that is not proposed as its hospital's balance does not cover it."""
    return wire.LeftOutStatement(
        hospital_code=payable.hospital_code,
        statement_id=payable.statement_id,
        yen=payable.yen,
        reason=Refusal.OVER_BALANCE.name,
    )


def batch_message(row: asyncpg.Record, counts: Sequence[asyncpg.Record]) -> wire.PaymentBatch:
    """A batch, from a row of batch_page and those of state_counts."""
    states = {each["state"]: each for each in counts if each["batch_id"] == row["batch_id"]}
    message = wire.PaymentBatch(
        batch_id=row["batch_id"],
        period=row["period"],
        number=row["number"],
        pays_on=row["pays_on"].isoformat(),
        account_id=row["account_id"],
        payments=row["payments"],
        total_yen=row["total_yen"],
        content_sha256=row["content_sha256"].hex(),
        proposed_by=row["proposed_by"],
        proposed_time=timestamp(row["proposed_at"]),
        approved_by=row["approved_by"] or "",
        file_id=row["file_id"] or "",
        file_sha256=row["file_sha256"] or "",
        states=[
            wire.PaymentStateCount(
                state=STATES[each], payments=states[each.value]["payments"], yen=states[each.value]["yen"]
            )
            for each in PaymentState
            if each.value in states
        ],
        formers_in_file=row["formers_in_file"],
    )
    if row["approved_at"] is not None:
        message.approved_time.CopyFrom(timestamp(row["approved_at"]))
    return message


def payment_message(row: asyncpg.Record, steps: Sequence[asyncpg.Record], former_in_file: str) -> wire.Payment:
    """A payment with its steps, the last of which says where it stands."""
    own = [each for each in steps if each["payment_id"] == row["payment_id"]]
    return wire.Payment(
        payment_id=row["payment_id"],
        batch_id=row["batch_id"],
        place=row["place"],
        hospital_code=row["hospital_code"],
        statement_id=row["statement_id"],
        yen=row["yen"],
        reference=row["reference"],
        payee_version=row["payee_version"],
        transfer_id=row["transfer_id"],
        reinstructs=row["reinstructs"] or "",
        attempt=row["attempt"],
        state=STATES[PaymentState(own[-1]["state"])],
        steps=[_step(each) for each in own],
        former_in_file=former_in_file,
    )


def without_people(message: wire.Payee | wire.Payment) -> None:
    """Leave states, times, yen and reasons, and take out which operator it was."""
    if isinstance(message, wire.Payee):
        message.proposed_by = message.confirmed_by = ""
        return
    for each in message.steps:
        each.done_by = ""


def file_message(row: asyncpg.Record) -> wire.PaymentFile:
    """A file, from file_row."""
    return wire.PaymentFile(
        file_id=row["file_id"],
        form=FORMS[FileForm(row["form"])],
        sha256=row["sha256"],
        size_bytes=row["size_bytes"],
        payments=row["payments"],
        total_yen=row["total_yen"],
        batch_ids=row["batch_ids"],
        released_by=row["released_by"],
        released_time=timestamp(row["released_at"]),
        chain_block=row["chain_block"],
        chain_sha256=row["chain_sha256"],
    )


def bad_account(faults: Sequence[PayeeFault]) -> RpcRefusal:
    """INVALID_ARGUMENT with every fault by its field."""
    violations = [
        Violation(field=f"account.{FIELDS[each]}", rule=each.name.lower(), description=each.value) for each in faults
    ]
    return RpcRefusal(
        grpc.StatusCode.INVALID_ARGUMENT, "PAYEE_REFUSED", "no bank would take this account", violations=violations
    )


def refused(refusals: Sequence[Refused]) -> RpcRefusal:
    """FAILED_PRECONDITION with the first reason in order of precedence, and each hospital that has one."""
    order = list(Refusal)
    found = sorted(refusals, key=lambda each: (order.index(each.why), each.hospital_code))
    violations = [
        Violation(field=f'hospitals["{each.hospital_code}"]', rule=each.why.name, description=each.why.value)
        for each in found
        if each.hospital_code
    ]
    first = found[0].why
    return RpcRefusal(grpc.StatusCode.FAILED_PRECONDITION, first.name, first.value, violations=violations)


def unfiled(fault: Unfiled) -> RpcRefusal:
    """FAILED_PRECONDITION naming payee, field and the byte in the record."""
    violations = [
        Violation(
            field=f'payees["{code}"].{each.field}' if code else f"remitter.{each.field}",
            rule=each.rule,
            description=f"byte {each.offset} of the record: {each.said}",
        )
        for each in fault.reasons
        for code in [unpayable_hospital(fault.filed, each)]
    ]
    said = "no bank would take this file"
    return RpcRefusal(grpc.StatusCode.FAILED_PRECONDITION, "CANNOT_BE_FILED", said, violations=violations)


def _step(row: asyncpg.Record) -> wire.PaymentStep:
    at: datetime = row["at"]
    return wire.PaymentStep(
        number=row["number"],
        state=STATES[PaymentState(row["state"])],
        cause=row["cause"],
        reason=row["reason"],
        done_by=row["done_by"],
        time=timestamp(at),
    )
