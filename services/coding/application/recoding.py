"""Codes answered requests anew: after another master or model, or words that were learned.

What a person decided stands. Where nothing changes, nothing is kept and nothing announced.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from datetime import datetime

from services.coding.application.code_batch import Answer, CodingRequest, LineCoding, LineKey, RequestKey
from services.coding.application.revising import Revision, RevisionCause, Revisions, revised
from services.coding.domain.coding import Route


def merged(requests: Iterable[CodingRequest]) -> list[CodingRequest]:
    """One request for each key: several selections of one request may meet in a batch, each with lines of its own."""
    whole: dict[RequestKey, CodingRequest] = {}
    for request in requests:
        first = whole.get(request.key, request)
        mentions = {mention.line: mention for mention in (*first.mentions, *request.mentions)}
        whole[request.key] = replace(request, mentions=tuple(mentions[line] for line in sorted(mentions)))
    return list(whole.values())


def left_to_the_coder(decided: Iterable[Answer], of_people: Collection[LineKey]) -> list[Answer]:
    """The answers without lines that a person decided, also where he upheld what the coder took."""
    return [
        replace(answer, codings=tuple(each for each in answer.codings if (*answer.key, each.line) not in of_people))
        for answer in decided
    ]


async def recode_batch(decided: Sequence[Answer], *, revisions: Revisions, now: datetime) -> tuple[Revision, ...]:
    """Keep and announce, as the next revision of its request, what is decided otherwise now; returns those revisions.

    `decided`: one answer for each request, of the lines that were to be coded anew.
    """
    standing = await revisions.standing({answer.key: answer.traceparent for answer in decided})
    made = [
        revision
        for answer in decided
        if answer.key in standing and (revision := recoded(standing[answer.key], answer, now=now)) is not None
    ]
    await revisions.add(made)
    revisions.announce([revision.answer for revision in made])
    return tuple(made)


def recoded(standing: Answer, answer: Answer, *, now: datetime) -> Revision | None:
    """The revision of a request by what was decided anew; None where every line stands as it did."""
    were = {coding.line: coding for coding in standing.codings}
    lines = [each for each in answer.codings if each.line in were and _is_other(were[each.line], each)]
    if not lines:
        return None
    return revised(standing, lines, cause=RevisionCause.RECODED, coder_version=answer.coder_version, now=now)


def _is_other(was: LineCoding, decided: LineCoding) -> bool:
    told = [(each.route, each.disease_code, each.modifier_codes) for each in (was, decided)]
    return was.route is not Route.REVIEWED and told[0] != told[1]
