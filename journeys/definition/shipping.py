"""The two journeys of the instance as definitions: drafts that somebody compares with Iterable, and has approved."""

from __future__ import annotations

import json
from pathlib import Path

from journeys.definition.graph import Graph
from journeys.definition.lifecycle import draft
from journeys.definition.models import JourneyVersion
from journeys.definition.reading import read_graph
from journeys.models import Journey

FOLDER = Path(__file__).parent / "shipped"
TRIAL, FREE = "saas-trial-onboarding-and-post", "free-user-and-invited-onboarding"
NOTES = "Written from what is publicly known of the journey: compare it with Iterable before you have it approved."


def shipped(name: str) -> Graph:
    return read_graph(json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8")))


def ship(journey: Journey, name: str) -> None:
    """Nothing where somebody has described the journey already."""
    if not journey.versions.exists():
        draft(journey, shipped(name), JourneyVersion.Provenance.TYPED, NOTES).save()
