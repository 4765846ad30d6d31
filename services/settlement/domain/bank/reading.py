"""Any file in which a bank tells of an account, read by what it begins with: fixed-length records, or XML."""

from datetime import date

from services.settlement.domain.bank.camt import UTF8_MARK, read_camt
from services.settlement.domain.bank.days import DayStyle
from services.settlement.domain.bank.records import NoBankFile
from services.settlement.domain.bank.statement_files import read_zengin
from services.settlement.domain.bank.statements import BankFile


def read_statement_file(content: bytes, style: DayStyle, read_on: date) -> BankFile:
    """The statements of a file. `style` is of fixed-length files alone. Raises WrongBankFile, NoBankFile."""
    if content[:1] == b"1":
        return read_zengin(content, style, read_on)
    if content.removeprefix(UTF8_MARK).lstrip()[:1] == b"<":
        return read_camt(content)
    raise NoBankFile("is neither a fixed-length file, which begins with 1, nor XML")
