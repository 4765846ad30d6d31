"""Local and national programmes in the form of the contract."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Final

from seikyu.claims.v1 import programme_service_pb2 as wire

from services.claims.application.programmes import Imported
from services.claims.domain.faulty_rows import FaultyRows
from services.claims.domain.share.programmes import LAW_DIGITS, LeftRounding, LimitOrder, Programme
from services.claims.domain.share.told import KnownProgrammes
from services.shared.chassis.instants import timestamp
from services.shared.kernel.months import Month

_ORDERS: Final = {each: wire.LimitOrder.Value(f"LIMIT_ORDER_{each.name}") for each in LimitOrder}
_ROUNDINGS: Final = {each: wire.LeftRounding.Value(f"LEFT_ROUNDING_{each.name}") for each in LeftRounding}


def import_answer(taken: Imported | FaultyRows) -> wire.ImportProgrammesResponse:
    """What became of a file."""
    if isinstance(taken, FaultyRows):
        errors = [wire.ProgrammeRowError(line=each.line, column=each.column, rule=each.rule) for each in taken.errors]
        return wire.ImportProgrammesResponse(accepted=False, errors=errors, error_count=taken.error_count)
    return wire.ImportProgrammesResponse(
        accepted=True, rows=taken.rows, numbers=taken.numbers, changed_numbers=taken.changed
    )


def listed(known: KnownProgrammes, month: Month | None) -> list[wire.Programme]:
    """The local rows, those of one month where it is given."""
    return [
        _programme(row, told.known_at)
        for told in known.told
        for row in told.rows
        if month is None or row.holds_in(month)
    ]


def shown(known: KnownProgrammes, number: str, month: Month) -> wire.ShowProgrammeResponse:
    """The rows of a number and of what it begins with, and which of them the split takes."""
    told_at = {row: told.known_at for told in known.told for row in told.rows}
    rows = list(_rows_of(known, number))
    taken = known.table.find(number, month)
    places = [place for place, row in enumerate(rows) if row is taken]
    return wire.ShowProgrammeResponse(
        programmes=[_programme(row, told_at.get(row)) for row in rows], in_force=places[0] if places else -1
    )


def _rows_of(known: KnownProgrammes, number: str) -> Iterable[Programme]:
    return [
        row for length in range(len(number), LAW_DIGITS - 1, -1) for row in known.table.rows.get(number[:length], ())
    ]


def in_batches(programmes: list[wire.Programme], most: int) -> Iterator[wire.ListProgrammesResponse]:
    """The rows in messages of at most so many."""
    for at in range(0, len(programmes), most):
        yield wire.ListProgrammesResponse(programmes=programmes[at : at + most])


def _programme(row: Programme, known_at: datetime | None) -> wire.Programme:
    return wire.Programme(
        number=row.number,
        name=row.name,
        percent=row.percent,
        inpatient_limit_yen=row.inpatient_limit_yen,
        outpatient_limit_yen=row.outpatient_limit_yen,
        limit_order=_ORDERS[row.order],
        rounding=_ROUNDINGS[row.rounding],
        since=str(row.since or ""),
        until=str(row.until or ""),
        source=row.source,
        source_mark=row.mark.value,
        known_time=None if known_at is None else timestamp(known_at),
    )
