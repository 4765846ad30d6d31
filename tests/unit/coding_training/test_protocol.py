import math
from datetime import date

import pytest

from services.coding.domain.master import Disease, DiseaseMaster
from services.coding.domain.normalise import normalised
from services.coding.training.labelled import BadMentions, Labelled, read_labelled
from services.coding.training.metrics import Ranked, automatic, calibration_error, coverage, share
from services.coding.training.splits import Split, parted

HEADER = "surface,icd10_2003,standard_name\n"


def disease(code: str, name: str, icd10: str) -> Disease:
    return Disease(
        code=code,
        name=name,
        abbreviation=name,
        kana="",
        icd10=icd10,
        valid_from=date(2002, 6, 1),
        valid_to=date.max,
    )


PAIN = disease("8838060", "疼痛", "R529")
PIMPLE = disease("7061001", "ざ瘡", "L709")
MASTER = DiseaseMaster("test", [PAIN, PIMPLE])


def read(lines: str) -> tuple[Labelled, ...]:
    return read_labelled((HEADER + lines).encode(), MASTER)


def test_the_gold_icd10_is_the_masters_and_not_the_files() -> None:
    (read_back,) = read("痛み,R520,疼痛\n")

    assert read_back == Labelled(text=normalised("痛み"), gold=PAIN)


def test_a_mention_marked_as_not_codable_has_no_gold() -> None:
    (read_back,) = read("視野正常,-1,-1\n")

    assert read_back.gold is None


@pytest.mark.parametrize(
    "lines",
    [
        "疼痛,R529,疼痛\n",
        "疼痛,-1,疼痛\n",
        "知らない病気,R529,知らない標準病名\n",
        "にきび,L709,ざ瘡\nにきび,R529,疼痛\n",
        "いたい,-1,-1\nいたい,R529,疼痛\n",
    ],
)
def test_names_of_the_master_unknown_standards_and_mentions_of_two_diseases_are_left_out(lines: str) -> None:
    assert read(lines) == ()


@pytest.mark.parametrize("content", [b"a,b,c\n", HEADER.encode() + b"a,b\n", b"\xff\xfe"])
def test_a_file_of_another_form_is_refused(content: bytes) -> None:
    with pytest.raises(BadMentions):
        read_labelled(content, MASTER)


def many(count: int) -> list[Labelled]:
    golds = [disease(f"{number:07}", f"病名{number}", "R529") for number in range(count // 4)]
    return [Labelled(text=f"言葉{number}", gold=golds[number % len(golds)]) for number in range(count)]


@pytest.mark.parametrize("split", Split)
def test_every_mention_is_in_one_part_and_the_parts_have_their_shares(split: Split) -> None:
    parts = parted(many(8000), split)

    assert len(parts.train) + len(parts.development) + len(parts.test) == 8000
    assert len(parts.test) == pytest.approx(1600, rel=0.15)
    assert len(parts.development) == pytest.approx(800, rel=0.25)


@pytest.mark.parametrize("split", Split)
def test_more_mentions_move_none_to_another_part(split: Split) -> None:
    mentions = many(2000)

    few = parted(mentions[:1000], split)
    more = parted(mentions, split)

    assert set(few.test) <= set(more.test)
    assert set(few.train) <= set(more.train)


def test_no_disease_that_is_measured_was_learned_in_the_grouped_split() -> None:
    parts = parted(many(4000), Split.GROUPED)
    learned = {each.gold.code for each in (*parts.train, *parts.development) if each.gold is not None}

    assert not learned & {each.gold.code for each in parts.test if each.gold is not None}


def ranked(p: float, *, right: bool, gold: str = "R529") -> Ranked:
    icd10 = ("R529", "L709") if right else ("L709", "R529")
    codes = ("8838060", "7061001") if right else ("7061001", "8838060")
    return Ranked(gold_code="8838060", gold_icd10=gold, codes=codes, icd10=icd10, p=p)


def test_a_share_has_its_value_and_an_interval_around_it() -> None:
    answers = [ranked(0.5, right=number % 4 != 0) for number in range(400)]

    found = share(answers, lambda each: each.has_icd10(1))

    assert found.value == 0.75
    assert 0.69 < found.low < 0.75 < found.high < 0.81
    assert found == share(answers, lambda each: each.has_icd10(1))


def test_top_five_counts_what_stands_second() -> None:
    assert not ranked(0.5, right=False).has_code(1)
    assert ranked(0.5, right=False).has_code(5)
    assert ranked(0.5, right=False).has_icd10(5)


def test_the_category_is_the_first_three_characters() -> None:
    assert ranked(0.5, right=True, gold="R520").has_category()
    assert not ranked(0.5, right=True, gold="R52").has_icd10(1)
    assert not ranked(0.5, right=True, gold="").has_category()


def test_coverage_is_what_lies_above_the_least_threshold_that_is_precise_enough() -> None:
    answers = [ranked(0.9, right=True)] * 19 + [ranked(0.8, right=False)] + [ranked(0.1, right=False)] * 20

    assert automatic(answers) == (0.8, 0.5)
    assert automatic(answers, precision=0.96) == (0.9, 0.475)
    assert 0.3 < coverage(answers).low <= 0.5 <= coverage(answers).high < 0.7


def test_answers_of_equal_probability_are_accepted_together_or_not_at_all() -> None:
    answers = [ranked(0.9, right=True), ranked(0.9, right=False)]

    assert automatic(answers) == (math.inf, 0.0)


def test_the_calibration_error_is_the_mean_distance_of_what_is_told_from_what_is_true() -> None:
    answers = [ranked(0.95, right=True)] * 9 + [ranked(0.95, right=False)] + [ranked(0.25, right=False)] * 10

    assert calibration_error(answers, lambda each: each.p) == pytest.approx((0.05 + 0.25) / 2)


def test_there_is_no_share_of_nothing() -> None:
    with pytest.raises(ValueError):
        share([], lambda each: each.has_icd10(1))
