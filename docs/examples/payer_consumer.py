"""A payer's consumer: takes each event once, in order, finds its members, adds up its statement and its households'.

    python docs/examples/payer_consumer.py CREDENTIALS.json MEMBERS.csv BOOKS.sqlite

CREDENTIALS.json is what enrolment gave the payer. MEMBERS.csv is the payer's own list: a header line with at least
payer_number, symbol and number. BOOKS.sqlite is made on first use. It needs the packages confluent-kafka, grpcio and
protovalidate, and Seikyu's protos/gen on PYTHONPATH; it reads SEIKYU_SETTLEMENT_ADDRESS and SEIKYU_TLS_CA_FILE.
"""

import csv
import hmac
import json
import os
import sqlite3
import sys
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Final

import grpc
from confluent_kafka import Consumer, KafkaException, Message, TopicPartition
from seikyu.claims.v1.household_pb2 import HouseholdStated
from seikyu.settlement.v1 import settlement_service_pb2 as settlement
from seikyu.settlement.v1.events_pb2 import ClaimSettled, FeeCharged, PaymentReceived
from seikyu.settlement.v1.settlement_service_pb2_grpc import SettlementServiceStub

BATCH: Final = 500
WAIT_S: Final = 1.0
SILENCE_LIMIT: Final = 30
TIMEOUT_S: Final = 10.0
BOOKS: Final = """
CREATE TABLE IF NOT EXISTS event (
    sequence INTEGER PRIMARY KEY, event_id TEXT NOT NULL UNIQUE, claim_id TEXT NOT NULL, claim_month TEXT NOT NULL,
    member TEXT NOT NULL, points INTEGER NOT NULL, share_yen INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS household_statement (
    sequence INTEGER PRIMARY KEY, event_id TEXT NOT NULL UNIQUE, statement_id TEXT NOT NULL, number INTEGER NOT NULL,
    since TEXT NOT NULL, member TEXT NOT NULL, refund_yen INTEGER NOT NULL);
"""
LATEST: Final = """
SELECT since, member, max(number), refund_yen FROM household_statement GROUP BY statement_id ORDER BY since, member
"""


class StreamBroken(Exception):
    """An event is missing, or two events claim one place: take nothing more, and ask the platform's operator."""


def canonical(text: str) -> str:
    """docs/canonical-member.md: NFKC, upper case, letters and digits only."""
    return "".join(each for each in unicodedata.normalize("NFKC", text).upper() if each.isalnum())


def member_key(secret: bytes, payer_number: str, symbol: str, number: str) -> str:
    """The key under which this payer's events name the member: 32 hexadecimal digits."""
    text = f"{payer_number.strip()}|{canonical(symbol)}|{canonical(number)}"
    return hmac.digest(secret, text.encode(), "sha256").hex()[:32]


def members_by_key(file: Path, secrets: Mapping[str, str], payer_number: str) -> dict[str, str]:
    """The payer's own members, each under the keys that events use: by the first secret, and by later ones."""
    with file.open(encoding="utf-8-sig", newline="") as stream:
        rows = [row for row in csv.DictReader(stream) if row["payer_number"] == payer_number]
    found = {}
    for version, secret in secrets.items():
        prefix = "" if version == "1" else f"{version}:"
        for symbol, number in ((row["symbol"], row["number"]) for row in rows):
            key = member_key(bytes.fromhex(secret), payer_number, symbol, number)
            found[prefix + key] = f"{symbol}-{number}"
    return found


def settled(ce_type: str, value: bytes) -> ClaimSettled:
    """Any event of the settlement topic as a claim's: its id and its place are there, and share_yen is what it adds.

    Of kinds that this program does not know it learns id and place, and adds 0 yen: so the contract promises.
    """
    event = ClaimSettled.FromString(value)
    if ce_type.endswith(".fee_charged.v1"):
        event.share_yen = FeeCharged.FromString(value).fee_yen
    elif ce_type.endswith(".payment_received.v1"):
        event.share_yen = -PaymentReceived.FromString(value).received_yen
    return event


def take(books: sqlite3.Connection, event: ClaimSettled, members: Mapping[str, str]) -> bool:
    """Write the event into the books once; False for one that they hold already. Raises StreamBroken."""
    known = books.execute("SELECT 1 FROM event WHERE event_id = ?", (event.event_id,)).fetchone()
    if known:
        return False
    (last,) = books.execute("SELECT coalesce(max(sequence), 0) FROM event").fetchone()
    if event.sequence != last + 1:
        raise StreamBroken(f"event {event.sequence} came after {last}")
    member = members.get(event.payer_member_key, "")
    row = (event.sequence, event.event_id, event.claim_id, event.claim_month, member, event.points, event.share_yen)
    books.execute("INSERT INTO event VALUES (?, ?, ?, ?, ?, ?, ?)", row)
    return True


def take_statement(books: sqlite3.Connection, stated: HouseholdStated, members: Mapping[str, str]) -> bool:
    """The same for a version of a household's statement; the latest version of each is what holds."""
    known = books.execute("SELECT 1 FROM household_statement WHERE event_id = ?", (stated.event_id,)).fetchone()
    if known:
        return False
    (last,) = books.execute("SELECT coalesce(max(sequence), 0) FROM household_statement").fetchone()
    if stated.sequence != last + 1:
        raise StreamBroken(f"statement {stated.sequence} came after {last}")
    statement = stated.statement
    told = statement.month if statement.HasField("month") else statement.year
    member = members.get(statement.payer_member_key, "")
    row = (stated.sequence, stated.event_id, statement.statement_id, stated.number, statement.since, member)
    books.execute("INSERT INTO household_statement VALUES (?, ?, ?, ?, ?, ?, ?)", (*row, told.refund_yen))
    return True


def open_consumer(credentials: Mapping[str, str], purpose: str) -> Consumer:
    """The broker as the payer's own principal: TLS, SCRAM, and a group with the payer's prefix."""
    return Consumer(
        {
            "bootstrap.servers": credentials["kafka_bootstrap"],
            "security.protocol": "SASL_SSL",
            "ssl.ca.location": credentials["kafka_ca_file"],
            "sasl.mechanism": "SCRAM-SHA-512",
            "sasl.username": credentials["kafka_username"],
            "sasl.password": credentials["kafka_password"],
            "group.id": f"{credentials['group_prefix']}{purpose}",
            "auto.offset.reset": "earliest",
            "enable.auto.commit": False,
        }
    )


def read_to_the_end(
    consumer: Consumer, topic: str, books: sqlite3.Connection, take_one: Callable[[str, bytes], bool]
) -> tuple[int, int]:
    """Take everything that the topic holds now; how many events were new, and how many known already."""
    partition = TopicPartition(topic, 0)
    _, end = consumer.get_watermark_offsets(partition, timeout=TIMEOUT_S)
    (committed,) = consumer.committed([partition], timeout=TIMEOUT_S)
    at, new, repeated, silent = max(committed.offset, 0), 0, 0, 0
    consumer.subscribe([topic])
    while at < end:
        messages = consumer.consume(BATCH, WAIT_S)
        silent = 0 if messages else silent + 1
        if silent > SILENCE_LIMIT:
            raise StreamBroken(f"the broker fell silent at {at} of {end}")
        with books:  # one transaction for the batch; the offset is committed after it, never before
            for message in messages:
                if error := message.error():
                    raise KafkaException(error)
                taken = take_one(ce_type_of(message), message.value() or b"")
                new, repeated = new + taken, repeated + (not taken)
                at = (message.offset() or 0) + 1
        if messages:
            consumer.commit(asynchronous=False)
    return new, repeated


def ce_type_of(message: Message) -> str:
    """Which kind of event the message is."""
    headers: dict[str, bytes] = dict(message.headers() or ())  # type: ignore[arg-type]  # texts and bytes, here
    return headers.get("ce_type", b"").decode()


def balance_yen(credentials: Mapping[str, str]) -> int:
    """What the platform's ledger says of this payer; negative is owed by it."""
    authority = Path(os.environ["SEIKYU_TLS_CA_FILE"]).read_bytes()
    tls = grpc.ssl_channel_credentials(authority)
    bearer = grpc.access_token_call_credentials(credentials["token"])
    request = settlement.GetBalanceRequest(account_id=f"payer:{credentials['payer_number']}")
    address, both = os.environ["SEIKYU_SETTLEMENT_ADDRESS"], grpc.composite_channel_credentials(tls, bearer)
    with grpc.secure_channel(address, both) as channel:
        return SettlementServiceStub(channel).GetBalance(request, timeout=TIMEOUT_S).account.balance_yen


def main(words: Sequence[str]) -> int:
    """Take what came, print the statement; ends with 1 where it is not what the ledger says."""
    credentials = json.loads(Path(words[0]).read_text(encoding="utf-8"))
    secrets = credentials.get("member_secrets") or {"1": credentials["member_secret_hex"]}
    members = members_by_key(Path(words[1]), secrets, credentials["payer_number"])
    books = sqlite3.connect(words[2])
    books.executescript(BOOKS)
    takes: dict[str, Callable[[str, bytes], bool]] = {
        "topic": lambda ce_type, value: take(books, settled(ce_type, value), members),
        "statements_topic": lambda _, value: take_statement(books, HouseholdStated.FromString(value), members),
    }
    read = []
    for name, take_one in takes.items():
        consumer = open_consumer(credentials, name)
        try:
            read.append(read_to_the_end(consumer, credentials[name], books, take_one))
        finally:
            consumer.close()
    new, repeated = map(sum, zip(*read, strict=True))
    print(f"{new} new events, {repeated} known already")
    for place in books.execute("SELECT sequence, claim_id, member, points, share_yen FROM event ORDER BY sequence"):
        print("{:>4}  {}  member {:<12} {:>6,} points {:>8,} yen".format(*place))
    (owed_yen,) = books.execute("SELECT coalesce(sum(share_yen), 0) FROM event").fetchone()
    for since, member, number, refund_yen in books.execute(LATEST):
        print(f"{since}  household {member:<12} version {number}: {refund_yen:,} yen come back")
    ledger_yen = -balance_yen(credentials)
    print(f"statement {owed_yen:,} yen, ledger {ledger_yen:,} yen")
    return 0 if owed_yen == ledger_yen else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
