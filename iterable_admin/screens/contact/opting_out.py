"""Opt out: from a message type, a channel or all marketing, with a reason. There is no way to opt somebody in here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.auth.models import AnonymousUser, User
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse

from contacts.consent.ledger import live_withdrawals
from contacts.consent.models import Channel, MessageType
from contacts.consent.opting_out import Target, opt_out
from contacts.models import Contact
from contacts.presence import PRESENT, presence_of
from iterable_admin.addresses import mask_email
from iterable_admin.audit.asking import Question, ReasonForm, ask_then_do, require, show
from iterable_admin.audit.recording import record
from iterable_admin.screens.contact.locking import ERASED, is_erased, lock

PERMISSION = "contacts.opt_out_contact"
EVERYTHING = "everything"
SENTENCE = (
    "The withdrawal is written into the ledger with your name, and Iterable is told. It holds for every address of this person, "
    "and for whatever is sent later. Only an act of the person lifts it again."
)
ASKED_FIRST = "Iterable is not known to have this person: it is asked first, and nobody is created there by the opt-out."
ALREADY = "All marketing was withdrawn already, on {at:%Y-%m-%d %H:%M} UTC ({source})."


def choices() -> list[tuple[str, str]]:
    """Types that must not be used are never settable, not even this way: all marketing covers them."""
    types = MessageType.objects.filter(do_not_use=False).select_related("channel")
    return [
        (EVERYTHING, "Everything that is marketing: the Marketing Channel with all its types, now and later"),
        *((f"channel-{one.pk}", f"The channel {one}, with all its types") for one in Channel.objects.all()),
        *((f"type-{one.pk}", f"The message type {one} ({one.channel})") for one in types),
    ]


class OptOutForm(ReasonForm):
    target = forms.ChoiceField(
        label="From",
        choices=choices,
        error_messages={"invalid_choice": "This is not on the list: choose one of these."},
    )
    field_order = ("target", "reason")


def opt_out_view(request: HttpRequest, pk: int) -> HttpResponse:
    require(request, PERMISSION)
    contact = get_object_or_404(Contact, pk=pk)
    question = _question(contact)
    if is_erased(contact):
        refused = Question("Nobody can be opted out", ERASED, "Opt out", question.back, count=0)
        return show(request, admin.site, refused, ReasonForm())
    if request.method != "POST":
        wanted = request.GET.get("from", EVERYTHING)
        return show(request, admin.site, question, OptOutForm(initial={"target": wanted}))

    def act(answers: Mapping[str, Any]) -> str:
        return _opt_out(contact, answers["target"], request.user, answers["reason"])

    return ask_then_do(request, admin.site, question, act, OptOutForm)


def _question(contact: Contact) -> Question:
    key = contact.address_key
    withdrawn = live_withdrawals([key]).get(key)
    notes = [] if presence_of([key]).get(key) is PRESENT else [ASKED_FIRST]
    notes += [ALREADY.format(at=withdrawn.occurred_at, source=withdrawn.source)] if withdrawn else []
    back = reverse("admin:contacts_contact_change", args=[contact.pk])
    title = f"Opt {mask_email(contact.email)} out"
    return Question(title, SENTENCE, "Opt 1 person out", back, count=1, notes=notes)


def _opt_out(shown_as: Contact, chosen: str, user: User | AnonymousUser, reason: str) -> str:
    """In the caller's transaction: the contact is locked, and asked about again."""
    contact = lock(shown_as)
    target = _target(chosen)
    name = str(target) if target else "all marketing"
    selection = {"contact": contact.pk, "from": name}
    action = record(user, "opt_out", f"contact {contact.pk}", selection, 1, reason, f"Withdrew from {name}.")
    rows = opt_out(contact, target, action.pk, action.actor_name)
    listed = ", ".join(str(row.pk) for row in rows)
    return f"Opted out of {name}: in the ledger, and on its way to Iterable (deliver{'y' if len(rows) == 1 else 'ies'} {listed})."


def _target(chosen: str) -> Target:
    """A choice that was on the page may be gone by now; then the form has refused it."""
    kind, _, pk = chosen.partition("-")
    if kind == "channel":
        return Channel.objects.get(pk=int(pk))
    return MessageType.objects.select_related("channel").get(pk=int(pk)) if kind == "type" else None
