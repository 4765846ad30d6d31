"""What the use cases need of the world: a ledger in an open transaction, traces, keys and the clock's answer."""

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import date, datetime
from typing import Protocol

from services.claims.application.model import (
    Answer,
    Attached,
    Coded,
    Decided,
    Determined,
    Ending,
    NewClaim,
    Sender,
    Staged,
    Submission,
    Working,
)
from services.claims.application.programmes import ProgrammeReader
from services.claims.application.registrations import RegistrationReader
from services.claims.domain.edits.standards import FacilityStandards
from services.claims.domain.found_codes import CodeRevision
from services.claims.domain.masters.schedule import MonthSchedule
from services.claims.domain.uke.findings import Finding
from services.shared.kernel.ids import ClaimId
from services.shared.kernel.member import MemberSecret
from services.shared.kernel.months import Month


class Traces(Protocol):
    """What telemetry is told of claims: their traces (design.md 8), and counts."""

    def begin(self, count: int) -> Sequence[str]:
        """Traceparents of `count` new claims."""
        ...

    def raised(self, traceparent: str) -> str:
        """The same with its flag raised."""
        ...

    def answered(self, answers: Sequence[Answer]) -> None:
        """Count receipts that became claims or were refused; the claims are committed."""
        ...

    def finish(self, decided: Sequence[Decided]) -> None:
        """Write the `claim` spans of decided claims, whose decisions are committed."""
        ...


class Schedules(Protocol):
    """The masters of each treatment month, as they are known now."""

    async def schedule(self, month: Month) -> MonthSchedule:
        """What is in force in a month. The same object until an import changes it."""
        ...


class KnownSchedules(Protocol):
    """The masters of a treatment month as they were known on a day."""

    async def schedule(self, month: Month, as_of: date | None = None) -> MonthSchedule:
        """What was known on the day to be in force in the month; None: what all files tell."""
        ...


class Registrations(Protocol):
    """What hospitals have registered (届出), as known at an instant."""

    async def standards(
        self, hospital_codes: Collection[str], as_known: datetime, reader: RegistrationReader | None = None
    ) -> Mapping[str, FacilityStandards]:
        """That of each hospital, read through an open transaction's reader; those never told of are left out."""
        ...


class IntakeLedger(Protocol):
    """Where accepted receipts go. One open transaction."""

    async def insert_claims(self, sender: Sender, claims: Sequence[NewClaim], received_at: datetime) -> set[ClaimId]:
        """Insert those that are new and tell which were; claim ids must not repeat."""
        ...

    async def insert_work(
        self, claims: Sequence[NewClaim], deadlines: Mapping[ClaimId, datetime], now: datetime
    ) -> None:
        """Put new claims into the working set and keep withheld texts."""
        ...

    async def first_findings(self, claim_ids: Sequence[ClaimId]) -> Mapping[ClaimId, tuple[Finding, ...]]:
        """The findings that known claims were accepted with."""
        ...

    def announce_received(self, sender: Sender, claims: Sequence[NewClaim], now: datetime) -> None:
        """claims.received, and coding.requested for those with texts to code."""
        ...

    def once_committed(self, tell: Callable[[], None]) -> None:
        """Call this when the transaction has committed, and not at all if it does not."""
        ...


class DecisionLedger(Protocol):
    """The working set and the decisions. One open transaction."""

    async def lock_work(self, claim_ids: Sequence[ClaimId]) -> Sequence[Working]:
        """Those of the claims that are on their way, locked in id order."""
        ...

    async def lock_overdue(self, now: datetime, limit: int) -> Sequence[Working]:
        """Claims whose eligibility is known and whose coding deadline has passed."""
        ...

    async def lock_unmoved(self, since: datetime, limit: int) -> Sequence[Working]:
        """Claims that have not moved since."""
        ...

    async def known(self, claim_ids: Sequence[ClaimId]) -> set[ClaimId]:
        """Which of the claims exist at all."""
        ...

    @property
    def registrations(self) -> RegistrationReader:
        """What is kept of registrations, in this transaction."""
        ...

    @property
    def programmes(self) -> ProgrammeReader:
        """What is kept of local programmes, in this transaction."""
        ...

    async def with_twins(self, claim_ids: Sequence[ClaimId]) -> set[ClaimId]:
        """Those whose person has another claim of the month and kind at the hospital that stands beside them.

        That is one that was decided and did not go back, or that came earlier and is not decided. It stays so until the
        transaction ends.
        """
        ...

    async def read_receipts(self, claim_ids: Sequence[ClaimId]) -> Mapping[ClaimId, bytes]:
        """The receipts of claims."""
        ...

    async def payer_secrets(self, payer_numbers: Sequence[str]) -> Mapping[str, MemberSecret]:
        """The member secrets of those payers that are enrolled."""
        ...

    async def save_covers(self, determined: Sequence[Determined], now: datetime) -> None:
        """Keep what eligibility determined until coding is known or overdue."""
        ...

    async def save_codings(self, coded: Sequence[Coded], late: set[ClaimId], now: datetime) -> Attached:
        """Attach answers of coding's, those of `late` after the decision: each revision once, and the first stays."""
        ...

    async def read_codings(self, claim_ids: Sequence[ClaimId]) -> Mapping[ClaimId, CodeRevision]:
        """The codes in force of those of the claims that have any answer."""
        ...

    async def touch(self, claim_ids: Sequence[ClaimId], now: datetime) -> None:
        """Note that these claims were announced again."""
        ...

    async def save_decisions(self, decided: Sequence[Decided], now: datetime) -> None:
        """Insert decisions and take their claims out of the working set."""
        ...

    def announce_adjudicated(self, decided: Sequence[Decided]) -> None:
        """claims.adjudicated for decisions that were saved in this transaction."""
        ...

    def once_committed(self, tell: Callable[[], None]) -> None:
        """Call this when the transaction has committed, and not at all if it does not."""
        ...

    def announce_again(self, claims: Sequence[tuple[Working, NewClaim]]) -> None:
        """claims.received and coding.requested with the same ids as before."""
        ...


class StagingLedger(Protocol):
    """Submission sets whose totals have not agreed yet. One open transaction."""

    async def begin(self, submission_id: str, sender: Sender, now: datetime) -> Submission:
        """Begin a set, or find it as it is; receipts staged by an upload that broke off are forgotten."""
        ...

    async def stage(self, submission_id: str, staged: Sequence[Staged]) -> None:
        """Keep receipts without making them claims."""
        ...

    async def end(self, ending: Ending) -> bool:
        """The set's totals agree, or it is refused and its receipts are forgotten; False where it had ended before."""
        ...

    async def lock(self, submission_id: str) -> Submission | None:
        """The set, locked."""
        ...

    async def next_staged(self, submission_id: str, limit: int) -> Sequence[Staged]:
        """The next receipts to become claims, in order."""
        ...

    async def forget(self, submission_id: str, places: Sequence[int]) -> None:
        """These have become claims."""
        ...

    async def finish(self, submission_id: str) -> None:
        """All have become claims."""
        ...
