"""Whose money is whose: the one account of a payer or a hospital, and all of them for an operator."""

from services.shared.chassis.calls import caller
from services.shared.chassis.identity import PrincipalKind


def own_account() -> str:
    """The only account that the caller may see; empty for an operator, who may see all."""
    principal = caller()
    return "" if principal.kind is PrincipalKind.OPERATOR else principal.subject
