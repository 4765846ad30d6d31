"""A reviewer's items as tables: what was written, what it may mean and why, until when it is due, what was decided."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

from google.protobuf.timestamp_pb2 import Timestamp
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text
from seikyu.coding.v1 import reviews_pb2 as wire

from services.cli.command import table
from services.shared.kernel.months import BUSINESS_ZONE

SEXES: Final = {1: "男", 2: "女"}
OUTCOMES: Final = {"not_codable": "cannot be coded", "no_diagnosis": "no diagnosis"}
_DAY_H: Final = 24
_HOUR_S: Final = 3_600
_MINUTE_S: Final = 60


def items_table(items: Sequence[wire.ReviewItem], now: datetime) -> Table:
    """One row per item, the one due first above."""
    made = table(
        "Review queue", "item", "text", "patient", "month", "first candidate", "p", "state", "due", right=("p",)
    )
    for item in items:
        first = item.candidates[0] if item.candidates else None
        due, is_late = due_in_words(item, now)
        made.add_row(
            item.item_id,
            item.text,
            patient_of(item),
            item.treatment_month,
            f"{first.disease_code} {first.disease_name}" if first is not None else "",
            f"{first.probability:.2f}" if first is not None else "",
            state_of(item),
            Text(due, style="red" if is_late else ""),
        )
    return made


def item_view(item: wire.ReviewItem, now: datetime) -> RenderableType:
    """All that a reviewer needs to decide an item."""
    due, is_late = due_in_words(item, now)
    facts = ", ".join(
        part for part in (patient_of(item), f"treated {item.treatment_month}", f"line {item.line}") if part
    )
    parts: list[RenderableType] = [
        Text.assemble((item.text, "bold"), f"   {facts}"),
        Text.assemble(
            f"{item.item_id}, {state_of(item)}{_lease(item)}", (due and f", due {due}", "red" if is_late else "")
        ),
        Text(f"claim {item.claim_id}"),
        *_found(item),
    ]
    if item.HasField("model_view"):
        parts.append(Text(f"the model {item.model_view.model} says {_pick(item)}"))
    parts.append(Text(""))
    return Group(*parts, _candidates_table(item) if item.candidates else Text("no candidates: name a code yourself\n"))


def history_views(answer: wire.GetReviewResponse) -> Iterable[RenderableType]:
    """The claim's other texts, what was decided and what was done, each where there is any."""
    if answer.other_lines:
        others = table("Other texts of the claim", "line", "text", "code", right=("line",))
        for line in answer.other_lines:
            others.add_row(str(line.line), line.text, code_in_words(line.code) if line.HasField("code") else "")
        yield others
    if answer.decisions:
        decisions = table("Decisions", "no.", "decision", "candidate", "why", "reviewer", "time", right=("no.",))
        for decision in answer.decisions:
            place = str(decision.candidate) if decision.candidate else "none of them"
            who, when = decision.reviewer, time_of(decision.decided_time)
            decisions.add_row(str(decision.number), decision_in_words(decision), place, decision.why, who, when)
        yield decisions
    if answer.steps:
        steps = table("What was done", "step", "reviewer", "time", "note")
        for step in answer.steps:
            kind = wire.ReviewStepKind.Name(step.kind).removeprefix("REVIEW_STEP_KIND_").lower()
            steps.add_row(kind, step.reviewer, time_of(step.time), step.note)
        yield steps


def decision_in_words(decision: wire.ReviewDecision) -> str:
    """The code with its modifiers, or why there is none."""
    outcome = decision.WhichOneof("outcome")
    return code_in_words(decision.coded) if outcome == "coded" else OUTCOMES.get(outcome or "", "")


def code_in_words(code: wire.ReviewCode) -> str:
    """`3669004 白内障 H269, 2049 左 8002 の疑い`."""
    base = f"{code.disease_code} {code.disease_name} {code.icd10}".rstrip()
    modifiers = " ".join(f"{each.code} {each.name}".rstrip() for each in code.modifiers)
    return f"{base}, {modifiers}" if modifiers else base


def state_of(item: wire.ReviewItem) -> str:
    """The state, and who holds the item."""
    state = wire.ReviewState.Name(item.state).removeprefix("REVIEW_STATE_").lower()
    return f"{state} {item.assignee.removeprefix('operator:')}".rstrip()


def patient_of(item: wire.ReviewItem) -> str:
    """`男 60-69`; empty where coding was told nothing."""
    age = f"{item.age_band_years}-{item.age_band_years + 9}" if item.HasField("age_band_years") else ""
    return f"{SEXES.get(item.sex, '')} {age}".strip()


def due_in_words(item: wire.ReviewItem, now: datetime) -> tuple[str, bool]:
    """`in 2 h`, or `3 d ago`; and whether it is late. A resolved item is due no more."""
    if item.state == wire.REVIEW_STATE_RESOLVED:
        return "", False
    left = item.due_time.ToDatetime(tzinfo=UTC) - now
    return (f"{_span(-left)} ago", True) if left < timedelta() else (f"in {_span(left)}", False)


def time_of(stamp: Timestamp) -> str:
    """Japanese time, to the minute."""
    return stamp.ToDatetime(tzinfo=UTC).astimezone(BUSINESS_ZONE).strftime("%Y-%m-%d %H:%M")


def _span(span: timedelta) -> str:
    hours = span.total_seconds() / _HOUR_S
    if hours >= 2 * _DAY_H:
        return f"{hours / _DAY_H:.0f} d"
    return f"{hours:.0f} h" if hours >= 1 else f"{span.total_seconds() / _MINUTE_S:.0f} min"


def _lease(item: wire.ReviewItem) -> str:
    return f" until {time_of(item.lease_end_time)[-5:]}" if item.HasField("lease_end_time") else ""


def _found(item: wire.ReviewItem) -> Iterable[RenderableType]:
    if item.HasField("found"):
        against = f"; against it: {item.reason}" if item.reason else ""
        yield Text(f"the coder reads {code_in_words(item.found)}{against}")
    if item.escalated_by:
        yield Text(f"escalated by {', '.join(each.removeprefix('operator:') for each in item.escalated_by)}")


def _pick(item: wire.ReviewItem) -> str:
    """The candidate that the model picked, by its number."""
    picked = next((each for each in item.candidates if each.disease_code == item.model_view.pick), None)
    return f"{picked.number}: {picked.disease_name}" if picked is not None else item.model_view.pick


def _candidates_table(item: wire.ReviewItem) -> Table:
    made = table("Candidates", "no.", "p", "code", "name", "ICD-10", "found by", right=("no.", "p"))
    for each in item.candidates:
        probability = f"{each.probability:.2f}"
        made.add_row(str(each.number), probability, each.disease_code, each.disease_name, each.icd10, each.found_by)
    return made
