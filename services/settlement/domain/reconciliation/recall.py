"""組戻: a payment that was made and is called back, as states. The bank asks the payee, who may refuse.

Source: 組戻 needs the payee's consent; a bank answers an enquiry within two business days [P]. Money that comes back is
told by the bank's statement alone: no person says `returned`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import Enum
from typing import Final

ANSWER_WITHIN: Final = timedelta(days=7)
"""After a bank was asked, before the alarm rings: two business days, and what holidays lie between."""


class RecallState(Enum):
    """Where a recall stands."""

    REQUESTED = "requested"
    SENT = "sent"
    REFUSED = "refused"
    RETURNED = "returned"


FOLLOWS: Final[Mapping[RecallState, frozenset[RecallState]]] = {
    RecallState.REQUESTED: frozenset({RecallState.SENT, RecallState.REFUSED, RecallState.RETURNED}),
    RecallState.SENT: frozenset({RecallState.REFUSED, RecallState.RETURNED}),
    RecallState.REFUSED: frozenset({RecallState.RETURNED}),
    RecallState.RETURNED: frozenset(),
}
"""Money may come back even after a refusal; after it came back nothing follows."""
OPEN: Final = frozenset({RecallState.REQUESTED, RecallState.SENT})


class WrongRecall(Exception):
    """A recall cannot take this step."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recall:
    """The `number`-th state, from 1, of a recall. `answer_by`: when the alarm rings while it is open."""

    recall_id: str
    number: int
    payment_id: str
    state: RecallState
    answer_by: date
    reason: str


def moved(recall: Recall, state: RecallState, *, reason: str, on: date) -> Recall:
    """The recall's next state. Raises WrongRecall."""
    if state not in FOLLOWS[recall.state]:
        message = f"a recall that is {recall.state.value} is never {state.value}"
        raise WrongRecall(message)
    answer_by = on + ANSWER_WITHIN if state is RecallState.SENT else recall.answer_by
    return replace(recall, number=recall.number + 1, state=state, reason=reason, answer_by=answer_by)
