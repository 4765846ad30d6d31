"""A split told in words: each step with its arithmetic, in English and Japanese, for whoever must explain it."""

from collections.abc import Iterator
from typing import Final, NamedTuple

from services.claims.domain.share.case import INSURER, LimitCategory, ShareCase
from services.claims.domain.share.limits import (
    Limit,
    LimitTable,
    SourceMark,
    category_in_force,
    class_limits,
    limit_yen,
)
from services.claims.domain.share.pools import Pool, multi_holds
from services.claims.domain.share.programmes import UNLISTED, LimitOrder
from services.claims.domain.share.rounding import window_yen
from services.claims.domain.share.split import Taking, Workings
from services.shared.kernel.money import YEN_PER_POINT


class Step(NamedTuple):
    """One step: what it is, in English and Japanese, its arithmetic, and what it comes to."""

    english: str
    japanese: str
    arithmetic: str
    yen: int


class Assumption(NamedTuple):
    """Something that the split took for granted, in English and Japanese."""

    english: str
    japanese: str


LAYERS: Final = ("第一公費", "第二公費", "第三公費", "第四公費")


def steps_of(done: Workings) -> tuple[Step, ...]:
    """The steps in the order of the law; see `split`."""
    return tuple(_steps(done))


def _steps(done: Workings) -> Iterator[Step]:
    case = done.given.case
    for pool in done.pools:
        yield from _pool_steps(case, pool)
    for taking in done.takings:
        yield _taking_step(case, taking)
    aggregation = done.aggregation
    if aggregation is not None:
        words = limit_words(aggregation.limit, aggregation.cost_yen, case, multi=case.multi)
        yield Step(
            "the class's limit over what is left (合算)",
            "合算後の高額療養費算定基準額",
            f"{aggregation.sum_yen:,} > {words}",
            aggregation.limit_yen,
        )
    if done.legacy_yen:
        yield Step("borne by 指定公費 (one tenth is left)", "指定公費の負担", "", done.legacy_yen)
    for taking in done.later_takings:
        yield _taking_step(case, taking)
    yield Step("the patient pays (receipt)", "患者負担額 (明細書)", "", done.split.patient_yen)
    yield _window_step(done)


def _pool_steps(case: ShareCase, pool: Pool) -> Iterator[Step]:
    english, japanese = _lines_of(pool.governor)
    cost_yen = pool.points * YEN_PER_POINT
    yield Step(
        f"{english}: the copay ratio",
        f"{japanese}: 一部負担金",
        f"{pool.points:,} points x {YEN_PER_POINT} yen x {case.copay_tenths}/10 = {pool.copay_yen:,}",
        pool.copay_yen,
    )
    if pool.limit is None or pool.limit_yen is None:
        return
    multi = multi_holds(case, pool.governor)
    words = limit_words(pool.limit, cost_yen, case, multi=multi)
    whole = pool.limit_yen == limit_yen(pool.limit, cost_yen, multi=multi, halved=case.turns_75)
    told = "below the limit" if pool.copay_yen <= pool.limit_yen else "limited to it"
    yield Step(
        f"{english}: the limit of high-cost care {pool.limit.mark.value}, {told}",
        f"{japanese}: 高額療養費算定基準額",
        words if whole else f"what is left of {words}",
        pool.due_yen,
    )


def limit_words(limit: Limit, cost_yen: int, case: ShareCase, *, multi: bool) -> str:
    """A limit's arithmetic, such as 80,100 + (364,520 - 267,000) x 1 % = 81,075."""
    parts = 2 if case.turns_75 else 1
    half = " (half: month of the 75th birthday)" if case.turns_75 else ""
    yen = limit_yen(limit, cost_yen, multi=multi, halved=case.turns_75)
    if multi and limit.multi_yen is not None:
        return f"{yen:,} from the fourth month on (多数回該当){half}"
    threshold_yen = limit.threshold_yen // parts
    if not limit.percent or cost_yen <= threshold_yen:
        return f"{yen:,}{half}"
    excess = f"({cost_yen:,} - {threshold_yen:,}) x {limit.percent} %"
    ceiling = "" if limit.ceiling_yen is None else f", at most {limit.ceiling_yen // parts:,}"
    return f"{limit.base_yen // parts:,} + {excess}{ceiling} = {yen:,}{half}"


def _lines_of(governor: int) -> tuple[str, str]:
    if governor == INSURER:
        return "lines of the insurance", "医療保険分"
    return f"lines shared with programme {governor}", f"{LAYERS[governor - 1]}併用分"


def _taking_step(case: ShareCase, taking: Taking) -> Step:
    programme = taking.programme
    number, name = _named(case, taking)
    percent = "" if programme.percent is None else f"; its rule: {taking.cost_yen:,} x {programme.percent} %"
    paid_yen = taking.layer_yen - taking.left_yen
    return Step(
        f"programme {taking.position}, {number} {name}, pays {paid_yen:,} and leaves",
        f"{LAYERS[taking.position - 1]} ({name}) 適用後の負担額",
        f"{taking.layer_yen:,} - {paid_yen:,} = {taking.left_yen:,}{percent}",
        taking.left_yen,
    )


def _named(case: ShareCase, taking: Taking) -> tuple[str, str]:
    """The number on the receipt, and the programme's name or "not listed"."""
    number = next(each.number for each in case.payers if each.position == taking.position)
    return number, "not listed" if taking.programme is UNLISTED else taking.programme.name


def _window_step(done: Workings) -> Step:
    yen = window_payment_yen(done)
    words = f"{done.split.patient_yen:,} to ten yen" if yen != done.split.patient_yen else f"{yen:,}"
    return Step("at the window, if it is paid at once (健康保険法 第75条)", "窓口での支払額", words, yen)


def window_payment_yen(done: Workings) -> int:
    """What is paid at the window in one payment: to ten yen, but whole yen where a limit decides.

    第75条 rounds the 一部負担金 of the ratio (第74条). That a limit is taken as it stands is an assumption [U].
    """
    limited = done.aggregation is not None or any(pool.due_yen < pool.copay_yen for pool in done.pools)
    return done.split.patient_yen if limited else window_yen(done.split.patient_yen)


def assumptions_of(done: Workings) -> tuple[Assumption, ...]:
    """What was taken for granted because the case or the sources do not say it."""
    return tuple(_assumptions(done))


def _assumptions(done: Workings) -> Iterator[Assumption]:
    case, table = done.given.case, done.given.table
    category = category_in_force(case)
    if category is None:
        yield Assumption(
            "no class is known, so no limit by class holds", "適用区分が不明のため、区分による限度額は適用していない"
        )
    elif class_limits(table, category, case.band) is None:
        yield Assumption(
            "the month's table has no limit for the class, or divides it and the band is not known",
            "当月の表に該当する限度額がない、又は細区分が不明",
        )
    elif category is not case.category:
        yield Assumption(
            f"no class of this age is known: {category.value} was taken",
            f"適用区分の提示がないため {category.value} とした",
        )
    if case.band and category is not None and _is_undivided(table, category, case.band):
        yield Assumption(
            f"the month's table does not divide the class: {category.value} was taken without its band",
            f"当月の表に細区分はないため {category.value} とした",
        )
    yield from _limits_assumed(done)
    for taking in (*done.takings, *done.later_takings):
        programme = taking.programme
        if programme.mark is SourceMark.UNVERIFIED and programme.order is not LimitOrder.LONG_TERM:
            number, name = _named(case, taking)
            yield Assumption(
                f"programme {number} {name} {programme.mark.value}: {programme.source}",
                f"公費 {number} の取扱いは原典で未確認 {programme.mark.value}",
            )


def _is_undivided(table: LimitTable, category: LimitCategory, band: int) -> bool:
    return (category, band) not in table.classes and (category, 0) in table.classes


def _limits_assumed(done: Workings) -> Iterator[Assumption]:
    """Each limit that was not read in its source, once, in an order that is the same in every run."""
    limits = [pool.limit for pool in done.pools if pool.limit is not None]
    if done.aggregation is not None:
        limits.append(done.aggregation.limit)
    unread = {(each.base_yen, each.mark.value, each.source) for each in limits if each.mark is not SourceMark.READ}
    for base_yen, mark, source in sorted(unread):
        yield Assumption(f"{base_yen:,} yen {mark}: {source}", f"{base_yen:,} 円は原典で未確認 {mark}")
