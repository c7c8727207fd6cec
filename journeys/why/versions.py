"""Which description of a journey is asked about: the approved one, otherwise the newest."""

from __future__ import annotations

from dataclasses import dataclass

from journeys.definition.graph import Graph
from journeys.definition.models import JourneyVersion
from journeys.definition.reading import Unreadable
from journeys.models import Journey

NOT_DESCRIBED = "{} is not described here yet: write down its entry, conditions and steps first."


@dataclass(frozen=True, slots=True)
class Described:
    """`problem`: why there is no graph, and the mend."""

    journey: Journey
    version: JourneyVersion | None = None
    graph: Graph | None = None
    problem: str = ""


def described(journey: Journey) -> Described:
    versions = JourneyVersion.objects.filter(journey=journey).order_by("-number")
    version = versions.filter(state=JourneyVersion.State.APPROVED).first() or versions.first()
    if version is None:
        return Described(journey, problem=NOT_DESCRIBED.format(journey.name))
    try:
        return Described(journey, version, version.read())
    except Unreadable as problem:
        return Described(journey, version, problem=f"{str(version).capitalize()} can no longer be read: {problem}")


def journey_named(told: str) -> Journey | None:
    """By our id, by Iterable's workflow id, or by name."""
    if told.isascii() and told.isdecimal() and len(told) < len(str(2**63)):
        by_number = Journey.objects.filter(pk=int(told)).first() or Journey.objects.filter(workflow_id=int(told)).first()
        if by_number:
            return by_number
    return Journey.objects.filter(name__iexact=told.strip()).order_by("pk").first()
