"""Whether a call may go on to its handler. Owns the order of the checks: load, identity, access, deadline.

Everything here is refused by default; each refusal is counted by method and reason, and says nothing about what exists.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from services.shared.chassis.access import AccessTable, MethodAccess
from services.shared.chassis.identity import IdentityRefused, Principal, TokenVerifier, principal_of_certificate
from services.shared.chassis.metrics import Count, Metrics
from services.shared.chassis.refusals import nobody_refused
from services.shared.chassis.rpc_errors import RpcRefusal, invalid, overloaded, permission_denied, unauthenticated

RETRY_AFTER_S: Final = 1.0
MAX_DEADLINE_S: Final = 600.0
"""A deadline further away is none: some clients send the largest number instead of nothing."""
_BEARER: Final = "bearer "


@dataclass(frozen=True, slots=True, kw_only=True)
class Knock:
    """What a call shows at the gate. `time_remaining_s` is none where the caller set no deadline."""

    method: str
    is_unary: bool
    auth_context: Mapping[str, Sequence[bytes]]
    authorization: str
    time_remaining_s: float | None


class Gate:
    """Admits or refuses calls; knows the access table, the token key and the limits."""

    def __init__(
        self,
        *,
        access: AccessTable,
        verifier: TokenVerifier,
        max_calls: int,
        pressure: Callable[[], float | None],
        metrics: Metrics,
        refused: Callable[[Principal], bool] = nobody_refused,
    ) -> None:
        """`max_calls` bounds unary calls and streams under way, each on its own."""
        self._access = access
        self._verifier = verifier
        self._max_calls = max_calls
        self._pressure = pressure
        self._metrics = metrics
        self._refused = refused

    def row(self, method: str) -> MethodAccess | None:
        """The method's row in the access table."""
        return self._access.get(method)

    def admit(self, knock: Knock, *, calls_under_way: int) -> Principal | None:
        """The caller, or none on a public method.

        Raises:
            RpcRefusal: overload, no valid identity, not allowed, or no deadline on a unary call.
        """
        row = self._access.get(knock.method)
        if row is None:
            raise self._counted(knock, "no_access_row", permission_denied())
        if row.is_public:
            return None
        self._check_load(knock, calls_under_way)
        principal = self._identify(knock)
        if self._refused(principal):
            raise self._counted(knock, "proof_withdrawn", unauthenticated())
        if not row.admits(principal):
            raise self._counted(knock, "not_allowed", permission_denied())
        self._check_deadline(knock)
        return principal

    def _check_load(self, knock: Knock, calls_under_way: int) -> None:
        if calls_under_way > self._max_calls:
            raise self._counted(knock, "overloaded", overloaded(RETRY_AFTER_S))
        wait_s = self._pressure()
        if wait_s is not None:
            raise self._counted(knock, "pressure", overloaded(wait_s))

    def _identify(self, knock: Knock) -> Principal:
        try:
            principal = principal_of_certificate(knock.auth_context)
            if principal is not None:
                return principal
            if not knock.authorization.lower().startswith(_BEARER):
                raise IdentityRefused("no_identity")
            return self._verifier.verify(knock.authorization[len(_BEARER) :])
        except IdentityRefused as refused:
            raise self._counted(knock, refused.reason, unauthenticated()) from refused

    def _check_deadline(self, knock: Knock) -> None:
        remaining_s = knock.time_remaining_s
        if knock.is_unary and (remaining_s is None or remaining_s > MAX_DEADLINE_S):
            refusal = invalid("grpc-timeout", "deadline_required", "a unary call needs a deadline of at most 600 s")
            raise self._counted(knock, "no_deadline", refusal)

    def _counted(self, knock: Knock, reason: str, refusal: RpcRefusal) -> RpcRefusal:
        self._metrics.add(Count.REFUSED_CALLS, method=knock.method.lstrip("/"), reason=reason)
        return refusal
