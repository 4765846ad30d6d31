"""Waits until the claims of a submission are decided, those included that an earlier submission brought in."""

from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from typing import Final

import grpc.aio
from seikyu.claims.v1 import claim_pb2, claim_service_pb2
from seikyu.claims.v1.claim_service_pb2_grpc import ClaimServiceStub

from services.cli.claims import FINAL_STATES, every_claim, get_claim, state_name
from services.cli.failures import CommandFailure, ExitCode

Tell = Callable[[str], None]
FROM_THE_BEGINNING: Final = "0"


async def watch_until_final(
    channel: grpc.aio.Channel, answers: Sequence[claim_service_pb2.ReceiptAnswer], tell: Tell
) -> list[claim_pb2.Claim]:
    """The answers' claims once all are final, by receipt number. Raises AioRpcError. Waits without end.

    A receipt that was submitted before has the claim that it became then, which belongs to the set it came in then.
    """
    sets = await _sets(channel, answers)
    expected, final = sum(map(len, sets.values())), dict[str, str]()
    for set_id, ids in sets.items():
        async for states in _final_states(channel, set_id, ids):
            final |= states
            tell(_progress(final, expected))
    found = [claim for set_id, ids in sets.items() for claim in await _read(channel, set_id, ids)]
    return sorted(found, key=lambda claim: claim.receipt_number)


async def _sets(
    channel: grpc.aio.Channel, answers: Sequence[claim_service_pb2.ReceiptAnswer]
) -> Mapping[str, set[str]]:
    """Claim ids by the submission set that they first came in; under the empty text those that came without one."""
    sets: dict[str, set[str]] = {}
    unknown = {answer.claim_id for answer in answers if answer.claim_id}
    while unknown:
        first = await get_claim(channel, min(unknown))
        listed = set() if first.submission_id in sets else await _members(channel, first.submission_id)
        members = {first.claim_id} | (unknown & listed)
        sets.setdefault(first.submission_id, set()).update(members)
        unknown -= members
    return sets


async def _members(channel: grpc.aio.Channel, submission_id: str) -> set[str]:
    if not submission_id:
        return set()
    asked = claim_service_pb2.ListClaimsRequest(submission_id=submission_id)
    return {claim.claim_id async for claim in every_claim(channel, asked)}


async def _final_states(
    channel: grpc.aio.Channel, submission_id: str, ids: set[str]
) -> AsyncIterator[Mapping[str, str]]:
    """The states in which claims of the set end, as they become final; ends with the last of them."""
    waiting = set(ids)
    request = claim_service_pb2.WatchClaimsRequest(resume_token=FROM_THE_BEGINNING, submission_id=submission_id)
    watching = ClaimServiceStub(channel).WatchClaims(request)
    while waiting:
        response = await watching.read()
        if not isinstance(response, claim_service_pb2.WatchClaimsResponse):
            raise CommandFailure(
                "the watch ended", advice="follow with `seikyu claims list`", code=ExitCode.UNAVAILABLE
            )
        final = [change for change in response.changes if change.state in FINAL_STATES and change.claim_id in waiting]
        waiting -= {change.claim_id for change in final}
        yield {change.claim_id: state_name(change.state) for change in final}
    watching.cancel()


def _progress(final: Mapping[str, str], expected: int) -> str:
    counted = ", ".join(f"{count:,} {state}" for state, count in sorted(Counter(final.values()).items()))
    return f"{len(final):,} of {expected:,} final  {counted}"


async def _read(channel: grpc.aio.Channel, submission_id: str, ids: set[str]) -> list[claim_pb2.Claim]:
    if not submission_id:
        return [await get_claim(channel, claim_id) for claim_id in sorted(ids)]
    asked = claim_service_pb2.ListClaimsRequest(submission_id=submission_id)
    return [claim async for claim in every_claim(channel, asked) if claim.claim_id in ids]
