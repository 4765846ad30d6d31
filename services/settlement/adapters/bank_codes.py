"""The banks and branches that are assigned (金融機関コード, 支店コード), from the kept package zengin-code."""

from collections.abc import Container, Mapping
from importlib.metadata import version
from typing import Final

_PACKAGE: Final = "zengin-code"


def assigned_banks() -> tuple[str, Mapping[str, Container[str]]]:
    """The day of the list, YYYYMMDD, and each bank's code with the codes of its branches. Half a second."""
    from zengin_code import Bank  # noqa: PLC0415 - reads all of its files when it is imported

    banks = {str(code): frozenset(map(str, bank.branches)) for code, bank in Bank.all.items()}
    return version(_PACKAGE).rsplit(".", 1)[-1], banks
