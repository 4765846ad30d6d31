"""The insured lines of a receipt by the limit that holds for them, and what each limit leaves to be borne.

健康保険法施行令 第41条: each kind of treatment has a limit of its own (第1項 and 第3項 the class's, 第6項
特定給付対象療養, 第7項 特定疾病給付対象療養, 第8項 被保護者, 第9項 長期高額疾病).
"""

from collections.abc import Mapping
from typing import NamedTuple

from services.claims.domain.share.case import INSURER, LongTerm, Setting, ShareCase
from services.claims.domain.share.limits import (
    Limit,
    LimitTable,
    assisted_limit,
    class_limit,
    designated_limit,
    limit_yen,
)
from services.claims.domain.share.programmes import LimitOrder, Programme
from services.claims.domain.share.tables import relief_in
from services.claims.domain.uke.codes import BENEFIT_SHARES
from services.shared.kernel.money import YEN_PER_POINT


class Given(NamedTuple):
    """What a split starts from: the case, the table of its month, its programmes by position."""

    case: ShareCase
    table: LimitTable
    programmes: Mapping[int, Programme]


class Pool(NamedTuple):
    """The insured lines that one limit holds for: all that no programme governs (0), or those of one programme.

    `limit` is None where none is known to hold; `due_yen` is what the insurer leaves of them.
    """

    governor: int
    shares: tuple[str, ...]
    points: int
    copay_yen: int
    limit: Limit | None
    limit_yen: int | None
    due_yen: int


def pools_of(given: Given) -> tuple[Pool, ...]:
    """The insured lines by what governs their limit, the programmes' first."""
    governed: dict[int, list[str]] = {}
    for share in sorted(given.case.points):
        if INSURER in BENEFIT_SHARES[share]:
            governed.setdefault(_governor(share, given.programmes), []).append(share)
    pools = [_pool(given, governor, tuple(governed[governor])) for governor in sorted(governed, key=_last_if_none)]
    return tuple(pools) if given.case.long_term is LongTerm.NONE else _under_long_term(given, pools)


def _last_if_none(governor: int) -> tuple[bool, int]:
    return governor == INSURER, governor


def _governor(share: str, programmes: Mapping[int, Programme]) -> int:
    """The first programme of a share that says which limit holds; 0 where the class's holds as without any."""
    for position in BENEFIT_SHARES[share]:
        if position != INSURER and programmes[position].order is not LimitOrder.BEFORE:
            return position
    return INSURER


def _pool(given: Given, governor: int, shares: tuple[str, ...]) -> Pool:
    case = given.case
    points = sum(case.points[share] for share in shares)
    copay_yen = points * case.copay_tenths
    limit = _limit(given, governor)
    if limit is None:
        return Pool(governor, shares, points, copay_yen, None, None, copay_yen)
    yen = limit_yen(limit, points * YEN_PER_POINT, multi=multi_holds(case, governor), halved=case.turns_75)
    return Pool(governor, shares, points, copay_yen, limit, yen, min(copay_yen, yen))


def _limit(given: Given, governor: int) -> Limit | None:
    """The limit of the lines that a programme governs, or none."""
    order = LimitOrder.BEFORE if governor == INSURER else given.programmes[governor].order
    if order is LimitOrder.ONE_FOR_ALL:
        return designated_limit(given.table, given.case)
    if order is LimitOrder.ASSISTED:
        return assisted_limit(given.table, given.case)
    if order is LimitOrder.LONG_TERM:
        return _long_term_limit(given, governor)
    if order is LimitOrder.AFTER:
        return None
    return class_limit(given.table, given.case, relief_in(given.case.month))


def _long_term_limit(given: Given, governor: int) -> Limit | None:
    """The limit of a long-term specified disease: the one that the patient's paper states, or the table's."""
    own_yen = next(each.limit_yen for each in given.case.payers if each.position == governor)
    limit = given.table.long_term
    return limit if own_yen is None or limit is None else limit._replace(base_yen=own_yen)


def multi_holds(case: ShareCase, governor: int) -> bool:
    """多数回該当 holds for a programme's lines by class only in hospital (令 第42条第7項: 入院療養に限る)."""
    return case.multi and (governor == INSURER or case.setting is Setting.INPATIENT)


def _under_long_term(given: Given, pools: list[Pool]) -> tuple[Pool, ...]:
    """The pools under the limit of a long-term specified disease, one for the receipt (令 第41条第9項)."""
    upper = given.case.long_term is LongTerm.UPPER
    limit = given.table.long_term_upper if upper else given.table.long_term
    if limit is None:
        return tuple(pools)
    rest = limit_yen(limit, 0, multi=False, halved=given.case.turns_75)
    under: list[Pool] = []
    for pool in pools:
        bound = pool.due_yen > rest
        under.append(pool._replace(limit=limit, limit_yen=rest, due_yen=rest) if bound else pool)
        rest -= under[-1].due_yen
    return tuple(under)
