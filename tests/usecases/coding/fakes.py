"""Answers and revisions in memory; pass the suites that the real ones pass (tests/contracts/coding)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from services.coding.application.code_batch import Answer, CodingRequest, RequestKey
from services.coding.application.revising import Revision
from services.shared.chassis.postgres import TransientFault


@dataclass(slots=True)
class MemoryAnswers:
    kept: dict[RequestKey, Answer] = field(default_factory=dict)
    announced: list[Answer] = field(default_factory=list)

    async def find(self, requests: Sequence[CodingRequest]) -> Mapping[RequestKey, Answer]:
        return {
            each.key: replace(self.kept[each.key], traceparent=each.traceparent)
            for each in requests
            if each.key in self.kept
        }

    async def add(self, answers: Sequence[Answer]) -> None:
        self.kept |= {answer.key: answer for answer in answers}

    def announce(self, answers: Sequence[Answer]) -> None:
        self.announced += answers


@dataclass(slots=True)
class MemoryRevisions:
    """On top of answers."""

    answers: MemoryAnswers = field(default_factory=MemoryAnswers)
    kept: dict[RequestKey, list[Revision]] = field(default_factory=dict)
    announced: list[Answer] = field(default_factory=list)

    async def standing(self, asked: Mapping[RequestKey, str]) -> Mapping[RequestKey, Answer]:
        return {
            key: replace(self.kept[key][-1].answer if key in self.kept else answer, traceparent=asked[key])
            for key, answer in sorted(self.answers.kept.items())
            if key in asked
        }

    async def add(self, revisions: Sequence[Revision]) -> None:
        for each in revisions:
            earlier = self.kept.setdefault(each.answer.key, [])
            if each.answer.revision != len(earlier) + 1:
                raise TransientFault("RevisedMeanwhile")
            earlier.append(each)

    def announce(self, answers: Sequence[Answer]) -> None:
        self.announced += answers
