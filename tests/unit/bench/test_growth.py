from tests.bench.costs import SERVICES, Weighed, growth_line


def weighed(claims: int, /, **more: int) -> Weighed:
    return Weighed(claims=claims, resident_bytes={name: 100_000_000 + more.get(name, 0) for name in SERVICES})


def test_growth_is_the_slope_of_the_second_half_per_100000_claims() -> None:
    warm = [weighed(number * 1_000, claims=-50_000_000) for number in range(4)]
    later = [weighed(number * 1_000, claims=number * 20_000) for number in range(4, 8)]

    line = growth_line([*warm, *later])

    assert "over the last 3,000 (4 looks)" in line
    assert "claims +2.00, coding +0.00" in line
