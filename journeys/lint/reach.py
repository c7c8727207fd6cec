"""How many people the steps of each journey reach: kept on the run of the lint that counted them."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import asdict, dataclass
from typing import Any

from journeys.lint.ground import Ground, variant_of

# As a run's counts name it.
AUDIENCE = "audience"


@dataclass(frozen=True, slots=True)
class Reach:
    """Of the steps of one journey that go to the same people: one message type, less the same suppressed lists."""

    message_type: str
    message_type_id: int
    steps: int
    will: int
    """Whom Iterable will mail."""
    should: int
    exposed: int
    unknown: int
    """Of whom we do not know whether Iterable has them."""


def reach_by_journey(ground: Ground) -> dict[str, list[dict[str, Any]]]:
    """By our ids, as JSON, of what the rules had counted anyway; nothing where none of them asked."""
    steps: defaultdict[Any, list[Any]] = defaultdict(list)
    for step, message_type in ground.typed_steps() if ground.counted else ():
        if step.journey:
            steps[step.journey.pk, variant_of(step, message_type)].append((step, message_type))
    found: defaultdict[str, list[dict[str, Any]]] = defaultdict(list)
    for (pk, variant), alike in steps.items():
        seen, kind = ground.exposure(*alike[0]), variant.message_type
        reach = Reach(kind.name, kind.pk, len(alike), seen.will, seen.should, seen.exposed, seen.unknown)
        found[str(pk)].append(asdict(reach))
    return dict(found)
