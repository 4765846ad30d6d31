"""Faults to plant into the raw records of a receipt: each function takes a sound receipt and gives a faulty one.

What a fault is not about stays right: after a change of lines the payers' points are stated anew, unless the fault is
in the sums. Nothing here knows a master or an edit; codes come from whoever plants.
"""

from tests.support.mutator.raw import (
    BIRTH,
    CODE,
    DISEASE,
    FIRST_COMMENT,
    HO_DAYS,
    HO_MEALS_YEN,
    HO_POINTS,
    MATERIAL_PRICE,
    MODIFIERS,
    MONTH,
    POINTS,
    QUANTITY,
    RawReceipt,
    counted_on,
    days_of,
    record,
    restated,
)


def in_month(receipt: RawReceipt, month: str) -> RawReceipt:
    """The same treatment in another month (YYYYMM)."""
    return receipt.put(1, MONTH, month)


def born(receipt: RawReceipt, day: str) -> RawReceipt:
    """The same treatment of somebody born on another day (YYYYMMDD)."""
    return receipt.put(1, BIRTH, day)


def coded(receipt: RawReceipt, old: str, new: str) -> RawReceipt:
    """A line of treatment or comment with another code."""
    return receipt.put(receipt.line_of(old), CODE, new)


def pointed(receipt: RawReceipt, code: str, points: int, nth: int = 1) -> RawReceipt:
    """A line that states other points, and payers' points that agree with it."""
    return restated(receipt.put(receipt.line_of(code, nth), POINTS, str(points)))


def quantified(receipt: RawReceipt, code: str, quantity: str) -> RawReceipt:
    """A line with another quantity, its points as they were."""
    return receipt.put(receipt.line_of(code), QUANTITY, quantity)


def counted(receipt: RawReceipt, code: str, days: dict[int, int]) -> RawReceipt:
    """A unit of one line counted on other days."""
    line = receipt.line_of(code)
    return restated(receipt.exchange(line, counted_on(receipt.fields(line), days)))


def repeated(receipt: RawReceipt, code: str) -> RawReceipt:
    """A unit of one line that stands twice."""
    line = receipt.line_of(code)
    return restated(receipt.insert(line, receipt.fields(line)))


def removed(receipt: RawReceipt, code: str) -> RawReceipt:
    """A unit of one line taken away."""
    return restated(receipt.exchange(receipt.line_of(code)))


def torn(receipt: RawReceipt, points: dict[str, int]) -> RawReceipt:
    """A unit of many lines torn into units of one line each, with these points."""
    for code, each in points.items():
        receipt = receipt.put(receipt.line_of(code), POINTS, str(each))
    return restated(receipt)


def beheaded(receipt: RawReceipt, first: str, second: str) -> RawReceipt:
    """A unit of two lines without its first; the second opens it and keeps the points it carries."""
    section = receipt.fields(receipt.line_of(first))[1]
    receipt = receipt.exchange(receipt.line_of(first))
    return restated(receipt.put(receipt.line_of(second), 1, section))


def attended(receipt: RawReceipt, days: int) -> RawReceipt:
    """Another number of days (診療実日数) for every payer."""
    return receipt.each(("HO", "KO"), lambda fields: (*fields[:HO_DAYS], str(days), *fields[HO_DAYS + 1 :]))


def declared(receipt: RawReceipt, more: int) -> RawReceipt:
    """The insurer's points stated higher (or lower) than the lines add up to."""
    return receipt.each(
        ("HO",), lambda fields: (*fields[:HO_POINTS], str(int(fields[HO_POINTS]) + more), *fields[HO_POINTS + 1 :])
    )


def fed(receipt: RawReceipt, yen: int) -> RawReceipt:
    """The insurer's yen for meals stated as another amount."""
    return receipt.each(("HO",), lambda fields: (*fields[:HO_MEALS_YEN], str(yen), *fields[HO_MEALS_YEN + 1 :]))


def ill(receipt: RawReceipt, old: str, new: str) -> RawReceipt:
    """A diagnosis under another disease code."""
    return receipt.put(receipt.line_of(old), DISEASE, new)


def modified(receipt: RawReceipt, disease: str, modifiers: str) -> RawReceipt:
    """A diagnosis with other modifiers, or none."""
    return receipt.put(receipt.line_of(disease), MODIFIERS, modifiers)


def priced(receipt: RawReceipt, material: str, yen: str, points: int) -> RawReceipt:
    """A material with another price, and points that follow from it."""
    receipt = receipt.put(receipt.line_of(material), MATERIAL_PRICE, yen)
    return restated(receipt.put(receipt.line_of(material), POINTS, str(points)))


def remarked(receipt: RawReceipt, code: str, comment: str, text: str) -> RawReceipt:
    """A comment beside a line of treatment."""
    line = receipt.line_of(code)
    first = FIRST_COMMENT[receipt.fields(line)[0]]
    return receipt.put(line, first, comment).put(line, first + 1, text)


def said(receipt: RawReceipt, share: str, comment: str, text: str) -> RawReceipt:
    """A comment record at the end."""
    return receipt.insert(len(receipt.records), record("CO", {1: "99", 2: share, 3: comment, 4: text}))


def without(receipt: RawReceipt, kind: str) -> RawReceipt:
    """No records of this kind."""
    return RawReceipt(tuple(fields for fields in receipt.records if fields[0] != kind))


def moved(receipt: RawReceipt, code: str, day: int) -> RawReceipt:
    """A unit of one line done on another day, as often in all."""
    line = receipt.line_of(code)
    fields = receipt.fields(line)
    return receipt.exchange(line, counted_on(fields, {day: sum(days_of(fields).values())}))
