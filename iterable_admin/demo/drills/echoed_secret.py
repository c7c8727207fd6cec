"""Iterable quotes our own request in its refusal, the key included: it may stay nowhere."""

from __future__ import annotations

from collections.abc import Iterator

from django.conf import settings

from iterable_admin.demo.drills.crowd import Crowd, gather
from iterable_admin.demo.drills.ground import Ground
from iterable_admin.demo.drills.needing import need_somebody
from iterable_admin.demo.drills.verdict import Verdict
from iterable_admin.iterable.redaction import REDACTED
from iterable_admin.outbox.models import Attempt, Delivery, RefusedRow, SendingSwitch

PEOPLE = 4
KEPT = {
    Attempt: ("error", "excerpt", "notes"),
    RefusedRow: ("message",),
    Delivery: ("reason", "payload"),
    SendingSwitch: ("halted_because",),
}


def drill(ground: Ground) -> Verdict:
    crowd = gather("echoed-secret", trials=PEOPLE, leavers=0)

    def look(_: Crowd) -> list[str]:
        hidden = Attempt.objects.filter(excerpt__contains=REDACTED).exists()
        wrong = [] if hidden else ["no refusal shows that something was hidden in it"]
        return wrong + [f"the key is in {place}" for place in _places_with(settings.ITERABLE_API_KEY, ground)]

    shape = {"path": "/api/events/trackBulk"}
    return need_somebody(ground, "echoed-secret", crowd, "echoed-secret", shape, crowd.trials, look)


def _places_with(secret: str, ground: Ground) -> Iterator[str]:
    for model, columns in KEPT.items():
        for values in model._default_manager.values_list("pk", *columns):
            if any(secret in str(value) for value in values[1:]):
                yield f"{model._meta.verbose_name} {values[0]}"
    # The sandbox keeps no log of its own here; what it prints is its address.
    for log in sorted(ground.logs.glob("*.log")):
        if secret in log.read_text(errors="replace"):
            yield str(log)
