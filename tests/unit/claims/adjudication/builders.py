"""Builders of receipts' facts and eligibility's answers, so that a test names only what it is about."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from services.claims.domain.adjudication import AdjudicationFacts, BilledPayer, Cover
from services.claims.domain.uke.assess import assess
from services.claims.domain.uke.codes import receipt_kind
from services.claims.domain.uke.facts import PayerKind, ReceiptFacts, Sex
from services.shared.kernel.months import Month
from tests.support import uke

INSURER = "01130012"
PROGRAMMES = ("", "54130018", "51130011", "83136019", "12141024")


def insurer(points: int, *, lines: int | None = None, burden_yen: int | None = None, meals_yen: int = 0) -> BilledPayer:
    """The insurer; its lines add up to what it declares unless told otherwise."""
    return BilledPayer(0, PayerKind.INSURER, INSURER, points, points if lines is None else lines, burden_yen, meals_yen)


def programme(position: int, points: int, *, lines: int | None = None, burden_yen: int | None = None) -> BilledPayer:
    """The programme at this position."""
    kept = points if lines is None else lines
    return BilledPayer(position, PayerKind.PROGRAMME, PROGRAMMES[position], points, kept, burden_yen, 0)


def billed(
    payers: Sequence[BilledPayer], shares: Sequence[tuple[str, int]], marks: tuple[str, ...] = ()
) -> AdjudicationFacts:
    """A receipt of these payers whose lines have these points by benefit share."""
    kind = receipt_kind(f"1{'1' if payers[0].kind is PayerKind.INSURER else '2'}{len(payers)}2")
    assert kind is not None
    return AdjudicationFacts(
        kind=kind,
        month=Month(2024, 5),
        special_marks=marks,
        burden_class="",
        turns_75=False,
        discount_unit_yen=None,
        payers=tuple(payers),
        shares=tuple(shares),
    )


def covered(facts: AdjudicationFacts, copay_tenths: int = 3) -> list[Cover]:
    """Every payer covers the member."""
    return [
        Cover(
            payer_number=payer.number,
            covered=True,
            reason="COVERED",
            copay_tenths=copay_tenths if payer.kind is PayerKind.INSURER else 0,
            public_programme=payer.kind is PayerKind.PROGRAMME,
        )
        for payer in facts.payers
    ]


def refused(cover: Cover, reason: str) -> Cover:
    """The same payer's answer, refusing for this reason."""
    return replace(cover, covered=False, reason=reason)


def patient(
    *texts: str, name: str = "見本　太郎", kana: str = "ミホンタロウ", birth: date = date(1980, 1, 5)
) -> ReceiptFacts:
    """The facts of an invented patient's receipt with these diagnoses as free text."""
    diseases = [uke.disease(disease_code="0000999", name=text, main="") for text in texts]
    head = uke.head(birth_date=f"{birth:%Y%m%d}", sex=Sex.FEMALE.value)
    facts = assess(uke.receipt(head, uke.insurer(), uke.disease(), *diseases, uke.act())).facts
    assert facts is not None
    return replace(facts, name=name, kana=kana)
