"""`seikyu claim` shows the codes that the rules saw beside free text, and how each text was coded."""

import pytest
from rich.console import Console
from seikyu.claims.v1 import claim_pb2, explanation_pb2

from services.cli.claims import claim_view
from services.cli.words import LANGUAGES

FOUND = explanation_pb2.FoundDiagnosis(line=4, disease_code="3459004", modifier_codes=["2056", "8002"], name="てんかん")


def shown(lang: str, *, route: str = "late") -> str:
    explanation = explanation_pb2.ClaimExplanation(found_diagnoses=[FOUND])
    claim = claim_pb2.Claim(
        claim_id="clm_1",
        state=claim_pb2.CLAIM_STATE_APPROVED,
        decision=claim_pb2.Decision(outcome=claim_pb2.CLAIM_STATE_APPROVED, explanation=explanation),
        coded_diagnoses=[claim_pb2.CodedDiagnosis(line=4, disease_code="3459004", route=route)],
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
        ("late", "決定後に到着"),
        ("withheld", "コード化対象外"),
    ],
)
def test_each_route_has_japanese_words(route: str, words: str) -> None:
    assert words in shown("ja", route=route)
    assert route in shown("en", route=route)
