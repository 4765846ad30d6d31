"""How a decision came about, for a person: lines declared, priced and allowed, findings with source, the shares."""

from collections.abc import Iterator, Sequence
from typing import Final

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text
from seikyu.claims.v1 import claim_pb2, explanation_pb2

from services.cli.command import table, yen
from services.cli.words import Say, english

UNPRICED: Final = "unpriced"
_KINDS: Final = {"s": "act", "y": "drug", "t": "material", "c": "comment", "b": "disease", "z": "modifier"}
"""Kinds of master by the letter of their files."""
ASSUMPTION: Final = "assumption"
_STYLES: Final = {"return": "red", "reduce": "yellow", "refer": "magenta", "note": ""}


def reasons_table(reasons: Sequence[claim_pb2.Reason], say: Say) -> Table:
    """Why the decision is no plain approval."""
    made = table(say("Reasons"), *map(say, ("code", "official", "message", "payer")))
    for reason in reasons:
        made.add_row(
            reason.code, reason.official_code, _told(reason.message, reason.message_ja, say), reason.payer_number
        )
    return made


def explanation_views(explained: explanation_pb2.ClaimExplanation, say: Say) -> Iterator[RenderableType]:
    """The parts of an explanation that say something."""
    if explained.units:
        yield lines_table(explained.units, say)
        yield totals_table(explained.sections, explained.benefit_shares, say)
        yield Text(_schedule(explained.schedule, say))
        yield Text("")
    if explained.notes:
        yield Text(", ".join(map(say, explained.notes)), style="yellow")
        yield Text("")
    if explained.found_diagnoses:
        yield _found_table(explained.found_diagnoses, say)
    if explained.findings:
        yield rule_findings_table(explained.findings, say)
    if explained.share_steps:
        yield _steps_table(explained.share_steps, say)


def lines_table(units: Sequence[explanation_pb2.ExplainedUnit], say: Say) -> Table:
    """Every line with its own points; a unit's points stand on its last line: for one time, then in total."""
    numbers = tuple(map(say, ("declared", "priced", "total", "allowed")))
    heads = tuple(map(say, ("line", "section", "item", "times")))
    made = table(say("Lines"), *heads, *numbers, say("how"), right=(heads[0], heads[3], *numbers))
    for unit in units:
        for line in unit.lines[:-1]:
            own = (_points(line, "declared_points"), _points(line, "priced_points"), "", "")
            made.add_row(str(line.line), "", line.item_code, "", *(_small(text) for text in own), "")
        _add_last_line(made, unit, say)
    return made


def totals_table(
    sections: Sequence[explanation_pb2.PointsTotal], shares: Sequence[explanation_pb2.PointsTotal], say: Say
) -> Table:
    """Points times count by section and by benefit share: declared, priced, and declared without a price."""
    numbers = tuple(map(say, ("declared", "priced", "no price")))
    made = table(say("Totals"), "", *numbers, right=numbers)
    for kind, totals in (("section", sections), ("benefit share", shares)):
        for total in totals:
            figures = (total.declared_points, total.priced_points, total.unpriced_points)
            made.add_row(f"{say(kind)} {total.code}", *(f"{each:,}" for each in figures))
    return made


def _add_last_line(made: Table, unit: explanation_pb2.ExplainedUnit, say: Say) -> None:
    last = unit.lines[-1] if unit.lines else explanation_pb2.ExplainedLine()
    total = unit.declared_points * unit.times
    is_cut = unit.HasField("allowed_points") and unit.allowed_points != total
    made.add_row(
        str(last.line or ""),
        unit.section,
        last.item_code,
        str(unit.times),
        f"{unit.declared_points:,}",
        _points(unit, "priced_points"),
        f"{total:,}",
        _points(unit, "allowed_points"),
        unit.arithmetic or _why(unit, say),
        style="red" if is_cut else "",
    )


def _why(unit: explanation_pb2.ExplainedUnit, say: Say) -> str:
    return f"{say(unit.unpriced_reason)} {say(unit.missing)}".strip()


def _points(
    of: explanation_pb2.ExplainedUnit | explanation_pb2.ExplainedLine | explanation_pb2.RuleFinding, name: str
) -> str:
    """The figure of an optional field; empty where it is absent."""
    found: int = getattr(of, name)
    return f"{found:,}" if of.HasField(name) else ""  # type: ignore[arg-type]  # the stubs list literal names


def _small(text: str) -> str:
    """A line's own part of its unit, in brackets: it is no figure to add up."""
    return f"({text})" if text else ""


def rule_findings_table(findings: Sequence[explanation_pb2.RuleFinding], say: Say) -> Table:
    """What the rules found, what they do with it, and where the rule comes from."""
    numbers = tuple(map(say, ("before", "after")))
    heads = tuple(map(say, ("line", "effect", "official", "message")))
    made = table(say("Findings of the rules"), *heads, *numbers, say("source"), say("rule"), right=(heads[0], *numbers))
    for each in findings:
        effect = explanation_pb2.RuleEffect.Name(each.effect).removeprefix("RULE_EFFECT_").lower()
        made.add_row(
            str(each.line or say("receipt")),
            say(effect),
            each.official_code,
            _told(each.message, each.message_ja, say),
            _points(each, "points_before"),
            _points(each, "points_after"),
            each.source,
            each.rule,
            style=_STYLES.get(effect, ""),
        )
    return made


def _found_table(found: Sequence[explanation_pb2.FoundDiagnosis], say: Say) -> Table:
    """Codes that a machine found for free text and that the rules looked at."""
    heads = tuple(map(say, ("line", "disease code", "modifiers", "name in the master")))
    made = table(say("Codes found in free text, as the rules saw them"), *heads, right=heads[:1])
    for each in found:
        made.add_row(str(each.line), each.disease_code, " ".join(each.modifier_codes), each.name)
    return made


def _steps_table(steps: Sequence[explanation_pb2.ShareStep], say: Say) -> Table:
    made = table(say("The shares, step by step"), *map(say, ("step", "yen", "source")), right=(say("yen"),))
    for step in steps:
        is_assumed = step.step == ASSUMPTION
        words = _told(step.text, step.text_ja, say)
        made.add_row(
            f"{say('assumed')}: {words}" if is_assumed else words,
            "" if is_assumed else yen(step.yen),
            step.source,
            style="yellow" if is_assumed else "",
        )
    return made


def note_in_words(note: str, say: Say) -> str:
    """A decision's note: "unpriced.<why>:<missing>" and "as_known_on:<day>" hold more than their name."""
    name, _, rest = note.partition(".")
    why, _, missing = rest.partition(":")
    if name == UNPRICED and why:
        return f"{say(why)} {say(_KINDS.get(missing, missing))}".strip()
    name, _, day = note.partition(":")
    return f"{say(name)} {day}".strip()


def _schedule(known: explanation_pb2.ScheduleKnowledge, say: Say) -> str:
    """Which month's fee schedule, known when, and which kinds of it."""
    if not known.as_of_day:
        return say("no fee schedule was loaded")
    kinds = ", ".join(map(say, known.loaded_kinds))
    return f"{say('Fee schedule of')} {known.treatment_month}, {say('as known on')} {known.as_of_day}: {kinds}"


def _told(in_english: str, in_japanese: str, say: Say) -> str:
    """The text in the language that is spoken; English where there is no other."""
    return in_english if say is english else in_japanese or in_english
