from datetime import UTC, datetime

from services.coding.application.learning_synonyms import KeptSynonym, LearningSynonyms, Proposal
from services.coding.domain.synonyms import Judged, SynonymRefusal, SynonymState, Trial
from tests.unit.coding.builders import MASTER
from tests.usecases.coding.synonym_fakes import MemorySynonyms

NOW = datetime(2024, 10, 31, 3, tzinfo=UTC)
LEARNING = LearningSynonyms(master=MASTER)
PROPOSAL = Proposal(spelling="しろそこひ", disease_code="3669004", why="old word", source_item="rvw_1")
DECIDED = [Judged(spelling="シロソコヒ", icd10="H269")]


async def propose(synonyms: MemorySynonyms, proposal: Proposal = PROPOSAL) -> KeptSynonym:
    kept = await LEARNING.propose(synonyms, proposal, "akiko", now=NOW)
    assert isinstance(kept, KeptSynonym)
    return kept


async def approve(synonyms: MemorySynonyms, kept: KeptSynonym, approver: str) -> KeptSynonym:
    after = await LEARNING.approve(synonyms, kept.synonym_id, approver, now=NOW)
    assert isinstance(after, KeptSynonym)
    return after


async def test_a_proposal_counts_after_two_others_approved_it_and_its_trial_passed() -> None:
    synonyms = MemorySynonyms(judged=DECIDED)
    kept = await propose(synonyms)
    first = await approve(synonyms, kept, "beniko")
    second = await approve(synonyms, kept, "chiyo")

    assert [each.synonym.state for each in (kept, first, second)] == [
        SynonymState.PROPOSED,
        SynonymState.PROPOSED,
        SynonymState.IN_FORCE,
    ]
    assert second.synonym.trial == Trial(asked=1, support=1, better=1, worse=0)
    assert await LEARNING.learned(synonyms) == {"シロソコヒ": "3669004"}


async def test_a_proposal_whose_trial_speaks_against_it_does_not_count_and_may_be_made_again() -> None:
    synonyms = MemorySynonyms(judged=[*DECIDED, Judged(spelling="左シロソコヒ", icd10="H409")])
    kept = await propose(synonyms)
    await approve(synonyms, kept, "beniko")
    failed = await approve(synonyms, kept, "chiyo")
    again = await propose(synonyms)

    assert failed.synonym.state is SynonymState.FAILED
    assert await LEARNING.learned(synonyms) == {}
    assert (again.synonym.number, again.synonym_id == kept.synonym_id) == (2, False)


async def test_nobody_approves_his_own_or_twice() -> None:
    synonyms = MemorySynonyms(judged=DECIDED)
    kept = await propose(synonyms)
    await approve(synonyms, kept, "beniko")

    own = await LEARNING.approve(synonyms, kept.synonym_id, "akiko", now=NOW)
    twice = await LEARNING.approve(synonyms, kept.synonym_id, "beniko", now=NOW)
    assert (own, twice) == (SynonymRefusal.OWN_PROPOSAL, SynonymRefusal.APPROVED_ALREADY)


async def test_a_synonym_that_was_withdrawn_counts_no_more_and_may_be_proposed_again() -> None:
    synonyms = MemorySynonyms(judged=DECIDED)
    kept = await propose(synonyms)
    await approve(synonyms, kept, "beniko")
    await approve(synonyms, kept, "chiyo")
    withdrawn = await LEARNING.withdraw(synonyms, kept.synonym_id, "akiko", "it means glaucoma here", now=NOW)

    assert isinstance(withdrawn, KeptSynonym)
    assert withdrawn.synonym.state is SynonymState.WITHDRAWN
    assert await LEARNING.learned(synonyms) == {}
    assert (await propose(synonyms)).synonym.number == 2


async def test_a_withdrawal_in_words_that_tell_who_somebody_is_is_refused() -> None:
    synonyms = MemorySynonyms()
    kept = await propose(synonyms)
    refused = await LEARNING.withdraw(synonyms, kept.synonym_id, "akiko", "電話 03-1234-5678", now=NOW)

    assert isinstance(refused, tuple)
    assert [(each.field, each.rule) for each in refused] == [("why", "names_nobody")]
    assert synonyms.kept[kept.synonym_id].synonym.state is SynonymState.PROPOSED


async def test_a_spelling_is_proposed_once_at_a_time_whatever_its_code() -> None:
    synonyms = MemorySynonyms()
    await propose(synonyms)
    other = Proposal(spelling="シロソコヒ", disease_code="5359011", why="another")
    refused = await LEARNING.propose(synonyms, other, "dai", now=NOW)

    assert isinstance(refused, tuple)
    assert [(each.field, each.rule) for each in refused] == [("spelling", "exists")]


async def test_a_synonym_that_does_not_exist_is_none() -> None:
    assert await LEARNING.approve(MemorySynonyms(), "syn_0", "akiko", now=NOW) is None
    assert await LEARNING.withdraw(MemorySynonyms(), "syn_0", "akiko", "why", now=NOW) is None
