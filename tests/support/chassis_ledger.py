"""A consumer's effect that a test can read back: one table, one row per event applied, in the order of application."""

from collections.abc import Sequence
from datetime import UTC, datetime

from services.shared.chassis.messages import Announcement, DeadLetterReason, Event, PoisonEvent, Received
from services.shared.chassis.postgres import Database, Transaction
from services.shared.chassis.queries import Statement

CREATE = "CREATE TABLE applied (place bigserial PRIMARY KEY, event_id text NOT NULL, key text NOT NULL)"


def statement(text: str) -> Statement:
    return Statement(name="test", purpose="test", sql=text)


INSERT = statement("INSERT INTO applied (event_id, key) SELECT * FROM unnest($1::text[], $2::text[])")
READ = statement("SELECT event_id FROM applied ORDER BY place")


def parse(event: Event) -> str:
    """The value as text; "unreadable" is poison."""
    text = event.value.decode("utf-8", "replace")
    if text == "unreadable":
        raise PoisonEvent(DeadLetterReason.UNREADABLE)
    return text


async def record(received: Sequence[Received[str]], tx: Transaction) -> None:
    """Write down each event. Not idempotent, so that a second application shows; "bug" and "contradiction" fail."""
    for each in received:
        if each.body == "bug":
            raise ZeroDivisionError("a patient's name")
        if each.body == "contradiction":
            raise PoisonEvent(DeadLetterReason.CONTRADICTORY)
    await tx.execute(INSERT, [each.event.event_id for each in received], [each.event.key for each in received])


async def applied(database: Database) -> list[str]:
    """Ids of the events applied, in order."""
    return [row["event_id"] for row in await database.fetch(READ)]


def announce(topic: str, key: str, event_id: str, value: str = "fine") -> Announcement:
    return Announcement(
        topic=topic,
        key=key,
        event_id=event_id,
        type="test",
        source="test",
        subject=key,
        traceparent="00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00",
        value=value.encode(),
        time=datetime(2026, 11, 21, tzinfo=UTC),
    )
