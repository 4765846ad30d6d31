"""A process that imports banks' files one after the other, as settlement does, and may be killed at a named point.

python -m tests.support.bank_importer DSN FILE...
"""

import asyncio
import sys
from pathlib import Path

from services.settlement.adapters.bank.till import till_of
from services.settlement.application.bank_records import sent_file
from services.settlement.application.reconciling import import_file
from services.settlement.domain.bank.days import DayStyle
from services.settlement.domain.bank.reading import read_statement_file
from services.shared.chassis.postgres import Database, open_pool
from services.shared.kernel.months import business_day
from tests.support.reconciling import ACT


async def main(dsn: str, files: list[str]) -> None:
    """Import the files in order."""
    pool = await open_pool(dsn, application_name="bank-importer", min_size=1, max_size=1)
    database = Database(pool)
    for name in files:
        content = Path(name).read_bytes()  # noqa: ASYNC240 - nothing else runs here
        file = read_statement_file(content, DayStyle.IMPERIAL, business_day(ACT.at))
        sent = sent_file(content, file.source, ACT)
        async with database.transaction(label="settlement.bank-import") as tx:
            await import_file(till_of(tx), file, sent, {each.account for each in file.statements})
    await pool.close()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2:]))
