"""Which master a row is of, and what a published row does to it.

Source: レセプト電算処理システム マスターファイル仕様説明書, April 2022 edition, chapters 1 and 3.
"""

from enum import Enum
from typing import Final


class MasterKind(Enum):
    """A master file: the letter that begins its name; in its second column the same letter stands as a capital."""

    DISEASE = "b"
    """傷病名マスター, chapter 3 (1)."""
    MODIFIER = "z"
    """修飾語マスター, chapter 3 (2)."""
    ACT = "s"
    """医科診療行為マスター, chapter 3 (7)."""
    DRUG = "y"
    """医薬品マスター, chapter 3 (4)."""
    MATERIAL = "t"
    """特定器材マスター, chapter 3 (5)."""
    COMMENT = "c"
    """コメントマスター, chapter 3 (6)."""


class ChangeClass(Enum):
    """変更区分, item 1 of every master: what became of a code since the master before."""

    UNCHANGED = "0"
    """前マスターの内容と同じ: stands in full files only."""
    ERASED = "1"
    """抹消: the code should never have been."""
    REVIVED = "2"
    """復活, of diseases and modifiers."""
    NEW = "3"
    """新規."""
    CHANGED = "5"
    """変更: in a full file the whole row, in a differential file only the columns that changed."""
    ABOLISHED = "9"
    """廃止: the last day of use stands in 廃止年月日."""


CHANGES: Final = {change.value: change for change in ChangeClass}
"""変更区分 of diseases and modifiers."""
CHANGES_BUT_REVIVAL: Final = {code: change for code, change in CHANGES.items() if change is not ChangeClass.REVIVED}
"""変更区分 of the others: what was abolished there comes back as new."""
