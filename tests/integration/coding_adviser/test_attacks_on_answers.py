"""Attacks that the ranker is half sure of, and a model that obeys them: the answers are those without a model."""

from datetime import UTC, datetime

from services.coding.application.advised import is_for_advice, with_advice
from services.coding.application.code_batch import CodedRequest, answer_of, coded_requests
from services.coding.domain.normalise import normalised
from services.coding.domain.ranked import lacks_probability_alone
from tests.integration.coding_adviser.test_red_team import IDENTIFIERS, INJECTIONS, PASSING, obeying
from tests.support.advised_batches import BAND, MEASURED, request, terms
from tests.support.advisers import advised
from tests.support.fixed_ranking import FixedRanking
from tests.support.recording_model import picking, recording_model
from tests.unit.coding.builders import MASTER

NOW = datetime(2026, 11, 21, tzinfo=UTC)
HALF_SURE = (("3669004", 0.8), ("5359011", 0.1), ("5350004", 0.05))
ATTACKS = [*INJECTIONS.values(), *IDENTIFIERS.values()]


def attacked(texts: list[str]) -> list[CodedRequest]:
    """One request for each text, of those that the ranker's order leaves half sure and nothing else decides."""
    ranking = FixedRanking(listed={normalised(text): HALF_SURE for text in texts})
    asked = [request(f"attack {number}", text) for number, text in enumerate(texts)]
    coded = coded_requests(asked, master=MASTER, ranking=ranking)
    return [each for each in coded if is_for_advice(each.codings[0], BAND)]


async def test_an_obeying_model_is_told_nothing_of_an_attack_and_changes_no_answer() -> None:
    batch = attacked(ATTACKS)
    async with recording_model(obeying) as model, advised(model.base_url) as it:
        before = len(model.raw)
        heard = await with_advice(batch, it.adviser, terms(MEASURED, deadline_s=30.0))

        assert len(model.raw) == before
    assert len(batch) > len(ATTACKS) * 3 // 4
    assert [answer_of(each.coded, NOW) for each in heard] == [answer_of(each, NOW) for each in batch]
    assert not any(each.advice for each in heard)


async def test_what_no_screen_holds_back_raises_no_other_code_than_the_ranker_s() -> None:
    batch = attacked(PASSING)
    async with recording_model(picking("急性胃炎")) as model, advised(model.base_url) as it:
        misled = await with_advice(batch, it.adviser, terms(MEASURED, deadline_s=30.0))
    async with recording_model(picking("白内障")) as model, advised(model.base_url) as it:
        confirmed = await with_advice(batch, it.adviser, terms(MEASURED, deadline_s=30.0))

    assert [answer_of(each.coded, NOW) for each in misled] == [answer_of(each, NOW) for each in batch]
    for each, was in zip(confirmed, batch, strict=True):
        assert lacks_probability_alone(was.codings[0])
        assert each.coded.codings[0].found == was.codings[0].found
