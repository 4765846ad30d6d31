"""What a person may decide of a line: a code with modifiers that may stand in the treatment month, or none. Pure.

The rules are those of `verify`; here each is told with the field that breaks it, so that a reviewer can mend it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum

from services.coding.domain.decompose import MOST_MODIFIERS, Decomposed
from services.coding.domain.identifiers import identifier_in
from services.coding.domain.master import Disease, DiseaseMaster, Modifier, Row
from services.coding.domain.verify import Patient, Refusal, verify
from services.shared.kernel.months import Month

DISEASE_FIELD = "coded.disease_code"
MODIFIERS_FIELD = "coded.modifier_codes"
WHY_FIELD = "why"
NOTE_FIELD = "note"


class RulingOutcome(Enum):
    """What a person decided."""

    CODED = "coded"
    """The text is this disease, with these modifiers."""
    NOT_CODABLE = "not-codable"
    """It is a diagnosis for which the master has no code."""
    NO_DIAGNOSIS = "no-diagnosis"
    """It names no disease of this patient of now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What the reviewer told: an outcome, and where that is CODED a code with modifier codes in any order."""

    outcome: RulingOutcome
    disease_code: str = ""
    modifier_codes: tuple[str, ...] = ()
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ruling:
    """A decision that may stand. `candidate`: the code's place among the candidates from 1; 0: none of them."""

    outcome: RulingOutcome
    disease_code: str
    modifier_codes: tuple[str, ...]
    candidate: int
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Objection:
    """A field that breaks a rule; `rule` is stable for programs."""

    field: str
    rule: str
    description: str


_SAID = {
    Refusal.NOT_LIVE: "may not be used in the treatment month (収載年月日, 廃止年月日)",
    Refusal.MOVED: "has moved to another code (移行先コード)",
    Refusal.NOT_CLAIMABLE: "may not be claimed from health insurance (保険請求外区分)",
    Refusal.NOT_ALONE: "needs a modifier that names the site (単独使用禁止区分)",
    Refusal.SEX: "is kept for the other sex by the classification",
    Refusal.AGE: "names an age, or a pregnancy, that this patient is not in",
}


def ruling_of(
    told: Told, candidates: Sequence[str], master: DiseaseMaster, *, month: Month, patient: Patient
) -> Ruling | tuple[Objection, ...]:
    """The decision, its modifiers in the order of the record format, or everything that speaks against it.

    `candidates`: the codes that the reviewer was shown, best first. Any other decision needs a reason in words.
    """
    is_coded = told.outcome is RulingOutcome.CODED
    place = candidates.index(told.disease_code) + 1 if is_coded and told.disease_code in candidates else 0
    objections = [*_coded_objections(told, month, patient, master)] if is_coded else []
    if not place and not told.why:
        objections.append(Objection(field=WHY_FIELD, rule="required", description="is asked of what is no candidate"))
    objections.extend(objections_to_words(WHY_FIELD, told.why))
    if objections:
        return tuple(objections)
    return Ruling(
        outcome=told.outcome,
        disease_code=told.disease_code,
        modifier_codes=_in_record_order(told.modifier_codes, master),
        candidate=place,
        why=told.why,
    )


def objections_to_words(field: str, words: str) -> tuple[Objection, ...]:
    """Against words of a reviewer's own: what tells who somebody is has no place in them."""
    if identifier_in(words) is None:
        return ()
    return (Objection(field=field, rule="names_nobody", description="seems to tell who somebody is"),)


def _coded_objections(told: Told, month: Month, patient: Patient, master: DiseaseMaster) -> Iterator[Objection]:
    base = _of_month(master.diseases_by_code.get(told.disease_code, ()), month)
    modifiers = [_of_month(master.modifiers_by_code.get(code, ()), month) for code in told.modifier_codes]
    if base is None:
        yield Objection(field=DISEASE_FIELD, rule="unknown", description="is no code of the disease master")
    yield from _modifier_objections(told.modifier_codes, modifiers, month)
    if base is not None and len(modifiers) <= MOST_MODIFIERS:
        known = tuple(modifier for modifier in modifiers if modifier is not None and modifier.is_live(month))
        refusal = verify(Decomposed(base=base, modifiers=known), month, patient)
        if refusal is not None:
            field = MODIFIERS_FIELD if refusal is Refusal.NOT_ALONE else DISEASE_FIELD
            yield Objection(field=field, rule=refusal.value, description=_said(refusal, base))


def _modifier_objections(
    codes: Sequence[str], modifiers: Sequence[Modifier | None], month: Month
) -> Iterator[Objection]:
    if len(codes) > MOST_MODIFIERS:
        yield Objection(field=MODIFIERS_FIELD, rule="most", description=f"has more than {MOST_MODIFIERS} codes")
    for place, (code, modifier) in enumerate(zip(codes, modifiers, strict=True)):
        field = f"{MODIFIERS_FIELD}[{place}]"
        if modifier is None:
            yield Objection(field=field, rule="unknown", description="is no code of the modifier master")
        elif not modifier.is_live(month):
            yield Objection(field=field, rule=Refusal.NOT_LIVE.value, description=_SAID[Refusal.NOT_LIVE])
        elif code in codes[:place]:
            yield Objection(field=field, rule="unique", description="is given twice")


def _said(refusal: Refusal, base: Disease) -> str:
    said = _SAID[refusal]
    return f"{said}: {base.moved_to}" if refusal is Refusal.MOVED else said


def _of_month(rows: Sequence[Row], month: Month) -> Row | None:
    """The row of a code that is live in the month, else the latest; None: no such code."""
    return next((row for row in reversed(rows) if row.is_live(month)), rows[-1] if rows else None)


def _in_record_order(codes: Sequence[str], master: DiseaseMaster) -> tuple[str, ...]:
    """Modifiers before the disease as they were told, then those behind it (記録条件仕様, SY, 修飾語コード)."""
    return tuple(sorted(codes, key=lambda code: master.modifiers_by_code[code][-1].is_suffix))
