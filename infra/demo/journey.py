"""The demo's steps against a running platform. Each thing shown is read back through gRPC, Kafka or the trace store."""

import asyncio
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from typing import Final, TypeVar

from rich.console import Console
from rich.rule import Rule
from seikyu.claims.v1 import claim_pb2, master_service_pb2
from seikyu.claims.v1.claim_service_pb2 import PROFILE_STRICT
from seikyu.settlement.v1.events_pb2 import ClaimSettled

from infra.demo.data import CASES, COVERAGE_FILE, HOSPITAL, INSURER, PROGRAMME, UKE_FILE
from infra.demo.masters import ACT_FILE, DISEASE_FILE
from infra.demo.paying import Paying, Unpaid
from infra.demo.reviewing import decide_first, first_waiting
from services.cli.claims import claim_view, claims_table, codes_table, get_claim, state_name
from services.cli.client import Client
from services.cli.coverage import import_coverage
from services.cli.enrolment import enrol_hospital, enrol_payer
from services.cli.events import settlement_events
from services.cli.failures import translated
from services.cli.ledger import trial_balance, trial_balance_table, verify
from services.cli.masters import import_files
from services.cli.payer_events import PayerEvent, events_table, owed_yen
from services.cli.review_views import decision_in_words, item_view
from services.cli.submitting import Submission, send, speaking_as_hospital
from services.cli.tracing import Span, read_trace, trace_tree
from services.cli.watching import watch_until_final

FINAL_WITHIN_S: Final = 45.0
EVENTS_WITHIN_S: Final = 20.0
TRACE_WITHIN_S: Final = 20.0
CODED_WITHIN_S: Final = 20.0
"""On a busy machine codes may come after the decision; they are attached then."""
POLL_S: Final = 0.3
RULE_WIDTH: Final = 80
NOTICES: Final = 5
"""Events of the insurer that come after the claims': fee, statement, close, money received, payment."""
MONEY: Final = frozenset({claim_pb2.CLAIM_STATE_APPROVED, claim_pb2.CLAIM_STATE_REDUCED})
TRACED_SERVICES: Final = frozenset({"claims", "eligibility", "coding", "settlement"})
Found = TypeVar("Found")


class Unexpected(Exception):
    """Something that the demo shows did not come, or came otherwise than expected."""


class Journey:
    """One run of the demo."""

    def __init__(self, client: Client, console: Console) -> None:
        """`client` speaks as the operator."""
        self._client = client
        self._out = console

    async def run(self) -> None:
        """All steps in order. Raises Unexpected, CommandFailure."""
        await translated(self._run())

    async def _run(self) -> None:
        await self._enrol()
        await self._cover()
        await self._masters()
        claims = await self._submit()
        self._check(claims)
        await self._claim(claims)
        await self._person(claims)
        events = await self._events(claims)
        await self._ledger(claims, events)
        await self._money()
        self._done(claims)

    async def _enrol(self) -> None:
        self._step("A hospital and two payers are enrolled")
        token_file = await enrol_hospital(self._client, *HOSPITAL)
        self._out.print(f"hospital {HOSPITAL[0]} {HOSPITAL[1]}: token in {token_file.name}")
        for number, name in (INSURER, PROGRAMME):
            kept = await enrol_payer(self._client, number, name)
            self._out.print(f"payer {number} {name}: topic settlement.{number}, credentials in {kept.name}")

    async def _cover(self) -> None:
        self._step("Coverage is imported")
        async with self._client.channel("eligibility") as channel:
            answer = await import_coverage(channel, COVERAGE_FILE, lambda _: None)
        self._out.print(f"{answer.rows} rows, {answer.recorded} recorded, {answer.unchanged} known already")

    async def _masters(self) -> None:
        self._step("The demo's own small masters are loaded: a few acts and diseases, not the official files")
        for answer in await import_files(self._client, [ACT_FILE, DISEASE_FILE]):
            if answer.outcome == master_service_pb2.MASTER_IMPORT_OUTCOME_REFUSED:
                raise Unexpected(f"{answer.name} was refused: {answer.reason}")
            self._out.print(f"{answer.name}: {answer.rows} rows, known from {answer.published_on}")

    async def _submit(self) -> list[claim_pb2.Claim]:
        self._step(f"The hospital submits {UKE_FILE.name} and follows its receipts")
        hospital = speaking_as_hospital(self._client, UKE_FILE, None)
        began = time.monotonic()
        async with hospital.channel("claims") as channel:
            with self._out.status("submitting") as status:
                submission = await send(channel, [UKE_FILE], PROFILE_STRICT, status.update)
                _released(submission)
                watching = watch_until_final(channel, submission.answers, status.update)
                claims = await _within(FINAL_WITHIN_S, watching, "not every receipt became final")
        took_s = time.monotonic() - began
        title = f"{len(claims)} receipts, final {took_s:.1f} s after the first byte was sent"
        self._out.print(claims_table(claims, title))
        return claims

    def _check(self, claims: Sequence[claim_pb2.Claim]) -> None:
        """Each receipt's outcome is the one its case stands for."""
        found = {claim.receipt_number: state_name(claim.state) for claim in claims}
        expected = {number: case.expected for number, case in enumerate(CASES, start=1)}
        wrong = [
            f"receipt {number} ({CASES[number - 1].about}) is {found.get(number, 'missing')}, not {state}"
            for number, state in expected.items()
            if found.get(number) != state
        ]
        if wrong:
            raise Unexpected("; ".join(wrong))

    async def _claim(self, claims: Sequence[claim_pb2.Claim]) -> None:
        number = next(number for number, case in enumerate(CASES, start=1) if case.text)
        shown = next(claim.claim_id for claim in claims if claim.receipt_number == number)
        self._step("One claim: its timeline, and its trace across the services")
        async with self._client.channel("claims") as channel:
            claim = await _until(
                lambda: get_claim(channel, shown),
                lambda found: bool(found.coded_diagnoses),
                CODED_WITHIN_S,
                "its diagnosis as text was not coded",
            )
        self._out.print(claim_view(claim))
        spans = await _until(
            lambda: asyncio.to_thread(read_trace, self._client.zipkin_url, claim.trace_id),
            _is_whole,
            TRACE_WITHIN_S,
            "the claim's trace did not arrive from every service",
        )
        self._out.print(trace_tree(spans, claim.trace_id))
        self._out.print(f"\ntrace page: {self._client.zipkin_url}/zipkin/traces/{claim.trace_id}")

    async def _person(self, claims: Sequence[claim_pb2.Claim]) -> None:
        self._step(
            "A diagnosis that the coder was not sure of: the claim was decided without it, a person names the code"
        )
        number = max(number for number, case in enumerate(CASES, start=1) if case.text)
        waiting = next(claim.claim_id for claim in claims if claim.receipt_number == number)
        async with self._client.channel("coding") as channel:
            item = await _until(
                lambda: first_waiting(channel),
                lambda found: found is not None and found.claim_id == waiting,
                CODED_WITHIN_S,
                "the diagnosis did not come to the review queue",
            )
            if item is None:
                raise Unexpected("the review queue is empty")
            self._out.print(item_view(item, datetime.now(UTC)))
            decision = await decide_first(channel, item)
        self._out.print(f"{item.text}: {decision_in_words(decision)}")
        async with self._client.channel("claims") as channel:
            claim = await _until(
                lambda: get_claim(channel, waiting),
                lambda found: any(code.revision for code in found.coded_diagnoses),
                CODED_WITHIN_S,
                "the person's code did not reach the claim",
            )
        self._out.print(codes_table(claim.coded_diagnoses))

    async def _events(self, claims: Sequence[claim_pb2.Claim]) -> dict[str, list[ClaimSettled]]:
        self._step(f"What payer {INSURER[0]} reads from its topic as its own principal")
        events: dict[str, list[ClaimSettled]] = {}
        for number, _ in (INSURER, PROGRAMME):
            parts = [share for claim in claims if claim.state in MONEY for share in claim.decision.payers]
            expected = sum(share.payer_number == number for share in parts)
            events[number] = await self._read(number, expected)
            told = sum(event.share_yen for event in events[number])
            decided = sum(share.share_yen for share in parts if share.payer_number == number)
            if told != decided:
                raise Unexpected(f"payer {number} was told {told:,} yen, the decisions say {decided:,}")
        self._out.print(events_table(events[INSURER[0]], f"settlement.{INSURER[0]}"))
        return events

    async def _read(self, payer_number: str, expected: int) -> list[ClaimSettled]:
        reader = settlement_events(self._client, payer_number)
        try:
            found = await _until(
                lambda: asyncio.to_thread(reader.so_far),
                lambda found: sum(isinstance(each, ClaimSettled) for each in found) == expected,
                EVENTS_WITHIN_S,
                f"payer {payer_number} did not get its {expected} events",
            )
            return [each for each in found if isinstance(each, ClaimSettled)]
        finally:
            reader.close()

    async def _read_until(self, payer_number: str, owed: int) -> list[PayerEvent]:
        reader = settlement_events(self._client, payer_number)
        try:
            return await _until(
                lambda: asyncio.to_thread(reader.so_far),
                lambda found: sum(map(owed_yen, found)) == owed,
                EVENTS_WITHIN_S,
                f"payer {payer_number} was not told what the ledger says",
            )
        finally:
            reader.close()

    async def _ledger(self, claims: Sequence[claim_pb2.Claim], events: dict[str, list[ClaimSettled]]) -> None:
        self._step("The ledger")
        async with self._client.channel("settlement") as channel:
            balance = await trial_balance(channel)
            verdict = await verify(channel, lambda _: None)
        self._out.print(trial_balance_table(balance))
        verdict_text = "sound" if verdict.sound else f"not sound: {'; '.join(verdict.faults)}"
        self._out.print(f"replayed from its entries: {verdict_text}")
        transfers = sum(bool(event.transfer_id) for each in events.values() for event in each)
        if balance.sum_yen or not verdict.sound or balance.transfers != transfers:
            raise Unexpected(f"the ledger has {balance.transfers} transfers and the sum {balance.sum_yen:,} yen")

    async def _money(self) -> None:
        try:
            await Paying(self._client, self._out, self._step).run()
        except Unpaid as fault:
            raise Unexpected(str(fault)) from fault
        await self._books()

    async def _books(self) -> None:
        """What each payer was told in the end is what the ledger says it owes, and the ledger is sound."""
        self._step("The payer's topic and the ledger in the end")
        async with self._client.channel("settlement") as channel:
            balance = await trial_balance(channel)
            verdict = await verify(channel, lambda _: None)
        owed = {each.account_id: -each.balance_yen for each in balance.accounts}
        for number, _ in (INSURER, PROGRAMME):
            events = await self._read_until(number, owed[f"payer:{number}"])
            if number == INSURER[0]:
                self._out.print(events_table(events[-NOTICES:], f"settlement.{number}, the last {NOTICES}"))
        self._out.print(trial_balance_table(balance))
        self._out.print(f"replayed from its entries: {'sound' if verdict.sound else '; '.join(verdict.faults)}")
        if balance.sum_yen or not verdict.sound:
            raise Unexpected(f"the ledger is not sound, or sums to {balance.sum_yen:,} yen")

    def _done(self, claims: Sequence[claim_pb2.Claim]) -> None:
        counted = Counter(state_name(claim.state) for claim in claims)
        states = ", ".join(f"{count} {state}" for state, count in sorted(counted.items()))
        self._out.print(f"\n[green]Everything expected came:[/green] {states}; paid, one transfer twice, sum 0 yen")

    def _step(self, title: str) -> None:
        self._out.print()
        self._out.print(Rule(title, align="left", style="cyan"), width=RULE_WIDTH)


def _released(submission: Submission) -> None:
    summary = submission.summary
    if not summary.released or summary.rejected_receipts:
        rules = sorted({finding.rule for finding in summary.findings})
        rules += sorted({finding.rule for answer in submission.answers for finding in answer.findings})
        raise Unexpected(f"the claim file was refused: {summary.rejected_receipts} receipts, rules {', '.join(rules)}")


def _is_whole(spans: Sequence[Span]) -> bool:
    """The claim's own span closes the trace; each service of the way has written by then."""
    return any(span.name == "claim" for span in spans) and {span.service for span in spans} >= TRACED_SERVICES


async def _within(limit_s: float, work: Awaitable[Found], otherwise: str) -> Found:
    try:
        return await asyncio.wait_for(work, limit_s)
    except TimeoutError as late:
        raise Unexpected(f"{otherwise} within {limit_s:.0f} s") from late


async def _until(
    read: Callable[[], Awaitable[Found]], is_enough: Callable[[Found], bool], within_s: float, otherwise: str
) -> Found:
    """What is read once it is enough; Unexpected when that takes too long."""
    until = time.monotonic() + within_s
    while True:
        found = await read()
        if is_enough(found):
            return found
        if time.monotonic() > until:
            raise Unexpected(f"{otherwise} within {within_s:.0f} s")
        await asyncio.sleep(POLL_S)
