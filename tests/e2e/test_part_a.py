"""The real claim file goes through the whole platform, and every yen arrives."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from seikyu.claims.v1 import claim_pb2
from seikyu.settlement.v1 import events_pb2
from seikyu.settlement.v1 import settlement_service_pb2 as settlement
from seikyu.settlement.v1 import settlement_service_pb2_grpc as settlement_grpc

from infra.local.stack import Stack
from tests.bench.__main__ import kafka_config
from tests.support.journey import clients_of, facts_of, final_claims, population_of, read_events, submit_file
from tests.support.official_data import part_a
from tests.support.stack import running_platform

HOSPITAL = "1210000000"
RECEIPTS, PAYER_RECORDS, POINTS = 45, 85, 61_495
PRESCHOOL_KINDS = ("1114", "1124")


@pytest.fixture(scope="module")
def platform() -> Iterator[Stack]:
    """All services, each a process of its own."""
    with running_platform() as stack:
        yield stack


def owed_by_payers(text: str) -> Counter[str]:
    """Yen per payer by the law's plain rule, from the file's own columns: an oracle that shares no code with Seikyu.

    The insurer pays all but the copay (3 tenths, 2 for preschool children); a programme pays the copay of its points
    less the patient's burden that its record declares; a programme alone pays ten yen a point.
    """
    owed: Counter[str] = Counter()
    tenths, insured = 0, False
    for line in text.splitlines():
        columns = line.split(",")
        if columns[0] == "RE":
            tenths, insured = (2 if columns[2] in PRESCHOOL_KINDS else 3), False
        elif columns[0] == "HO":
            insured = True
            owed[columns[1].strip()] += int(columns[5]) * (10 - tenths)
        elif columns[0] == "KO":
            layer = int(columns[5]) * (tenths if insured else 10)
            owed[columns[1]] += layer - min(layer, int(columns[6] or 0))
    return owed


async def test_every_receipt_of_the_real_file_arrives_in_the_ledger_and_at_its_payers_to_the_yen(
    platform: Stack, tmp_path: Path
) -> None:
    content = part_a()
    owed = owed_by_payers(content.decode("cp932"))
    clients = clients_of(platform, tmp_path)
    population = population_of(HOSPITAL, facts_of(content))
    token = (await clients.enrol(population))[HOSPITAL]

    answers, summary = await submit_file(clients, token, content)
    claims = await final_claims(clients, token, RECEIPTS)
    again, _ = await submit_file(clients, token, content)
    events = read_events(kafka_config(clients.variables), population.payers, PAYER_RECORDS)
    async with clients.channel("settlement") as channel:
        stub = settlement_grpc.SettlementServiceStub(channel)
        balance = await stub.GetTrialBalance(settlement.GetTrialBalanceRequest())

    assert summary.released
    assert len(answers) == RECEIPTS
    assert {answer.claim_id for answer in again} == {answer.claim_id for answer in answers}
    assert Counter(claim.state for claim in claims) == {claim_pb2.CLAIM_STATE_APPROVED: RECEIPTS}
    assert sum(claim.decision.billed_points for claim in claims) == POINTS
    assert len({event.event_id for event in events}) == PAYER_RECORDS == len(events)
    assert sum_by_payer(events) == owed
    accounts = {account.account_id: account.balance_yen for account in balance.accounts}
    assert accounts[f"hospital:{HOSPITAL}"] == sum(owed.values())
    assert {name: -yen for name, yen in accounts.items() if name.startswith("payer:")} == {
        f"payer:{number}": yen for number, yen in owed.items()
    }
    assert balance.sum_yen == 0


def sum_by_payer(events: list[events_pb2.ClaimSettled]) -> Counter[str]:
    """Yen per payer number over its events."""
    total: Counter[str] = Counter()
    for event in events:
        total[event.payer_number] += event.share_yen
    return total
