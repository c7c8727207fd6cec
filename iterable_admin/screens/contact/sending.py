"""Send now: a profile update with the newest values of one person, through the outbox and its gates like any other."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.contrib import admin
from django.contrib.auth.models import AnonymousUser, User
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse

from contacts.consent.ledger import live_withdrawals
from contacts.models import Contact
from contacts.presence import PRESENT, presence_of
from contacts.sync.pages.changes import shown
from iterable_admin.addresses import mask_email
from iterable_admin.audit.asking import Question, ReasonForm, ask_then_do, require, show
from iterable_admin.audit.recording import record
from iterable_admin.errors import Permanent
from iterable_admin.outbox.enqueueing import Cause, enqueue, profile_update
from iterable_admin.outbox.models import Delivery
from iterable_admin.outbox.next_steps import next_step
from iterable_admin.outbox.switching import Mode, current, mode
from iterable_admin.screens.contact.locking import ERASED, is_erased, lock
from iterable_admin.screens.contact.values import Values, accepted, newest, overwritten

PERMISSION = "contacts.send_contact"
TEMPLATE = "admin/contacts/contact/send_now.html"
SENTENCE = "A profile update with the values below goes to Iterable, as the rate limit, the sending switch and the gates allow."
CREATES = "Iterable is not known to have this person: if it does not, the update makes the profile."
OPTED_OUT = "This person withdrew. They stay opted out: where needed the opt-out leaves before the update."
OVERWRITES = "Iterable accepted later values of {fields}, which this overwrites."
MODES = {
    Mode.PAUSED: "Sending is paused: the update waits until whoever paused it lets it go on.",
    Mode.OBSERVE: "Sending is on observe: the update is stored as what would be sent, and nothing leaves.",
}


def send_now(request: HttpRequest, pk: int) -> HttpResponse:
    require(request, PERMISSION)
    contact = get_object_or_404(Contact, pk=pk)
    back = reverse("admin:contacts_contact_change", args=[pk])
    values = newest(contact)
    if refusal := refusal_of(contact, values):
        title = "Nothing can be sent now"
        return show(request, admin.site, Question(title, refusal, "Send", back, count=0), ReasonForm())
    question = Question(
        title=f"Send the newest values of {mask_email(contact.email)} now",
        sentence=SENTENCE,
        submit="Send 1 profile update",
        back=back,
        count=1,
        notes=_notes(contact, values),
        template=TEMPLATE,
        shown={"values": [(name, shown(one.value), one.source, one.since) for name, one in sorted(values.items())]},
    )

    def act(answers: Mapping[str, Any]) -> str:
        row = send(contact, request.user, answers["reason"])
        return f"1 profile update is on its way: delivery {row.pk}."

    return ask_then_do(request, admin.site, question, act)


def send(shown_as: Contact, user: User | AnonymousUser, reason: str) -> Delivery:
    """In the caller's transaction. What the page showed may be old by now: all is asked again, with the contact locked."""
    contact = lock(shown_as)
    values = newest(contact)
    if refusal := refusal_of(contact, values):
        raise Permanent(refusal)
    told = f"A profile update with {len(values)} field{'' if len(values) == 1 else 's'}."
    action = record(user, "send_now", f"contact {contact.pk}", {"contact": contact.pk}, 1, reason, told)
    update = profile_update(contact.email, {name: one.value for name, one in values.items()}, Cause("operator", str(action.pk)))
    return enqueue([update])[0]


def refusal_of(contact: Contact, values: Values) -> str:
    """Why not, and what to do instead; empty if nothing is in the way."""
    if is_erased(contact):
        return ERASED
    if not values:
        return "No values are known of this person: no event and no sync has told any."
    updates = Delivery.objects.open().filter(lane=contact.address_key, operation=Delivery.Operation.PROFILE)
    if row := updates.order_by("pk").first():
        return (
            f"Delivery {row.pk}, a profile update, has not ended yet ({row.get_state_display()}). {next_step(row)} Send after it."
        )
    return ""


def _notes(contact: Contact, values: Values) -> list[str]:
    key = contact.address_key
    later = overwritten(values, accepted(contact))
    there, sending = presence_of([key]).get(key) is PRESENT, mode(current())
    notes = [] if there else [CREATES]
    notes += [OPTED_OUT] if live_withdrawals([key]) else []
    notes += [OVERWRITES.format(fields=", ".join(later))] if later else []
    return notes + ([MODES[sending]] if sending in MODES else [])
