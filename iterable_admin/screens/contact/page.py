"""What a person's page shows, gathered once: a fixed number of queries, whatever the person has been through."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpRequest

from contacts.consent.matrix import Line, matrix
from contacts.consent.models import Erasure
from contacts.models import Contact, Membership
from iterable_admin.outbox.models import Delivery
from iterable_admin.screens.contact.answering import Mailable, mailable
from iterable_admin.screens.contact.causes import Causes, Link
from iterable_admin.screens.contact.entries import Entry, Names
from iterable_admin.screens.contact.moments import Asked, Slider, asked, slider_of
from iterable_admin.screens.contact.standing import Fact, first_known, presence_fact, window_of
from iterable_admin.screens.contact.subscriptions import Row, causes_of, rows_of
from iterable_admin.screens.contact.timeline import Timeline, timeline
from iterable_admin.screens.contact.values import Comparison, accepted, compare, last_accepted, newest

MOST_NAMESPACES = 50
KEPT = ("at", "known_at", "day", "as_known", "kind", "before")


@dataclass(frozen=True, slots=True)
class Told:
    """An entry of the timeline with its cause looked up."""

    entry: Entry
    cause: Link | None


@dataclass(frozen=True, slots=True)
class Subscriptions:
    """`answer` is of all the rows together."""

    rows: list[Row]
    answer: Mailable
    asked: Asked
    slider: Slider | None


@dataclass(frozen=True, slots=True)
class Present:
    """What is told of now alone: what the page shows of the past leaves it out."""

    window: Fact
    presence: Fact
    last_sent: Delivery | None
    comparison: Comparison
    memberships: list[Membership]


@dataclass(frozen=True, slots=True)
class Page:
    subscriptions: Subscriptions
    timeline: Timeline
    told: list[Told]
    present: Present | None


def page_of(contact: Contact, request: HttpRequest) -> Page:
    first = first_known(contact)
    moment = asked(request, first)
    lines = matrix(contact.address_key, at=moment.at, known_at=moment.known_at)
    kept = {name: request.GET.get(name, "") for name in KEPT}
    happened = timeline(contact, request.user, kept, moment, _names(lines))
    named = [entry.cause for entry in happened.entries if entry.cause]
    causes = Causes(request.user, [*causes_of(lines), *named])
    told = [Told(entry, causes.link(*entry.cause) if entry.cause else None) for entry in happened.entries]
    rows = rows_of(lines, causes)
    subscriptions = Subscriptions(rows, mailable(rows), moment, slider_of(first, moment.at))
    return Page(subscriptions, happened, told, None if moment.past else _present(contact))


def subscriptions_of(person: Contact | Erasure, request: HttpRequest) -> Subscriptions:
    """The matrix alone, also of somebody who was erased."""
    moment = asked(request)
    lines = matrix(person.address_key, at=moment.at, known_at=moment.known_at)
    rows = rows_of(lines, Causes(request.user, causes_of(lines)))
    return Subscriptions(rows, mailable(rows), moment, None)


def _present(contact: Contact) -> Present:
    memberships = contact.memberships.select_related("namespace").order_by("namespace_id")[:MOST_NAMESPACES]
    return Present(
        window_of(contact),
        presence_fact(contact),
        last_accepted(contact),
        compare(newest(contact), accepted(contact)),
        list(memberships),
    )


def _names(lines: list[Line]) -> Names:
    """Of the channels and types that Iterable's arrays name by number."""
    names: dict[tuple[str, int], str] = {}
    for line in lines:
        kind = line.message_type
        names |= {("type", kind.iterable_id): kind.name} if kind.iterable_id else {}
        names |= {("channel", kind.channel.iterable_id): kind.channel.name} if kind.channel.iterable_id else {}
    return names
