"""Households' statements of a month and of a year: recomputed batch by batch, announced where they are new or changed.

Two passes over a month, each in bounded batches: receipts whose household is not known yet are read in the order of
their ids, then households are stated in the order of their keys. A statement is made anew from its claims each time;
the same content makes no version. No claim is changed.
"""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, NamedTuple, Protocol

from services.claims.application.programmes import NO_LOCAL_PROGRAMMES, ProgrammeReader, Programmes
from services.claims.application.recent import UnreadableReceipt, reread
from services.claims.domain.households.reading import KeptClaim, Reading, read_claim
from services.claims.domain.households.statement import Household, MonthStatement, month_statement
from services.claims.domain.households.versions import Span, Version, id_of, next_version
from services.claims.domain.households.year import StatedMonth, YearStatement, year_statement
from services.claims.domain.share.household import MULTI_WINDOW_MONTHS
from services.claims.domain.share.told import NATIONAL_ALONE, ProgrammeHistory
from services.claims.domain.uke.facts import PayerKind
from services.shared.kernel.ids import ClaimId
from services.shared.kernel.member import MemberSecret, canonical_member, member_key
from services.shared.kernel.months import MONTHS_A_YEAR, Month

MOST_RECEIPTS: Final = 500
"""Receipts read in one transaction."""
MOST_HOUSEHOLDS: Final = 100
"""Households stated in one transaction: some hundreds of receipts, a quarter of a second of computing."""


class UnplacedReceipt(NamedTuple):
    """A receipt whose household is not known yet."""

    claim_id: ClaimId
    receipt: bytes


class PlacedReceipt(NamedTuple):
    """Whose household's a receipt is; both are empty where it has no insurer, or is read no longer."""

    claim_id: ClaimId
    household: str
    payer_number: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Stated:
    """A version of a statement with its content, as it is kept and announced."""

    version: Version
    household: Household
    high_cost: bool
    content: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """What one transaction came to. `last` is where it ended, None after the last one."""

    last: str | None
    receipts_placed: int = 0
    households: int = 0
    stated: int = 0
    changed: int = 0
    unchanged: int = 0
    empty: int = 0


class HouseholdLedger(Protocol):
    """Receipts by household, and statements. One open transaction."""

    async def lock(self, span: Span, since: Month) -> None:
        """Wait until no other transaction recomputes this span."""
        ...

    async def unplaced(self, month: Month, after: str, most: int) -> Sequence[UnplacedReceipt]:
        """The next receipts of the month, in id order, whose household is not known."""
        ...

    async def place(self, month: Month, placed: Sequence[PlacedReceipt]) -> None:
        """Keep whose they are; those known already stay."""
        ...

    async def households(self, month: Month, after: str, most: int) -> Sequence[Household]:
        """The month's next households in the order of their keys."""
        ...

    @property
    def programmes(self) -> ProgrammeReader:
        """What is kept of local programmes, in this transaction."""
        ...

    async def claims(self, month: Month, households: Sequence[Household]) -> Mapping[str, Sequence[KeptClaim]]:
        """Their claims of the month by household, as they stand now."""
        ...

    async def high_cost_months(
        self, households: Sequence[Household], since: Month, before: Month
    ) -> Mapping[str, Sequence[Month]]:
        """Their stated months in that time which count for 多数回該当."""
        ...

    async def households_of_year(self, since: Month, until: Month, after: str, most: int) -> Sequence[Household]:
        """The next households with stated months in that time, in the order of their keys."""
        ...

    async def stated_months(
        self, households: Sequence[Household], since: Month, until: Month
    ) -> Mapping[str, Sequence[StatedMonth]]:
        """The latest statements of their months in that time."""
        ...

    async def payer_secrets(self, payer_numbers: Sequence[str]) -> Mapping[str, MemberSecret]:
        """The member secrets of those payers that are enrolled."""
        ...

    async def formers(self, statement_ids: Sequence[str]) -> Mapping[str, Version]:
        """The latest version of each statement that has one."""
        ...

    def month_content(self, statement: MonthStatement, payer_member_key: str) -> bytes:
        """The statement as it is kept: equal bytes for equal statements."""
        ...

    def year_content(self, statement: YearStatement) -> bytes:
        """As `month_content`."""
        ...

    async def touch_what_follows(self, month: Month, stated: Sequence[Stated]) -> None:
        """What new versions of a month make due.

        Their households' year, and where the month begins or ceases to count for 多数回該当, their stated months of the
        eleven after it.
        """
        ...

    async def save(self, span: Span, since: Month, stated: Sequence[Stated], now: datetime) -> None:
        """Insert new versions, each with the next number of its payer's stream, and announce them."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class HouseholdStatements:
    """The three passes. `platform_key` is the HMAC key of households and persons."""

    platform_key: bytes
    programmes: Programmes = NO_LOCAL_PROGRAMMES

    async def place(self, ledger: HouseholdLedger, month: Month, after: str) -> Batch:
        """Find the households of the next receipts after a claim id, empty for the beginning."""
        unplaced = await ledger.unplaced(month, after, MOST_RECEIPTS)
        await ledger.place(month, await asyncio.to_thread(self._placed, unplaced))
        return Batch(last=unplaced[-1].claim_id if unplaced else None, receipts_placed=len(unplaced))

    def _placed(self, unplaced: Sequence[UnplacedReceipt]) -> list[PlacedReceipt]:
        return [placed_receipt(each, self.platform_key) for each in unplaced]

    async def state_month(self, ledger: HouseholdLedger, month: Month, after: str, *, now: datetime) -> Batch:
        """State the next households after a key, empty for the beginning."""
        await ledger.lock(Span.MONTH, month)
        households = await ledger.households(month, after, MOST_HOUSEHOLDS)
        return await self.state_households(ledger, month, households, now=now)

    async def state_households(
        self, ledger: HouseholdLedger, month: Month, households: Sequence[Household], *, now: datetime
    ) -> Batch:
        """State these households' month; the caller has locked it."""
        claims = await ledger.claims(month, households)
        earlier = await ledger.high_cost_months(households, month.plus(1 - MULTI_WINDOW_MONTHS), month)
        secrets = await ledger.payer_secrets(sorted({each.payer_number for each in households}))
        history = await self.programmes.history(ledger.programmes)
        readings = await asyncio.to_thread(_readings, claims, history)
        statements = await asyncio.to_thread(self._months, month, households, readings, earlier)
        ids = [id_of(each.key, Span.MONTH, month) for each in households]
        formers = await ledger.formers(ids)
        drafts = [
            _Draft(
                name,
                each.household,
                each.high_cost,
                ledger.month_content(each, payer_member_key(claims[each.household.key], secrets)),
            )
            for name, each in zip(ids, statements, strict=True)
            if not each.is_empty or name in formers
        ]
        return await _save(ledger, _Page(Span.MONTH, month, households), drafts, formers, now=now)

    def _months(
        self,
        month: Month,
        households: Sequence[Household],
        readings: Mapping[str, Sequence[Reading]],
        earlier: Mapping[str, Sequence[Month]],
    ) -> list[MonthStatement]:
        return [
            month_statement(
                each,
                month,
                readings[each.key],
                earlier=earlier.get(each.key, ()),
                platform_key=self.platform_key,
            )
            for each in households
        ]

    async def state_year(self, ledger: HouseholdLedger, since: Month, after: str, *, now: datetime) -> Batch:
        """State the year that begins with this August of the next households after a key."""
        await ledger.lock(Span.YEAR, since)
        until = since.plus(MONTHS_A_YEAR - 1)
        households = await ledger.households_of_year(since, until, after, MOST_HOUSEHOLDS)
        return await self.state_years(ledger, since, households, now=now)

    async def state_years(
        self, ledger: HouseholdLedger, since: Month, households: Sequence[Household], *, now: datetime
    ) -> Batch:
        """State these households' year, each with a stated month of it; the caller has locked it."""
        months = await ledger.stated_months(households, since, since.plus(MONTHS_A_YEAR - 1))
        ids = [id_of(each.key, Span.YEAR, since) for each in households]
        formers = await ledger.formers(ids)
        drafts = [
            _Draft(name, each, False, ledger.year_content(year_statement(months[each.key])))  # noqa: FBT003 - a field
            for name, each in zip(ids, households, strict=True)
        ]
        return await _save(ledger, _Page(Span.YEAR, since, households), drafts, formers, now=now)


def _readings(claims: Mapping[str, Sequence[KeptClaim]], history: ProgrammeHistory) -> dict[str, list[Reading]]:
    """Each claim read by the programmes that were known when it was decided; of all before the first, the national."""
    return {household: [_reading(each, history) for each in kept] for household, kept in claims.items()}


def _reading(kept: KeptClaim, history: ProgrammeHistory) -> Reading:
    known = NATIONAL_ALONE if kept.known_at is None else history.known(kept.known_at)
    return read_claim(kept, known.table)


class _Page(NamedTuple):
    """The households of one transaction, and what is stated of them."""

    span: Span
    since: Month
    households: Sequence[Household]


class _Draft(NamedTuple):
    """A statement's content before it is known whether it is a new version."""

    statement_id: str
    household: Household
    high_cost: bool
    content: bytes


def placed_receipt(unplaced: UnplacedReceipt, platform_key: bytes) -> PlacedReceipt:
    """Whose household's a receipt is: its insurer's member, without 枝番."""
    try:
        lead = reread(unplaced.receipt).payers[0]
    except UnreadableReceipt:
        return PlacedReceipt(unplaced.claim_id, "", "")
    if lead.kind is not PayerKind.INSURER:
        return PlacedReceipt(unplaced.claim_id, "", "")
    canonical = canonical_member(lead.number, lead.symbol, lead.member_number)
    return PlacedReceipt(unplaced.claim_id, member_key(platform_key, canonical), lead.number)


def payer_member_key(claims: Iterable[KeptClaim], secrets: Mapping[str, MemberSecret]) -> str:
    """The household's member under its payer's own secret; empty where the payer is not enrolled."""
    for each in claims:
        if each.facts is not None:
            lead = each.facts.payers[0]
            secret = secrets.get(lead.number)
            canonical = canonical_member(lead.number, lead.symbol, lead.member_number)
            return "" if secret is None else secret.key(canonical)
    return ""


async def _save(
    ledger: HouseholdLedger,
    page: _Page,
    drafts: Sequence[_Draft],
    formers: Mapping[str, Version],
    *,
    now: datetime,
) -> Batch:
    """Keep and announce what is new or changed."""
    versions = [
        (each, next_version(each.statement_id, formers.get(each.statement_id), each.content)) for each in drafts
    ]
    stated = [
        Stated(version=version, household=each.household, high_cost=each.high_cost, content=each.content)
        for each, version in versions
        if version is not None
    ]
    if page.span is Span.MONTH:
        await ledger.touch_what_follows(page.since, stated)
    await ledger.save(page.span, page.since, stated, now)
    first = sum(each.version.number == 1 for each in stated)
    return Batch(
        last=page.households[-1].key if page.households else None,
        households=len(page.households),
        stated=first,
        changed=len(stated) - first,
        unchanged=len(drafts) - len(stated),
        empty=len(page.households) - len(drafts),
    )
