"""`seikyu claim`: a decision explained, line by line, in English and in Japanese."""

import pytest
from rich.console import Console
from seikyu.claims.v1 import claim_pb2, explanation_pb2

from services.cli.claims import claim_view, reason_of
from services.cli.explaining import note_in_words
from services.cli.words import JAPANESE, LANGUAGES

PRICED = explanation_pb2.ExplainedUnit(
    section="60",
    benefit_share="1",
    times=2,
    declared_points=300,
    priced_points=282,
    allowed_points=564,
    arithmetic="250 + 2 × 16 steps",
    lines=[
        explanation_pb2.ExplainedLine(line=5, record="SI", item_code="160008010", priced_points=250),
        explanation_pb2.ExplainedLine(line=6, record="SI", item_code="160010010", declared_points=300),
    ],
)
UNPRICED = explanation_pb2.ExplainedUnit(
    section="21",
    times=1,
    declared_points=40,
    unpriced_reason="kind-not-loaded",
    missing="drug",
    lines=[explanation_pb2.ExplainedLine(line=7, record="IY", item_code="620004422", declared_points=40)],
)
CUT = explanation_pb2.RuleFinding(
    line=6,
    rule="pricing.difference",
    official_code="F",
    effect=explanation_pb2.RULE_EFFECT_REDUCE,
    message="declared 300, priced 282",
    message_ja="請求３００点、計算２８２点",
    source="マスターファイル仕様説明書 別紙７",
    points_before=600,
    points_after=564,
)
STEP = explanation_pb2.ShareStep(step="ratio", text="3 tenths", text_ja="３割", source="健康保険法 第74条", yen=1_812)


def _claim(**explained: object) -> claim_pb2.Claim:
    explanation = explanation_pb2.ClaimExplanation(**explained)  # type: ignore[arg-type]  # fields by their names
    reason = claim_pb2.Reason(
        code="DECLARED_ABOVE_LINES", official_code="H", message="more is declared", message_ja="縦計誤り"
    )
    decision = claim_pb2.Decision(
        outcome=claim_pb2.CLAIM_STATE_REDUCED, reasons=[reason], notes=["unpriced"], explanation=explanation
    )
    return claim_pb2.Claim(claim_id="clm_1", state=claim_pb2.CLAIM_STATE_REDUCED, decision=decision)


def _shown(claim: claim_pb2.Claim, lang: str) -> str:
    console = Console(width=250, record=True, file=None, quiet=False)
    with console.capture() as captured:
        console.print(claim_view(claim, LANGUAGES[lang]))
    return captured.get()


def _row(shown: str, word: str) -> list[str]:
    return next(line for line in shown.splitlines() if word in line).split()


def test_a_unit_is_shown_declared_priced_and_allowed_with_its_arithmetic() -> None:
    shown = _shown(_claim(units=[PRICED]), "en")

    assert _row(shown, "160010010") == [
        *("6", "60", "160010010", "2", "300", "282", "600", "564"),
        *("250", "+", "2", "×", "16", "steps"),
    ]
    assert _row(shown, "160008010") == ["5", "160008010", "(250)"]


@pytest.mark.parametrize(
    ("lang", "words"), [("en", ["kind-not-loaded", "drug"]), ("ja", ["マスター未読込", "医薬品"])], ids=["en", "ja"]
)
def test_a_unit_without_a_price_says_why(lang: str, words: list[str]) -> None:
    assert _row(_shown(_claim(units=[UNPRICED]), lang), "620004422") == [
        "7",
        "21",
        "620004422",
        "1",
        "40",
        "40",
        *words,
    ]


def test_a_finding_names_its_line_effect_letter_and_source() -> None:
    claim = _claim(findings=[CUT])

    english, japanese = _shown(claim, "en"), _shown(claim, "ja")
    assert _row(english, "pricing.difference")[:3] == ["6", "reduce", "F"]
    assert "declared 300, priced 282" in english
    assert "マスターファイル仕様説明書 別紙７" in english
    assert _row(japanese, "pricing.difference")[:4] == ["6", "査定", "F", "請求３００点、計算２８２点"]


def test_the_share_is_told_step_by_step() -> None:
    assert _row(_shown(_claim(share_steps=[STEP]), "ja"), "健康保険法") == ["３割", "1,812", "健康保険法", "第74条"]


def test_the_schedule_says_of_which_month_it_is_and_as_of_when() -> None:
    known = explanation_pb2.ScheduleKnowledge(treatment_month="202110", as_of_day="2022-02-18", loaded_kinds=["act"])

    assert "Fee schedule of 202110, as known on 2022-02-18: act" in _shown(_claim(units=[PRICED], schedule=known), "en")
    assert "no fee schedule was loaded" in _shown(_claim(units=[PRICED]), "en")


def test_a_decision_without_explanation_still_shows_reasons_and_notes() -> None:
    shown = _shown(_claim(), "ja")

    assert "縦計誤り" in shown
    assert JAPANESE["unpriced"] in shown
    assert "査定" in shown


def test_a_reason_without_japanese_words_is_shown_in_english() -> None:
    claim = _claim()
    claim.decision.reasons[0].message_ja = ""

    assert "more is declared" in _shown(claim, "ja")


@pytest.mark.parametrize(
    ("note", "english", "japanese"),
    [
        ("unpriced", "unpriced", JAPANESE["unpriced"]),
        ("unpriced.kind-not-loaded:y", "kind-not-loaded drug", "マスター未読込 医薬品"),
        ("unpriced.code-not-in-master:113033370", "code-not-in-master 113033370", "マスターに該当コードなし 113033370"),
        ("as_known_on:2024-06-30", "as_known_on 2024-06-30", "次の日に判明していたマスターによる： 2024-06-30"),
    ],
)
def test_a_note_is_told_in_words(note: str, english: str, japanese: str) -> None:
    assert [note_in_words(note, LANGUAGES[lang]) for lang in ("en", "ja")] == [english, japanese]


def test_a_row_tells_each_kind_of_note_once() -> None:
    claim = _claim()
    claim.decision.notes[:] = ["unpriced", "unpriced.kind-not-loaded:y", "meals_unsettled"]

    assert reason_of(claim) == "DECLARED_ABOVE_LINES (H), unpriced, meals_unsettled"
