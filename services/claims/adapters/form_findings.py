"""Findings of form and sums in the form of the contract."""

from collections.abc import Iterable
from typing import Final

from seikyu.claims.v1 import claim_pb2

from services.claims.domain.uke.findings import Finding, Severity

_SEVERITIES: Final = {Severity.ERROR: claim_pb2.SEVERITY_ERROR, Severity.WARNING: claim_pb2.SEVERITY_WARNING}


def form_findings_of(findings: Iterable[Finding]) -> list[claim_pb2.Finding]:
    """Findings of the contract."""
    return [
        claim_pb2.Finding(
            line=each.line,
            record=each.record,
            field=each.field,
            rule=each.rule.id,
            severity=_SEVERITIES[each.severity],
            message=each.message,
        )
        for each in findings
    ]
