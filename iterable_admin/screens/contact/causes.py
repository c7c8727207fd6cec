"""What caused a row, as a link: an event, an operator's act, a row of a sync, a change of address. Two queries a page."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from django.contrib.auth.models import AnonymousUser, User
from django.urls import reverse

from iterable_admin.audit.browsing import LARGEST_NUMBER
from iterable_admin.audit.models import OperatorAction
from iterable_admin.inbox.models import Event

Viewer = User | AnonymousUser
# The kind of cause that a row names, and the id there.
Cause = tuple[str, str]
# Whose id stands in the cause itself: the page, and the permission to see it.
PAGES = {
    "sync": ("sync_syncrow", "sync.view_syncrow", "the sync"),
    "run": ("sync_syncrun", "sync.view_syncrun", "a sync run"),
    "address": ("contacts_addresschange", "contacts.view_addresschange", "a change of address"),
    "delivery": ("outbox_delivery", "outbox.view_delivery", "a delivery"),
    "observation": ("consent_profileobservation", "consent.view_profileobservation", "a look at the profile"),
    "erasure": ("consent_erasure", "consent.view_erasure", "an erasure"),
}


@dataclass(frozen=True, slots=True)
class Link:
    words: str
    url: str = ""


class Causes:
    """Looked up once for all that a page names. What the viewer may not see is named without a link."""

    def __init__(self, viewer: Viewer, named: Iterable[Cause]) -> None:
        told = set(named)
        self.viewer = viewer
        uuids = [number for kind, number in told if kind == "event" and _is_uuid(number)]
        numbers = [int(number) for kind, number in told if kind == "operator" and _is_key(number)]
        self.events = {str(event.uuid): event for event in _events(uuids)} if self._may("inbox.view_event") else {}
        self.acts = OperatorAction.objects.in_bulk(numbers) if self._may("audit.view_operatoraction") else {}

    def _may(self, permission: str) -> bool:
        return self.viewer.has_perm(permission)

    def link(self, kind: str, number: str) -> Link:
        if kind == "event":
            return self._event(number)
        if kind == "operator":
            return self._act(number)
        if kind not in PAGES:
            return Link(f"{kind} {number}")
        page, permission, words = PAGES[kind]
        # A change of address that carried a row names that row after a dot.
        key = number.partition(".")[0]
        return Link(words, reverse(f"admin:{page}_change", args=[key]) if self._may(permission) and _is_key(key) else "")

    def _event(self, number: str) -> Link:
        event = self.events.get(number)
        if event is None:
            return Link("an event")
        return Link(event.name or event.get_door_display(), reverse("admin:inbox_event_change", args=[event.pk]))

    def _act(self, number: str) -> Link:
        act = self.acts.get(int(number)) if _is_key(number) else None
        if act is None:
            return Link("an operator")
        return Link(f"{act.actor_name}: {act.reason}", reverse("admin:audit_operatoraction_change", args=[act.pk]))


def _events(uuids: list[str]) -> list[Event]:
    return list(Event.objects.filter(uuid__in=uuids).only("uuid", "name", "door")) if uuids else []


def _is_uuid(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True


def _is_key(text: str) -> bool:
    return text.isascii() and text.isdecimal() and int(text) <= LARGEST_NUMBER
