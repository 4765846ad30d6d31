from dataclasses import replace
from datetime import UTC, datetime

from services.coding.application.code_batch import Answer, CodingRequest, LineCoding, Mention
from services.coding.application.recoding import left_to_the_coder, merged, recode_batch
from services.coding.application.revising import RevisionCause, revised
from services.coding.domain.coding import Route
from services.shared.kernel.months import Month
from tests.usecases.coding.fakes import MemoryAnswers, MemoryRevisions

NOW = datetime(2024, 11, 1, tzinfo=UTC)
LATER = datetime(2026, 11, 2, tzinfo=UTC)
OPEN = LineCoding(line=1, route=Route.UNRESOLVED, disease_code="", spelling="謎")
LOOKED_AT = LineCoding(line=2, route=Route.REVIEW, disease_code="8290001", spelling="左骨折")
SURE = LineCoding(line=3, route=Route.EXACT, disease_code="8833421", spelling="高血圧症")
FIRST = Answer(
    claim_id="clm_1",
    cause_event_id="evt_1",
    treatment_month=Month(2024, 10),
    codings=(OPEN, LOOKED_AT, SURE),
    coder_version="rules-1",
    completed_at=NOW,
    traceparent=f"00-{'a' * 32}-{'b' * 16}-00",
)
FOUND = replace(OPEN, route=Route.RANKED, disease_code="2500013", p=0.97)


def store() -> MemoryRevisions:
    return MemoryRevisions(MemoryAnswers({FIRST.key: FIRST}))


def anew(*lines: LineCoding, key: str = "clm_1") -> Answer:
    return replace(FIRST, claim_id=key, codings=lines, coder_version="rules-2", completed_at=LATER)


async def test_what_is_decided_otherwise_is_the_next_revision_with_all_lines() -> None:
    revisions = store()
    [revision] = await recode_batch([anew(FOUND, LOOKED_AT)], revisions=revisions, now=LATER)

    answer = revision.answer
    assert revision.changed.codings == (FOUND,)
    assert (answer.revision, answer.coder_version) == (1, "rules-2")
    assert answer.codings == (FOUND, LOOKED_AT, SURE)
    assert revisions.announced == [answer]
    [kept] = revisions.kept[FIRST.key]
    assert (set(kept.lines), kept.cause) == ({1}, RevisionCause.RECODED)


async def test_where_nothing_changes_nothing_is_kept_and_nothing_announced() -> None:
    revisions = store()
    surer = replace(LOOKED_AT, p=0.4)

    assert await recode_batch([anew(OPEN, surer)], revisions=revisions, now=LATER) == ()
    assert (revisions.kept, revisions.announced) == ({}, [])


async def test_once_more_changes_nothing_more() -> None:
    revisions = store()
    for _ in range(2):
        await recode_batch([anew(FOUND)], revisions=revisions, now=LATER)

    assert [answer.revision for answer in revisions.announced] == [1]


async def test_what_a_person_decided_stands() -> None:
    revisions = store()
    none = replace(OPEN, route=Route.REVIEWED)
    person = revised(FIRST, [none], cause=RevisionCause.REVIEWED, coder_version="reviewed", now=NOW)
    await revisions.add([person])
    other = replace(LOOKED_AT, route=Route.DECOMPOSED)

    [revision] = await recode_batch([anew(FOUND, other)], revisions=revisions, now=LATER)
    assert (revision.answer.revision, revision.answer.codings) == (2, (none, other, SURE))


async def test_what_a_person_upheld_stands_although_the_coder_took_it() -> None:
    revisions = store()
    other = replace(SURE, disease_code="8830592")
    open_to_it = left_to_the_coder([anew(FOUND, other)], {(*FIRST.key, 3)})

    [revision] = await recode_batch(open_to_it, revisions=revisions, now=LATER)
    assert revision.answer.codings == (FOUND, LOOKED_AT, SURE)


async def test_a_request_that_was_never_answered_and_a_line_it_never_had_are_left_alone() -> None:
    revisions = store()
    decided = [anew(FOUND, key="clm_2"), anew(replace(FOUND, line=9))]

    assert await recode_batch(decided, revisions=revisions, now=LATER) == ()


def test_selections_of_one_request_that_meet_in_a_batch_are_coded_together() -> None:
    one = CodingRequest(
        claim_id="clm_1",
        cause_event_id="evt_1",
        treatment_month=Month(2024, 10),
        mentions=(Mention(line=2, text="左骨折"),),
        traceparent=FIRST.traceparent,
    )
    other = replace(one, mentions=(Mention(line=1, text="謎"),))
    alone = replace(one, claim_id="clm_2")

    both, second = merged([one, alone, other])
    assert [mention.line for mention in both.mentions] == [1, 2]
    assert second == alone
