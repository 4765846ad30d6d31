"""Claims of invented households, decided without masters: a test names hospital, member, points and class."""

from services.claims.domain.adjudication import Cover, adjudicate, adjudication_facts
from services.claims.domain.households.reading import KeptClaim
from services.claims.domain.readjudication import Terms, terms_of
from services.claims.domain.share.case import LimitCategory
from services.claims.domain.uke.assess import assess
from services.claims.domain.uke.facts import PayerKind, ReceiptFacts
from services.claims.domain.uke.findings import Profile
from tests.support import uke
from tests.support.examined import NOTHING_EXAMINED

KEY = b"k" * 32
OUTPATIENT, INPATIENT = "1112", "1111"
ELDERLY_OUTPATIENT, ELDERLY_INPATIENT = "1118", "1117"


def receipt_of(
    points: int,
    *,
    kind: str = OUTPATIENT,
    month: str = "202405",
    born: str = "19800101",
    branch: str = "",
    marks: str = "",
    number: int = 1,
    member: str = "４５６",
) -> bytes:
    """A receipt of the insurer 01130012 with one line of these points."""
    head = uke.head(
        receipt_number=str(number),
        kind=kind,
        treatment_month=month,
        birth_date=born,
        special_marks=marks,
        **({"admission_date": f"{month}01"} if kind[3] in "1379" else {}),
    )
    payer = uke.insurer(points=str(points), member_number=member)
    confirmed = [uke.line("SN", bearer="1", confirmation="01", branch=branch)] if branch else []
    return uke.receipt(head, payer, *confirmed, uke.disease(), uke.act(points=str(points)))


def facts_of(receipt: bytes) -> ReceiptFacts:
    """The facts of a receipt whose form holds."""
    read = assess(receipt, profile=Profile.LENIENT)
    assert read.facts is not None, read.findings
    return read.facts


def covers_of(facts: ReceiptFacts, tenths: int = 3, category: LimitCategory | None = None) -> tuple[Cover, ...]:
    """Every payer covers the member."""
    return tuple(
        Cover(
            payer_number=payer.number,
            covered=True,
            reason="COVERED",
            copay_tenths=tenths if payer.kind is PayerKind.INSURER else 0,
            public_programme=payer.kind is PayerKind.PROGRAMME,
            category=category if payer.kind is PayerKind.INSURER else None,
        )
        for payer in facts.payers
    )


def decided(facts: ReceiptFacts, covers: tuple[Cover, ...]) -> Terms:
    """What was decided by what eligibility answered."""
    return terms_of(adjudicate(adjudication_facts(facts), covers, NOTHING_EXAMINED))


def kept_claim(
    name: str,
    receipt: bytes,
    *,
    hospital: str = "1311111111",
    tenths: int = 3,
    category: LimitCategory | None = LimitCategory.U,
) -> KeptClaim:
    """A claim with its first decision."""
    facts = facts_of(receipt)
    covers = covers_of(facts, tenths, category)
    return KeptClaim(
        claim_id=f"clm_{name}",
        hospital_code=hospital,
        decision_id=f"dec_{name}",
        number=1,
        terms=decided(facts, covers),
        facts=facts,
        covers=covers,
    )
