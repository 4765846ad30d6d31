"""Requests for codes as hospitals' texts make them: drawn by a seed from labelled mentions and names of the master."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256

from seikyu.coding.v1 import events_pb2

from services.coding.domain.master import DiseaseMaster
from services.coding.training.labelled import Labelled
from services.shared.chassis.traceparent import new_traceparent
from services.shared.kernel.ids import event_id

REQUESTED_TYPE = "jp.seikyu.coding.requested.v1"
TREATMENT_MONTH = "202406"
MOST_MENTIONS = 3
EXACT_SHARE = 0.3
"""Of the texts: names of the master as they stand there."""
RAISED_SHARE = 0.01
"""Of the requests: traced, as the platform does by default."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Offered:
    """A request as bytes, with what its answer must be for."""

    claim_id: str
    event_id: str
    traceparent: str
    value: bytes
    mentions: int


def drawn(seed: int, master: DiseaseMaster, labelled: Sequence[Labelled]) -> Iterator[Offered]:
    """Requests without end, each of a claim of its own; the same seed draws the same texts."""
    chance = random.Random(seed)
    names = [row.name for row in master.rows]
    texts = [mention.text for mention in labelled]
    number = 0
    while True:
        number += 1
        mentions = [
            events_pb2.Mention(line=line, text=chance.choice(names if chance.random() < EXACT_SHARE else texts))
            for line in range(1, chance.randint(1, MOST_MENTIONS) + 1)
        ]
        yield _offered(f"{seed} {number}", mentions, chance)


def _offered(word: str, mentions: Sequence[events_pb2.Mention], chance: random.Random) -> Offered:
    claim_id = "clm_" + sha256(word.encode()).hexdigest()[:32]
    message = events_pb2.CodingRequested(
        claim_id=claim_id,
        treatment_month=TREATMENT_MONTH,
        mentions=mentions,
        sex=chance.randint(1, 2),
        age_band_years=10 * chance.randint(0, 9),
    )
    return Offered(
        claim_id=claim_id,
        event_id=event_id(REQUESTED_TYPE, claim_id, "bench"),
        traceparent=new_traceparent(raised=chance.random() < RAISED_SHARE),
        value=message.SerializeToString(),
        mentions=len(mentions),
    )
