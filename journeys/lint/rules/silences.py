"""Events that stopped coming in."""

from __future__ import annotations

from collections.abc import Iterator

from iterable_admin.audit.pills import moment_text
from journeys.lint.ground import Ground
from journeys.lint.models import SilenceAlarm
from journeys.lint.registry import About, Found, Rule, Severity, Subject, register
from journeys.lint.silence import last_received, silent_for


@register
class EVT01(Rule):
    """An expected event has not come in for so many hours of the days on which it is expected (a silence alarm's setting).

    Nothing fails when an upstream system stops sending: the journeys that the event starts just take nobody in any more.
    """

    code, severity, title, quick = "EVT01", Severity.BLOCKING, "an expected event is silent", True

    def find(self, ground: Ground) -> Iterator[Found]:
        for alarm in SilenceAlarm.objects.filter(active=True):
            last = last_received(alarm)
            heard = silent_for(alarm, alarm.begun(last), ground.now)
            if heard.total_seconds() < alarm.hours * 3600:
                continue
            starving = [journey.name for journey in ground.starving.get(alarm.event_name.casefold(), [])]
            since = f"since {moment_text(last)}" if last else "ever"
            yield Found(
                About(Subject.EVENT_TYPE, alarm.event_name[:100], alarm.event_name),
                f"No {alarm.event_name} event {since}: {alarm.hours:g} h on the days it is expected are the limit. "
                f"Journeys that starve: {', '.join(starving) or 'none known'}.",
                "The technical owner asks the sending system, and looks at rejected events, now.",
                evidence={"last": last.isoformat() if last else None, "hours": alarm.hours, "starving": starving},
            )
