"""Versions as whoever asks about them sees them: with the graph, or why it cannot be read."""

from __future__ import annotations

from dataclasses import dataclass

from journeys.definition.graph import Graph
from journeys.definition.models import JourneyVersion
from journeys.definition.reading import Unreadable
from journeys.models import Journey


@dataclass(frozen=True, slots=True)
class Described:
    version: JourneyVersion
    graph: Graph | None
    problem: str = ""

    @classmethod
    def of(cls, version: JourneyVersion) -> Described:
        try:
            return cls(version, version.read())
        except Unreadable as problem:
            return cls(version, None, f"It cannot be read any more: {problem}")


def standing() -> list[Described]:
    rows = JourneyVersion.objects.filter(state__in=JourneyVersion.STANDING).select_related("journey").order_by("id")
    return [Described.of(row) for row in rows]


def what_counts(journey: Journey) -> Described | None:
    """What is asked about, and counted: the approved version, otherwise the newest."""
    versions = JourneyVersion.objects.filter(journey=journey).order_by("-number")
    version = versions.filter(state=JourneyVersion.State.APPROVED).first() or versions.first()
    return Described.of(version) if version else None
