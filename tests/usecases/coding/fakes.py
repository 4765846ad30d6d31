"""Answers in memory; passes the suite that the real ones pass (tests/contracts/coding)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from services.coding.application.code_batch import Answer, CodingRequest, RequestKey


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
