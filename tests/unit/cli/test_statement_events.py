"""What `seikyu household events` shows of a payer's statements, and where it reads them."""

from io import StringIO

from rich.console import Console
from seikyu.claims.v1.household_pb2 import (
    HouseholdMonthStatement,
    HouseholdStated,
    HouseholdStatement,
    HouseholdYearStatement,
)

from services.cli.households import statements_table
from services.cli.payer_topics import PayerTopicKind

MEMBER = "1d2c" * 8


def shown(*found: HouseholdStated) -> list[str]:
    paper = StringIO()
    Console(width=200, file=paper).print(statements_table(found, "statements.01130012"))
    return paper.getvalue().splitlines()


def test_each_version_is_a_row_with_its_number_its_member_and_what_comes_back() -> None:
    month = HouseholdMonthStatement(refund_yen=29_000, left_yen=83_430)
    statement = HouseholdStatement(statement_id="hst_a", payer_member_key=MEMBER, since="202405", month=month)

    told = shown(HouseholdStated(sequence=7, number=2, statement=statement))

    (row,) = [each.split() for each in told if "hst_a" in each]
    assert row == ["7", "hst_a", MEMBER, "2024-05", "2", "112,430", "29,000", "83,430"]


def test_a_years_statement_of_a_member_that_nobody_could_name_is_shown_as_such() -> None:
    year = HouseholdYearStatement(refund_yen=0, left_yen=36_000)
    statement = HouseholdStatement(statement_id="hst_b", since="202308", year=year)

    told = shown(HouseholdStated(sequence=8, number=1, statement=statement))

    (row,) = [each.split() for each in told if "hst_b" in each]
    assert row == ["8", "hst_b", "-", "year", "from", "2023-08", "1", "36,000", "0", "36,000"]


def test_credentials_of_an_earlier_release_lead_to_the_same_topics() -> None:
    assert [(each.value, each.prefix) for each in PayerTopicKind] == [
        ("topic", "settlement"),
        ("statements_topic", "statements"),
    ]
