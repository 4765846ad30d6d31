"""Ids, each derived from the natural key of what it names, so that a retry names the same thing again.

An id is a prefix and 32 hexadecimal digits of a SHA-256; it carries no personal data and is safe in keys, headers,
logs and spans.
"""

from hashlib import sha256
from typing import NewType

ClaimId = NewType("ClaimId", str)
DecisionId = NewType("DecisionId", str)
EventId = NewType("EventId", str)
TransferId = NewType("TransferId", str)

HEX_DIGITS = 32
SEPARATOR = "\x1f"


def _derived(prefix: str, parts: tuple[str, ...]) -> str:
    return prefix + sha256(SEPARATOR.join(parts).encode()).hexdigest()[:HEX_DIGITS]


def claim_id(*, hospital_code: str, agency: str, claim_month: str, receipt_sha256: str, occurrence: int) -> ClaimId:
    """Id of a claim: hospital, 審査支払機関, 請求年月, SHA-256 of the receipt's bytes, occurrence (0 for the first)."""
    return ClaimId(_derived("clm_", (hospital_code, agency, claim_month, receipt_sha256, str(occurrence))))


def decision_id(claim: ClaimId, number: int) -> DecisionId:
    """Id of the n-th decision on a claim, from 1."""
    return DecisionId(_derived("dec_", (claim, str(number))))


def transfer_id(decision: str, payer_number: str) -> TransferId:
    """Id of the transfer that one payer makes for one decision."""
    return TransferId(_derived("trf_", (decision, payer_number)))


def transfer_id_of(kind: str, *parts: str) -> TransferId:
    """Id of a transfer that no decision makes: its kind, and what it is for."""
    return TransferId(_derived("trf_", (kind, *parts)))


def reversal_id(transfer: TransferId) -> TransferId:
    """Id of the transfer that takes another one back; there is at most one."""
    return TransferId(_derived("trf_", (transfer, "reversal")))


def statement_id(household: str, span: str, since: str) -> str:
    """Id of a household's statement: the household's opaque key, MONTH or YEAR, and the first month YYYYMM."""
    return _derived("hst_", (household, span, since))


def statement_version_id(statement: str, replaces: str, content_sha256: str) -> str:
    """Id of a version of a statement: the version that it replaces, empty for the first, and its content's digest."""
    return _derived("hsv_", (statement, replaces, content_sha256))


def account_statement_id(account: str, period: str) -> str:
    """Id of the statement (明細書) of an account of the ledger and a claim month YYYYMM."""
    return _derived("stm_", (account, period))


def event_id(event_type: str, subject: str, cause: str) -> EventId:
    """Id of an event: its type, what it is about, and what caused it. A re-announcement has the same id."""
    return EventId(_derived("evt_", (event_type, subject, cause)))


def review_item_id(claim: str, cause: str, line: int, kind: str) -> str:
    """Id of a line that a person decides: claim, event that asked for codes, line, and why it is looked at."""
    return _derived("rvw_", (claim, cause, str(line), kind))


def synonym_id(spelling: str, disease_code: str, number: int) -> str:
    """`syn_` id of the n-th proposal, from 1, that a spelling means a code."""
    return _derived("syn_", (spelling, disease_code, str(number)))


def payment_id(statement: str, attempt: int) -> str:
    """`pay_` id of the n-th payment, from 1, of what a statement leaves to pay."""
    return _derived("pay_", (statement, str(attempt)))


def payment_batch_id(period: str, number: int) -> str:
    """`pmb_` id of the n-th batch, from 1, of a period YYYYMM."""
    return _derived("pmb_", (period, str(number)))


def bank_file_id(form: str, batches: tuple[str, ...]) -> str:
    """`bkf_` id of the file of these batches in this order."""
    return _derived("bkf_", (form, *batches))
