"""Whether anything leaves and who carries it: the sending switch, the workers, the API budget, what Iterable dropped."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.utils import timezone

from iterable_admin.audit.pills import pill
from iterable_admin.outbox.budget import Line, budget
from iterable_admin.outbox.models import Delivery, Notice, SendingSwitch
from iterable_admin.outbox.noticing import MENDS as NOTICE_MENDS
from iterable_admin.outbox.noticing import WHAT
from iterable_admin.outbox.switching import mode
from iterable_admin.screens.dashboard.counting import list_url
from iterable_admin.waking.models import WakeUp

# The schedule wakes both pipes every minute: three missed ones are no accident.
SILENT_AFTER = timedelta(minutes=3)
# A field that is dropped each night stays on the page until a night goes by without it.
NOTICED_FOR = timedelta(hours=26)
MOST_NOTICES = 50
PIPES = ("inbox", "outbox")


def sending() -> dict[str, Any]:
    switch = SendingSwitch.objects.filter(pk=1).first() or SendingSwitch()
    effective = mode(switch)
    return {
        "switch": switch,
        "mode": effective,
        "pill": pill(effective.value, str(effective.label)),
        "stricter": effective.value != switch.mode,
    }


def heartbeats() -> list[dict[str, Any]]:
    wake_ups = WakeUp.objects.in_bulk(PIPES)
    return [_heartbeat(name, wake_ups.get(name)) for name in PIPES]


def _heartbeat(name: str, wake_up: WakeUp | None) -> dict[str, Any]:
    started = wake_up.started_at if wake_up else None
    finished = wake_up.finished_at if wake_up else None
    alive = started is not None and started > timezone.now() - SILENT_AFTER
    words = "a worker is alive" if alive else "no worker answers"
    beat = pill("live" if alive else "failed", words)
    return {"name": name, "alive": alive, "started": started, "finished": finished, "pill": beat}


def last_settled() -> Any:
    """When a delivery last came to its end."""
    ended = Delivery.objects.filter(ended_at__isnull=False).order_by("-ended_at")
    return ended.values_list("ended_at", flat=True).first()


def notices() -> list[dict[str, Any]]:
    """What Iterable dropped in the last day, a line a kind."""
    lately = Notice.objects.filter(last_at__gte=timezone.now() - NOTICED_FOR).order_by("kind", "-last_at")
    by_kind: dict[str, list[Notice]] = {}
    for notice in lately[:MOST_NOTICES]:
        by_kind.setdefault(notice.kind, []).append(notice)
    return [
        {
            "what": WHAT[Notice.Kind(kind)],
            "names": ", ".join(notice.name for notice in found),
            "last_at": found[0].last_at,
            "mend": NOTICE_MENDS[Notice.Kind(kind)],
            "url": list_url("outbox_notice", kind__exact=kind),
        }
        for kind, found in by_kind.items()
    ]


def budget_used() -> dict[str, Any]:
    """Calls in 24 hours, the endpoint that is nearest to its day's cap, and those that are paused."""
    called, _ = budget()
    capped = [line for line in called if line.per_day]
    nearest = max(capped, key=_share, default=None)
    return {
        "calls": sum(line.used[2] for line in called),
        "nearest": nearest,
        "share": round(_share(nearest) * 100) if nearest else 0,
        "paused": [line for line in called if line.paused_until],
    }


def _share(line: Line) -> float:
    return line.used[2] / line.per_day if line.per_day else 0.0
