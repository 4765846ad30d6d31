from dataclasses import replace
from datetime import UTC, datetime

from services.coding.adapters.master_files import load_master
from services.coding.application.code_batch import (
    Answer,
    CodingRequest,
    LineCoding,
    Mention,
    Outcome,
    answer_batch,
    decide,
)
from services.coding.application.revising import RevisionCause, revised
from services.coding.domain.coding import Route
from services.coding.domain.verify import Patient, Sex
from services.shared.kernel.months import Month
from tests.usecases.coding.fakes import MemoryAnswers, MemoryRevisions

NOW = datetime(2024, 11, 1, tzinfo=UTC)
LATER = datetime(2024, 11, 2, tzinfo=UTC)
MASTER = load_master(None)


def request(claim_id: str, *texts: str, cause: str = "evt_1", flags: str = "00") -> CodingRequest:
    return CodingRequest(
        claim_id=claim_id,
        cause_event_id=cause,
        treatment_month=Month(2024, 10),
        mentions=tuple(Mention(line=line, text=text) for line, text in enumerate(texts, 1)),
        traceparent=f"00-{'a' * 32}-{'b' * 16}-{flags}",
    )


async def code_batch(requests: list[CodingRequest], answers: MemoryAnswers, now: datetime = NOW) -> Outcome:
    return await answer_batch(requests, decided(requests, now), answers=answers, later=MemoryRevisions(answers))


def decided(requests: list[CodingRequest], now: datetime = NOW) -> tuple[Answer, ...]:
    return decide(requests, master=MASTER, ranking=None, now=now)


async def test_every_line_of_every_request_is_answered() -> None:
    answers = MemoryAnswers()
    outcome = await code_batch([request("clm_1", "高血圧症", "謎の病"), request("clm_2", "糖尿病")], answers)

    told = {answer.claim_id: [(c.line, c.route, c.disease_code) for c in answer.codings] for answer in outcome.answers}
    assert told == {
        "clm_1": [(1, Route.EXACT, "8833421"), (2, Route.UNRESOLVED, "")],
        "clm_2": [(1, Route.EXACT, "2500013")],
    }
    assert answers.announced == list(outcome.answers)


async def test_modifiers_and_routes_are_answered_beside_the_code() -> None:
    batch = [request("clm_1", "左白内障の疑い", "急性胃炎なし", "膝関節湿疹")]
    outcome = await code_batch(batch, MemoryAnswers())

    told = [(each.route, each.disease_code, each.modifier_codes) for each in outcome.answers[0].codings]
    assert told == [
        (Route.DECOMPOSED, "3669004", ("2049", "8002")),
        (Route.NOT_A_DIAGNOSIS, "", ()),
        (Route.REVIEW, "6923002", ("1640",)),
    ]


async def test_what_the_request_tells_of_the_patient_is_asked() -> None:
    of_a_woman = replace(request("clm_1", "前立腺肥大症"), patient=Patient(sex=Sex.FEMALE, age_band_years=60))
    outcome = await code_batch([of_a_woman], MemoryAnswers())

    assert [each.route for each in outcome.answers[0].codings] == [Route.REVIEW]


async def test_a_repeated_request_gets_its_first_answer_under_its_present_trace() -> None:
    answers = MemoryAnswers()
    await code_batch([request("clm_1", "高血圧症")], answers)
    again = await code_batch([request("clm_1", "糖尿病", flags="01")], answers, LATER)

    assert again.decided == ()
    assert [answer.codings[0].disease_code for answer in again.answers] == ["8833421"]
    assert [answer.completed_at for answer in again.answers] == [NOW]
    assert again.answers[0].traceparent.endswith("-01")


async def test_a_request_twice_in_one_batch_is_answered_once() -> None:
    answers = MemoryAnswers()
    outcome = await code_batch([request("clm_1", "肺炎")] * 2, answers)

    assert len(outcome.answers) == 1


async def test_another_cause_is_another_request() -> None:
    answers = MemoryAnswers()
    batch = [request("clm_1", "肺炎", cause="evt_1"), request("clm_1", "肺炎", cause="evt_2")]

    assert len((await code_batch(batch, answers)).decided) == 2


async def test_a_repeated_request_that_was_revised_gets_the_revision_in_force_behind_its_first_answer() -> None:
    answers = MemoryAnswers()
    [first] = (await code_batch([request("clm_1", "高血圧症", "謎の病")], answers)).answers
    revisions = MemoryRevisions(answers)
    line = LineCoding(line=2, route=Route.EXACT, disease_code="2500013")
    revision = revised(first, [line], cause=RevisionCause.RECODED, coder_version="later", now=LATER)
    await revisions.add([revision])

    again = request("clm_1", "高血圧症", "謎の病", flags="01")
    outcome = await answer_batch([again], decided([again]), answers=answers, later=revisions)

    assert [answer.revision for answer in outcome.answers] == [0, 1]
    assert [coding.disease_code for coding in outcome.answers[1].codings] == ["8833421", "2500013"]
    assert [answer.traceparent[-2:] for answer in answers.announced[-2:]] == ["01", "01"]
    assert outcome.decided == ()
