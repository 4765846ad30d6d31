"""Tests counted together (包括対象検査): from a number of items on, their group has one price.

医科診療行為マスター 項番16. The points by number stand in no master; they come from `dated.BUNDLES`.
"""

from services.claims.domain.pricing.dated import BundleRow
from services.claims.domain.pricing.priced import Unpriced


def bundle_points(items: int, row: BundleRow | None) -> int | Unpriced | None:
    """Points of so many items of a group as one; None where each counts on its own, as one item always does."""
    if items == 1:
        return None
    if row is None:
        return Unpriced.BUNDLE_NOT_KNOWN
    for at_least, points in reversed(row.steps):
        if items >= at_least:
            return points
    return None
