"""`seikyu trace CLAIM`: the claim's way through the services as a tree, read from the trace store (Zipkin API v2)."""

import json
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import click
from rich.tree import Tree

from services.cli.claims import get_claim
from services.cli.client import Client, load_client
from services.cli.command import console, json_option, print_json, run
from services.cli.failures import CommandFailure, ExitCode

TIMEOUT_S: Final = 5.0
_NOT_FOUND: Final = 404


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """A span as the store gives it; microseconds, empty `parent_id` for a root."""

    span_id: str
    parent_id: str
    name: str
    service: str
    start_us: int
    duration_us: int


def read_trace(zipkin_url: str, trace_id: str) -> list[Span]:
    """The spans of a trace, by start; none where the store does not know it. CommandFailure if it does not answer."""
    try:
        with urllib.request.urlopen(f"{zipkin_url}/api/v2/trace/{trace_id}", timeout=TIMEOUT_S) as answer:  # noqa: S310 - from settings
            found: list[dict[str, Any]] = json.load(answer)
    except urllib.error.HTTPError as refused:
        if refused.code == _NOT_FOUND:
            return []
        raise _silent(zipkin_url) from refused
    except OSError as fault:
        raise _silent(zipkin_url) from fault
    return sorted((_span(each) for each in found), key=lambda span: span.start_us)


def _silent(zipkin_url: str) -> CommandFailure:
    advice = "see whether it runs with `make status`"
    return CommandFailure(f"the trace store at {zipkin_url} does not answer", advice=advice, code=ExitCode.UNAVAILABLE)


def _span(found: Mapping[str, Any]) -> Span:
    return Span(
        span_id=found["id"],
        parent_id=found.get("parentId", ""),
        name=found.get("name", ""),
        service=found.get("localEndpoint", {}).get("serviceName", ""),
        start_us=found.get("timestamp", 0),
        duration_us=found.get("duration", 0),
    )


def trace_tree(spans: Sequence[Span], trace_id: str) -> Tree:
    """The spans under their parents, each with its service, its start after the first, and its duration."""
    began_us = min((span.start_us for span in spans), default=0)
    known = {span.span_id for span in spans}
    root = Tree(f"[bold]trace {trace_id}[/bold], {len(spans)} spans, {len({s.service for s in spans})} services")
    children: dict[str, list[Span]] = {}
    for span in spans:
        children.setdefault(span.parent_id if span.parent_id in known else "", []).append(span)
    _grow(root, "", children, began_us)
    return root


def _grow(branch: Tree, parent_id: str, children: Mapping[str, Sequence[Span]], began_us: int) -> None:
    for span in children.get(parent_id, ()):
        after_ms, took_ms = (span.start_us - began_us) / 1_000, span.duration_us / 1_000
        line = f"[cyan]{span.service:<11}[/cyan]  {span.name:<30}  +{after_ms:,.1f} ms  [green]{took_ms:,.1f} ms"
        _grow(branch.add(line), span.span_id, children, began_us)


@click.command(name="trace")
@click.argument("claim_id")
@json_option
def trace(*, claim_id: str, as_json: bool) -> None:
    """Show a claim's way through the services; exit code 5 where its trace was not kept."""
    client = load_client()
    trace_id = run(_trace_id(client, claim_id))
    spans = read_trace(client.zipkin_url, trace_id) if trace_id else []
    if not spans:
        raise CommandFailure(
            f"the trace store holds no trace of {claim_id}",
            advice="only a share of claims is traced (trace_share in stack.toml), returned and pended ones always",
            code=ExitCode.NOT_FOUND,
        )
    if as_json:
        print_json({"trace_id": trace_id, "spans": [_as_json(span) for span in spans]})
    else:
        console().print(trace_tree(spans, trace_id))
        console().print(f"{client.zipkin_url}/zipkin/traces/{trace_id}")


def _as_json(span: Span) -> dict[str, object]:
    return {
        "span_id": span.span_id,
        "parent_id": span.parent_id,
        "service": span.service,
        "name": span.name,
        "start_us": span.start_us,
        "duration_us": span.duration_us,
    }


async def _trace_id(client: Client, claim_id: str) -> str:
    async with client.channel("claims") as channel:
        return (await get_claim(channel, claim_id)).trace_id
