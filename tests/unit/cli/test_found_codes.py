"""`seikyu claim` shows the codes that the rules saw beside free text, and how each text was coded."""

import pytest
from rich.console import Console
from seikyu.claims.v1 import claim_pb2, explanation_pb2
from seikyu.claims.v1 import coded_claim_service_pb2 as wire

from services.cli.claims import claim_view
from services.cli.coded import coded_table
from services.cli.words import LANGUAGES

FOUND = explanation_pb2.FoundDiagnosis(line=4, disease_code="3459004", modifier_codes=["2056", "8002"], name="てんかん")


REVISED = claim_pb2.CodedDiagnosis(
    line=4,
    disease_code="3459004",
    route="reviewed",
    revision=2,
    decided_by="person",
    late=True,
    earlier=[claim_pb2.EarlierCode(revision=0, disease_code="2500013", route="ranked", decided_by="coder")],
)


def shown(lang: str, *, route: str = "exact") -> str:
    return told(lang, claim_pb2.CodedDiagnosis(line=4, disease_code="3459004", route=route))


def told(lang: str, diagnosis: claim_pb2.CodedDiagnosis) -> str:
    explanation = explanation_pb2.ClaimExplanation(found_diagnoses=[FOUND])
    claim = claim_pb2.Claim(
        claim_id="clm_1",
        state=claim_pb2.CLAIM_STATE_APPROVED,
        decision=claim_pb2.Decision(outcome=claim_pb2.CLAIM_STATE_APPROVED, explanation=explanation),
        coded_diagnoses=[diagnosis],
    )
    console = Console(width=200, record=True, file=None, quiet=False)
    with console.capture() as captured:
        console.print(claim_view(claim, LANGUAGES[lang]))
    return captured.get()


def test_a_found_code_stands_with_its_modifiers_and_its_name() -> None:
    rows = [line.split() for line in shown("en").splitlines() if "てんかん" in line]

    assert rows == [["4", "3459004", "2056", "8002", "てんかん"]]


@pytest.mark.parametrize(
    ("lang", "title"),
    [
        ("en", "Codes found in free text, as the rules saw them"),
        ("ja", "審査で用いた未コード化傷病名のコード"),
    ],
)
def test_they_stand_under_words_of_the_language(lang: str, title: str) -> None:
    assert title in shown(lang)


@pytest.mark.parametrize(
    ("route", "words"),
    [
        ("exact", "自動コード化"),
        ("review", "確認待ち"),
        ("unresolved", "コードなし"),
        ("ranked", "自動コード化（順位付け）"),
        ("reviewed", "確認済み"),
        ("withheld", "コード化対象外"),
    ],
)
def test_each_route_has_japanese_words(route: str, words: str) -> None:
    assert words in shown("ja", route=route)
    assert route in shown("en", route=route)


def test_a_code_that_was_revised_is_told_with_its_number_by_whom_when_and_what_it_was_before() -> None:
    rows = [line.split() for line in told("en", REVISED).splitlines() if "reviewed" in line or "2500013" in line]

    assert rows == [
        ["4", "reviewed", "3459004", "2", "person", "after", "the", "decision"],
        ["ranked", "2500013", "0", "coder", "replaced"],
    ]


@pytest.mark.parametrize("words", ["確認者", "決定後に到着", "訂正前", "自動コード化（順位付け）"])
def test_what_became_of_a_code_has_japanese_words(words: str) -> None:
    assert words in told("ja", REVISED)


def test_claims_that_a_code_was_found_for_stand_with_what_it_was_to_their_decisions() -> None:
    one = wire.CodedClaim(
        claim_id="clm_1",
        state=claim_pb2.CLAIM_STATE_APPROVED,
        diagnosis=REVISED,
        coder_version="v1",
        use=wire.CODE_USE_DEPENDED,
        late_decision_ids=["dec_2"],
    )
    console = Console(width=200)
    with console.capture() as captured:
        console.print(coded_table([one], "3459004"))

    [row] = [line.split() for line in captured.get().splitlines() if "clm_1" in line]
    assert row == ["clm_1", "approved", "4", "reviewed", "2", "person", "1970-01-01T00:00:00Z", "v1", "depended", "1"]
