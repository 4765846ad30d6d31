"""What `find` answers: one edit's word on one line, with what a reduction leaves."""

from typing import NamedTuple

from services.claims.domain.edits.edit import Edit


class EditFinding(NamedTuple):
    """One edit's word on one line (`Line.number`; 0 for the whole receipt).

    `detail` holds no personal data. Points are those of the line's unit for the whole month (points × times), before
    and after a reduction; both are None for other findings, and `points_after` alone where a machine cannot say what
    is left: then a person must. `unit` is the unit's place in the treatment.
    """

    edit: Edit
    line: int
    detail: str
    points_before: int | None = None
    points_after: int | None = None
    unit: int | None = None
