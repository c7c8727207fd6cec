"""A contact beside its profile in Iterable as it is this moment. Asked for by a button, kept as a sight, logged as a view."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib import admin, messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import reverse

from contacts.consent.looking import sighting_of
from contacts.consent.models import Channel, List, MessageType, ObservedProfile
from contacts.consent.observing import observe
from contacts.consent.sightings import arrays_of
from contacts.models import Contact
from iterable_admin.audit.asking import require
from iterable_admin.audit.recording import record
from iterable_admin.errors import Permanent, Problem
from iterable_admin.iterable.reads import User
from iterable_admin.outbox.connection import connect
from iterable_admin.outbox.departing import is_allowed

# Whoever may see the person here: the page shows their subscriptions, and of their fields only those that differ from ours.
PERMISSION = "contacts.view_contact"
ARRAYS = {
    "unsubscribed_channel_ids": ("Unsubscribed channels", Channel),
    "subscribed_message_type_ids": ("Subscribed message types", MessageType),
    "unsubscribed_message_type_ids": ("Unsubscribed message types", MessageType),
    "list_ids": ("Lists", List),
}
NOTHING = "-"


@dataclass(frozen=True, slots=True)
class Line:
    what: str
    iterable: str
    ours: str

    @property
    def differs(self) -> bool:
        return self.iterable != self.ours


def compare_view(request: HttpRequest, pk: int) -> HttpResponse:
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    require(request, PERMISSION)
    contact = get_object_or_404(Contact, pk=pk)
    back = reverse("admin:contacts_contact_change", args=[pk])
    try:
        user, compared = compare(contact)
    except Problem as problem:
        messages.error(request, f"Iterable was not asked, or did not answer: {problem}")
        return HttpResponseRedirect(back)
    told = "Iterable has the profile." if user else "Iterable does not have this person."
    record(request.user, "view", f"Iterable profile of contact {pk}", {"contact": pk}, 1, "Compare with Iterable", told)
    context = {"title": f"{contact} in Iterable", "contact": contact, "user_there": user, "back": back, **compared}
    return TemplateResponse(request, "admin/live_profile.html", {**admin.site.each_context(request), **context})


def compare(contact: Contact) -> tuple[User | None, dict[str, Any]]:
    """Raises what the client raises. What was believed is read before the new sight takes its place."""
    if not contact.email:
        raise Permanent("the address of this person was erased.")
    if not is_allowed(contact.email):
        raise Permanent("the address is not on SENDING_ALLOW_LIST, which holds outside production.")
    user, call = connect().users.by_email(contact.email)
    with transaction.atomic():
        believed = ObservedProfile.objects.filter(address_key=contact.address_key).first()
        observe([sighting_of(contact.address_key, user, call.started_at)])
    return user, {
        "asked_at": call.started_at,
        "believed": believed,
        "subscriptions": _subscriptions(user, believed),
        "fields": _fields(user, contact),
    }


def _subscriptions(user: User | None, believed: ObservedProfile | None) -> list[Line]:
    ours = arrays_of(believed)
    return [
        Line(title, _named(getattr(user, name) if user else [], model), _named(ours[name], model))
        for name, (title, model) in ARRAYS.items()
    ]


def _named(ids: Sequence[int], model: Any) -> str:
    names = dict(model.objects.filter(iterable_id__in=ids).values_list("iterable_id", "name")) if ids else {}
    return ", ".join(f"{names[number]} ({number})" if number in names else str(number) for number in sorted(ids)) or NOTHING


def _fields(user: User | None, contact: Contact) -> list[Line]:
    """Those that we write, where they differ: Iterable may hold others, which are none of our business."""
    there = user.data_fields if user else {}
    lines = (Line(name, _shown(there.get(name)), _shown(value)) for name, value in sorted(contact.profile.items()))
    return [line for line in lines if line.differs]


def _shown(value: Any) -> str:
    return NOTHING if value in (None, "") else str(value)
