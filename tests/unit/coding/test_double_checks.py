from services.coding.domain.double_checks import is_double_checked

LINES = [(f"clm_{claim:032x}", "evt_1", line) for claim in range(5_000) for line in (1, 2)]


def sampled(share: float) -> set[tuple[str, str, int]]:
    return {line for line in LINES if is_double_checked(*line, share)}


def test_about_the_asked_share_is_looked_at_and_the_same_lines_each_time() -> None:
    assert 0.04 * len(LINES) < len(sampled(0.05)) < 0.06 * len(LINES)
    assert sampled(0.05) == sampled(0.05)


def test_a_larger_share_holds_a_smaller_one() -> None:
    assert sampled(0.01) < sampled(0.05)


def test_no_share_is_nobody_and_the_whole_is_everybody() -> None:
    assert sampled(0.0) == set()
    assert len(sampled(1.0)) == len(LINES)
