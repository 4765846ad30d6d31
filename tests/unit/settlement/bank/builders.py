"""Payments and files by hand. Bank 9999 is assigned to nobody, so that no such file is payable."""

from datetime import date

from services.settlement.domain.bank.furikomi import Account, AccountType, Payment, Remitter, rendered

PAY_DAY = date(2026, 12, 21)


def account(name: str = "ﾋﾞﾖｳｲﾝ", number: str = "1234567", **others: str) -> Account:
    return Account(bank="9999", branch="999", kind=AccountType.ORDINARY, number=number, name=name, **others)


REMITTER = Remitter(code="0123456789", account=account("ｼﾝｻｼﾊﾗｲ", "0000001"))


def file_of(*payments: Payment, line_ends: bool = False) -> bytes:
    return rendered(REMITTER, PAY_DAY, payments or (Payment(payee=account(), yen=3544),), line_ends=line_ends)


def cells(*cells: tuple[str, int], size: int) -> bytes:
    """A record from texts and the lengths that they fill: digits from the right, all else from the left."""
    row = b"".join(
        text.rjust(length, "0").encode() if text.isdigit() else text.encode("cp932").ljust(length)
        for text, length in cells
    )
    assert len(row) == size, len(row)
    return row
