"""One receipt looked at as adjudication would: form, sums, price, edits, split. Nothing is stored or follows.

This is what `seikyu check --masters` and CheckUkeFile do, with the functions that decide claims.
"""

from dataclasses import dataclass, field
from datetime import date

from services.claims.application.masters import Masters
from services.claims.domain.adjudication import adjudication_facts
from services.claims.domain.edits.standards import FacilityStandards
from services.claims.domain.examination import Examination, Surroundings, examine
from services.claims.domain.expected_share import expected_share
from services.claims.domain.masters.schedule import MonthSchedule
from services.claims.domain.share.national import NATIONAL
from services.claims.domain.share.programmes import ProgrammeTable
from services.claims.domain.share.split import Workings
from services.claims.domain.treatment import Treatment
from services.claims.domain.uke.assess import assess_text
from services.claims.domain.uke.facts import ReceiptFacts
from services.claims.domain.uke.findings import Finding, Profile
from services.claims.domain.uke.submission import ReadReceipt
from services.claims.domain.uke.treatment_of import treatment_of
from services.shared.kernel.member import canonical_member, canonical_part
from services.shared.kernel.months import Month


@dataclass(frozen=True, slots=True, kw_only=True)
class Readable:
    """A receipt of a set before its fee schedule is asked for.

    `sums` are the findings of arithmetic, which reject nothing: adjudication reduces or returns for them. `facts` and
    `treatment` are None where not even the lenient profile can read the receipt; a receipt that its own profile
    refuses is examined all the same.
    """

    read: ReadReceipt
    sums: tuple[Finding, ...]
    facts: ReceiptFacts | None
    treatment: Treatment | None


@dataclass(frozen=True, slots=True, kw_only=True)
class FullCheck:
    """What would be found in one receipt; `schedule` and `examination` are None where it cannot be read.

    `share` is how its money would be split, None where it would not be accepted (see `domain.expected_share`).
    """

    receipt: Readable
    schedule: MonthSchedule | None
    examination: Examination | None
    share: Workings | None = None


@dataclass(slots=True, kw_only=True)
class FullChecker:
    """Checks the receipts of one set in their order; it remembers the persons seen, to find one claimed twice."""

    standards: FacilityStandards | None = None
    programmes: ProgrammeTable = NATIONAL
    _seen: set[int] = field(default_factory=set)

    def readable(self, read: ReadReceipt) -> Readable:
        """The receipt, and what it states where it can be read."""
        strict = read.assessment.facts
        facts = strict if strict is not None else _leniently(read)
        return Readable(
            read=read,
            sums=() if facts is None else facts.arithmetic,
            facts=facts,
            treatment=None if facts is None else _treatment(read, facts),
        )

    def checked(self, receipt: Readable, schedule: MonthSchedule | None) -> FullCheck:
        """The receipt examined by the schedule of its treatment month; None where there is nothing to examine."""
        if receipt.facts is None or receipt.treatment is None or schedule is None:
            return FullCheck(receipt=receipt, schedule=None, examination=None)
        around = Surroundings(standards=self.standards, has_twin=self._seen_before(receipt.facts))
        examination = examine(receipt.treatment, schedule, around)
        share = None
        if receipt.read.assessment.facts is not None:
            share = expected_share(adjudication_facts(receipt.facts), examination, self.programmes)
        return FullCheck(receipt=receipt, schedule=schedule, examination=examination, share=share)

    def _seen_before(self, facts: ReceiptFacts) -> bool:
        """Whether an earlier receipt of the set is of the same person, month and kind. Only a digest is remembered.

        A person is the first payer's member with a birth date, a sex and a name, as for claims (`messages.person_of`).
        """
        payer = facts.payers[0]
        member = canonical_member(payer.number, payer.symbol, payer.member_number)
        person = (member, facts.birth_date, facts.sex, canonical_part(facts.name))
        key = hash((person, facts.treatment_month, facts.kind.code))
        known = key in self._seen
        self._seen.add(key)
        return known


def known_on(masters: Masters) -> date | None:
    """The day of the last publication among the masters; None where none is loaded."""
    return max((file.published_on for file in masters.files.values()), default=None)


def _leniently(read: ReadReceipt) -> ReceiptFacts | None:
    raw = read.raw
    return assess_text(raw.text, first_line=raw.first_line, profile=Profile.LENIENT, header=read.header).facts


def _treatment(read: ReadReceipt, facts: ReceiptFacts) -> Treatment:
    header = read.header
    return treatment_of(
        facts,
        hospital_code=header.hospital_code if header is not None else "",
        claim_month=_month(header.claim_month) if header is not None else None,
    )


def _month(text: str) -> Month | None:
    """The month, None where it is written wrongly: that is a finding of form."""
    try:
        return Month.parse(text)
    except ValueError:
        return None
