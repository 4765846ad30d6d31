from services.claims.domain.control import NONE, Totals, announced_difference, posted_difference

MAY = ("06132013", "202405")
JUNE = ("06132013", "202406")


def totals(parts: int, points: int = 0, yen: int = 0) -> Totals:
    return Totals(parts=parts, points=points, yen=yen)


def test_books_that_agree_differ_by_nothing() -> None:
    book = {MAY: totals(2, 300, 2_100)}

    assert posted_difference(due=book, adjudicated=book, posted=book) == NONE
    assert announced_difference(posted=book, announced=book) == NONE


def test_a_claim_on_its_way_is_no_difference_whether_posted_already_or_not() -> None:
    due, adjudicated = {MAY: totals(1, 100, 700)}, {MAY: totals(2, 300, 2_100)}

    assert posted_difference(due=due, adjudicated=adjudicated, posted=due) == NONE
    assert posted_difference(due=due, adjudicated=adjudicated, posted=adjudicated) == NONE


def test_what_is_due_and_not_posted_is_told_even_where_the_payer_is_unknown_to_settlement() -> None:
    due = {MAY: totals(2, 300, 2_100)}

    assert posted_difference(due=due, adjudicated=due, posted={MAY: totals(1, 100, 700)}) == totals(1, 200, 1_400)
    assert posted_difference(due=due, adjudicated=due, posted={}) == totals(2, 300, 2_100)


def test_what_is_posted_without_being_adjudicated_is_told() -> None:
    assert posted_difference(due={}, adjudicated={}, posted={MAY: totals(1, 100, 700)}) == totals(1, 100, 700)


def test_differences_of_two_months_do_not_make_up_for_one_another() -> None:
    due = {MAY: totals(1, 100, 700), JUNE: totals(1, 100, 700)}

    assert posted_difference(due=due, adjudicated=due, posted={MAY: totals(2, 200, 1_400)}) == totals(2, 200, 1_400)


def test_an_event_too_few_or_too_many_is_told() -> None:
    one, two = {MAY: totals(1, 100, 700)}, {MAY: totals(2, 200, 1_400)}

    assert announced_difference(posted=two, announced=one) == totals(1, 100, 700)
    assert announced_difference(posted=one, announced=two) == totals(1, 100, 700)
