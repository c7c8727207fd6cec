"""A little of everything, for pages to show."""

from __future__ import annotations

from datetime import date, timedelta

from django.utils import timezone

from contacts.conditions.models import SavedAudience
from contacts.consent.models import (
    AddressReport,
    Channel,
    Erasure,
    ForgottenElsewhere,
    List,
    MessageType,
    ObservedProfile,
    ProfileObservation,
    ResolverCheck,
)
from contacts.consent.sealing import seal
from contacts.gateway.models import Callback
from contacts.intake.models import EventType, Reconciliation
from contacts.models import AddressChange, Contact, FieldChange, Listing, Membership, Namespace
from contacts.sync.models import SyncAlert, SyncDefinition, SyncNotice, SyncRow, SyncRun, SyncTrigger
from iterable_admin.addresses import address_key
from iterable_admin.audit.models import BulkAction, Dri, OperatorAction
from iterable_admin.inbox.models import Event, RefusedCall, Source, SourceToken
from iterable_admin.outbox.models import Attempt, Delivery, Notice, RateBucket, RefusedRow, SendingSwitch
from iterable_admin.screens.models import MondayMail
from journeys.definition.lifecycle import draft
from journeys.definition.shipping import TRIAL, shipped
from journeys.lint.models import LintException, LintFinding, LintRun, Notification, SilenceAlarm
from journeys.models import Campaign, Journey, JourneyVersion, MirrorChange, MirrorRun, PressureRun, RehearsalRun, Template
from tests.factories import SubscriptionChangeFactory


def fill(rows: int) -> None:
    """`rows` of everything, on top of what is there."""
    start = Contact.objects.count() + 1
    for number in range(start, start + rows):
        _person(number)
        _set_up(number)
    SendingSwitch.objects.get_or_create(pk=1)
    Dri.objects.get_or_create(role=Dri.Role.BUSINESS_OWNER)


def _set_up(number: int) -> None:
    channel = Channel.objects.create(name=f"Channel {number}")
    message_type = MessageType.objects.create(name=f"Type {number}", channel=channel, policy="OptIn")
    List.objects.create(name=f"List {number}", iterable_id=number)
    EventType.objects.create(name=f"Event {number}", slug=f"event-{number}")
    journey = Journey.objects.create(name=f"Journey {number}", url="https://app.iterable.com/workflows/1")
    _lint(number, message_type, journey)
    version = draft(journey, shipped(TRIAL), JourneyVersion.Provenance.TYPED)
    version.save()
    rehearsed = {"graph": version.graph, "graph_hash": version.graph_hash, "actor_name": "x", "created_at": timezone.now()}
    RehearsalRun.objects.create(journey=journey, version=version, state="completed", **rehearsed)
    PressureRun.objects.create(days=90, most_in_a_day=2, most_in_a_week=4, actor_name="x", created_at=timezone.now())
    Campaign.objects.create(name=f"Campaign {number}", iterable_id=number)
    Template.objects.create(name=f"Template {number}", iterable_id=number)
    run = MirrorRun.objects.create(trigger="command", started_at=timezone.now())
    MirrorChange.objects.create(run=run, kind="journey", iterable_id=number, field="name", seen_at=timezone.now())
    RateBucket.objects.create(project="a project", endpoint=f"/api/endpoint/{number}")
    Notice.objects.create(kind="filtered_field", name=f"field {number}", first_at=timezone.now(), last_at=timezone.now())
    times = dict.fromkeys(("since", "until", "started_at", "heartbeat_at"), timezone.now())
    ResolverCheck.objects.create(checked_at=timezone.now(), people=1, verdicts=3, differing=0)
    Reconciliation.objects.create(trigger="schedule", state="completed", **times)
    Listing.objects.create(state="completed", started_at=timezone.now(), ended_at=timezone.now(), people=1)
    BulkAction.objects.create(model="outbox.delivery", operation="retry", label="Retry", actor_name="x", reason="because")
    MondayMail.objects.create(
        role="business_owner", week=date(2026, 1, 5) + number * timedelta(7), way="email", created_at=timezone.now()
    )
    OperatorAction.objects.create(actor_name="x", verb="retry", subject="deliveries", reason="because")


def _lint(number: int, message_type: MessageType, journey: Journey) -> None:
    now = timezone.now()
    subject = {"code": "SUB01", "subject_kind": "campaign", "subject_id": str(number), "subject_name": f"Campaign {number}"}
    finding = LintFinding.objects.create(
        **subject,
        severity="B",
        fingerprint=f"SUB01:campaign:{number}",
        first_seen=now,
        last_seen=now,
        exposed=number,
        journey=journey,
        message_type=message_type,
        sentence="It is so.",
        next_step="Somebody acts.",
    )
    LintException.objects.create(**subject, reason="x", owner="y", by="z", created_at=now, expires_at=now)
    LintRun.objects.create(trigger="schedule", started_at=now, ended_at=now, counts={"new": 1})
    Notification.objects.create(finding=finding, way="email", change="new", severity="B", text="It is so.", created_at=now)
    SilenceAlarm.objects.create(event_name=f"Event {number}")
    SavedAudience.objects.create(name=f"Audience {number}", condition={"all": []})


def _person(number: int) -> None:
    email = f"person-{number}@example.com"
    key, now = address_key(email), timezone.now()
    contact = Contact.objects.create(address_key=key, email=email, profile={"firstName": "John"})
    namespace = Namespace.objects.create(namespace_id=number)
    Membership.objects.create(contact=contact, namespace=namespace, information={"NAMESPACE_ID": number})
    FieldChange.objects.create(contact=contact, field="company", new="A", cause="event", cause_id="1", changed_at=now)
    AddressChange.objects.create(
        gitlab_user_id=number,
        old_key=key,
        new_key="b",
        cause="event",
        cause_id="1",
        occurred_at=now,
        noticed_at=now,
        one_person=False,
        state="settled",
    )
    event = make_event(number)
    delivery = make_delivery(number, cause_id=str(event.uuid))
    assert delivery.last_attempt
    Callback.objects.create(event=event, delivery=delivery, outcome="refused", created_at=now)
    refused = {"why": "unsigned", "endpoint": "POST api/v1/events/", "first_at": now, "last_at": now}
    RefusedCall.objects.create(source=event.source, day=now.date(), count=1, **refused)
    RefusedRow.objects.create(attempt=delivery.last_attempt, delivery=delivery, outcome="refused", message="no")
    SubscriptionChangeFactory.create(address_key=key, cause_id=str(event.uuid))
    seal()
    seen = {"address_key": key, "observed_at": now, "source": "look_up"}
    observation = ProfileObservation.objects.create(**seen, received_at=now)
    ObservedProfile.objects.create(**seen, observation=observation, confirmed_at=now)
    AddressReport.objects.create(address_key=key, kind="hard_bounce", occurred_at=now, received_at=now, cause_id=str(number))
    Erasure.objects.create(address_key=key, iterable_hash=key, reason="because", requested_by="x", requested_at=now)
    ForgottenElsewhere.objects.create(kind="email", iterable_hash=key, address_key=key, first_seen_at=now)
    definition, _ = SyncDefinition.objects.get_or_create(slug=f"definition-{number}", defaults={"name": "Namespaces"})
    run = make_run(definition)
    SyncRow.objects.create(run=run, address_key=key, email=email, state=SyncRow.State.FAILED, reason_code="refused", reason="No.")
    trigger, _ = SyncTrigger.objects.get_or_create(definition=definition, kind=SyncTrigger.Kind.FAILED)
    alert = SyncAlert.objects.create(trigger=trigger, sentence="It failed.", fired_at=now)
    SyncNotice.objects.create(alert=alert, change="fired", way="email", created_at=now)


def make_event(number: int, **values: object) -> Event:
    email = f"person-{number}@example.com"
    source, _ = Source.objects.get_or_create(name=f"Source {number}")
    SourceToken.objects.get_or_create(prefix=f"ita_{number:08}", defaults={"source": source, "digest": "0" * 64})
    given = {"state": Event.State.NEEDS_YOU, "reason": "A fault", "raw_body": '{"email": "x"}', **values}
    return Event.objects.create(
        source=source, door="event", name="SaaS Trials", email=email, lane=address_key(email), received_at=timezone.now(), **given
    )


def make_delivery(number: int, **values: object) -> Delivery:
    email = f"person-{number}@example.com"
    attempt = Attempt.objects.create(
        endpoint="/api/users/bulkUpdate", method="POST", status=400, started_at=timezone.now(), duration=0.1, rows=1, excerpt="{}"
    )
    given = {"state": Delivery.State.NEEDS_YOU, "reason": "Refused", "cause": "event", "cause_id": "none", **values}
    return Delivery.objects.create(
        operation="profile", email=email, lane=address_key(email), created_at=timezone.now(), last_attempt=attempt, **given
    )


def make_run(definition: SyncDefinition, **values: object) -> SyncRun:
    now = timezone.now()
    given = {"state": SyncRun.State.WITH_ERRORS, "failed": 1, **values}
    return SyncRun.objects.create(
        definition=definition, today=now.date(), window_start=now, trigger="schedule", started_at=now, **given
    )
