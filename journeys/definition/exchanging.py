"""A definition as a text: to keep, to edit elsewhere, and to bring back."""

from __future__ import annotations

import json
from typing import Any

from contacts.conditions.reading import Unreadable
from iterable_admin.errors import Permanent
from journeys.definition.graph import Graph
from journeys.definition.lifecycle import By, edit, propose
from journeys.definition.models import JourneyVersion
from journeys.definition.reading import read_graph
from journeys.models import Journey

LONGEST = 1_000_000


def as_text(told: Any) -> str:
    return json.dumps(told, indent=2, ensure_ascii=False) + "\n"


def from_text(text: str) -> Graph:
    """Raises Permanent, with the line where it is no JSON, and with the place and the mend where it is no definition."""
    if len(text) > LONGEST:
        raise Permanent(f"A definition has at most {LONGEST:,} characters; this has {len(text):,}.")
    try:
        told = json.loads(text)
        text.encode()
    except json.JSONDecodeError as problem:
        raise Permanent(f"This is no JSON: line {problem.lineno}, column {problem.colno}: {problem.msg}.") from None
    except (RecursionError, UnicodeEncodeError):
        raise Permanent("This is no JSON that can be kept: it is nested too deeply, or holds half a character.") from None
    try:
        return read_graph(told)
    except Unreadable as problem:
        raise Permanent(f"Nothing was imported. {problem}") from None


def bring_in(journey: Journey, by: By, text: str, revision: int | None) -> JourneyVersion:
    """Into the draft where there is one, which has to be at the `revision` that was seen; else as a new draft."""
    graph = from_text(text)
    draft = journey.versions.filter(state=JourneyVersion.State.DRAFT).first()
    if draft is None:
        return propose(journey, by, graph, JourneyVersion.Provenance.IMPORTED)
    return edit(draft, by, graph, -1 if revision is None else revision)
