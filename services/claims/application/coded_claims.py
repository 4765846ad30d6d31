"""What a found code was to a decision: not seen, seen, or what it depended on. Worked out when somebody asks.

The receipt is examined twice by what the decision rests on: with the codes that it saw, and without the one that is
asked about. What the rules return, refer or cut must differ; what they only note, such as a code that they do not
believe, decides nothing.
"""

import asyncio
from collections.abc import Sequence
from enum import Enum

from services.claims.application.explaining import Grounds, KeptDecision, grounds_of
from services.claims.application.ports import KnownSchedules, Registrations
from services.claims.domain.edits.edit import Severity
from services.claims.domain.examination import effect_of, examine
from services.claims.domain.found_codes import FoundCode, with_found_codes


class CodeUse(Enum):
    """What a code is to a decision; the numbers of the contract."""

    NOT_SEEN = 1
    SEEN = 2
    DEPENDED = 3
    UNKNOWN = 4


async def use_of(
    code: FoundCode, kept: KeptDecision, schedules: KnownSchedules, registrations: Registrations
) -> CodeUse:
    """What a code is to a decision, whatever its modifiers were then; UNKNOWN where the receipt is read no longer."""
    seen = [each for each in kept.codes if (each.line, each.code) == (code.line, code.code)]
    if not seen:
        return CodeUse.NOT_SEEN
    grounds = await grounds_of(kept, schedules, registrations)
    if grounds is None:
        return CodeUse.UNKNOWN
    depended = await asyncio.to_thread(depends_on, seen[0], kept.codes, grounds)
    return CodeUse.DEPENDED if depended else CodeUse.SEEN


def depends_on(code: FoundCode, codes: Sequence[FoundCode], grounds: Grounds) -> bool:
    """Whether the rules would have said something else without one of the codes."""
    without = [each for each in codes if each != code]
    return _effects(codes, grounds) != _effects(without, grounds)


def _effects(codes: Sequence[FoundCode], grounds: Grounds) -> list[tuple[object, ...]]:
    """What the rules do to the receipt with some codes."""
    examination = examine(with_found_codes(grounds.treatment, codes), grounds.schedule, grounds.around)
    return [
        (each.edit, each.line, each.points_before, each.points_after)
        for each in examination.findings
        if effect_of(each) is not Severity.NOTE
    ]
