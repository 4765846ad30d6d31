"""Proofs of an unenrolled caller are refused, and those given before its return stay so."""

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import pytest

from services.shared.chassis.identity import Principal, PrincipalKind
from services.shared.chassis.postgres import TransientFault
from services.shared.chassis.refusals import Refusal, RefusedCallers, nobody_refused

LEFT = datetime(2026, 11, 21, 12, 0, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)


def payer(issued_at: datetime | None, number: str = "01130012") -> Principal:
    return Principal(kind=PrincipalKind.PAYER, id=number, issued_at=issued_at)


def knowing(refusal: Refusal) -> RefusedCallers:
    async def load() -> Mapping[str, Refusal]:
        return {"payer:01130012": refusal}

    refused = RefusedCallers(load)
    asyncio.run(refused.refresh())
    return refused


@pytest.mark.parametrize("issued_at", [LEFT - SECOND, LEFT, LEFT + SECOND, None])
def test_while_a_caller_is_gone_none_of_its_proofs_holds(issued_at: datetime | None) -> None:
    assert knowing(Refusal(issued_before=LEFT, is_gone=True))(payer(issued_at))


@pytest.mark.parametrize(
    ("issued_at", "is_refused"), [(LEFT - SECOND, True), (LEFT, False), (LEFT + SECOND, False), (None, True)]
)
def test_after_its_return_proofs_from_before_stay_refused(issued_at: datetime | None, is_refused: bool) -> None:
    assert knowing(Refusal(issued_before=LEFT, is_gone=False))(payer(issued_at)) is is_refused


def test_nobody_else_is_refused() -> None:
    refused = knowing(Refusal(issued_before=LEFT, is_gone=True))

    assert not refused(payer(LEFT - SECOND, "06132013"))
    assert not refused(Principal(kind=PrincipalKind.HOSPITAL, id="01130012"))
    assert not nobody_refused(payer(None))


def test_a_database_that_does_not_answer_leaves_what_was_known() -> None:
    answers: list[Mapping[str, Refusal]] = [{"payer:01130012": Refusal(issued_before=LEFT, is_gone=True)}]

    async def load() -> Mapping[str, Refusal]:
        if not answers:
            raise TransientFault("ConnectionClosed")
        return answers.pop()

    async def known() -> bool:
        refused = RefusedCallers(load)
        await refused.refresh()
        with pytest.raises(TransientFault):
            await refused.refresh()
        return refused(payer(LEFT))

    assert asyncio.run(known())


def test_two_proofs_of_a_caller_are_the_same_caller() -> None:
    assert payer(LEFT) == payer(None)
    assert len({payer(LEFT), payer(None)}) == 1
