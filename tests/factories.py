"""Rows to test with: each valid by itself, distinct from the one before."""

# factory_boy types its factories, but not its declarations.
# mypy: disable-error-code="no-untyped-call"

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from django.utils import timezone
from factory.declarations import LazyAttribute, LazyFunction, Sequence, SubFactory
from factory.django import DjangoModelFactory

from contacts.consent.models import SubscriptionChange
from contacts.consent.recording import record
from contacts.intake.models import EventType
from contacts.models import Contact, Membership, Namespace
from contacts.sync.models import SyncDefinition, SyncRow, SyncRun
from iterable_admin.addresses import address_key
from iterable_admin.inbox.models import Event, Source
from iterable_admin.outbox.models import Attempt, Delivery


def address(number: int) -> str:
    return f"person{number}@example.com"


class SourceFactory(DjangoModelFactory[Source]):
    class Meta:
        model = Source

    name = Sequence(lambda number: f"Source {number}")
    scopes = LazyFunction(lambda: [scope.value for scope in Source.Scope])


class EventFactory(DjangoModelFactory[Event]):
    class Meta:
        model = Event

    source = SubFactory(SourceFactory)
    door = Event.Door.EVENT
    name = "SaaS Trials"
    email = Sequence(address)
    lane = LazyAttribute(lambda event: address_key(event.email))
    payload = LazyFunction(dict)
    raw_body = "{}"
    received_at = LazyFunction(timezone.now)


class ContactFactory(DjangoModelFactory[Contact]):
    class Meta:
        model = Contact

    email = Sequence(address)
    address_key = LazyAttribute(lambda contact: address_key(contact.email))


class NamespaceFactory(DjangoModelFactory[Namespace]):
    class Meta:
        model = Namespace

    namespace_id = Sequence(lambda number: 100_000 + number)
    plan_title = "Free"
    plan_is_paid = False


class MembershipFactory(DjangoModelFactory[Membership]):
    class Meta:
        model = Membership

    contact = SubFactory(ContactFactory)
    namespace = SubFactory(NamespaceFactory)
    access_level = 50
    access_level_name = "Owner"
    information = LazyAttribute(lambda membership: {"NAMESPACE_ID": membership.namespace.namespace_id})


class AttemptFactory(DjangoModelFactory[Attempt]):
    class Meta:
        model = Attempt

    endpoint = "/api/users/bulkUpdate"
    method = "POST"
    status = 200
    started_at = LazyFunction(timezone.now)
    duration = 0.1
    rows = 1
    accepted = 1


class DeliveryFactory(DjangoModelFactory[Delivery]):
    class Meta:
        model = Delivery

    operation = Delivery.Operation.PROFILE
    email = Sequence(address)
    lane = LazyAttribute(lambda delivery: address_key(delivery.email))
    payload = LazyFunction(lambda: {"dataFields": {"firstName": "Ada"}})
    creates = True
    cause = "event"
    cause_id = "1"
    created_at = LazyFunction(timezone.now)


class SubscriptionChangeFactory(DjangoModelFactory[SubscriptionChange]):
    """A withdrawal of all marketing, by the person, now."""

    class Meta:
        model = SubscriptionChange

    address_key = Sequence(lambda number: address_key(address(number)))
    target = SubscriptionChange.Target.ALL_MARKETING
    verdict = SubscriptionChange.Verdict.WITHDRAWN
    basis = SubscriptionChange.Basis.EXPLICIT
    occurred_at = LazyFunction(timezone.now)
    received_at = LazyFunction(timezone.now)
    dated_by = "caller"
    source = "Marketo"
    cause = "event"
    cause_id = Sequence(str)

    @classmethod
    def _create(cls, model_class: type[SubscriptionChange], **columns: Any) -> SubscriptionChange:
        """By the ledger's only door: chained, and with the state in step."""
        return record([model_class(**columns)])[0]


class EventTypeFactory(DjangoModelFactory[EventType]):
    class Meta:
        model = EventType

    name = Sequence(lambda number: f"Event type {number}")
    slug = Sequence(lambda number: f"event-type-{number}")
    fields = LazyFunction(lambda: [{"name": "company", "type": "string"}])


class SyncDefinitionFactory(DjangoModelFactory[SyncDefinition]):
    class Meta:
        model = SyncDefinition

    name = "Namespaces"
    slug = Sequence(lambda number: f"namespaces-{number}")


class SyncRunFactory(DjangoModelFactory[SyncRun]):
    class Meta:
        model = SyncRun

    definition = SubFactory(SyncDefinitionFactory)
    state = SyncRun.State.COMPLETED
    today = LazyFunction(lambda: timezone.now().date())
    window_start = datetime(2026, 1, 1, tzinfo=UTC)
    trigger = "operator"
    started_at = LazyFunction(timezone.now)


class SyncRowFactory(DjangoModelFactory[SyncRow]):
    class Meta:
        model = SyncRow

    run = SubFactory(SyncRunFactory)
    email = Sequence(address)
    address_key = LazyAttribute(lambda row: address_key(row.email))
