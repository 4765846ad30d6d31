"""Yen of each benefit share, by hand."""

from services.claims.domain.split import apportioned_by_largest_remainder, split_yen


def test_lines_of_the_insurer_alone_leave_the_patient_the_copay() -> None:
    split = split_yen({"1": 101}, {0: 0}, 3)

    assert (split.payer_yen, split.patient_yen) == ({0: 707}, 303)


def test_a_programme_takes_the_copay_but_the_declared_burden() -> None:
    split = split_yen({"2": 100}, {0: 0, 1: 250}, 3)

    assert (split.payer_yen, split.patient_yen) == ({0: 700, 1: 50}, 250)


def test_a_burden_above_the_layer_leaves_the_programme_nothing() -> None:
    split = split_yen({"2": 100}, {0: 0, 1: 2500}, 2)

    assert (split.payer_yen, split.patient_yen) == ({0: 800, 1: 0}, 200)


def test_lines_a_programme_does_not_share_are_the_patients_and_the_insurers() -> None:
    split = split_yen({"1": 12_965, "2": 677}, {0: 0, 1: 1354}, 3)

    assert (split.payer_yen, split.patient_yen) == ({0: 95_494, 1: 677}, 12_965 * 3 + 1354)


def test_a_programme_alone_bears_all_ten_tenths() -> None:
    split = split_yen({"5": 569}, {1: 0}, 10)

    assert (split.payer_yen, split.patient_yen) == ({1: 5690}, 0)


def test_a_programmes_own_line_beside_the_insurer_costs_the_insurer_nothing() -> None:
    split = split_yen({"1": 100, "5": 50}, {0: 0, 1: 100}, 3)

    assert (split.payer_yen, split.patient_yen) == ({0: 700, 1: 400}, 300 + 100)


def test_what_the_first_programme_leaves_the_second_takes_but_its_own_burden() -> None:
    split = split_yen({"4": 1000}, {0: 0, 1: 2000, 2: 500}, 3)

    assert (split.payer_yen, split.patient_yen) == ({0: 7000, 1: 1000, 2: 1500}, 500)


def test_a_burden_on_several_shares_lies_on_them_in_proportion() -> None:
    split = split_yen({"2": 100, "4": 200}, {0: 0, 1: 100, 2: 0}, 3)

    assert (split.payer_yen, split.patient_yen) == ({0: 2100, 1: 800, 2: 67}, 33)


def test_the_yen_over_goes_to_the_largest_remainder_and_of_equals_to_the_first() -> None:
    assert apportioned_by_largest_remainder(100, [300, 600]) == [33, 67]
    assert apportioned_by_largest_remainder(1, [5, 5]) == [1, 0]
    assert apportioned_by_largest_remainder(0, [0, 0]) == [0, 0]
