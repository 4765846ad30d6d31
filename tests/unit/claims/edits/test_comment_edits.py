"""What stands beside a comment's code."""

from dataclasses import replace

import pytest

from services.claims.domain.edits.find import find
from tests.unit.claims.edits.builders import TEST, Rows, case, ids, master_comment, receipt, said, unit
from tests.unit.claims.pricing.builders import act, done


@pytest.mark.parametrize(
    ("code", "right", "wrong"),
    [
        ("810000001", "経過良好", ""),
        ("820000002", "", "自費から"),
        ("830181200", "右", ""),
        ("831110002", "１４０００５６１０", "６２０００００００"),
        ("842100057", "３", "三"),
        ("850100186", "５０２０９１１", "５０２１３１１"),
        ("850100186", "４３１０４３０", "２０２００９１１"),
        ("851100004", "０５４５", "２４００"),
        ("852100007", "０００７５", "７５"),
        ("853100001", "０１１１１１", "３２１１１１"),
        ("880100013", "５０４１１０１００００１０．５", "５０４１１０１"),
        ("890000001", "２０５６１０６６", "２０５６１０６"),
    ],
)
def test_a_comment_has_the_form_of_its_pattern(code: str, right: str, wrong: str) -> None:
    """別紙6-1, its own examples."""
    rows = Rows(acts=[act(TEST, "100.00")], comments=[master_comment(code)])
    treated = receipt(unit(done(TEST), points=100))

    assert ids(case(rows, replace(treated, comments=(said(code, right),)))) == []
    expected = "comment.text-form" if wrong else "comment.text-missing"
    assert ids(case(rows, replace(treated, comments=(said(code, wrong),)))) == [expected]


@pytest.mark.parametrize(("text", "fits"), [("０６", True), ("６", False), ("０６０", False), ("ＡＢ", False)])
def test_digits_are_as_many_as_the_places_they_are_set_into(text: str, fits: bool) -> None:
    """別紙6-1 5: 840000015 外泊　　日, two digits from column 3."""
    rows = Rows(acts=[act(TEST, "100.00")], comments=[master_comment("840000015", {10: "3", 11: "2"})])
    treated = replace(receipt(unit(done(TEST), points=100)), comments=(said("840000015", text),))

    assert ids(case(rows, treated)) == ([] if fits else ["comment.text-form"])


def test_the_text_itself_is_never_repeated() -> None:
    rows = Rows(acts=[act(TEST, "100.00")], comments=[master_comment("850100186")])
    treated = replace(receipt(unit(done(TEST), points=100)), comments=(said("850100186", "架空太郎"),))

    assert all("架空" not in each.detail for each in find(case(rows, treated)))
