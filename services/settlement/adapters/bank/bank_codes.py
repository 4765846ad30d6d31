"""The banks and branches that are assigned (金融機関コード, 支店コード), from the kept package zengin-code."""

import asyncio
from collections.abc import Container, Mapping
from importlib.metadata import version
from typing import Final

from services.settlement.application.payees import BankList

_PACKAGE: Final = "zengin-code"


def assigned_banks() -> tuple[str, Mapping[str, Container[str]]]:
    """The day of the list, YYYYMMDD, and each bank's code with the codes of its branches. Half a second."""
    from zengin_code import Bank  # noqa: PLC0415 - reads all of its files when it is imported

    banks = {str(code): frozenset(map(str, bank.branches)) for code, bank in Bank.all.items()}
    return version(_PACKAGE).rsplit(".", 1)[-1], banks


class BankCodes:
    """The list for payees, read off the event loop when it is asked for first, then kept."""

    def __init__(self, test_banks: frozenset[str]) -> None:
        """`test_banks`: codes that payees may have though nobody does."""
        self._test_banks = test_banks
        self._kept: BankList | None = None

    async def __call__(self) -> BankList:
        """The list."""
        if self._kept is None:
            day, banks = await asyncio.to_thread(assigned_banks)
            self._kept = BankList(day=day, banks=banks, test_banks=self._test_banks)
        return self._kept
