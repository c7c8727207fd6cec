"""What came in: who may send (Source), and every request they made (Event)."""

from __future__ import annotations

import uuid
from typing import Any

from django.db import models
from django.db.models import Q

from iterable_admin.inbox.querysets import NEEDS_SOMEBODY, EventQuerySet
from iterable_admin.public_addresses import postable

# The stubs do not know that a Q is an expression too.
IS_OPEN: Any = Q(state__in=["received", "processing", "waiting"])


class Source(models.Model):
    """One upstream system. Its tokens say who is calling, its scopes what it may do."""

    class Scope(models.TextChoices):
        EVENTS_WRITE = "events:write", "send events"
        SUBSCRIPTIONS_WRITE = "subscriptions:write", "send unsubscribes"
        READ = "read", "read contacts, namespaces, journeys and runs"
        SYNCS_WRITE = "syncs:write", "start sync runs"

    name = models.CharField(max_length=100, unique=True)
    scopes = models.JSONField(default=list, help_text="Any of events:write, subscriptions:write, read, syncs:write.")
    active = models.BooleanField(default=True)
    notes = models.TextField(blank=True)
    callback_url = models.CharField(
        blank=True,
        max_length=500,
        validators=[postable],
        help_text="https. What becomes in Iterable of its calls to the gateway is posted there; empty: nothing is.",
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class SourceToken(models.Model):
    """A token, of which only the SHA-256 rests here; two may be active at a time, for rotation."""

    source = models.ForeignKey(Source, on_delete=models.CASCADE, related_name="tokens")
    prefix = models.CharField(max_length=12, unique=True, help_text="The first characters, to tell tokens apart.")
    digest = models.CharField(max_length=64)
    created_at = models.DateTimeField(auto_now_add=True)
    last_used_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-created_at"]
        permissions = [("manage_token", "Can make and revoke tokens")]

    def __str__(self) -> str:
        return f"{self.prefix}…"


class SourceSecret(models.Model):
    """What a source signs its calls with, encrypted; two may be active at a time, for rotation."""

    source = models.ForeignKey(Source, on_delete=models.CASCADE, related_name="secrets")
    encrypted = models.TextField(blank=True, help_text="Blanked when it is removed.")
    created_at = models.DateTimeField(auto_now_add=True)
    removed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return f"secret {self.pk}"


class SignedMessage(models.Model):
    """A signed call that was taken: it is taken once. Hashes alone; forgotten after some days."""

    source = models.ForeignKey(Source, on_delete=models.CASCADE, related_name="signed_messages")
    digest = models.CharField(max_length=64, help_text="SHA-256 of its webhook-id.")
    content = models.CharField(max_length=64, help_text="SHA-256 of method, path and body.")
    signed_at = models.BigIntegerField(help_text="Its webhook-timestamp, of the newest repeat.")
    stored = models.JSONField(default=list, help_text="The events it became, in order: UUID, and whether it was a conflict.")
    received_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["source", "digest"], name="message_once_per_source")]
        indexes = [models.Index(fields=["received_at"], name="signed_message_received")]

    def __str__(self) -> str:
        return f"message {self.digest[:12]}"


class RefusedCall(models.Model):
    """Calls of a known source that were refused at the door: how many of a kind in a day, and nothing of what they held."""

    class Why(models.TextChoices):
        UNSIGNED = "unsigned", "not signed"
        FORGED = "forged", "the signature does not fit"
        EXPIRED = "expired", "signed too long ago, or ahead of time"
        REUSED = "reused", "sent before"
        SCOPE = "scope", "not in its scopes"
        CREDENTIALS = "credentials", "wrong client credentials"

    source = models.ForeignKey(Source, on_delete=models.CASCADE, related_name="refused_calls")
    day = models.DateField(help_text="In UTC.")
    why = models.CharField(max_length=16, choices=Why.choices)
    endpoint = models.CharField(max_length=200, help_text="As a pattern: a path may hold an address.")
    count = models.PositiveIntegerField(default=0)
    first_at = models.DateTimeField()
    last_at = models.DateTimeField()

    class Meta:
        ordering = ["-id"]
        constraints = [models.UniqueConstraint(fields=["source", "day", "why", "endpoint"], name="one_line_of_refusals_a_day")]

    def __str__(self) -> str:
        return f"{self.source}: {self.get_why_display()}"


class TokenRequests(models.Model):
    """Requests for a short-lived token, from one machine in one minute; forgotten after an hour."""

    address = models.CharField(max_length=64, help_text="An HMAC of it.")
    minute = models.BigIntegerField(help_text="Minutes since the epoch.")
    calls = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["address", "minute"], name="one_count_of_token_requests_a_minute")]
        indexes = [models.Index(fields=["minute"], name="token_requests_minute")]

    def __str__(self) -> str:
        return f"minute {self.minute}: {self.calls}"


class Event(models.Model):
    """One thing that came in. Committed before the caller is answered; never changed but in its state and by erasure."""

    class Door(models.TextChoices):
        EVENT = "event", "event"
        UNSUBSCRIBE = "unsubscribe", "Marketo unsubscribe"
        ITERABLE = "iterable", "Iterable webhook"
        GATEWAY = "gateway", "call for Iterable"

    class State(models.TextChoices):
        RECEIVED = "received", "received"
        PROCESSING = "processing", "being processed"
        WAITING = "waiting", "will be tried again"
        HELD = "held", "held"
        DONE = "done", "done"
        SKIPPED = "skipped", "skipped"
        NEEDS_YOU = "needs_you", "needs you"
        REJECTED = "rejected", "rejected"

    # Open events are claimed, or hold their lane's later events back; a held one waits for something outside.
    OPEN = (State.RECEIVED, State.PROCESSING, State.WAITING)
    ENDED = (State.DONE, State.SKIPPED, State.REJECTED)

    # The order of receipt is the order of `id`; `uuid` is what callers see, and Iterable's event id.
    id = models.BigAutoField(primary_key=True)
    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    source = models.ForeignKey(Source, on_delete=models.PROTECT, related_name="events")
    door = models.CharField(max_length=16, choices=Door.choices)
    name = models.CharField(max_length=255, blank=True, help_text="The event's name as understood.")
    email = models.CharField(max_length=254, blank=True, help_text="Normalised; blanked by erasure.")
    user_id = models.CharField(max_length=64, blank=True)
    lane = models.CharField(max_length=64, help_text="The person: the address key, or a key of the user id.")
    withdrawal = models.BooleanField(default=False, help_text="Goes before everything else of the same person.")

    payload = models.JSONField(default=dict, help_text="As understood: normalised at the door.")
    raw_body = models.TextField(blank=True, help_text="As received; blanked by retention and erasure.")
    mended_body = models.TextField(blank=True, help_text="What an operator made of it; blanked like the raw body.")
    content_type = models.CharField(max_length=100, blank=True)
    path = models.CharField(max_length=200, blank=True)
    request_id = models.CharField(max_length=64, blank=True)
    flags = models.JSONField(default=list, help_text="What was odd but accepted.")
    errors = models.JSONField(default=dict, help_text="Why it was rejected, by field.")

    caller_id = models.CharField(max_length=512, blank=True, help_text="The caller's own id, kept as Iterable's.")
    dedup_key = models.CharField(max_length=64, null=True, editable=False)  # noqa: DJ001 - null never collides
    content_hash = models.CharField(max_length=64, blank=True, editable=False)
    duplicate_of = models.ForeignKey("self", on_delete=models.SET_NULL, null=True, blank=True, related_name="followers")

    received_at = models.DateTimeField()
    occurred_at = models.DateTimeField(null=True, blank=True)

    state = models.CharField(max_length=16, choices=State.choices, default=State.RECEIVED)
    reason_code = models.CharField(max_length=64, blank=True)
    reason = models.TextField(blank=True)
    traceback = models.TextField(blank=True)
    keep_known = models.BooleanField(
        default=False, db_default=False, help_text="Replayed with the latest values: fields that are known by then keep them."
    )
    attempts = models.PositiveSmallIntegerField(default=0)
    next_attempt_at = models.DateTimeField(null=True, blank=True)
    lease_owner = models.UUIDField(null=True, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    # A column of the database's own making, so that an index can be limited to it: SQLite uses a partial index only
    # where the condition stands in the query without a parameter.
    open = models.GeneratedField(expression=IS_OPEN, output_field=models.BooleanField(), db_persist=True)

    objects = EventQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        permissions = [("replay_event", "Can replay events"), ("try_event", "Can try payloads out")]
        constraints = [
            models.UniqueConstraint(fields=["source", "dedup_key"], name="event_once_per_source"),
        ]
        indexes = [
            # Reader: the claim, which looks for earlier events of the same person.
            models.Index(fields=["lane"], name="event_open_lanes", condition=Q(open=True)),
            # Reader: the claim, which takes the oldest.
            models.Index(fields=["-withdrawal", "id"], name="event_open", condition=Q(open=True)),
            # Reader: the gate that looks for withdrawals which are not in the ledger yet.
            models.Index(fields=["lane"], name="event_withdrawals", condition=Q(withdrawal=True)),
            models.Index(fields=["state", "-id"], name="event_state"),
            # Reader: the search by an address or its beginning, which PostgreSQL answers by this class in any collation.
            models.Index(fields=["email", "-id"], name="event_email", opclasses=["varchar_pattern_ops", "int8_ops"]),
            models.Index(fields=["name", "-id"], name="event_name"),
            models.Index(fields=["caller_id"], name="event_caller_id", condition=~Q(caller_id="")),
            models.Index(fields=["received_at"], name="event_received"),
            # Reader: the dashboard, which counts the newest by reason and by how long they stand.
            models.Index(
                fields=["-id", "reason_code", "state", "received_at"], name="event_needs_somebody", condition=NEEDS_SOMEBODY
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name or self.door} {self.uuid}"

    @property
    def iterable_id(self) -> str:
        """The id under which Iterable knows this event; sending it twice updates instead of doubling."""
        return self.caller_id or str(self.uuid)


class EventHour(models.Model):
    """How many events of one hour stand in each state, as last counted: a day's picture costs no look at its events."""

    hour = models.DateTimeField(primary_key=True, help_text="Its beginning, by receipt.")
    counts = models.JSONField(default=dict, help_text="Events by state.")
    counted_at = models.DateTimeField()

    class Meta:
        ordering = ["-hour"]

    def __str__(self) -> str:
        return f"hour {self.hour:%Y-%m-%d %H}"
