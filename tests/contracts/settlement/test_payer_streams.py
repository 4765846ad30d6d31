import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest
from typing_extensions import override

from services.settlement.adapters.payers.announcing import PayerNotice, announce_notices
from services.settlement.adapters.payers.streams import PayerStreams
from services.settlement.adapters.queries import PAYERS, QUERIES
from services.shared.chassis.postgres import Database
from services.shared.kernel.ids import EventId
from tests.contracts.chassis.cursor_source import CursorSourceContract
from tests.support.settlement import INSURER, NOW, PROGRAMME, decision, opened, part, post
from tests.support.stack import PostgresCluster


async def nothing_to_make(payer_number: str, request_id: str, username: str) -> None:
    """A broker on which every payer's topic exists."""


class OnOneBroker(PayerStreams):
    """Knows which cluster the broker is of, as an enrolment does."""

    cluster_id: str | None = None

    @override
    async def restart(self, cluster_id: str) -> None:
        self.cluster_id = cluster_id
        await super().restart(cluster_id)


class FilledLedger:
    first = INSURER
    second = PROGRAMME

    def __init__(self, database: Database) -> None:
        self.source = OnOneBroker(database, nothing_to_make)
        self.database = database
        self._posted = 0

    async def append(self, stream: str, count: int) -> None:
        async with self.database.transaction(label="test.enrol") as tx:
            await tx.fetchval(QUERIES["enrol_payer"], stream, "request", self.source.cluster_id)
        numbers = range(self._posted, self._posted + count)
        self._posted += count
        await post(self.database, [decision(number, part(stream)) for number in numbers])


class TestPayerStreams(CursorSourceContract):
    @pytest.fixture
    async def streams(self, postgres_cluster: PostgresCluster) -> AsyncIterator[FilledLedger]:
        fresh = await asyncio.to_thread(postgres_cluster.create_migrated_database, "settlement")
        async with opened(fresh) as database:
            yield FilledLedger(database)

    async def test_a_payer_without_a_topic_is_sequenced_and_not_pending(self, streams: FilledLedger) -> None:
        await post(streams.database, [decision(1, part("31130001"))])

        assert await streams.source.pending(10) == []

    async def test_another_broker_gets_both_principals_of_a_payer_whose_rotation_is_under_way(
        self, streams: FilledLedger
    ) -> None:
        made: list[tuple[str, str, str]] = []

        async def make(payer_number: str, request_id: str, username: str) -> None:
            made.append((payer_number, request_id, username))

        async with streams.database.transaction(label="test.rotate") as tx:
            await tx.fetchval(QUERIES["enrol_payer"], INSURER, "first", "one")
            ends_at = datetime.now(UTC) + timedelta(hours=1)
            await tx.fetchval(PAYERS["rotate_payer"], INSURER, f"payer-{INSURER}.b", "second", ends_at)
            await tx.fetchval(QUERIES["enrol_payer"], PROGRAMME, "third", "one")
            await tx.fetchval(PAYERS["unenrol_payer"], PROGRAMME, datetime.now(UTC))

        await PayerStreams(streams.database, make).restart("another")

        assert made == [(INSURER, "first", f"payer-{INSURER}"), (INSURER, "second", f"payer-{INSURER}.b")]

    async def test_what_is_posted_while_a_payer_is_unenrolled_is_pending_once_it_is_back(
        self, streams: FilledLedger
    ) -> None:
        await streams.append(INSURER, 2)
        async with streams.database.transaction(label="test.unenrol") as tx:
            await tx.fetchval(PAYERS["unenrol_payer"], INSURER, datetime.now(UTC))
        await post(streams.database, [decision(number, part(INSURER)) for number in (7, 8)])
        while_gone = await streams.source.pending(10)

        await streams.append(INSURER, 0)

        assert while_gone == []
        assert [item.sequence for item in await streams.source.pending(10)] == [1, 2, 3, 4]

    async def test_notices_are_numbered_with_shares_and_have_their_own_type_and_key(
        self, streams: FilledLedger
    ) -> None:
        await streams.append(INSURER, 1)
        async with streams.database.transaction(label="test") as tx:
            await announce_notices(tx, [notice("a", INSURER), notice("b", INSURER), notice("a", INSURER)], NOW)
        await streams.append(INSURER, 1)
        async with streams.database.transaction(label="test") as tx:
            await announce_notices(tx, [notice("b", INSURER), notice("c", PROGRAMME)], NOW)

        found = [(item.sequence, item.announcement) for item in await streams.source.pending(10)]
        assert [(sequence, told.type == NOTICE, told.key, told.subject == told.key) for sequence, told in found] == [
            (1, False, f"clm_{0:032x}", True),
            (2, True, "a", True),
            (3, True, "b", True),
            (4, False, f"clm_{1:032x}", True),
        ]
        assert [told.value for _, told in found if told.type == NOTICE] == [b"a at 2", b"b at 3"]


NOTICE = "jp.seikyu.settlement.period_closed.v1"


def notice(subject: str, payer: str) -> PayerNotice:
    return PayerNotice(
        payer_number=payer,
        event_id=EventId(f"evt_{subject}"),
        type=NOTICE,
        subject=subject,
        period="202604",
        traceparent="00-" + "a" * 32 + "-" + "b" * 16 + "-00",
        write=lambda sequence: f"{subject} at {sequence}".encode(),
    )
