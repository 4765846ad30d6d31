"""What the split of a receipt's yen looks at, and what comes out of it.

A case names nobody and holds no birth date: what age decides was decided before (`ratio`). Yen and points are integers.
"""

from collections.abc import Mapping
from enum import Enum
from typing import NamedTuple

from services.shared.kernel.months import Month

INSURER = 0
"""The insurer's position among the payers of a receipt; 1 to 4 are the public programmes in their order."""


class AgeClass(Enum):
    """The ages that the law tells apart, in the treatment month or on the treatment day."""

    PRESCHOOL = "未就学児"
    """To 31 March after the sixth year of age is completed."""
    GENERAL = "70歳未満"
    ELDERLY = "70歳以上75歳未満"
    LATE_ELDERLY = "後期高齢者"
    """75 and over, or 65 and over with a recognised disability (高齢者の医療の確保に関する法律 第50条)."""

    @property
    def is_elderly(self) -> bool:
        """Whether the limits of 70 and over hold."""
        return self in _ELDERLY


_ELDERLY = frozenset({AgeClass.ELDERLY, AgeClass.LATE_ELDERLY})


class LimitCategory(Enum):
    """適用区分: which monthly limit of high-cost care holds. `value` is the official word."""

    A = "ア"
    I = "イ"  # noqa: E741 - the official letter
    U = "ウ"
    E = "エ"
    O = "オ"  # noqa: E741 - the official letter
    ELDERLY_ACTIVE_3 = "現役並みⅢ"
    ELDERLY_ACTIVE_2 = "現役並みⅡ"
    ELDERLY_ACTIVE_1 = "現役並みⅠ"
    ELDERLY_GENERAL = "一般"
    ELDERLY_LOW_2 = "低所得Ⅱ"
    ELDERLY_LOW_1 = "低所得Ⅰ"

    @property
    def is_elderly(self) -> bool:
        """Whether it is a class of those aged 70 and over."""
        return self.name.startswith("ELDERLY")


class Setting(Enum):
    """入院 or 入院外: a receipt is one of both, and so is a limit."""

    INPATIENT = "入院"
    OUTPATIENT = "外来"


class LongTerm(Enum):
    """長期高額疾病 (特定疾病療養受療証): whether its own limit holds for the whole receipt."""

    NONE = ""
    STANDARD = "長"
    """特記事項 02."""
    UPPER = "長２"
    """特記事項 16: under 70 with the higher incomes."""


class SharePayer(NamedTuple):
    """A payer of the receipt.

    `number` is 保険者番号, 公費負担者番号 or the programme's 法別番号 alone. `burden_yen` is what the programme leaves
    to the patient where that is stated (公費レコード 負担金額), None where the programme's own rule is to say it;
    `limit_yen` is the patient's own monthly limit under the programme (自己負担上限額) where its ticket states one.
    Neither is looked at for the insurer.
    """

    position: int
    number: str
    burden_yen: int | None = None
    limit_yen: int | None = None


class ShareCase(NamedTuple):
    """One receipt as the split sees it.

    `points` are by benefit share (負担区分, 別表21), 0 or more, each naming payers of the receipt. `copay_tenths` is
    the insurer's 自己負担割合. `category` is None where no class is known; `band` tells the parts of a class apart
    where a table has such (0: not known or none). `multi` is 多数回該当, `turns_75` the month of the 75th birthday
    (75歳到達時特例), `legacy_tenth` 指定公費 (the patient pays one tenth of the insurance's own layer).
    """

    month: Month
    points: Mapping[str, int]
    payers: tuple[SharePayer, ...]
    copay_tenths: int
    setting: Setting
    age: AgeClass
    category: LimitCategory | None = None
    band: int = 0
    multi: bool = False
    turns_75: bool = False
    long_term: LongTerm = LongTerm.NONE
    legacy_tenth: bool = False


class ShareSplit(NamedTuple):
    """Yen by payer position (each payer of the case has an entry), the patient's, and 指定公費's (0 but for the few).

    10 × points = Σ payer_yen + patient_yen + legacy_yen.
    """

    payer_yen: Mapping[int, int]
    patient_yen: int
    legacy_yen: int
