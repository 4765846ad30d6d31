"""Whether the banks and branches that a file names are assigned to anybody. Pure: the list is an argument."""

from collections.abc import Container, Iterator, Mapping

from services.settlement.domain.bank.layouts import LAYOUTS, Record
from services.settlement.domain.bank.records import Checked, Row, Violation, violation

Banks = Mapping[str, Container[str]]
"""Each bank's code with the codes of its branches."""


def unassigned(found: Checked, banks: Banks) -> Iterator[Violation]:
    """Of each header and of each data record that names one: the bank, else the branch, that nobody has."""
    layout = LAYOUTS[found.kind]
    for group in found.groups:
        yield from _of_row(group.header, layout.header, banks)
        if "bank" in layout.data.by_name:
            for row in group.data:
                yield from _of_row(row, layout.data, banks)


def _of_row(row: Row, kind: Record, banks: Banks) -> Iterator[Violation]:
    branches = banks.get(row["bank"])
    if branches is None:
        yield violation(row.place, (kind["bank"].at, "bank"), "assigned", "is the code of no bank")
    elif row["branch"] not in branches:
        yield violation(row.place, (kind["branch"].at, "branch"), "assigned", "is the code of no branch of the bank")
