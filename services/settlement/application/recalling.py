"""組戻: a payment called back. A person asks and records what the bank says; its coming back only a statement tells."""

from datetime import date

from services.settlement.application.reconciling import Till
from services.settlement.domain.payments.states import PaymentState
from services.settlement.domain.reconciliation.placed import Act, recall_id
from services.settlement.domain.reconciliation.recall import (
    ANSWER_WITHIN,
    OPEN,
    Recall,
    RecallState,
    WrongRecall,
    moved,
)
from services.shared.kernel.months import business_day

MAY_BE_CALLED_BACK = frozenset({PaymentState.INSTRUCTED, PaymentState.ACCEPTED, PaymentState.SETTLED})


async def recall(till: Till, payment_id: str, standing: str, wanted: RecallState, *, reason: str, act: Act) -> Recall:
    """The recall's next state; REQUESTED begins one. Raises WrongRecall."""
    known = next(iter(await till.records.recalls([payment_id])), None)
    on = business_day(act.at)
    if wanted is not RecallState.REQUESTED:
        if known is None:
            raise WrongRecall("nobody asked for this payment back")
        step = moved(known, wanted, reason=reason, on=on)
    else:
        step = _begun(payment_id, PaymentState(standing), known, reason=reason, answer_by=on + ANSWER_WITHIN)
    await till.records.keep_recalls([step], act)
    return step


def _begun(payment_id: str, standing: PaymentState, known: Recall | None, *, reason: str, answer_by: date) -> Recall:
    if standing not in MAY_BE_CALLED_BACK:
        message = f"a payment that is {standing.value} is not called back"
        raise WrongRecall(message)
    if known is not None and known.state in OPEN:
        raise WrongRecall("the payment is being called back")
    return Recall(
        recall_id=recall_id(payment_id, known.recall_id if known is not None else ""),
        number=1,
        payment_id=payment_id,
        state=RecallState.REQUESTED,
        answer_by=answer_by,
        reason=reason,
    )
