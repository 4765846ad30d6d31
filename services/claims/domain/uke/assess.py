"""One reading of one receipt: its form judged, its facts taken, its sums compared.

This is the hot path of intake. A well-formed line costs one pattern match; whatever does not match, and only that, is
looked at field by field.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from services.claims.domain.uke.characters import ENCODING, has_nonstandard
from services.claims.domain.uke.codes import receipt_kind
from services.claims.domain.uke.columns import whole_number
from services.claims.domain.uke.donor_rules import donors_are_well_formed
from services.claims.domain.uke.draft import Draft, read_lines
from services.claims.domain.uke.facts import Assessment, ControlTotals
from services.claims.domain.uke.facts_of import facts_of
from services.claims.domain.uke.findings import MOST_FINDINGS, Finding, Place, Profile, Rule, finding
from services.claims.domain.uke.form import Fault
from services.claims.domain.uke.header import VolumeHeader
from services.claims.domain.uke.order import LETTERS, UNKNOWN, order_faults
from services.claims.domain.uke.payer_rules import RULES as PAYER_RULES
from services.claims.domain.uke.receipt_rules import RULES as RECEIPT_RULES
from services.claims.domain.uke.receipt_rules import Case
from services.claims.domain.uke.wire import CRLF, sound_text, wire_faults

MOST_RECEIPT_NUMBER: Final = 999_999
_RULES = (*RECEIPT_RULES, *PAYER_RULES)


def assess(
    receipt: bytes, *, first_line: int = 1, profile: Profile = Profile.STRICT, header: VolumeHeader | None = None
) -> Assessment:
    """Read one receipt: the bytes from its RE record to its last line's CR LF, in cp932.

    `first_line` is the line of RE in its file, for the findings. With `header`, the treatment month is compared with
    the month of the claim. Never raises: whatever the bytes are, the outcome is facts, or findings that reject.
    """
    text = sound_text(receipt)
    if text is None:
        broken = list(wire_faults(receipt, first_line))
        if broken:
            return _outcome(Draft(), (), broken, profile)
        text = receipt.decode(ENCODING)
    return assess_text(text, first_line=first_line, profile=profile, header=header)


def assess_text(text: str, *, first_line: int, profile: Profile, header: VolumeHeader | None) -> Assessment:
    """`assess` for bytes that were proved sound and decoded (see `wire`): whole lines with their CR LF."""
    lines = text.split(CRLF)
    lines.pop()
    draft = Draft()
    kinds = read_lines(draft, lines, first_line)
    faults = draft.faults
    faults.extend(order_faults("".join([LETTERS.get(kind, UNKNOWN) for kind in kinds]), kinds, first_line))
    faults.extend(_case_faults(draft, header))
    if has_nonstandard(text):
        faults.extend(_nonstandard_lines(lines, kinds, first_line))
    return _outcome(draft, lines, faults, profile)


def _case_faults(draft: Draft, header: VolumeHeader | None) -> Iterator[Fault]:
    """The faults of what was read as a whole; nothing where the head does not say what kind of receipt it is."""
    draft.tally.close(draft.faults)
    for donor in draft.donors:
        donor.tally.close(draft.faults)
    kind = receipt_kind(draft.head.kind) if draft.head else None
    if draft.head is None or kind is None:
        return
    case = Case(draft, draft.head, kind, header.claim_month if header else "")
    for rule in _RULES:
        yield from rule(case)
    if draft.donors:
        yield from donors_are_well_formed(case)


def _nonstandard_lines(lines: Sequence[str], kinds: Sequence[str], first_line: int) -> Iterator[Fault]:
    for number, (kind, line) in enumerate(zip(kinds, lines, strict=True), first_line):
        if has_nonstandard(line):
            yield Fault(Rule.OUTSIDE_JIS, Place(number, kind))


def _outcome(draft: Draft, lines: Sequence[str], faults: Sequence[Fault], profile: Profile) -> Assessment:
    findings = judged(faults, profile) if faults else ()
    rejected = any(each.rejects for each in findings)
    return Assessment(
        facts=None if rejected else facts_of(draft, len(lines), profile),
        findings=findings[:MOST_FINDINGS],
        finding_count=len(findings),
        control=_control(draft),
        receipt_number=_receipt_number(draft),
    )


def _receipt_number(draft: Draft) -> int | None:
    """レセプト番号 has six digits (第1章 3 (4) イ); more are no number, and a finding says so."""
    number = whole_number(draft.head.receipt_number) if draft.head else None
    return number if number is not None and number <= MOST_RECEIPT_NUMBER else None


def judged(faults: Iterable[Fault], profile: Profile) -> tuple[Finding, ...]:
    """The faults as findings of this profile, in line order, those of one line in the order of the rules."""
    ordered = sorted(faults, key=lambda fault: fault.place.line)
    return tuple(finding(fault.rule, profile, fault.place, fault.detail) for fault in ordered)


def _control(draft: Draft) -> ControlTotals:
    """What the receipt adds to the set's totals: the insurer's points or, without one, the first programme's."""
    payers = (*((draft.insurer,) if draft.insurer else ()), *draft.programmes)
    return ControlTotals(len(payers), whole_number(payers[0].points) if payers else None)
