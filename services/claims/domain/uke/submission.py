"""A whole submission set read and judged: frame, receipts, their numbers, and the totals.

This is what a UKE file goes through, online and offline. Receipts come out one by one while the bytes go in; whether
the set stands is known only at its end, where GO's totals are compared with what was counted.
"""

from dataclasses import dataclass

from services.claims.domain.uke.assess import assess_text
from services.claims.domain.uke.facts import Assessment, ControlTotals
from services.claims.domain.uke.findings import Finding, Place, Profile, Rule, finding
from services.claims.domain.uke.header import VolumeHeader, VolumeTotals
from services.claims.domain.uke.reader import FrameReport, RawReceipt, SetPart, UkeReader


@dataclass(frozen=True, slots=True)
class ReadReceipt:
    """A receipt of the set: its bytes and place, what they say, and the volume it came in (None where IR is broken)."""

    raw: RawReceipt
    assessment: Assessment
    header: VolumeHeader | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SetReport:
    """The set at its end.

    `findings` are those of the frame and of the totals, at most MOST_FINDINGS; `finding_count` counts all of them.
    `rejected` means that no receipt of the set is accepted. `control` is what was counted over all receipts, rejected
    ones included; `totals` what GO declares, None where it is missing.
    """

    findings: tuple[Finding, ...]
    finding_count: int
    rejected: bool
    header: VolumeHeader | None
    totals: VolumeTotals | None
    control: ControlTotals
    lines: int
    receipts: int
    rejected_receipts: int
    volumes: int


class SubmissionReader:
    """Reads one submission set incrementally: feed chunks, take receipts, finish for the report."""

    def __init__(self, profile: Profile) -> None:
        self._profile = profile
        self._reader = UkeReader(profile)
        self._header: VolumeHeader | None = None
        self._totals: VolumeTotals | None = None
        self._control = ControlTotals(0, 0)
        self._previous_number = 0
        self._begins_volume = True
        self._rejected_receipts = 0

    @property
    def header(self) -> VolumeHeader | None:
        """The head of the volume being read."""
        return self._header

    def feed(self, chunk: bytes) -> list[ReadReceipt]:
        """The receipts that this chunk completes, each assessed."""
        return self._receipts(self._reader.feed(chunk))

    def finish(self) -> tuple[list[ReadReceipt], SetReport]:
        """The receipts that the end of the stream completes, and the report on the set. Call it once, last."""
        parts, frame = self._reader.finish()
        return self._receipts(parts), self._report(frame)

    def _receipts(self, parts: list[SetPart]) -> list[ReadReceipt]:
        receipts = []
        for part in parts:
            match part:
                case RawReceipt():
                    receipts.append(self._receipt(part))
                case VolumeHeader():
                    self._header = part
                    self._begins_volume = True
                case VolumeTotals():
                    self._totals = part
        return receipts

    def _receipt(self, raw: RawReceipt) -> ReadReceipt:
        assessment = assess_text(raw.text, first_line=raw.first_line, profile=self._profile, header=self._header)
        number = assessment.receipt_number
        if number is None:
            self._previous_number += 1  # taken for the next, so that its neighbour is not to blame
        else:
            if number != self._previous_number + 1 and not (self._begins_volume and number == 1):
                place = Place(raw.first_line, "RE", "receipt_number")
                assessment = assessment.with_finding(finding(Rule.RECEIPT_NUMBER, self._profile, place))
            self._previous_number = number
        self._begins_volume = False
        self._control = self._control + assessment.control
        self._rejected_receipts += assessment.rejected
        return ReadReceipt(raw, assessment, self._header)

    def _report(self, frame: FrameReport) -> SetReport:
        # Totals are compared only where every receipt could be read; elsewhere the frame says why not.
        totals = () if frame.rejected else totals_findings(self._totals, self._control, self._profile)
        return SetReport(
            findings=(*frame.findings, *totals),
            finding_count=frame.finding_count + len(totals),
            rejected=frame.rejected or any(each.rejects for each in totals),
            header=self._header,
            totals=self._totals,
            control=self._control,
            lines=frame.lines,
            receipts=frame.receipts,
            rejected_receipts=self._rejected_receipts,
            volumes=frame.volumes,
        )


def totals_findings(declared: VolumeTotals | None, counted: ControlTotals, profile: Profile) -> tuple[Finding, ...]:
    """Where GO's count of payer records or its points are not what the receipts add up to (第1章 3 (4) ク)."""
    if declared is None or not declared.is_last:
        return ()
    pairs = (
        (Rule.TOTAL_COUNT, "count", declared.payer_records, counted.payer_records),
        (Rule.TOTAL_POINTS, "points", declared.points, counted.points),
    )
    return tuple(
        finding(rule, profile, Place(declared.line, "GO", field), f"declared {says}, counted {found}")
        for rule, field, says, found in pairs
        if says != found
    )
