from tests.bench.__main__ import percentile
from tests.bench.pages import with_section

PAGE = "# Measured speed\n\n<!-- bench-1000 -->\nold\n<!-- /bench-1000 -->\n\n## Memory\n"


def test_a_sections_figures_replace_its_former_ones_and_nothing_else() -> None:
    assert with_section(PAGE, "bench-1000", "new") == PAGE.replace("old", "new")


def test_a_new_sections_figures_are_added_at_the_end() -> None:
    page = with_section(PAGE, "bench-1500", "new")

    assert page == PAGE + "\n<!-- bench-1500 -->\nnew\n<!-- /bench-1500 -->\n"
    assert with_section(page, "bench-1500", "newer") == page.replace("new\n<", "newer\n<")


def test_a_percentile_is_a_value_that_was_measured() -> None:
    values = [4.0, 1.0, 3.0, 2.0]

    assert [percentile(values, share) for share in (0.0, 0.5, 0.99)] == [1.0, 3.0, 4.0]
    assert percentile([], 0.5) == 0.0
