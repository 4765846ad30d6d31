"""Codes found for diagnoses written as free text, in the form of the contract: those in force, and what was before."""

from collections.abc import Mapping, Sequence
from typing import Final

from seikyu.claims.v1 import claim_pb2
from seikyu.coding.v1 import coding_service_pb2
from seikyu.coding.v1 import events_pb2 as coding_events

from services.claims.adapters.messages import is_sure

ROUTES: Final[Mapping[coding_service_pb2.CodingRoute.ValueType, str]] = {
    coding_service_pb2.CODING_ROUTE_EXACT: "exact",
    coding_service_pb2.CODING_ROUTE_DECOMPOSED: "decomposed",
    coding_service_pb2.CODING_ROUTE_REVIEW: "review",
    coding_service_pb2.CODING_ROUTE_NOT_A_DIAGNOSIS: "not-a-diagnosis",
    coding_service_pb2.CODING_ROUTE_UNRESOLVED: "unresolved",
    coding_service_pb2.CODING_ROUTE_RANKED: "ranked",
    coding_service_pb2.CODING_ROUTE_REVIEWED: "reviewed",
}
WITHHELD: Final = "withheld"
CODER: Final = "coder"
PERSON: Final = "person"


def coded_diagnoses_of(
    answers: Sequence[bytes], lates: Sequence[bool], withheld: Sequence[int]
) -> list[claim_pb2.CodedDiagnosis]:
    """By line: the codes in force, and the texts withheld from coding because they name a person, without the texts.

    `answers` are the CodingCompleted messages of a claim in the order of their revisions, `lates` which of them came
    after the decision. A code that a person still has to look at is not shown: only its route is.
    """
    messages = [coding_events.CodingCompleted.FromString(each) for each in answers]
    late = dict(zip((each.revision for each in messages), lates, strict=True))
    told = [_told(line, said, late) for line, said in _said_of_lines(messages).items()]
    kept_back = [claim_pb2.CodedDiagnosis(line=line, route=WITHHELD) for line in withheld]
    return sorted([*told, *kept_back], key=lambda each: each.line)


def _said_of_lines(messages: Sequence[coding_events.CodingCompleted]) -> dict[int, list[claim_pb2.EarlierCode]]:
    """Of each line of the revision in force, what was said of it one after the other, each under its first revision."""
    in_force = messages[-1:]
    said: dict[int, list[claim_pb2.EarlierCode]] = {each.line: [] for last in in_force for each in last.codings}
    for message in messages:
        for coding in message.codings:
            before, now = said.get(coding.line, []), _said(coding, message.revision)
            if not before or not _is_said_again(before[-1], now):
                before.append(now)
    return said


def _said(coding: coding_events.MentionCoding, revision: int) -> claim_pb2.EarlierCode:
    return claim_pb2.EarlierCode(
        revision=revision,
        disease_code=coding.disease_code if is_sure(coding) else "",
        modifier_codes=coding.modifier_codes if is_sure(coding) else [],
        route=ROUTES.get(coding.route, ""),
        decided_by=PERSON if coding.route == coding_service_pb2.CODING_ROUTE_REVIEWED else CODER,
    )


def _is_said_again(before: claim_pb2.EarlierCode, now: claim_pb2.EarlierCode) -> bool:
    return (before.route, before.disease_code, before.modifier_codes) == (
        now.route,
        now.disease_code,
        now.modifier_codes,
    )


def _told(line: int, said: Sequence[claim_pb2.EarlierCode], late: Mapping[int, bool]) -> claim_pb2.CodedDiagnosis:
    *earlier, now = said
    return claim_pb2.CodedDiagnosis(
        line=line,
        disease_code=now.disease_code,
        modifier_codes=now.modifier_codes,
        route=now.route,
        revision=now.revision,
        decided_by=now.decided_by,
        late=late[now.revision],
        earlier=reversed(earlier),
    )
