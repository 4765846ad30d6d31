"""Tells each payer whose claims a file pays that the payment was instructed."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from services.settlement.adapters.ledger.chain import ChainHeads, chain_heads
from services.settlement.adapters.payers.announcing import announce_notices
from services.settlement.adapters.payers.notices import payer_notice
from services.settlement.adapters.payments.statement_claims import payers_of_batch
from services.settlement.adapters.queries import QUERIES as LEDGER
from services.settlement.application.releasing import Released
from services.settlement.domain.notices import Head, PaymentInstructed, Told
from services.shared.chassis.postgres import Transaction


async def lock_payers(tx: Transaction, batch_ids: Sequence[str]) -> None:
    """Lock the streams of the payers that these batches are told to: before accounts, as whoever posts claims does."""
    payers = {payer for each in batch_ids for payer in await payers_of_batch(tx, each)}
    await tx.fetch(LEDGER["lock_payer_streams"], sorted(payers))


async def tell_payers(tx: Transaction, released: Released, at: datetime) -> None:
    """One notice for each payer of each batch, with the chain's head that covers the file. See announce_notices."""
    notices = [payer_notice(each) for each in _told(released, await chain_heads(tx), at)]
    await announce_notices(tx, notices, at)


def _told(released: Released, heads: ChainHeads, at: datetime) -> Iterator[PaymentInstructed]:
    for batch in released.file.batches:
        for payer in released.payers.get(batch.batch_id, ()):
            yield PaymentInstructed(
                told=Told(
                    payer_number=payer,
                    cause=batch.batch_id,
                    period=batch.period,
                    traceparent=batch.traceparent,
                    at=at,
                ),
                batch_id=batch.batch_id,
                pays_on=batch.pays_on,
                file_sha256=released.file.sha256.hex(),
                files_head=Head(block=heads.files.number, sha256=heads.files.sha256),
                records_head=Head(block=heads.records.number, sha256=heads.records.sha256),
            )
