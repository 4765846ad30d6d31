"""What a payer owes, from its topic: `python docs/examples/payer_short.py CREDENTIALS.json`. The shortest consumer."""

import json
import sys
from pathlib import Path
from typing import Any

from confluent_kafka import Consumer
from seikyu.settlement.v1.events_pb2 import ClaimSettled, FeeCharged, PaymentReceived

kept = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
scram = {"sasl.username": kept["kafka_username"], "sasl.password": kept["kafka_password"]}
scram |= {"security.protocol": "SASL_SSL", "sasl.mechanism": "SCRAM-SHA-512", "ssl.ca.location": kept["kafka_ca_file"]}
group = {"group.id": kept["group_prefix"] + "short", "auto.offset.reset": "earliest", "enable.auto.commit": False}
consumer = Consumer({"bootstrap.servers": kept["kafka_bootstrap"], **scram, **group})
consumer.subscribe([kept["topic"]])
yen: dict[str, int] = {}  # by event id: an event that comes twice counts once
while (message := consumer.poll(10.0)) is not None and not message.error():
    headers: dict[str, Any] = dict(message.headers() or ())
    value = message.value() or b""
    kind, event = headers["ce_type"].decode(), ClaimSettled.FromString(value)  # id and place are those of every kind
    yen[event.event_id] = event.share_yen
    if kind.endswith(".fee_charged.v1"):
        yen[event.event_id] = FeeCharged.FromString(value).fee_yen
    if kind.endswith(".payment_received.v1"):
        yen[event.event_id] = -PaymentReceived.FromString(value).received_yen
    print(f"{event.sequence:>6}  {kind:<50}  {yen[event.event_id]:>12,} yen")
consumer.close()
print(f"{len(yen)} events, owed {sum(yen.values()):,} yen")
