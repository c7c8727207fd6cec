"""The doors through which a pasted payload could have come."""

from __future__ import annotations

from dataclasses import dataclass

from contacts.intake.models import EventType
from iterable_admin.inbox.models import Event

Door = Event.Door


@dataclass(frozen=True, slots=True)
class Kind:
    label: str
    door: Event.Door
    path: str


FIXED = {
    "gitlab": Kind("A lead as GitLab's own code sends it", Door.EVENT, "/api/v1/events/gitlab/"),
    "track": Kind("Any event, in Iterable's track shape", Door.EVENT, "/api/v1/events/"),
    "marketo": Kind("Marketo's unsubscribe webhook, JSON or form", Door.UNSUBSCRIBE, "/api/v1/webhooks/marketo/unsubscribe/"),
    "iterable": Kind("One of Iterable's system webhooks", Door.ITERABLE, "/api/v1/webhooks/iterable/"),
}


def kinds() -> dict[str, Kind]:
    """The types of event first, each with an endpoint of its own."""
    types = EventType.objects.filter(active=True).order_by("name").values_list("slug", "name")
    return {
        f"type:{slug}": Kind(f"{name}, its fields flat", Door.EVENT, f"/api/v1/events/{slug}/") for slug, name in types
    } | FIXED
