"""Builds what coding works with, once per process."""

from dataclasses import dataclass

from services.coding.adapters.answers import PostgresAnswers
from services.coding.adapters.master_files import load_master
from services.coding.application.code_batch import CodingRequest, Outcome, code_batch
from services.coding.domain.master import DiseaseMaster
from services.coding.settings import CodingSettings
from services.shared.chassis.clock import Clock
from services.shared.chassis.postgres import Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class Coder:
    """The use case with its master and its store."""

    master: DiseaseMaster
    clock: Clock

    async def answer(self, requests: list[CodingRequest], tx: Transaction) -> Outcome:
        """Answer a batch within the transaction."""
        return await code_batch(requests, master=self.master, answers=PostgresAnswers(tx), now=self.clock.now())


def build_coder(settings: CodingSettings, clock: Clock) -> Coder:
    """Load the masters that the settings name. Raises BadMaster."""
    return Coder(master=load_master(settings.disease_master, settings.modifier_master), clock=clock)
