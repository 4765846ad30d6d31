"""Builds what the calls of coding's users are answered with: texts, the review queue, synonyms, the audit."""

from datetime import timedelta
from typing import Final

from services.coding.adapters.postgres_reviews import ReviewReads
from services.coding.adapters.postgres_synonyms import SynonymReader
from services.coding.adapters.review_measures import ReviewMeasures
from services.coding.application.auditing import Reversing
from services.coding.application.learning_synonyms import LearningSynonyms
from services.coding.application.reviewing import Reviewing
from services.coding.bootstrap import Coder
from services.coding.entrypoints.learned import SynonymWatch
from services.coding.entrypoints.rpc import Desks
from services.coding.entrypoints.rpc_audit import AuditServicer
from services.coding.entrypoints.rpc_backlog import BacklogServicer
from services.coding.entrypoints.rpc_reviews import ReviewDesk
from services.coding.entrypoints.rpc_synonyms import SynonymServicer
from services.coding.settings import CodingSettings
from services.shared.chassis.periodic import Periodic
from services.shared.chassis.service import Chassis

ROUNDS_VALID: Final = 3
"""So many rounds without new figures of the review queue, and the last ones are told no longer."""


def desks_of(chassis: Chassis[CodingSettings], coder: Coder) -> Desks:
    """All of them. Call before synonyms are taken in: people's codes are held against the masters alone."""
    database, clock = chassis.database, chassis.clock
    return Desks(
        coder=coder,
        reviews=review_desk(chassis, coder),
        synonyms=SynonymServicer(database=database, learning=LearningSynonyms(master=coder.master), clock=clock),
        backlog=BacklogServicer(database=database, clock=clock),
        audit=AuditServicer(database=database, reversing=Reversing(master=coder.master), clock=clock),
    )


def review_desk(chassis: Chassis[CodingSettings], coder: Coder) -> ReviewDesk:
    """What the calls of reviewers need."""
    settings = chassis.settings
    return ReviewDesk(
        database=chassis.database,
        reviewing=Reviewing(master=coder.master, lease=timedelta(minutes=settings.review_lease_min)),
        reads=ReviewReads(chassis.database),
        measures=ReviewMeasures(
            database=chassis.database,
            metrics=chassis.telemetry.metrics,
            clock=chassis.clock,
            valid_for_s=ROUNDS_VALID * settings.review_figures_interval_s,
        ),
        clock=chassis.clock,
    )


def figures_of(desk: ReviewDesk, settings: CodingSettings) -> Periodic:
    """One process at a time reads the figures of the review queue."""
    dsn = settings.postgres_dsn.get_secret_value()
    return Periodic("coding.review-figures", settings.review_figures_interval_s, desk.measures.read, dsn=dsn)


def synonym_watch(chassis: Chassis[CodingSettings], coder: Coder) -> SynonymWatch:
    """Keeps the coder at the synonyms in force."""
    return SynonymWatch(reader=SynonymReader(chassis.database), coder=coder)
