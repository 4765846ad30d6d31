"""What is no diagnosis, on made-up texts and on the mentions of real records (counted, never copied)."""

import csv

import pytest

from services.coding.domain.gate import Gate, gate_of
from services.coding.domain.normalise import normalised
from tests.support.official_data import official_data


@pytest.mark.parametrize(
    ("text", "gate"),
    [
        ("発熱なし", Gate.NEGATED),
        ("発熱無し", Gate.NEGATED),
        ("発熱ない", Gate.NEGATED),
        ("悪性所見否定", Gate.NEGATED),
        ("発熱ありません", Gate.NEGATED),
        ("発熱（－）", Gate.NEGATED),
        ("発熱(-)", Gate.NEGATED),
        ("発熱−", Gate.NEGATED),
        ("胸部聴診異常なし", Gate.NORMAL),
        ("歩行問題なし", Gate.NORMAL),
        ("心音正常", Gate.NORMAL),
        ("食欲良好", Gate.NORMAL),
        ("胃癌の家族歴", Gate.FAMILY),
        ("母が糖尿病", Gate.FAMILY),
        ("脳梗塞の既往歴", Gate.HISTORY),
        ("転倒リスク", Gate.RISK),
        ("低血糖注意", Gate.RISK),
        ("転倒の恐れ", Gate.RISK),
        ("家族歴なし", Gate.FAMILY),
    ],
)
def test_a_text_that_denies_or_tells_of_another_time_or_person_is_no_diagnosis(text: str, gate: Gate) -> None:
    assert gate_of(normalised(text)) is gate


@pytest.mark.parametrize(
    "text",
    [
        "胃癌の疑い",
        "胃癌術後",
        "脳梗塞の既往",
        "高血圧症",
        "正常圧水頭症",
        "不注意",
        "食欲不良好",
        "無月経",
        "呼吸困難の有無",
        "",
    ],
)
def test_suspicion_surgery_and_a_history_at_the_end_are_modifiers_and_no_gate(text: str) -> None:
    assert gate_of(normalised(text)) is Gate.NONE


def test_what_is_negated_or_normal_in_real_records_was_left_uncoded_nine_times_in_ten() -> None:
    path = official_data("mentions", "manbyo_part_a.csv")
    with path.open(encoding="utf-8", newline="") as rows:
        told = [(gate_of(normalised(row["surface"])), row["icd10_2003"], row) for row in csv.DictReader(rows)]
    named = {normalised(row["standard_name"]) for _, _, row in told}
    closed = [icd for gate, icd, row in told if gate in _DENIALS and normalised(row["surface"]) not in named]

    assert len(closed) > 1_000
    assert sum(icd == "-1" for icd in closed) / len(closed) >= 0.90


_DENIALS = {Gate.NEGATED, Gate.NORMAL}
