"""The split of a receipt's yen between its payers and the patient.

The lines are grouped by benefit share (負担区分, 別表21), which names the payers that share a line. Of each group the
insurer bears its ratio; what it leaves (the copay, or everything where no insurer shares the line) is the layer that
the public programmes bear in their order, each leaving the patient what its record declares (公費レコード 負担金額).
What one leaves, the next programme sharing the lines takes; what the last leaves is the patient's. Limits of high-cost
care (高額療養費) are not applied here: see `notes` of a decision.

Nothing but a burden that lies on several shares is ever rounded: a tenth of a point's ten yen is one yen.
健康保険法 第74条, 第76条; 国民健康保険法 第42条; 高齢者の医療の確保に関する法律 第67条.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from services.claims.domain.uke.codes import BENEFIT_SHARES
from services.shared.kernel.money import Points, copay_yen, yen_of

INSURER = 0


@dataclass(frozen=True, slots=True)
class Split:
    """Yen by payer position (0 the insurer, 1 to 4 programmes; each given payer has an entry) and the patient's yen."""

    payer_yen: Mapping[int, int]
    patient_yen: int


def split_yen(share_points: Mapping[str, int], burdens: Mapping[int, int], copay_tenths: int) -> Split:
    """Split the points of each benefit share; `burdens` has each payer's position and declared yen, 0 for none.

    Every share must be a code of 別表21 whose payers are among `burdens`, with points of 0 or more (KeyError or a wrong
    split otherwise; `adjudicate` returns such receipts before). The insurer's own declared burden is not looked at.
    """
    payer_yen = dict.fromkeys(burdens, 0)
    layer: dict[str, int] = {}
    for share, points in share_points.items():
        if INSURER in BENEFIT_SHARES[share]:
            layer[share] = copay_yen(Points(points), copay_tenths)
            payer_yen[INSURER] += yen_of(Points(points)) - layer[share]
        else:
            layer[share] = yen_of(Points(points))
    for position in sorted(burdens):
        if position != INSURER:
            payer_yen[position] = _programme_yen(layer, position, burdens[position])
    return Split(payer_yen, sum(layer.values()))


def _programme_yen(layer: dict[str, int], position: int, burden_yen: int) -> int:
    """What a programme bears of the layers it shares; they are left with the burden it leaves."""
    shared = [share for share in layer if position in BENEFIT_SHARES[share]]
    total = sum(layer[share] for share in shared)
    left = left_to_the_patient_yen(total, burden_yen)
    if len(shared) == 1:
        layer[shared[0]] = left
    elif shared:
        shared.sort()
        parts = apportioned_by_largest_remainder(left, [layer[share] for share in shared])
        layer.update(zip(shared, parts, strict=True))
    return total - left


def left_to_the_patient_yen(layer_yen: int, burden_yen: int) -> int:
    """What a programme leaves of its layer: the declared burden as it stands, at most the layer.

    記録条件仕様 第1章 3 (4) ウ (公費レコード 負担金額). Whether a programme rounds to ten yen is its own rule and was
    applied by the hospital before it declared the amount; it is not rounded again.
    """
    return min(layer_yen, burden_yen)


def apportioned_by_largest_remainder(amount_yen: int, weights: Sequence[int]) -> list[int]:
    """An amount in proportion to weights, whole yen each, to the yen: floors, then one yen each by largest remainder.

    Equal remainders go to the earlier weight. No law or notice found prescribes how a burden lies on lines of different
    benefit shares; this matters only where a later programme shares some of them, and is this platform's own choice.
    The amount must be at most the sum of the weights; then no part exceeds its weight.
    """
    total = sum(weights)
    if total == 0:
        return [0] * len(weights)
    parts = [amount_yen * weight // total for weight in weights]
    by_remainder = sorted(range(len(weights)), key=lambda place: -(amount_yen * weights[place] % total))
    for place in by_remainder[: amount_yen - sum(parts)]:
        parts[place] += 1
    return parts
