"""The rules of agreement: what a model's word may change, and what it may not."""

import asyncio
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.coding.application.advising import (
    Advice,
    Adviser,
    Agreement,
    MeasuredBin,
    Option,
    Question,
    Standing,
    Thresholds,
    is_asked,
    joint_probability,
    lower_bound,
    question_of,
    standing_of,
    weighed,
)
from services.coding.domain.candidates import Candidate
from services.coding.domain.verify import Patient
from tests.support.fixed_ranking import BY_CODE

BAND = Thresholds(asked_from=0.3, automatic_from=0.9)
MEASURED = Agreement(
    model="tiny",
    prompt_version="pick-1",
    bins=(
        MeasuredBin(low=0.3, high=0.6, confirmed=100, right=70),
        MeasuredBin(low=0.6, high=0.9, confirmed=1_000, right=980),
    ),
)
QUESTION = Question(
    mention="胃のあれ",
    candidates=(Option(key="8300001", name="胃炎"), Option(key="8300002", name="胃潰瘍")),
    master_version="b_20240601",
)


def advice(index: int | None, model: str = "tiny") -> Advice:
    return Advice(index=index, model=model, prompt_version="pick-1")


def test_a_patient_older_than_anybody_is_asked_about_as_of_the_oldest_band() -> None:
    """A birth date may be written wrong; the request carries any band below 200."""
    candidates = [Candidate(disease=BY_CODE["5359011"], p=0.6, found_by="胃炎")]
    bands = [
        question.patient.age_band_years
        for band in (None, 60, 120, 190)
        if (question := question_of("胃ノアレ", candidates, master_version="b", patient=Patient(age_band_years=band)))
    ]

    assert bands == [None, 60, 120, 120]


ADVICES = st.none() | st.builds(
    Advice,
    index=st.none() | st.integers(0, 11),
    logprob=st.none() | st.floats(max_value=0.0, allow_nan=False),
    model=st.sampled_from(["tiny", "other"]),
    prompt_version=st.sampled_from(["pick-1", "pick-0"]),
)


@dataclass(frozen=True)
class Saying:
    """An adviser that says the same to everything; what an honest, a lying, or a silent one would."""

    said: Advice | None

    async def advise(self, question: Question) -> Advice | None:
        return self.said


def asked(adviser: Adviser) -> Advice | None:
    return asyncio.run(adviser.advise(QUESTION))


def test_a_model_is_asked_in_the_middle_band_alone() -> None:
    assert [is_asked(p, BAND) for p in (0.0, 0.29, 0.3, 0.89, 0.9, 1.0)] == [False, False, True, True, False, False]


@pytest.mark.parametrize(
    ("given_advice", "standing"),
    [
        (None, Standing.SILENT),
        (advice(None), Standing.NONE_FITS),
        (advice(0), Standing.CONFIRMED),
        (advice(1), Standing.PREFERRED_ANOTHER),
    ],
)
def test_a_view_stands_to_the_first_candidate(given_advice: Advice | None, standing: Standing) -> None:
    assert standing_of(given_advice) is standing


def test_a_measured_confirmation_makes_the_ranker_s_first_candidate_automatic() -> None:
    outcome = weighed(0.8, advice(0), BAND, MEASURED)

    assert outcome.is_automatic
    assert outcome.p == lower_bound(980, 1_000)


def test_where_confirming_was_worth_little_it_stays_a_person_s() -> None:
    outcome = weighed(0.5, advice(0), BAND, MEASURED)

    assert not outcome.is_automatic
    assert outcome.p == lower_bound(70, 100)


def test_disagreement_goes_to_a_person_with_both_views() -> None:
    outcome = weighed(0.85, advice(1), BAND, MEASURED)

    assert (outcome.is_automatic, outcome.p, outcome.preferred) == (False, 0.85, 1)
    assert outcome.standing is Standing.PREFERRED_ANOTHER


@pytest.mark.parametrize("other", [advice(0, model="another"), Advice(index=0, model="tiny", prompt_version="pick-0")])
def test_a_model_or_prompt_that_was_not_measured_changes_nothing(other: Advice) -> None:
    assert joint_probability(0.8, other, MEASURED) == 0.8


def test_confirming_takes_nothing_away() -> None:
    poor = Agreement(
        model="tiny", prompt_version="pick-1", bins=(MeasuredBin(low=0.3, high=0.9, confirmed=10, right=0),)
    )

    assert joint_probability(0.8, advice(0), poor) == 0.8


def test_wilson_s_bound_is_as_published() -> None:
    assert lower_bound(0, 0) == 0.0
    assert lower_bound(0, 10) == 0.0
    assert lower_bound(10, 10) == pytest.approx(0.7225, abs=1e-4)
    assert lower_bound(81, 263) == pytest.approx(0.2553, abs=1e-4)


@given(p=st.floats(0, 1), said=ADVICES)
def test_without_a_measurement_the_outcome_is_the_embedded_coder_s_whoever_advises(
    p: float, said: Advice | None
) -> None:
    embedded = weighed(p, None, BAND)
    outcome = weighed(p, said, BAND)

    assert (outcome.is_automatic, outcome.p) == (embedded.is_automatic, embedded.p)


@given(p=st.floats(0, 1), said=ADVICES)
def test_nothing_is_automatic_but_what_the_ranker_puts_first_and_the_model_confirms(
    p: float, said: Advice | None
) -> None:
    outcome = weighed(p, said, BAND, MEASURED)

    if outcome.is_automatic and p < BAND.automatic_from:
        assert said is not None
        assert said.index == 0
        assert p >= BAND.asked_from
    assert outcome.p >= p
    assert outcome.preferred != 0


@given(said=ADVICES)
def test_what_is_automatic_without_a_model_stays_so(said: Advice | None) -> None:
    assert weighed(0.95, said, BAND, MEASURED).is_automatic


def test_a_silent_adviser_is_no_adviser() -> None:
    assert weighed(0.7, asked(Saying(None)), BAND, MEASURED) == weighed(0.7, None, BAND)


@pytest.mark.parametrize(
    "bad",
    [
        lambda: Question(mention="x", candidates=(), master_version=""),
        lambda: Question(mention="x", candidates=QUESTION.candidates[:1] * 2, master_version=""),
        lambda: Question(
            mention="x", candidates=QUESTION.candidates, master_version="", patient=Patient(age_band_years=77)
        ),
        lambda: Advice(index=12),
        lambda: Advice(index=0, logprob=0.1),
        lambda: Thresholds(asked_from=0.9, automatic_from=0.3),
        lambda: MeasuredBin(low=0.3, high=0.2, confirmed=1, right=1),
        lambda: MeasuredBin(low=0.3, high=0.4, confirmed=1, right=2),
        lambda: Option(key="", name="胃炎"),
    ],
)
def test_what_cannot_be_cannot_be_built(bad: object) -> None:
    assert callable(bad)
    with pytest.raises(ValueError):
        bad()
