import os
import subprocess
import sys

import pytest

from services.claims.domain.share.case import AgeClass, LimitCategory, LongTerm, ShareCase, SharePayer
from services.claims.domain.share.split import workings
from services.claims.domain.share.words import assumptions_of, steps_of, window_payment_yen
from services.shared.kernel.months import Month
from tests.unit.claims.share.cases import ELDERLY, INPATIENT, LATE, NEW, PLAIN, with_programmes

C = LimitCategory


def _arithmetic(case: ShareCase) -> list[str]:
    return [step.arithmetic for step in steps_of(workings(case))]


def _assumptions(case: ShareCase) -> str:
    return " ".join(each.english for each in assumptions_of(workings(case)))


def test_a_limit_is_told_with_its_arithmetic() -> None:
    assert _arithmetic(INPATIENT._replace(points={"1": 36_452}, category=C.U))[:2] == [
        "36,452 points x 10 yen x 3/10 = 109,356",
        "80,100 + (364,520 - 267,000) x 1 % = 81,075",
    ]


def test_each_layer_is_told_and_then_all_of_them() -> None:
    case = with_programmes(INPATIENT, {"1": 110_000, "2": 10_000}, SharePayer(1, "10"))._replace(category=C.A)

    assert _arithmetic(case) == [
        "10,000 points x 10 yen x 3/10 = 30,000",
        "80,100",
        "110,000 points x 10 yen x 3/10 = 330,000",
        "252,600 + (1,100,000 - 842,000) x 1 % = 255,180",
        "30,000 - 25,000 = 5,000; its rule: 100,000 x 5 %",
        "260,180 > 252,600 + (1,200,000 - 842,000) x 1 % = 256,180",
        "",
        "256,180",
    ]


def test_the_lower_limit_and_the_half_are_named() -> None:
    case = ELDERLY._replace(setting=INPATIENT.setting, points={"1": 20_000}, category=C.ELDERLY_GENERAL)

    (told,) = [each for each in _arithmetic(case._replace(multi=True, turns_75=True)) if "fourth" in each]
    assert told == "22,200 from the fourth month on (多数回該当) (half: month of the 75th birthday)"


def test_relief_is_told_with_its_ceiling() -> None:
    case = LATE._replace(month=Month(2025, 9), points={"1": 8_000})

    assert "6,000 + (80,000 - 30,000) x 10 %, at most 18,000 = 11,000" in _arithmetic(case)


def test_what_is_left_of_one_limit_is_said_to_be_that() -> None:
    case = with_programmes(PLAIN, {"1": 5_000, "2": 2_000}, SharePayer(1, "15130012", limit_yen=5_000))

    assert "what is left of 10,000" in _arithmetic(case._replace(long_term=LongTerm.STANDARD))


def test_legacy_and_local_programmes_are_told() -> None:
    case = with_programmes(ELDERLY, {"2": 1_000}, SharePayer(1, "83130012", burden_yen=100))._replace(legacy_tenth=True)
    told = steps_of(workings(case))

    assert [step.yen for step in told if "指定公費" in step.japanese] == [1_000]
    assert [step.yen for step in told if "第一公費 (" in step.japanese] == [100]


def test_the_window_rounds_the_ratio_and_not_a_limit() -> None:
    assert window_payment_yen(workings(PLAIN._replace(points={"1": 1_235}))) == 3_710
    assert window_payment_yen(workings(INPATIENT._replace(points={"1": 36_452}, category=C.U))) == 81_075


def test_what_was_taken_for_granted_is_said() -> None:
    assert _assumptions(PLAIN) == "no class is known, so no limit by class holds"
    assert "一般 was taken" in _assumptions(ELDERLY)
    assert "divides it and the band is not known" in _assumptions(PLAIN._replace(month=Month(2027, 8), category=C.U))
    assert "85,800 yen [S]" in _assumptions(PLAIN._replace(month=NEW, category=C.U))
    assert "programme 83" not in _assumptions(PLAIN)
    assert "not listed" in _assumptions(with_programmes(PLAIN, {"2": 10}, SharePayer(1, "83130012", 0)))
    assert not _assumptions(PLAIN._replace(category=C.U, age=AgeClass.GENERAL))


_TWO_LIMITS_OF_ONE_FIGURE = """
from services.claims.domain.share.case import LimitCategory, SharePayer
from services.claims.domain.share.split import workings
from services.claims.domain.share.words import assumptions_of
from tests.unit.claims.share.cases import ELDERLY, NEW, with_programmes

case = with_programmes(ELDERLY, {"1": 30_000, "2": 30_000}, SharePayer(1, "21136018"))
told = assumptions_of(workings(case._replace(month=NEW, category=LimitCategory.ELDERLY_GENERAL)))
print([each.english[:14] for each in told])
"""


@pytest.mark.parametrize("seed", ["1", "4"], ids=["one order of hashes", "another order of hashes"])
def test_limits_of_one_figure_are_told_in_the_same_order_in_every_process(seed: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", _TWO_LIMITS_OF_ONE_FIGURE],
        env=os.environ | {"PYTHONHASHSEED": seed, "PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        check=True,
        text=True,
    )

    assert done.stdout == "['22,000 yen [S]', '22,000 yen [U]']\n"
