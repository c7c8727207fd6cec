"""How many people a journey reaches, as the last run of the lint counted it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from journeys.lint.reach import AUDIENCE, Reach
from journeys.lint.running import last_run
from journeys.models import Journey


@dataclass(frozen=True, slots=True)
class Audiences:
    at: datetime | None
    """None before the first run that counted."""
    by_journey: dict[str, list[Reach]]

    def of(self, journey: Journey) -> list[Reach]:
        """Widest first; nothing of one that does not run, or has no step whose type is known."""
        return sorted(self.by_journey.get(str(journey.pk), []), key=lambda reach: (-reach.will, reach.message_type))


def audiences() -> Audiences:
    """One query: asking everybody again would take a page seconds."""
    run = last_run()
    if run is None or AUDIENCE not in run.counts:
        return Audiences(None, {})
    told = run.counts[AUDIENCE].items()
    return Audiences(run.started_at, {pk: [Reach(**reach) for reach in reaches] for pk, reaches in told})
