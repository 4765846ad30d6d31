"""The page of planted faults tells what is found now."""

from tests.evals.planted_faults import PAGE, page_of, tried


def test_the_page_tells_what_is_found_now() -> None:
    """`python -m tests.evals.planted_faults --write` brings it up to date."""
    kinds = tried()

    assert all(each.found and each.spared for each in kinds)
    assert PAGE.read_text(encoding="utf-8") == page_of(kinds)
