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
from services.cli.words import Say, english
from services.shared.kernel.months import BUSINESS_ZONE

SEXES: Final = {1: "男", 2: "女"}
OUTCOMES: Final = {"not_codable": "cannot be coded", "no_diagnosis": "no diagnosis"}
_DAY_H: Final = 24
_HOUR_S: Final = 3_600
_MINUTE_S: Final = 60


def items_table(items: Sequence[wire.ReviewItem], now: datetime, say: Say = english) -> Table:
    """One row per item, the one due first above."""
    heads = tuple(map(say, ("item", "text", "patient", "treated", "first candidate", "p", "state", "due")))
    made = table(say("Review queue"), *heads, right=(heads[5],))
    for item in items:
        first = item.candidates[0] if item.candidates and not _is_blind(item) else None
        due, is_late = due_in_words(item, now, say)
        made.add_row(
            item.item_id,
            item.text,
            patient_of(item),
            item.treatment_month,
            f"{first.disease_code} {first.disease_name}" if first is not None else "",
            f"{first.probability:.2f}" if first is not None else "",
            state_of(item, say),
            Text(due, style="red" if is_late else ""),
        )
    return made


def item_view(item: wire.ReviewItem, now: datetime, say: Say = english) -> RenderableType:
    """All that a reviewer needs to decide an item."""
    due, is_late = due_in_words(item, now, say)
    hospital = f"{say('hospital')} {item.hospital_code}" if item.hospital_code else ""
    told = (patient_of(item), f"{say('treated')} {item.treatment_month}", f"{say('line')} {item.line}", hospital)
    parts: list[RenderableType] = [
        Text.assemble((item.text, "bold"), f"   {', '.join(part for part in told if part)}"),
        Text.assemble(
            f"{item.item_id}, {state_of(item, say)}{_lease(item, say)}",
            (due and f", {say('due')} {due}", "red" if is_late else ""),
        ),
        Text(f"{say('claim')} {item.claim_id}"),
        *_seen(item, say),
        Text(""),
    ]
    nothing = Text(say("no candidates: name a code yourself") + "\n")
    return Group(*parts, _candidates_table(item, say) if item.candidates else nothing)


def history_views(answer: wire.GetReviewResponse, say: Say = english) -> Iterable[RenderableType]:
    """The claim's other texts, what was decided and what was done, each where there is any."""
    if answer.other_lines:
        others = table(say("Other texts of the claim"), *map(say, ("line", "text", "code")))
        for line in answer.other_lines:
            others.add_row(str(line.line), line.text, code_in_words(line.code) if line.HasField("code") else "")
        yield others
    if answer.decisions:
        heads = map(say, ("no.", "decision", "candidate", "why", "reviewer", "time (Tokyo)"))
        decisions = table(say("What was decided"), *heads)
        for decision in answer.decisions:
            place = str(decision.candidate) if decision.candidate else say("none of them")
            who, when = _name(decision.reviewer), time_of(decision.decided_time)
            decisions.add_row(str(decision.number), decision_in_words(decision, say), place, decision.why, who, when)
        yield decisions
    if answer.steps:
        steps = table(say("What was done"), *map(say, ("step", "reviewer", "time (Tokyo)", "note")))
        for step in answer.steps:
            kind = wire.ReviewStepKind.Name(step.kind).removeprefix("REVIEW_STEP_KIND_").lower()
            steps.add_row(say(kind), _name(step.reviewer), time_of(step.time), step.note)
        yield steps


def decision_in_words(decision: wire.ReviewDecision, say: Say = english) -> str:
    """The code with its modifiers, or why there is none."""
    outcome = decision.WhichOneof("outcome")
    return code_in_words(decision.coded) if outcome == "coded" else say(OUTCOMES.get(outcome or "", ""))


def code_in_words(code: wire.ReviewCode) -> str:
    """`3669004 白内障 H269, 2049 左 8002 の疑い`."""
    base = f"{code.disease_code} {code.disease_name} {code.icd10}".rstrip()
    modifiers = " ".join(f"{each.code} {each.name}".rstrip() for each in code.modifiers)
    return f"{base}, {modifiers}" if modifiers else base


def state_of(item: wire.ReviewItem, say: Say = english) -> str:
    """The state, and who holds the item."""
    state = wire.ReviewState.Name(item.state).removeprefix("REVIEW_STATE_").lower()
    return f"{say(state)} {_name(item.assignee)}".rstrip()


def patient_of(item: wire.ReviewItem) -> str:
    """`男 60-69`; empty where coding was told nothing."""
    age = f"{item.age_band_years}-{item.age_band_years + 9}" if item.HasField("age_band_years") else ""
    return f"{SEXES.get(item.sex, '')} {age}".strip()


def due_in_words(item: wire.ReviewItem, now: datetime, say: Say = english) -> tuple[str, bool]:
    """`in 2 h`, or `3 d late`; and whether it is late. A resolved item is due no more."""
    if item.state == wire.REVIEW_STATE_RESOLVED:
        return "", False
    left = item.due_time.ToDatetime(tzinfo=UTC) - now
    is_late = left < timedelta()
    return say("{} late" if is_late else "in {}").format(_span(abs(left), say)), is_late


def time_of(stamp: Timestamp) -> str:
    """Japanese time, to the minute."""
    return stamp.ToDatetime(tzinfo=UTC).astimezone(BUSINESS_ZONE).strftime("%Y-%m-%d %H:%M")


def _span(span: timedelta, say: Say) -> str:
    hours = span.total_seconds() / _HOUR_S
    if hours >= 2 * _DAY_H:
        return say("{} d").format(f"{hours / _DAY_H:.0f}")
    if hours >= 1:
        return say("{} h").format(f"{hours:.0f}")
    return say("{} min").format(f"{span.total_seconds() / _MINUTE_S:.0f}")


def _lease(item: wire.ReviewItem, say: Say) -> str:
    return " " + say("until {}").format(time_of(item.lease_end_time)[-5:]) if item.HasField("lease_end_time") else ""


def _name(reviewer: str) -> str:
    return reviewer.removeprefix("operator:")


def _is_blind(item: wire.ReviewItem) -> bool:
    """Whether the coder's own opinion is kept from the reviewer."""
    return item.kind == wire.REVIEW_KIND_DOUBLE_CHECK


def _seen(item: wire.ReviewItem, say: Say) -> Iterable[RenderableType]:
    if _is_blind(item):
        yield Text(say("a second look at what was coded automatically; the candidates stand by code"))
    if item.HasField("found"):
        against = f"; {say('against it')}: {say(item.reason)}" if item.reason else ""
        yield Text(f"{say('the coder reads')} {code_in_words(item.found)}{against}")
    if item.HasField("model_view"):
        yield Text(f"{say('the model says')} ({item.model_view.model}): {_pick(item, say)}")
    if item.escalated_by:
        yield Text(f"{say('escalated by')} {', '.join(map(_name, item.escalated_by))}")


def _pick(item: wire.ReviewItem, say: Say) -> str:
    """The candidate that the model picked, by its number."""
    picked = next((each for each in item.candidates if each.disease_code == item.model_view.pick), None)
    return f"{picked.number} {picked.disease_name}" if picked is not None else say("none of them")


def _candidates_table(item: wire.ReviewItem, say: Say) -> Table:
    heads = tuple(map(say, ("no.", "p", "code", "name in the master", "ICD-10", "found by")))
    made = table(say("Candidates"), *heads, right=heads[:2])
    for each in item.candidates:
        probability = "" if _is_blind(item) else f"{each.probability:.2f}"
        made.add_row(str(each.number), probability, each.disease_code, each.disease_name, each.icd10, each.found_by)
    return made
