"""The proof of the crash tests is worth something: with either of two orders reversed, the same kill makes it fail.

With the real services the same points leave no fault: test_delivery.py, `published` and `taken-in`.
"""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from tests.support.crashes import HEALING_QUICKLY, CrashingPlatform, crashing_platform
from tests.support.file_journey import enrolled
from tests.support.proof import Kind
from tests.support.witness import Witness

pytestmark = pytest.mark.timeout(300)
"""The first test starts the platform, and every kill of a consumer costs ten seconds until the broker believes it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mutant:
    """Which order is reversed in which service, and its consumer's group."""

    name: str
    service: str
    group: str


@pytest.fixture(scope="module")
def platform() -> Iterator[CrashingPlatform]:
    with crashing_platform() as platform:
        yield platform


@pytest.fixture(scope="module")
def witness(platform: CrashingPlatform, tmp_path_factory: pytest.TempPathFactory) -> Witness:
    return enrolled(platform.stack, tmp_path_factory.mktemp("tokens"))


async def test_offsets_committed_before_the_effect_lose_receipts_and_the_proof_says_so(
    platform: CrashingPlatform, witness: Witness
) -> None:
    """The batch in hand is never seen again. A later month that goes through shows that nobody is still at it.

    The sweeper is off meanwhile, because it heals just this loss after sixty seconds; switched on, it does.
    """
    mutant = Mutant(name="offsets-before-effect", service="eligibility", group="eligibility.claims-received")
    await submit_while_killed(platform, witness, mutant, "202301")
    await witness.submit("202302")
    later = await witness.faults_when_through(["202302"])
    found = await witness.faults_now(["202301"])

    assert [fault for fault in later if "202302" in fault.what] == []
    assert Kind.LOST in {fault.kind for fault in found}
    assert any("final receipts" in fault.what for fault in found)

    platform.settings = HEALING_QUICKLY
    await asyncio.to_thread(platform.start, ["claims"])
    healed = await witness.faults_when_through(["202301", "202302"])
    assert Kind.LOST not in {fault.kind for fault in healed}


async def test_payers_told_before_the_commit_hear_what_never_was_and_the_proof_says_so(
    platform: CrashingPlatform, witness: Witness
) -> None:
    """The killed transaction's events stand on the topics; done again, they say another time under the same ids."""
    mutant = Mutant(name="publish-before-commit", service="settlement", group="settlement.claims-adjudicated")
    await submit_while_killed(platform, witness, mutant, "202303")
    found = await witness.faults_when_through(["202303"])

    assert Kind.PHANTOM in {fault.kind for fault in found}
    assert any("differing contents" in fault.what for fault in found)


async def submit_while_killed(platform: CrashingPlatform, witness: Witness, mutant: Mutant, month: str) -> None:
    """The service runs as the mutant until it is killed before its first commit; the real one goes on."""
    points = {mutant.service: f"consumer.{mutant.group}.before-commit"}
    await asyncio.to_thread(platform.start, [mutant.service], points=points, mutant=mutant.name)
    async with asyncio.TaskGroup() as work:
        work.create_task(witness.submit(month))
        work.create_task(platform.dies_and_is_started_again(mutant.service))
