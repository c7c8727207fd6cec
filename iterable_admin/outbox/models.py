"""What goes out: every single thing to be done in Iterable (Delivery), and every HTTP call made for it (Attempt)."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import Q

from iterable_admin.outbox.querysets import DeliveryQuerySet

OPEN_STATES = ["ready", "sending", "waiting", "held", "settling"]
# The stubs do not know that a Q is an expression too.
IS_OPEN: Any = Q(state__in=OPEN_STATES)
IS_STUCK: Any = Q(state="needs_you", withdrawal=True)


class Attempt(models.Model):
    """One HTTP call. It may carry a thousand deliveries; the excerpt holds what was refused, never a secret."""

    endpoint = models.CharField(max_length=120)
    method = models.CharField(max_length=8)
    status = models.PositiveSmallIntegerField(null=True, help_text="HTTP status; empty when no answer came.")
    request_id = models.CharField(max_length=64, blank=True, help_text="Iterable's own id of the call.")
    started_at = models.DateTimeField()
    duration = models.FloatField(help_text="Seconds.")
    rows = models.PositiveIntegerField(help_text="Deliveries carried.")
    accepted = models.PositiveIntegerField(default=0)
    refused = models.PositiveIntegerField(default=0)
    error = models.TextField(blank=True, help_text="What went wrong, in words.")
    excerpt = models.TextField(blank=True, help_text="Redacted answer and refused rows; blanked after a week.")
    notes = models.JSONField(default=dict, help_text="Fields that Iterable created, dropped or disallowed.")

    class Meta:
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["started_at"], name="attempt_started"),
            models.Index(fields=["endpoint", "-id"], name="attempt_endpoint", opclasses=["varchar_pattern_ops", "int8_ops"]),
            models.Index(fields=["request_id"], name="attempt_request", condition=~Q(request_id="")),
        ]

    def __str__(self) -> str:
        return f"{self.method} {self.endpoint} {self.status or 'no answer'}"


class Delivery(models.Model):
    """One thing to be done in Iterable for one person. Sent in the order of its lane; settled once."""

    class Operation(models.TextChoices):
        LOOK_UP = "look_up", "look up"
        UNSUBSCRIBE = "unsubscribe", "unsubscribe"
        SUBSCRIBE = "subscribe", "subscribe"
        PROFILE = "profile", "profile update"
        LOAD = "load", "profile updates of many"
        TRACK = "track", "event"
        ARRAYS = "arrays", "whole subscriptions"
        LIST = "list", "list"
        CHANGE_ADDRESS = "change_address", "change of address"
        FORGET = "forget", "forget"

    class State(models.TextChoices):
        READY = "ready", "ready"
        SENDING = "sending", "being sent"
        WAITING = "waiting", "will be tried again"
        HELD = "held", "held"
        SETTLING = "settling", "accepted, being applied"
        DELIVERED = "delivered", "delivered"
        SKIPPED = "skipped", "skipped"
        NEEDS_YOU = "needs_you", "needs you"

    OPEN = (State.READY, State.SENDING, State.WAITING, State.HELD, State.SETTLING)
    ENDED = (State.DELIVERED, State.SKIPPED)

    id = models.BigAutoField(primary_key=True)
    operation = models.CharField(max_length=16, choices=Operation.choices)
    email = models.CharField(max_length=254, blank=True, help_text="Blanked by erasure.")
    user_id = models.CharField(max_length=64, blank=True)
    lane = models.CharField(max_length=64)
    joined_lane = models.CharField(
        max_length=64,
        blank=True,
        default="",
        db_default="",
        help_text="Of a change of address: the old one's lane, which waits too.",
    )
    withdrawal = models.BooleanField(default=False, help_text="Leaves before everything else of the same person.")
    creates = models.BooleanField(default=False, help_text="May create the profile in Iterable.")
    payload = models.JSONField(default=dict)

    cause = models.CharField(max_length=16, help_text="What caused it: event, sync, load, address, operator.")
    cause_id = models.CharField(
        max_length=64, help_text="The id of the event, the sync row, the sync run or the change of address."
    )
    request_id = models.CharField(max_length=64, blank=True, help_text="Follows the request that started it all.")

    state = models.CharField(max_length=16, choices=State.choices, default=State.READY)
    reason_code = models.CharField(max_length=64, blank=True)
    reason = models.TextField(blank=True)
    held_for = models.ForeignKey(
        "self",
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="holds",
        help_text="The withdrawal it waits for.",
    )
    attempts = models.PositiveSmallIntegerField(default=0)
    deaths = models.PositiveSmallIntegerField(
        default=0, db_default=0, help_text="Workers that died, or lost their lease, while they sent it."
    )
    company = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text="At most so many rows share its next call; empty: as many as fit."
    )
    next_attempt_at = models.DateTimeField(null=True, blank=True)
    lease_owner = models.UUIDField(null=True, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)
    last_attempt = models.ForeignKey(Attempt, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    created_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True, blank=True, help_text="When Iterable accepted it.")
    settles_at = models.DateTimeField(null=True, blank=True, help_text="From then on it counts as applied.")
    ended_at = models.DateTimeField(null=True, blank=True)

    # Columns of the database's own making, so that an index can be limited to them: SQLite uses a partial index only
    # where the condition stands in the query without a parameter.
    open = models.GeneratedField(expression=IS_OPEN, output_field=models.BooleanField(), db_persist=True)
    stuck = models.GeneratedField(expression=IS_STUCK, output_field=models.BooleanField(), db_persist=True)

    objects = DeliveryQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        verbose_name_plural = "deliveries"
        permissions = [("retry_delivery", "Can retry deliveries"), ("give_up_delivery", "Can give deliveries up")]
        indexes = [
            # Reader: the claim, which looks for earlier rows of the same person.
            models.Index(fields=["lane"], name="delivery_open_lanes", condition=Q(open=True)),
            # Reader: the claim, which looks for changes of address that take the person elsewhere.
            models.Index(fields=["joined_lane"], name="delivery_open_joined", condition=Q(open=True)),
            # Reader: the claim, which takes the oldest of one operation.
            models.Index(fields=["operation", "-withdrawal", "id"], name="delivery_open", condition=Q(open=True)),
            models.Index(fields=["lane"], name="delivery_stuck_lanes", condition=Q(stuck=True)),
            # Reader: the settling of calls, which asks for whom a profile was accepted before.
            models.Index(fields=["lane"], name="delivery_accepted_lanes", condition=Q(accepted_at__isnull=False)),
            models.Index(fields=["state", "-id"], name="delivery_state"),
            # Reader: the search by an address or its beginning, which PostgreSQL answers by this class in any collation.
            models.Index(fields=["email", "-id"], name="delivery_email", opclasses=["varchar_pattern_ops", "int8_ops"]),
            models.Index(fields=["cause", "cause_id"], name="delivery_cause"),
            models.Index(fields=["ended_at"], name="delivery_ended"),
            # Reader: the page of observe mode. In live mode it holds nothing.
            models.Index(fields=["operation", "-ended_at"], name="delivery_would_send", condition=Q(reason_code="would_send")),
            # Reader: the dashboard, which counts the newest by reason and by how long they stand.
            models.Index(fields=["-id", "reason_code", "created_at"], name="delivery_needs_you", condition=Q(state="needs_you")),
        ]

    def __str__(self) -> str:
        return f"{self.get_operation_display()} {self.pk}"


class RefusedRow(models.Model):
    """What one Attempt said of one Delivery that it did not deliver: the history that a retry never deletes."""

    attempt = models.ForeignKey(Attempt, on_delete=models.CASCADE, related_name="refused_rows")
    delivery = models.ForeignKey(Delivery, on_delete=models.CASCADE, related_name="refusals")
    outcome = models.CharField(max_length=32)
    message = models.TextField(blank=True)

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.outcome}: delivery {self.delivery_id}"


class RateBucket(models.Model):
    """One endpoint's share of the project's rate limit, used by every process on every machine.

    All moments are seconds since the epoch, by the database's clock.
    """

    project = models.CharField(max_length=32, help_text="Told apart by host and a keyed hash of the key, never the key itself.")
    endpoint = models.CharField(max_length=120)
    next_free_at = models.FloatField(default=0, help_text="When the next call may leave (virtual scheduling).")
    paused_until = models.FloatField(default=0)
    last_429_at = models.FloatField(default=0)
    # Calls let go in the second, minute and hour of the latest one.
    second = models.BigIntegerField(default=0)
    second_calls = models.PositiveIntegerField(default=0)
    minute = models.BigIntegerField(default=0)
    minute_calls = models.PositiveIntegerField(default=0)
    hour = models.BigIntegerField(default=0)
    hour_calls = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["endpoint"]
        verbose_name = "API budget"
        verbose_name_plural = "API budget: used and left"
        constraints = [models.UniqueConstraint(fields=["project", "endpoint"], name="one_bucket_an_endpoint")]

    def __str__(self) -> str:
        return self.endpoint


class HourOfCalls(models.Model):
    """How many calls left in an hour that is over: a day's cap looks back on twenty-four of them."""

    bucket = models.ForeignKey(RateBucket, on_delete=models.CASCADE, related_name="hours")
    hour = models.BigIntegerField(help_text="Hours since the epoch.")
    calls = models.PositiveIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["bucket", "hour"], name="one_row_an_hour")]

    def __str__(self) -> str:
        return f"{self.bucket} in hour {self.hour}"


class Notice(models.Model):
    """What Iterable took no notice of without refusing anything: a field or an event name, and when it last did so."""

    class Kind(models.TextChoices):
        FILTERED_FIELD = "filtered_field", "field dropped"
        DISALLOWED_EVENT = "disallowed_event", "event name disallowed"

    kind = models.CharField(max_length=20, choices=Kind.choices)
    name = models.CharField(max_length=255)
    calls = models.PositiveIntegerField(default=1, help_text="In how many calls.")
    first_at = models.DateTimeField()
    last_at = models.DateTimeField()
    last_attempt = models.ForeignKey(Attempt, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")

    class Meta:
        ordering = ["-last_at"]
        constraints = [models.UniqueConstraint(fields=["kind", "name"], name="one_notice_a_name")]
        # Reader: the dashboard, which shows those of the last day.
        indexes = [models.Index(fields=["last_at"], name="notice_last")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.name}"


class SendingSwitch(models.Model):
    """Whether anything leaves. One row; the environment's SENDING may be stricter, never laxer."""

    class Mode(models.TextChoices):
        LIVE = "live", "live"
        OBSERVE = "observe", "observe: decide and store, send nothing"
        PAUSED = "paused", "paused: only withdrawals leave"

    id = models.PositiveSmallIntegerField(primary_key=True, default=1, editable=False)
    mode = models.CharField(max_length=8, choices=Mode.choices, default=Mode.LIVE)
    reason = models.TextField(blank=True)
    changed_at = models.DateTimeField(null=True, blank=True)
    changed_by = models.CharField(max_length=150, blank=True)
    # A 401 stops every call at once; one good call lifts it.
    halted_at = models.DateTimeField(null=True, blank=True)
    halted_because = models.TextField(blank=True)
    halt_probe_at = models.DateTimeField(null=True, blank=True, help_text="When the next single call may test the key.")

    class Meta:
        verbose_name = "sending switch"
        verbose_name_plural = "sending switch"
        permissions = [("switch_sending", "Can switch sending")]
        constraints = [models.CheckConstraint(condition=Q(id=1), name="one_sending_switch")]

    def __str__(self) -> str:
        return self.mode
