"""The split of a receipt's yen between its insurer, its public programmes in their order, and the patient.

In this order: the insurer's ratio; the limit of high-cost care over each pool of lines that one limit holds for; the
national programmes; the class's limit over what they and the rest leave (合算 within the receipt); 指定公費; the local
programmes. What one leaves the next takes; what the last leaves is the patient's. What a limit cuts, the insurer bears.

健康保険法 第74条, 第76条, 第115条; 同施行令 第41条, 第42条, 第43条; 国民健康保険法 第42条; 高齢者の医療の確保に関する
法律 第67条.
Nothing is rounded but the 1 % part of a limit and what a programme leaves by percentage.
"""

from collections.abc import Sequence
from typing import NamedTuple

from services.claims.domain.share.apportion import by_largest_remainder
from services.claims.domain.share.case import INSURER, LongTerm, ShareCase, SharePayer, ShareSplit
from services.claims.domain.share.limits import Limit, class_limit, limit_yen
from services.claims.domain.share.national import NATIONAL
from services.claims.domain.share.pools import Given, Pool, pools_of
from services.claims.domain.share.programmes import LimitOrder, Programme, ProgrammeTable, left_by_rule_yen
from services.claims.domain.share.tables import relief_in, table_for
from services.claims.domain.uke.codes import BENEFIT_SHARES
from services.shared.kernel.money import YEN_PER_POINT

INSURER_ALONE = "1"
"""負担区分 of lines that the insurer alone shares."""
LEGACY_TENTHS = 1
"""What 指定公費 leaves (born 1944-04-01 or earlier: 一部負担金等の軽減特例措置)."""


class Taking(NamedTuple):
    """What one programme left of its lines: their cost, what was there to be borne, what it leaves of that."""

    position: int
    programme: Programme
    cost_yen: int
    layer_yen: int
    left_yen: int


class Aggregation(NamedTuple):
    """The class's limit over what programmes and the rest leave: the pools that enter (governors), cost and limit."""

    governors: tuple[int, ...]
    cost_yen: int
    sum_yen: int
    limit: Limit
    limit_yen: int


class Workings(NamedTuple):
    """Everything that a split came to on its way; `words` tells it to people.

    `standing_yen`, parallel to `pools`, is what is left of each before the local programmes.
    """

    given: Given
    pools: tuple[Pool, ...]
    standing_yen: tuple[int, ...]
    takings: tuple[Taking, ...]
    aggregation: Aggregation | None
    legacy_yen: int
    later_takings: tuple[Taking, ...]
    split: ShareSplit


def share_of(case: ShareCase, programmes: ProgrammeTable = NATIONAL) -> ShareSplit:
    """Split a case. Every share is a code of 別表21 whose payers are among the case's, with points of 0 or more.

    KeyError for a share that is no code; ValueError where a payer is missing. Most receipts have one insurer, or stay
    below every limit: they are answered without the workings.
    """
    if case.long_term is LongTerm.NONE and not case.legacy_tenth:
        if len(case.payers) == 1 and len(case.points) == 1 and case.payers[0].position == INSURER:
            points = case.points.get(INSURER_ALONE)
            if points is not None:
                return _insurer_alone(case, points)
        split = _below_every_limit(case, programmes)
        if split is not None:
            return split
    return workings(case, programmes).split


def _insurer_alone(case: ShareCase, points: int) -> ShareSplit:
    """The insurer's lines alone, under the class's limit."""
    cost_yen = points * YEN_PER_POINT
    copay_yen = points * case.copay_tenths
    if copay_yen > table_for(case.month).floor_yen:
        limit = class_limit(table_for(case.month), case, relief_in(case.month))
        if limit is not None:
            copay_yen = min(copay_yen, limit_yen(limit, cost_yen, multi=case.multi, halved=case.turns_75))
    return ShareSplit({INSURER: cost_yen - copay_yen}, copay_yen, 0)


def _below_every_limit(case: ShareCase, programmes: ProgrammeTable) -> ShareSplit | None:
    """The split where no limit of the table is reached, so that only the programmes bear; None elsewhere."""
    insured_yen = 0
    layer: dict[str, int] = {}
    for share, points in case.points.items():
        if INSURER in BENEFIT_SHARES[share]:
            layer[share] = points * case.copay_tenths
            insured_yen += layer[share]
        else:
            layer[share] = points * YEN_PER_POINT
    table = table_for(case.month)
    if insured_yen > (table.floor_yen if case.turns_75 else table.floor_yen * 2):
        return None
    given = _given(case, programmes)
    if any(each.order is LimitOrder.LONG_TERM for each in given.programmes.values()):
        return None
    takings = (*_take(given, layer, later=False), *_take(given, layer, later=True))
    return _split(case, takings, 0, sum(layer.values()))


def workings(case: ShareCase, programmes: ProgrammeTable = NATIONAL) -> Workings:
    """Split a case step by step; see `share_of`."""
    given = _given(case, programmes)
    pools = pools_of(given)
    layer = _layers(case, pools)
    takings = _take(given, layer, later=False)
    aggregation = _aggregation(given, pools, layer)
    if aggregation is not None:
        _cut(layer, [pool for pool in pools if pool.governor in aggregation.governors], aggregation)
    legacy_yen = _legacy(case, pools, layer)
    standing = tuple([sum(layer[share] for share in pool.shares) for pool in pools])
    later = _take(given, layer, later=True)
    split = _split(case, (*takings, *later), legacy_yen, sum(layer.values()))
    return Workings(given, pools, standing, takings, aggregation, legacy_yen, later, split)


def _given(case: ShareCase, programmes: ProgrammeTable) -> Given:
    """What the split starts from; ValueError where a share names a payer that the case does not have."""
    positions = {each.position for each in case.payers}
    if not all(positions.issuperset(BENEFIT_SHARES[share]) for share in case.points):
        raise ValueError("a benefit share names a payer that the case does not have")
    of = {each.position: programmes.find(each.number, case.month) for each in case.payers if each.position}
    return Given(case, table_for(case.month), of)


def _split(case: ShareCase, takings: tuple[Taking, ...], legacy_yen: int, patient_yen: int) -> ShareSplit:
    """The yen of each payer; the insurer's are what nobody else bears."""
    yen = {each.position: 0 for each in case.payers}
    for taking in takings:
        yen[taking.position] = taking.layer_yen - taking.left_yen
    if INSURER in yen:
        billed = sum(case.points.values()) * YEN_PER_POINT
        yen[INSURER] = billed - sum(yen.values()) - legacy_yen - patient_yen
    return ShareSplit(yen, patient_yen, legacy_yen)


def _layers(case: ShareCase, pools: tuple[Pool, ...]) -> dict[str, int]:
    """Yen that the insurer leaves, by benefit share."""
    layer = {share: points * YEN_PER_POINT for share, points in case.points.items()}
    for pool in pools:
        _spread(layer, pool.shares, pool.due_yen, [case.points[share] * case.copay_tenths for share in pool.shares])
    return layer


def _spread(layer: dict[str, int], shares: tuple[str, ...], amount_yen: int, weights: list[int]) -> None:
    layer.update(zip(shares, by_largest_remainder(amount_yen, weights), strict=True))


def _take(given: Given, layer: dict[str, int], *, later: bool) -> tuple[Taking, ...]:
    """What the programmes bear in their order: those before the class's last limit, or the later ones."""
    payers = [each for each in sorted(given.case.payers) if each.position != INSURER]
    return tuple(
        [
            _taking(given, payer, layer)
            for payer in payers
            if (given.programmes[payer.position].order is LimitOrder.BEFORE) is later
        ]
    )


def _taking(given: Given, payer: SharePayer, layer: dict[str, int]) -> Taking:
    """A programme takes of the layers it shares; they are left with what it leaves."""
    case, programme = given.case, given.programmes[payer.position]
    shares = tuple(sorted(share for share in layer if payer.position in BENEFIT_SHARES[share]))
    layer_yen = sum(layer[share] for share in shares)
    cost_yen = sum(case.points[share] for share in shares) * YEN_PER_POINT
    left = payer.burden_yen
    if left is None or programme.order is LimitOrder.LONG_TERM:
        left = left_by_rule_yen(programme, cost_yen, limit_yen=payer.limit_yen, setting=case.setting)
    left_yen = layer_yen if left is None else min(layer_yen, left)
    if left_yen < layer_yen:
        _spread(layer, shares, left_yen, [layer[share] for share in shares])
    return Taking(payer.position, programme, cost_yen, layer_yen, left_yen)


def _aggregation(given: Given, pools: tuple[Pool, ...], layer: dict[str, int]) -> Aggregation | None:
    """The class's limit over all that is left, where it cuts; None elsewhere.

    令 第41条第1項, 第3項: what the patient still bears of 特定給付対象療養 enters with the rest. Under 70 a pool enters
    only from 21,000 yen of copay on, before any limit; at 70 and over every one does.
    """
    case = given.case
    limit = class_limit(given.table, case, relief_in(case.month))
    entering = [pool for pool in pools if _enters(given, pool)]
    if limit is None or all(pool.governor == INSURER for pool in entering):
        return None
    cost_yen = sum(pool.points for pool in entering) * YEN_PER_POINT
    sum_yen = sum(layer[share] for pool in entering for share in pool.shares)
    yen = limit_yen(limit, cost_yen, multi=case.multi, halved=case.turns_75)
    if sum_yen <= yen:
        return None
    return Aggregation(tuple(pool.governor for pool in entering), cost_yen, sum_yen, limit, yen)


def _enters(given: Given, pool: Pool) -> bool:
    if pool.governor != INSURER and given.programmes[pool.governor].order is LimitOrder.ASSISTED:
        return False
    return given.case.age.is_elderly or pool.copay_yen >= given.table.aggregated_from_yen


def _cut(layer: dict[str, int], entering: Sequence[Pool], aggregation: Aggregation) -> None:
    """Take the excess from what entered: from lines that no programme governs first, then from the programmes'."""
    excess_yen = aggregation.sum_yen - aggregation.limit_yen
    for pool in reversed(entering):
        there = [layer[share] for share in pool.shares]
        cut_yen = min(excess_yen, sum(there))
        _spread(layer, pool.shares, sum(there) - cut_yen, there)
        excess_yen -= cut_yen


def _legacy(case: ShareCase, pools: tuple[Pool, ...], layer: dict[str, int]) -> int:
    """What 指定公費 bears: what is left above one tenth of the lines that no national programme shares."""
    borne_yen = 0
    if case.legacy_tenth:
        for share in [share for pool in pools if pool.governor == INSURER for share in pool.shares]:
            left_yen = min(layer[share], case.points[share] * LEGACY_TENTHS)
            borne_yen += layer[share] - left_yen
            layer[share] = left_yen
    return borne_yen
