"""Who may call which method. Owns the table's form; each service gives its own rows. What no row allows is refused.

ACCESS = access_table(
    "seikyu.claims.v1.ClaimService",
    SubmitClaim=allow(PrincipalKind.HOSPITAL, traced=True),
    ListClaims=allow(PrincipalKind.HOSPITAL, operator=Role.VIEWER),
)
"""

from collections.abc import Mapping
from dataclasses import dataclass

from services.shared.chassis.identity import Principal, PrincipalKind, Role


@dataclass(frozen=True, slots=True, kw_only=True)
class MethodAccess:
    """Who may call one method, and how its calls are treated.

    `kinds`: principals other than operators. `operator`: the least role an operator needs (an admin has every role);
    none: no operator. `traced`: its RPC span is always written (single submissions), else by share or by the caller's
    flag. `is_public`: nobody needs to say who he is (health). `ends_at_drain`: a stream without natural end (a watch)
    is ended with UNAVAILABLE when the server goes down; the caller resumes elsewhere from its token.
    """

    kinds: frozenset[PrincipalKind]
    operator: Role | None = None
    traced: bool = False
    is_public: bool = False
    ends_at_drain: bool = False

    def admits(self, principal: Principal) -> bool:
        """Whether the principal may call the method at all; whose data it then sees is the handler's matter."""
        if principal.kind is not PrincipalKind.OPERATOR:
            return principal.kind in self.kinds
        if self.operator is None:
            return False
        return self.operator in principal.roles or Role.ADMIN in principal.roles


AccessTable = Mapping[str, MethodAccess]
"""By full method: `/seikyu.claims.v1.ClaimService/SubmitClaim`."""

PUBLIC = MethodAccess(kinds=frozenset(), is_public=True, ends_at_drain=True)
ANYBODY_KNOWN = MethodAccess(kinds=frozenset(PrincipalKind), operator=Role.VIEWER)


def allow(
    *kinds: PrincipalKind, operator: Role | None = None, traced: bool = False, ends_at_drain: bool = False
) -> MethodAccess:
    """The row for a method: the kinds of principals, and the least role of an operator."""
    return MethodAccess(
        kinds=frozenset(kinds) - {PrincipalKind.OPERATOR},
        operator=operator,
        traced=traced,
        ends_at_drain=ends_at_drain,
    )


def access_table(service: str, /, **methods: MethodAccess) -> dict[str, MethodAccess]:
    """Rows for one gRPC service by the methods' short names; join several with `|`."""
    return {f"/{service}/{method}": row for method, row in methods.items()}


STANDARD_ACCESS: AccessTable = {
    "/grpc.health.v1.Health/Check": PUBLIC,
    "/grpc.health.v1.Health/List": PUBLIC,
    "/grpc.health.v1.Health/Watch": PUBLIC,
    "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo": ANYBODY_KNOWN,
    "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo": ANYBODY_KNOWN,
}
"""What every server offers beside its own services."""
