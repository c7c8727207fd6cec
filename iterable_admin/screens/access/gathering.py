"""Everything that any room knows of one person, as plain values. Reads only."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from django.db.models import F, Model, Q, QuerySet
from django.utils import timezone

from contacts.consent.erasing.traces import Person, others_of
from contacts.consent.matrix import matrix
from contacts.consent.models import AddressReport, Erasure, ListMembership, ProfileObservation, SubscriptionChange
from contacts.intake.serializers import SubscriptionSerializer
from contacts.models import Contact, FieldChange, Membership, Presence
from contacts.sync.models import ComparedEvent, DifferingField, SyncRow, SyncState
from iterable_admin.errors import Problem
from iterable_admin.inbox.models import Event
from iterable_admin.iterable.client import IterableClient
from iterable_admin.outbox.connection import connect
from iterable_admin.outbox.models import Delivery, RefusedRow

# Of our machinery, and not of the person.
MACHINERY = frozenset(
    (
        *("lease_owner", "lease_until", "dedup_key", "content_hash", "traceback", "deaths", "company", "open", "stuck"),
        *("next_attempt_at", "held_for", "last_attempt", "contact", "run", "definition", "fingerprint"),
    )
)


def gather(email: str, client: IterableClient | None = None) -> dict[str, Any]:
    person = Person.at(email)
    contact = Contact.objects.filter(address_key=person.key)
    return {
        "address": person.email,
        "address_key": person.key,
        "made_at": timezone.now(),
        "erased_at": Erasure.objects.filter(address_key=person.key).values_list("requested_at", flat=True).first(),
        "contact": next(iter(rows(contact)), None),
        "namespaces": _namespaces(person),
        "field_history": rows(FieldChange.objects.filter(contact__address_key=person.key).order_by("id")),
        "subscriptions": SubscriptionSerializer(matrix(person.key), many=True).data,
        "ledger": rows(SubscriptionChange.objects.filter(address_key__in=_keys(person)).order_by("occurred_at", "id")),
        **_seen_in_iterable(person),
        "events": rows(_events(person), named={"source": "source__name"}),
        "deliveries": rows(_deliveries(person)),
        "refusals": rows(RefusedRow.objects.filter(delivery__in=_deliveries(person)).order_by("id")),
        "sync_rows": rows(SyncRow.objects.filter(address_key=person.key).order_by("id"), named={"run": "run_id"}),
        "accepted_by_the_sync": rows(SyncState.objects.filter(address_key=person.key)),
        "compared_in_observe_mode": rows(
            DifferingField.objects.filter(person__address_key=person.key),
            named={"comparison": "comparison_id", "person": "person_id"},
        ),
        "events_compared_in_observe_mode": rows(
            ComparedEvent.objects.filter(person__address_key=person.key),
            named={"comparison": "comparison_id", "person": "person_id"},
        ),
        "iterable": in_iterable(person.email, client),
    }


def _keys(person: Person) -> list[str]:
    """Also of the addresses that they had before."""
    return [person.key, *sorted(others_of(person.key))]


def _events(person: Person) -> QuerySet[Event]:
    lanes = [lane for lane in (*_keys(person), person.user_lane) if lane]
    return Event.objects.filter(Q(email=person.email) | Q(lane__in=lanes)).order_by("id")


def _deliveries(person: Person) -> QuerySet[Delivery]:
    return Delivery.objects.filter(Q(email=person.email) | Q(lane__in=_keys(person))).order_by("id")


def _namespaces(person: Person) -> list[dict[str, Any]]:
    """What is kept of each namespace besides is about the namespace, and not about this person."""
    memberships = Membership.objects.filter(contact__address_key=person.key).order_by("namespace_id")
    return rows(memberships, named={"namespace": "namespace_id"})


def _seen_in_iterable(person: Person) -> dict[str, Any]:
    mine = {"address_key": person.key}
    return {
        "seen_in_iterable": rows(ProfileObservation.objects.filter(**mine).order_by("id")),
        "in_iterable": next(iter(rows(Presence.objects.filter(**mine))), None),
        "suppression_lists": rows(ListMembership.objects.filter(**mine).order_by("id"), named={"list": "list__name"}),
        "bounces_and_complaints": rows(AddressReport.objects.filter(**mine).order_by("id")),
    }


def rows(found: QuerySet[Any], named: dict[str, str] | None = None) -> list[dict[str, Any]]:
    """`named`: for what is told otherwise than by a column of that name."""
    named = named or {}
    columns = _columns(found.model, named.keys())
    values = found.values(*columns, **{f"_{name}": F(path) for name, path in named.items()})
    return [{**{name: row[name] for name in columns}, **{name: row[f"_{name}"] for name in named}} for row in values]


def _columns(model: type[Model], apart: Collection[str]) -> list[str]:
    return [field.name for field in model._meta.concrete_fields if field.name not in MACHINERY and field.name not in apart]


def in_iterable(email: str, client: IterableClient | None) -> dict[str, Any]:
    """The profile and everything they did, as Iterable holds it; where it cannot be asked, that is said instead."""
    try:
        client = client or connect()
        user, _ = client.users.by_email(email)
        events = list(client.exports.user_events(email=email, include_custom_events=True)) if user else []
    except Problem as problem:
        return {"profile": None, "events": [], "not_asked": str(problem)}
    return {"profile": user.data_fields if user else None, "events": events, "not_asked": ""}
