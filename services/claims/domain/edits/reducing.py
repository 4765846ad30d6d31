"""Codes that take points off an act, by chapter of the fee schedule, as the month's own master names them.

検査逓減 and its kin: additions with 逓減対象区分 (item 52). 施設基準不適合減算: 適合区分 1 (item 44). In every master
read so far (2022-02, 2024-05) a chapter has one of each; where it has several, which of them holds is not decided.
"""

from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from typing import Final, NamedTuple

from services.claims.domain.masters.act_additions import StandardLack
from services.claims.domain.masters.act_values import NoticeKind
from services.claims.domain.masters.acts import Act
from services.claims.domain.masters.schedule import MonthSchedule

MOST_SCHEDULES: Final = 16
"""Schedules whose codes `reducing_codes` keeps."""
_ADDITIONS: Final = frozenset({NoticeKind.ADDITION, NoticeKind.GENERAL_ADDITION})


class ReducingCodes(NamedTuple):
    """By chapter letter: what second and later times need (逓減コード), and what an act without its standard needs."""

    falling: Mapping[str, str]
    lacking: Mapping[str, str]


@lru_cache(maxsize=MOST_SCHEDULES)
def reducing_codes(schedule: MonthSchedule) -> ReducingCodes:
    """The codes of a schedule, looked for once."""
    acts = list(schedule.acts.rows())
    return ReducingCodes(_one_by_chapter(acts, _makes_fall), _one_by_chapter(acts, takes_off_for_standard))


def takes_off_for_standard(act: Act) -> bool:
    """Whether the act is the reduction of one whose standard is not met (施設基準不適合減算)."""
    return act.standard_lack is StandardLack.REDUCTION


def _makes_fall(act: Act) -> bool:
    return act.falling and act.notice_kind in _ADDITIONS


def _one_by_chapter(acts: Iterable[Act], is_such: Callable[[Act], bool]) -> Mapping[str, str]:
    found: dict[str, set[str]] = {}
    for act in acts:
        if is_such(act) and act.table_number.letter.isalpha():
            found.setdefault(act.table_number.letter, set()).add(act.code)
    return {letter: codes.pop() for letter, codes in found.items() if len(codes) == 1}
