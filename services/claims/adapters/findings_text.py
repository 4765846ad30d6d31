"""Findings as a column: JSON rows of rule name, severity, line, record, field, message. No personal data."""

import json
from collections.abc import Sequence

from services.claims.domain.uke.findings import Finding, Rule, Severity

NONE = "[]"


def write_findings(findings: Sequence[Finding]) -> str:
    """The column's text."""
    if not findings:
        return NONE
    rows = [[f.rule.name, f.severity.value, f.line, f.record, f.field, f.message] for f in findings]
    return json.dumps(rows, separators=(",", ":"))


def read_findings(text: str) -> tuple[Finding, ...]:
    """The findings that `write_findings` wrote."""
    if text == NONE:
        return ()
    return tuple(
        Finding(rule=Rule[rule], severity=Severity(severity), line=line, record=record, field=field, message=message)
        for rule, severity, line, record, field, message in json.loads(text)
    )
