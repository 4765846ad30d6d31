"""The frame records of a volume as facts: who claims for which month (IR), and what the set adds up to (GO)."""

from collections.abc import Iterator
from dataclasses import dataclass

from services.claims.domain.uke.findings import Place, Rule
from services.claims.domain.uke.form import Fault, line_faults
from services.claims.domain.uke.records import InstitutionRecord, TotalsRecord
from services.shared.kernel.check_digits import check_digit_fits

FIRST_VOLUME = "00"
LAST_VOLUME = "99"


@dataclass(frozen=True, slots=True, kw_only=True)
class VolumeHeader:
    """IR: the claiming institution, the agency (1 支払基金, 2 国保連), the month of the claim (YYYYMM), the volume."""

    line: int
    agency: str
    prefecture: str
    score_table: str
    institution_code: str
    claim_month: str
    volume: str

    @property
    def hospital_code(self) -> str:
        """The institution's ten digits: prefecture, 点数表 and 医療機関コード."""
        return f"{self.prefecture}{self.score_table}{self.institution_code}"


@dataclass(frozen=True, slots=True, kw_only=True)
class VolumeTotals:
    """GO: the set's payer records and points, None where they are not stated, and the volume's closing number."""

    line: int
    payer_records: int | None
    points: int | None
    volume: str

    @property
    def is_last(self) -> bool:
        """Whether this closes the set."""
        return self.volume == LAST_VOLUME


def header_of(line: str, number: int) -> tuple[VolumeHeader, tuple[Fault, ...]]:
    """The header that an IR line states, and what is wrong with the line."""
    record = InstitutionRecord(tuple(line.split(",")), number)
    header = VolumeHeader(
        line=number,
        agency=record.agency,
        prefecture=record.prefecture,
        score_table=record.score_table,
        institution_code=record.institution_code,
        claim_month=record.claim_month,
        volume=record.volume,
    )
    return header, (*line_faults(record.layout, record.fields, number), *_institution_faults(header))


def _institution_faults(header: VolumeHeader) -> Iterator[Fault]:
    if not check_digit_fits(header.hospital_code):
        yield Fault(Rule.CHECK_DIGIT, Place(header.line, "IR", "institution_code"))


def totals_of(line: str, number: int) -> tuple[VolumeTotals, tuple[Fault, ...]]:
    """The totals that a GO line states, and what is wrong with the line."""
    record = TotalsRecord(tuple(line.split(",")), number)
    totals = VolumeTotals(line=number, payer_records=record.count, points=record.points, volume=record.volume)
    return totals, (*line_faults(record.layout, record.fields, number), *_presence_faults(totals))


def _presence_faults(totals: VolumeTotals) -> Iterator[Fault]:
    for name, value in (("count", totals.payer_records), ("points", totals.points)):
        if (value is None) == totals.is_last:
            yield Fault(Rule.VOLUME_TOTALS, Place(totals.line, "GO", name))
