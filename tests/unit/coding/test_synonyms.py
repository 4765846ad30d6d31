from dataclasses import replace

import pytest

from services.coding.domain.rulings import Objection
from services.coding.domain.synonyms import (
    Judged,
    Synonym,
    SynonymRefusal,
    SynonymState,
    Trial,
    in_force,
    proposed,
    refusal_to_approve,
    refusal_to_withdraw,
    tried,
)
from services.shared.kernel.months import Month
from tests.unit.coding.builders import MASTER

OCTOBER = Month(2024, 10)
CATARACT = Synonym(spelling="シロソコヒ", disease_code="3669004", proposer="akiko", why="old word")
PASSED = Trial(asked=3, support=2, better=3, worse=0)


def proposal(
    spelling: str = "しろそこひ", code: str = "3669004", why: str = "old word"
) -> Synonym | tuple[Objection, ...]:
    return proposed(spelling, code, why, proposer="akiko", master=MASTER, month=OCTOBER)


def rules(objections: Synonym | tuple[Objection, ...]) -> list[tuple[str, str]]:
    assert not isinstance(objections, Synonym)
    return [(each.field, each.rule) for each in objections]


def test_a_proposal_is_kept_as_the_coder_reads_it() -> None:
    assert proposal() == CATARACT


@pytest.mark.parametrize(
    ("spelling", "code", "why", "refused"),
    [
        ("白", "3669004", "short", [("spelling", "length")]),
        ("白" * 65, "3669004", "long", [("spelling", "length")]),
        ("胃炎", "3669004", "a name", [("spelling", "named")]),
        ("白そこひなし", "3669004", "denied", [("spelling", "no_diagnosis")]),
        ("白そこひ", "9999999", "unknown", [("disease_code", "unknown")]),
        ("白そこひ", "3669004", "", [("why", "required")]),
        ("胃炎", "9999999", "", [("spelling", "named"), ("disease_code", "unknown"), ("why", "required")]),
    ],
)
def test_what_would_mislead_the_coder_is_refused_with_every_field_and_rule(
    spelling: str, code: str, why: str, refused: list[tuple[str, str]]
) -> None:
    assert rules(proposal(spelling, code, why)) == refused


def test_words_that_tell_who_somebody_is_are_refused() -> None:
    assert rules(proposal(why="保険者番号06139463の山田太郎様")) == [("why", "names_nobody")]


@pytest.mark.parametrize(
    ("synonym", "approver", "refusal"),
    [
        (CATARACT, "beniko", None),
        (CATARACT, "akiko", SynonymRefusal.OWN_PROPOSAL),
        (replace(CATARACT, approvers=("beniko",)), "beniko", SynonymRefusal.APPROVED_ALREADY),
        (replace(CATARACT, approvers=("beniko",)), "chiyo", None),
        (replace(CATARACT, withdrawn_by="akiko"), "beniko", SynonymRefusal.NOT_PROPOSED),
        (replace(CATARACT, trial=PASSED), "beniko", SynonymRefusal.NOT_PROPOSED),
    ],
)
def test_two_others_approve_what_waits(synonym: Synonym, approver: str, refusal: SynonymRefusal | None) -> None:
    assert refusal_to_approve(synonym, approver) is refusal


def test_what_was_withdrawn_is_not_withdrawn_again() -> None:
    assert refusal_to_withdraw(replace(CATARACT, trial=PASSED)) is None
    assert refusal_to_withdraw(replace(CATARACT, withdrawn_by="akiko")) is SynonymRefusal.WITHDRAWN_ALREADY


@pytest.mark.parametrize(
    ("synonym", "state"),
    [
        (CATARACT, SynonymState.PROPOSED),
        (replace(CATARACT, trial=PASSED), SynonymState.IN_FORCE),
        (replace(CATARACT, trial=replace(PASSED, worse=1)), SynonymState.FAILED),
        (replace(CATARACT, trial=replace(PASSED, support=0)), SynonymState.FAILED),
        (replace(CATARACT, trial=PASSED, withdrawn_by="akiko"), SynonymState.WITHDRAWN),
    ],
)
def test_a_synonym_stands_where_its_steps_leave_it(synonym: Synonym, state: SynonymState) -> None:
    assert synonym.state is state
    assert in_force([synonym]) == ({"シロソコヒ": "3669004"} if state is SynonymState.IN_FORCE else {})


def test_a_trial_counts_what_people_decided_and_what_the_synonym_would_make_of_it() -> None:
    decided = [
        Judged(spelling="シロソコヒ", icd10="H269"),
        Judged(spelling="左シロソコヒ", icd10="H269"),
        Judged(spelling="胃炎", icd10="K297"),
        Judged(spelling="謎ノシロソコヒ", icd10="H269"),
    ]

    assert tried(CATARACT, decided, MASTER, OCTOBER) == Trial(asked=3, support=1, better=2, worse=0)


@pytest.mark.parametrize("icd10", ["H409", ""])
def test_what_people_decided_otherwise_or_would_not_code_makes_a_trial_fail(icd10: str) -> None:
    decided = [Judged(spelling="シロソコヒ", icd10="H269"), Judged(spelling="右シロソコヒ", icd10=icd10)]
    trial = tried(CATARACT, decided, MASTER, OCTOBER)

    assert (trial.better, trial.worse, trial.is_passed) == (1, 1, False)


def test_a_code_that_has_left_the_master_since_it_was_proposed_cannot_pass() -> None:
    """The coder may have been started with another edition between the proposal and the second approval."""
    gone = replace(CATARACT, disease_code="9999999")

    assert tried(gone, [Judged(spelling="シロソコヒ", icd10="")], MASTER, OCTOBER) == Trial(
        asked=1, support=0, better=0, worse=0
    )


def test_what_nobody_decided_cannot_pass() -> None:
    assert not tried(CATARACT, [], MASTER, OCTOBER).is_passed


def test_a_learned_spelling_is_a_name_alone_and_with_modifiers_and_stands_in_the_version() -> None:
    learned = MASTER.with_synonyms({"シロソコヒ": "3669004", "胃炎": "3669004"})

    assert [row.code for row in learned.live("シロソコヒ", OCTOBER)] == ["3669004"]
    assert [row.code for row in learned.live("胃炎", OCTOBER)] == ["5359011"]
    assert learned.version.startswith("test+synonyms.")
    assert learned.with_synonyms({}).version == "test"
