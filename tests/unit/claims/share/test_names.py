import pytest

from services.claims.domain.share.case import LimitCategory
from services.claims.domain.share.names import category_named
from services.claims.domain.share.ratio import CopayClass

C = LimitCategory


@pytest.mark.parametrize("category", list(LimitCategory))
def test_a_class_answers_to_its_official_word_and_to_the_contracts_name(category: LimitCategory) -> None:
    assert category_named(category.value) == (category, 0, None)
    assert category_named(category.name.lower()) == (category, 0, None)


@pytest.mark.parametrize(
    ("text", "category"),
    [
        ("区ア", C.A),
        ("区オ", C.O),
        ("現役並みIII", C.ELDERLY_ACTIVE_3),
        ("現役並み３", C.ELDERLY_ACTIVE_3),
        ("現役3", C.ELDERLY_ACTIVE_3),
        ("現役Ⅱ", C.ELDERLY_ACTIVE_2),
        ("現役並み 1", C.ELDERLY_ACTIVE_1),
        ("低所得2", C.ELDERLY_LOW_2),
        ("低1", C.ELDERLY_LOW_1),
        ("低Ⅱ", C.ELDERLY_LOW_2),
    ],
)
def test_a_class_answers_to_what_clerks_write(text: str, category: LimitCategory) -> None:
    assert category_named(text) == (category, 0, None)


@pytest.mark.parametrize(
    ("text", "category", "band"),
    [("ア1", C.A, 1), ("ウ-3", C.U, 3), ("エ２", C.E, 2), ("現役並みⅢ-2", C.ELDERLY_ACTIVE_3, 2)],
)
def test_a_band_stands_behind_the_class(text: str, category: LimitCategory, band: int) -> None:
    assert category_named(text) == (category, band, None)


@pytest.mark.parametrize(
    ("text", "copay_class"),
    [
        ("一般Ⅰ", CopayClass.STANDARD),
        ("区キ", CopayClass.STANDARD),
        ("一般Ⅱ", CopayClass.LATE_ELDERLY_TWO),
        ("区カ", CopayClass.LATE_ELDERLY_TWO),
    ],
)
def test_the_two_general_classes_of_75_and_over_tell_the_ratio_beside_the_limit(
    text: str, copay_class: CopayClass
) -> None:
    assert category_named(text) == (C.ELDERLY_GENERAL, 0, copay_class)


@pytest.mark.parametrize("text", ["", "カ", "ア4", "Ⅰ", "3"])
def test_another_word_is_refused_with_the_classes_that_there_are(text: str) -> None:
    with pytest.raises(ValueError, match="現役並みⅢ"):
        category_named(text)
