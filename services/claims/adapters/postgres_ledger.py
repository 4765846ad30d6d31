"""The ledger of claims in Postgres, over one open transaction: intake, the working set, decisions. Set-based."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Final

import asyncpg

from services.claims.adapters import messages
from services.claims.adapters.findings_text import read_findings, write_findings
from services.claims.adapters.postgres_programmes import PostgresProgrammeReader
from services.claims.adapters.postgres_registrations import PostgresRegistrationReader
from services.claims.application.model import Attached, Coded, Decided, Determined, NewClaim, Sender, Working
from services.claims.domain.found_codes import CodeRevision
from services.claims.domain.uke.findings import Finding
from services.shared.chassis.messages import Announcement
from services.shared.chassis.postgres import Transaction
from services.shared.chassis.queries import load_queries
from services.shared.chassis.traceparent import raise_flag
from services.shared.kernel.ids import ClaimId
from services.shared.kernel.member import MemberSecret

QUERIES: Final = load_queries(Path(__file__).parents[1] / "sql" / "queries.sql")


class PostgresLedger:
    """Implements application.ports.IntakeLedger and DecisionLedger."""

    def __init__(self, tx: Transaction, platform_key: bytes) -> None:
        """`platform_key` is the HMAC key of member_key."""
        self._tx = tx
        self._platform_key = platform_key
        self._contents: dict[str, bytes] = {}

    async def insert_claims(self, sender: Sender, claims: Sequence[NewClaim], received_at: datetime) -> set[ClaimId]:
        """One statement; rows that exist already are left as they are."""
        rows = await self._tx.fetch(
            QUERIES["insert_claims"],
            sender.hospital_code,
            sender.submission_id,
            sender.origin,
            received_at,
            [c.claim_id for c in claims],
            [c.submitted.agency.value for c in claims],
            [c.submitted.claim_month for c in claims],
            [c.facts.treatment_month for c in claims],
            [c.facts.receipt_number for c in claims],
            [c.facts.kind.code for c in claims],
            [c.receipt_sha256 for c in claims],
            [c.submitted.occurrence for c in claims],
            [c.submitted.receipt for c in claims],
            [write_findings(c.findings) for c in claims],
            [c.facts.claimed_points for c in claims],
            [c.traceparent for c in claims],
            [messages.person_of(c.facts, sender.hospital_code, self._platform_key) for c in claims],
        )
        return {ClaimId(row[0]) for row in rows}

    async def insert_work(
        self, claims: Sequence[NewClaim], deadlines: Mapping[ClaimId, datetime], now: datetime
    ) -> None:
        """The working set's rows, and the texts that the screen withheld."""
        ids = [c.claim_id for c in claims]
        await self._tx.execute(QUERIES["insert_work"], now, ids, [deadlines.get(each) for each in ids])
        withheld = [(c.claim_id, line, text) for c in claims for line, text in c.plan.withheld]
        if withheld:
            await self._tx.execute(QUERIES["insert_review_texts"], *map(list, zip(*withheld, strict=True)))

    async def first_findings(self, claim_ids: Sequence[ClaimId]) -> dict[ClaimId, tuple[Finding, ...]]:
        """The findings of claims accepted before."""
        rows = await self._tx.fetch(QUERIES["first_findings"], list(claim_ids))
        return {ClaimId(row["claim_id"]): read_findings(row["findings"]) for row in rows}

    def announce_received(self, sender: Sender, claims: Sequence[NewClaim], now: datetime) -> None:
        """Outbox rows for eligibility and, where there is text to code, for coding."""
        self._tx.announce([a for c in claims for a in self._received(c, sender.hospital_code, now)])

    def announce_again(self, claims: Sequence[tuple[Working, NewClaim]]) -> None:
        """The same announcements as at intake, with the same ids and times."""
        again: list[Announcement] = []
        for working, claim in claims:
            again.extend(self._received(claim, working.hospital_code, working.received_at))
        self._tx.announce(again)

    def _received(self, claim: NewClaim, hospital_code: str, at: datetime) -> list[Announcement]:
        announced = [messages.received(claim, hospital_code, self._platform_key, at)]
        if claim.plan.mentions:
            announced.append(messages.coding_requested(claim, hospital_code, at))
        return announced

    async def lock_work(self, claim_ids: Sequence[ClaimId]) -> list[Working]:
        """Locked in id order."""
        return [_working(row) for row in await self._tx.fetch(QUERIES["lock_work"], list(claim_ids))]

    async def lock_overdue(self, now: datetime, limit: int) -> list[Working]:
        """Rows that another transaction holds are skipped."""
        return [_working(row) for row in await self._tx.fetch(QUERIES["lock_overdue_work"], now, limit)]

    async def lock_unmoved(self, since: datetime, limit: int) -> list[Working]:
        """Rows that another transaction holds are skipped."""
        return [_working(row) for row in await self._tx.fetch(QUERIES["lock_unmoved_work"], since, limit)]

    async def known(self, claim_ids: Sequence[ClaimId]) -> set[ClaimId]:
        """Ids that the ledger holds."""
        return {ClaimId(row[0]) for row in await self._tx.fetch(QUERIES["known_claims"], list(claim_ids))}

    @property
    def registrations(self) -> PostgresRegistrationReader:
        """In the same transaction."""
        return PostgresRegistrationReader(self._tx)

    @property
    def programmes(self) -> PostgresProgrammeReader:
        """In the same transaction."""
        return PostgresProgrammeReader(self._tx)

    async def with_twins(self, claim_ids: Sequence[ClaimId]) -> set[ClaimId]:
        """One statement over the index of persons; where a person has other claims, they are held before the answer.

        So no two claims of a person are paid by transactions that do not see each other's decision. A claim is decided
        after it was committed, so of two claims at least one is looked at while the other can be seen. Seen decided,
        it counts whatever their order, once what corrects it now has ended. Seen on its way and earlier, it counts.
        Seen on its way and later, whoever decides it now, perhaps unaware of this one, is waited for. Earlier ones are
        not waited for: two that see each other must not wait for each other.
        """
        ids = list(claim_ids)
        beside = await self._tx.fetch(QUERIES["claims_beside"], ids)
        if not beside:
            return set()
        await self._tx.execute(QUERIES["lock_claims"], [row["claim_id"] for row in beside if row["decided"]])
        later = [row["claim_id"] for row in beside if row["later"] and not row["decided"]]
        await self._tx.execute(QUERIES["hold_work"], later)
        return {ClaimId(row[0]) for row in await self._tx.fetch(QUERIES["claims_with_twins"], ids)}

    async def read_receipts(self, claim_ids: Sequence[ClaimId]) -> dict[ClaimId, bytes]:
        """Receipts by claim."""
        rows = await self._tx.fetch(QUERIES["read_receipts"], list(claim_ids))
        return {ClaimId(row["claim_id"]): row["receipt"] for row in rows}

    async def payer_secrets(self, payer_numbers: Sequence[str]) -> dict[str, MemberSecret]:
        """Secrets of enrolled payers."""
        rows = await self._tx.fetch(QUERIES["payer_secrets"], list(payer_numbers))
        return {row["payer_number"]: MemberSecret(version=row["version"], secret=row["secret"]) for row in rows}

    async def save_covers(self, determined: Sequence[Determined], now: datetime) -> None:
        """The first answer stays."""
        await self._tx.execute(
            QUERIES["save_covers"],
            now,
            [d.claim_id for d in determined],
            [d.content for d in determined],
            [d.determined_at for d in determined],
            [d.is_raised for d in determined],
        )

    async def save_codings(self, coded: Sequence[Coded], late: set[ClaimId], now: datetime) -> Attached:
        """One statement for what is new; what was kept before is read only where something was."""
        found = [(each, line) for each in coded for line in messages.sure_lines(each.content)]
        rows = await self._tx.fetch(
            QUERIES["insert_codings"],
            [each.claim_id for each in coded],
            [each.revision for each in coded],
            [each.content for each in coded],
            [each.claim_id in late for each in coded],
            [each.completed_at for each in coded],
            [each.claim_id for each, _ in found],
            [each.revision for each, _ in found],
            [line.disease_code for _, line in found],
            [line.line for _, line in found],
            [line.route for _, line in found],
        )
        in_time = [each for each in coded if each.claim_id not in late]
        marks = ([each.claim_id for each in in_time], [each.is_raised for each in in_time])
        await self._tx.execute(QUERIES["mark_coded"], now, *marks)
        new: dict[ClaimId, int] = {}
        for row in rows:
            claim = ClaimId(row["claim_id"])
            new[claim] = max(row["revision"], new.get(claim, 0))
        contradicted = await self._contradicted(coded) if len(rows) < len(coded) else frozenset()
        return Attached(new=new, contradicted=contradicted)

    async def _contradicted(self, coded: Sequence[Coded]) -> frozenset[ClaimId]:
        """Claims of which another answer is kept under the number of one of these."""
        numbers = ([each.claim_id for each in coded], [each.revision for each in coded])
        rows = await self._tx.fetch(QUERIES["kept_codings"], *numbers)
        kept = {(row["claim_id"], row["revision"]): row["codings"] for row in rows}
        return frozenset(
            each.claim_id
            for each in coded
            if not messages.say_the_same(kept[each.claim_id, each.revision], each.content)
        )

    async def read_codings(self, claim_ids: Sequence[ClaimId]) -> dict[ClaimId, CodeRevision]:
        """Along the primary key."""
        rows = await self._tx.fetch(QUERIES["read_codings"], list(claim_ids))
        return {ClaimId(row["claim_id"]): messages.read_revision(row["codings"]) for row in rows}

    async def touch(self, claim_ids: Sequence[ClaimId], now: datetime) -> None:
        """Moves `moved_at` on and raises the claims' traces."""
        await self._tx.execute(QUERIES["touch_work"], now, list(claim_ids))

    async def save_decisions(self, decided: Sequence[Decided], now: datetime) -> None:
        """Decisions in, working rows out. The message is written once, for the row and for the announcement."""
        self._contents = {d.decision_id: messages.adjudicated_content(d) for d in decided}
        parts = [d.decision.parts for d in decided]
        await self._tx.execute(
            QUERIES["insert_decisions"],
            now,
            [d.decision_id for d in decided],
            [d.claim.claim_id for d in decided],
            [d.number for d in decided],
            [d.claim.hospital_code for d in decided],
            [d.claim.claim_month for d in decided],
            [int(messages.OUTCOMES[d.decision.outcome]) for d in decided],
            [d.decision.billed_points for d in decided],
            [d.decision.billed_yen for d in decided],
            [d.decision.patient_yen for d in decided],
            [d.decision.reduced_yen for d in decided],
            [" ".join(p.payer_number for p in each) for each in parts],
            [" ".join(str(p.points) for p in each) for each in parts],
            [" ".join(str(p.share_yen) for p in each) for each in parts],
            [self._contents[d.decision_id] for d in decided],
            [d.traceparent for d in decided],
            [d.claim.determined_at for d in decided],
            [d.claim.coded_at for d in decided],
            [d.replaces for d in decided],
            [d.cause.value for d in decided],
            [d.claim.kept_covers for d in decided],
            [d.claim.coding_revision for d in decided],
        )
        await self._tx.execute(QUERIES["delete_work"], [d.claim.claim_id for d in decided])

    def announce_adjudicated(self, decided: Sequence[Decided]) -> None:
        """Outbox rows with the bytes that were stored."""
        self._tx.announce(
            [
                messages.adjudicated(
                    d.claim.claim_id,
                    d.decision_id,
                    traceparent=d.traceparent,
                    content=self._contents[d.decision_id],
                    at=d.decided_at,
                )
                for d in decided
            ]
        )

    def once_committed(self, tell: Callable[[], None]) -> None:
        """The transaction's own."""
        self._tx.once_committed(tell)


def _working(row: asyncpg.Record) -> Working:
    covers = row["covers"]
    return Working(
        claim_id=ClaimId(row["claim_id"]),
        hospital_code=row["hospital_code"],
        claim_month=row["claim_month"],
        treatment_month=row["treatment_month"],
        receipt_kind=row["receipt_kind"],
        traceparent=raise_flag(row["traceparent"]) if row["raised"] else row["traceparent"],
        origin=row["origin"],
        received_at=row["received_at"],
        coding_deadline=row["coding_deadline"],
        covers=messages.read_covers(covers) if covers is not None else None,
        kept_covers=covers,
        determined_at=row["determined_at"],
        coded_at=row["coded_at"],
    )
