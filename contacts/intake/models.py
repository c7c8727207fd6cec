"""What kinds of event exist: rows that a technical owner adds without code."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.db import models

# Endpoints beside those of the types, which would answer in a type's place.
TAKEN_SLUGS = ("bulk", "gitlab")
FIELD_TYPES = ("string", "boolean", "integer", "number", "date", "datetime", "object", "array")


def check_fields(value: object) -> None:
    """`[{"name": "company", "type": "string"}, …]`, each name once and each type known."""
    if not isinstance(value, list) or not all(isinstance(item, dict) and item.get("name") for item in value):
        raise ValidationError('Give a list like [{"name": "company", "type": "string"}].')
    unknown = sorted({str(item.get("type")) for item in value} - set(FIELD_TYPES))
    if unknown:
        raise ValidationError(f"Unknown type {', '.join(unknown)}: use one of {', '.join(FIELD_TYPES)}.")
    names = [item["name"] for item in value]
    if len(names) != len(set(names)):
        raise ValidationError("A field is listed twice.")


class EventType(models.Model):
    """A kind of event: its names, its fields, and what it does."""

    name = models.CharField(max_length=255, unique=True, help_text="The event's name in Iterable.")
    slug = models.SlugField(max_length=100, unique=True, help_text="Its own endpoint: /api/v1/events/<slug>/.")
    aliases = models.JSONField(
        default=list, blank=True, help_text="Other names and product_interaction values; case does not matter."
    )
    fields = models.JSONField(default=list, blank=True, validators=[check_fields])
    company_only = models.BooleanField(
        default=False, help_text="Personal sign-ups (companyNamespace false) are kept, but go nowhere."
    )
    forward = models.BooleanField(default=True, help_text="Send the profile and the event to Iterable.")
    subscribes_to = models.ForeignKey(
        "consent.MessageType",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        help_text="opt_in true is recorded as a derived grant for this message type.",
    )
    send_derived_grants = models.BooleanField(
        default=False, help_text="Also subscribe the person in Iterable on a derived grant."
    )
    day_field = models.CharField(
        max_length=100, blank=True, help_text="The field whose day tells repeats apart; empty: createdAt, else receipt."
    )
    active = models.BooleanField(default=True)
    notes = models.TextField(blank=True)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        """What would be answered by something else never reaches this type, and nobody would notice."""
        if self.slug in TAKEN_SLUGS:
            raise ValidationError({"slug": f"/api/v1/events/{self.slug}/ is an endpoint of its own: take another."})
        for other in EventType.objects.exclude(pk=self.pk):
            if shared := sorted(self.names & other.names):
                raise ValidationError({"aliases": f"{other} has this name already: {', '.join(shared)}."})

    @property
    def names(self) -> set[str]:
        """Every name it answers to, in lower case."""
        return {name.strip().casefold() for name in [self.name, *self.aliases]}


class Echo(models.Model):
    """A webhook that told us of our own call. A delivery has one at most: the next is somebody else's act."""

    delivery_id = models.BigIntegerField(unique=True)
    event_uuid = models.UUIDField(db_index=True)
    noted_at = models.DateTimeField()

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"of delivery {self.delivery_id}"


class Reconciliation(models.Model):
    """One comparison with Iterable's exports: what its webhooks did not tell us. Taken up where it stopped."""

    class State(models.TextChoices):
        RUNNING = "running", "running"
        COMPLETED = "completed", "completed"
        FAILED = "failed", "failed"
        INTERRUPTED = "interrupted", "interrupted"

    trigger = models.CharField(max_length=16, help_text="schedule, operator or command")
    state = models.CharField(max_length=16, choices=State.choices, default=State.RUNNING)
    since = models.DateTimeField()
    until = models.DateTimeField()
    started_at = models.DateTimeField()
    heartbeat_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    process = models.CharField(max_length=200, blank=True, help_text="The host and process id that reads, once one does.")
    progress = models.JSONField(default=dict, help_text="Of each export: its job, and the last file that was read.")
    read = models.PositiveIntegerField(default=0, help_text="Lines of all exports.")
    found = models.PositiveIntegerField(default=0, help_text="What no webhook had told.")
    drift = models.JSONField(default=dict, help_text="By export: lines read, and what was new in them.")
    error = models.TextField(blank=True, help_text="Why it stopped, and what to do.")

    class Meta:
        ordering = ["-id"]
        permissions = [("operate_reconciliation", "Can start a reconciliation with Iterable")]
        constraints = [
            models.UniqueConstraint(fields=["state"], condition=models.Q(state="running"), name="one_running_reconciliation")
        ]

    def __str__(self) -> str:
        return f"reconciliation {self.pk}"
