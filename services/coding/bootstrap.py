"""Builds what coding works with, once per process."""

import asyncio
import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Final

from services.coding.adapters.adviser.client import Ladder, Limits, ModelAdviser
from services.coding.adapters.adviser.egress import endpoint_of, guarded_session
from services.coding.adapters.adviser.limits import Allowance, Breaker, Budget, PickCache
from services.coding.adapters.adviser.metering import Meter, Prices
from services.coding.adapters.adviser.transport import Transport
from services.coding.adapters.answers import PostgresAnswers
from services.coding.adapters.master_files import load_master
from services.coding.adapters.model_places import model_in_use
from services.coding.adapters.name_master_files import has_name_master, load_name_master
from services.coding.adapters.postgres_reviews import PostgresReviews
from services.coding.adapters.ranking import load_ranking
from services.coding.adapters.revisions import PostgresRevisions
from services.coding.application.code_batch import Answer, CodingRequest, Outcome, answer_batch, decide
from services.coding.application.recoding import left_to_the_coder, merged, recode_batch
from services.coding.application.reviewing import items_of
from services.coding.domain.master import DiseaseMaster
from services.coding.domain.naming.deciding import NameCoder
from services.coding.domain.naming.listed import NameKind
from services.coding.domain.ranked import Ranking
from services.coding.settings import CodingSettings, ModelSettings
from services.shared.chassis.clock import Clock
from services.shared.chassis.postgres import Transaction
from services.shared.chassis.telemetry import Telemetry

SERVICE_LEVEL: Final = timedelta(hours=72)
"""Within which a line that came to the review queue is to be decided, where no setting says otherwise."""


@dataclass(slots=True, kw_only=True)
class Coder:
    """The use case with its master, its ranker and its store. Another master takes effect with the next batch."""

    master: DiseaseMaster
    ranking: Ranking | None
    clock: Clock
    service_level: timedelta = SERVICE_LEVEL
    double_checks: float = 0.0
    names: Mapping[NameKind, NameCoder] = field(default_factory=dict)
    """Of drugs and procedures, as far as their masters are configured."""

    async def decide(self, requests: list[CodingRequest]) -> tuple[Answer, ...]:
        """Decide a batch, outside the event loop and any transaction."""
        now = self.clock.now()
        deciding = partial(decide, requests, master=self.master, ranking=self.ranking, now=now)
        return await asyncio.to_thread(deciding)

    async def answer(self, requests: list[CodingRequest], decided: tuple[Answer, ...], tx: Transaction) -> Outcome:
        """Answer a batch within the transaction; lines that need a person go to the review queue."""
        outcome = await answer_batch(requests, decided, answers=PostgresAnswers(tx), later=PostgresRevisions(tx))
        items = items_of(outcome.decided, service_level=self.service_level, double_checks=self.double_checks)
        await PostgresReviews(tx).open(items)
        return outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class Recoder:
    """The same for requests that were answered before: only what is decided otherwise is kept and announced."""

    coder: Coder

    @property
    def clock(self) -> Clock:
        """The coder's."""
        return self.coder.clock

    async def decide(self, requests: list[CodingRequest]) -> tuple[Answer, ...]:
        """Decide a batch, outside the event loop and any transaction."""
        return await self.coder.decide(merged(requests))

    async def answer(self, requests: list[CodingRequest], decided: tuple[Answer, ...], tx: Transaction) -> Outcome:
        """Revise within the transaction; the review queue follows what the lines became."""
        now = self.clock.now()
        reviews = PostgresReviews(tx)
        of_people = await reviews.hold([answer.key for answer in decided])
        open_to_it = left_to_the_coder(decided, of_people)
        made = await recode_batch(open_to_it, revisions=PostgresRevisions(tx), now=now)
        answers = tuple(revision.answer for revision in made)
        await reviews.open(items_of(answers, service_level=self.coder.service_level))
        await reviews.settle(answers, now)
        return Outcome(answers=answers, decided=tuple(revision.changed for revision in made))


def build_coder(settings: CodingSettings, clock: Clock) -> Coder:
    """Load the masters and the ranker that the settings name. Raises BadMaster, BadRanker. Seconds."""
    master = load_master(settings.disease_master, settings.modifier_master)
    return Coder(
        master=master,
        ranking=load_ranking(master, model_in_use(settings.coder_model)),
        clock=clock,
        service_level=timedelta(hours=settings.review_service_level_h),
        double_checks=settings.double_check_share,
        names=build_names(settings.name_masters),
    )


def build_names(folder: Path | None) -> Mapping[NameKind, NameCoder]:
    """The coders of the masters of names in the folder; a kind that it has no file of is left out. Raises BadMaster."""
    if folder is None:
        return {}
    return {kind: NameCoder(load_name_master(kind, folder)) for kind in NameKind if has_name_master(kind, folder)}


def build_adviser(settings: ModelSettings, telemetry: Telemetry, clock: Clock) -> ModelAdviser | None:
    """The adviser that the settings name, not yet started; None where they name none. Needs a running loop.

    Raises EgressRefused where the address is not listed.
    """
    if not settings.coding_model_base_url:
        return None
    rules = settings.egress
    endpoint = endpoint_of(settings.coding_model_base_url, rules)
    shuffler = random.SystemRandom()
    total_s = settings.coding_model_timeout_s
    transport = Transport(
        session=guarded_session(rules, ca_file=settings.coding_model_ca_file, total_s=total_s),
        endpoint=endpoint,
        model=settings.coding_model_name,
        credential=settings.coding_model_credential.get_secret_value(),
        jitter=shuffler.random,
        total_s=total_s,
    )
    meter = Meter(
        telemetry=telemetry,
        endpoint=endpoint,
        model=settings.coding_model_name,
        provider=settings.coding_model_provider,
        prices=Prices(input_yen=settings.coding_model_input_yen, output_yen=settings.coding_model_output_yen),
    )
    return ModelAdviser(
        transport=transport, limits=_limits(settings, clock), meter=meter, ladder=Ladder(), shuffler=shuffler
    )


def _limits(settings: ModelSettings, clock: Clock) -> Limits:
    allowance = Allowance(
        calls=settings.coding_model_period_calls,
        tokens=settings.coding_model_period_tokens,
        period_s=settings.coding_model_period_s,
    )
    return Limits(
        breaker=Breaker(clock),
        budget=Budget(allowance, clock),
        cache=PickCache(settings.coding_model_name),
        places=asyncio.Semaphore(settings.coding_model_places),
    )
