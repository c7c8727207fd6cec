"""Who we know: people, their namespaces, and the history of what we knew."""

from __future__ import annotations

from django.db import models


class Contact(models.Model):
    """One person, by address. `profile` is the outgoing form: what Iterable would get, less the namespaces."""

    address_key = models.CharField(max_length=64)
    email = models.CharField(max_length=254, help_text="Normalised; blanked by erasure.")
    email_as_received = models.CharField(max_length=254, blank=True)
    gitlab_user_id = models.BigIntegerField(null=True, blank=True, db_index=True)
    profile = models.JSONField(default=dict)
    account_created_at = models.DateTimeField(null=True, blank=True, help_text="Of the GitLab.com account.")
    last_login_at = models.DateTimeField(null=True, blank=True)
    in_warehouse_at = models.DateTimeField(
        null=True, blank=True, help_text="When the warehouse last told something new; empty: it has left."
    )
    address_at = models.DateTimeField(
        null=True, blank=True, help_text="Of the latest news that its GitLab user has this address."
    )
    warehouse_key = models.CharField(
        max_length=64,
        blank=True,
        default="",
        db_default="",
        help_text="The key of the old address, as long as the warehouse still has the person under it.",
    )
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)
    namespaces: models.ManyToManyField[Namespace, Membership] = models.ManyToManyField(
        "Namespace", through="Membership", related_name="members"
    )

    class Meta:
        ordering = ["-id"]
        permissions = [
            ("send_contact", "Can send a contact's newest values to Iterable now"),
            ("opt_out_contact", "Can opt a contact out"),
        ]
        # By this class PostgreSQL finds a whole word and its beginning, in any collation: one index where Django makes two.
        constraints = [
            models.UniqueConstraint(fields=["address_key"], name="one_contact_each", opclasses=["varchar_pattern_ops"])
        ]
        indexes = [models.Index(fields=["email"], name="contact_email", opclasses=["varchar_pattern_ops"])]

    def __str__(self) -> str:
        return self.email or f"erased ({self.address_key[:8]})"


class FieldChange(models.Model):
    """One field of one person took another value. Append-only."""

    contact = models.ForeignKey(Contact, on_delete=models.CASCADE, related_name="field_changes")
    field = models.CharField(max_length=255)
    old = models.JSONField(null=True, blank=True)
    new = models.JSONField(null=True, blank=True)
    cause = models.CharField(max_length=16, help_text="event or sync")
    cause_id = models.CharField(max_length=64)
    changed_at = models.DateTimeField()

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index(fields=["contact", "field", "-id"], name="fieldchange_of_contact")]

    def __str__(self) -> str:
        return f"{self.field} of {self.contact_id}"


class Namespace(models.Model):
    """A top-level GitLab.com group, as the warehouse last described it."""

    namespace_id = models.BigIntegerField(primary_key=True)
    plan_title = models.CharField(max_length=100, blank=True)
    plan_is_paid = models.BooleanField(null=True, blank=True)
    is_active_trial = models.BooleanField(null=True, blank=True)
    is_setup_for_company = models.BooleanField(null=True, blank=True)
    member_count = models.IntegerField(null=True, blank=True)
    creator_user_id = models.BigIntegerField(null=True, blank=True)
    attributes = models.JSONField(default=dict, help_text="All keys as received, less those about one member.")
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["-namespace_id"]
        indexes = [models.Index(fields=["plan_title"], name="namespace_plan_title", opclasses=["varchar_pattern_ops"])]

    def __str__(self) -> str:
        return str(self.namespace_id)


class Membership(models.Model):
    """One person in one namespace, with the object that the warehouse holds for the pair."""

    # The constraint's index begins with it.
    contact = models.ForeignKey(Contact, on_delete=models.CASCADE, related_name="memberships", db_index=False)
    namespace = models.ForeignKey(Namespace, on_delete=models.CASCADE, related_name="memberships")
    access_level = models.SmallIntegerField(null=True, blank=True)
    access_level_name = models.CharField(max_length=64, blank=True)
    information = models.JSONField(default=dict, help_text="The object as Iterable gets it: at most 18 keys.")

    class Meta:
        ordering = ["namespace_id"]
        constraints = [models.UniqueConstraint(fields=["contact", "namespace"], name="one_membership_each")]

    def __str__(self) -> str:
        return f"{self.contact_id} in {self.namespace_id}"


class Presence(models.Model):
    """Whether Iterable has a person. Nobody without a row is taken for absent: then it is asked."""

    address_key = models.CharField(max_length=64, primary_key=True)
    present = models.BooleanField()
    seen_at = models.DateTimeField()
    how = models.CharField(max_length=16, help_text="accepted, look_up, webhook or export")

    class Meta:
        verbose_name_plural = "presences"

    def __str__(self) -> str:
        return "present" if self.present else "absent"


class Listing(models.Model):
    """One export of everybody whom Iterable has: whoever is not on a complete one was not there when it began."""

    class State(models.TextChoices):
        RUNNING = "running", "running"
        COMPLETED = "completed", "completed"
        FAILED = "failed", "failed"

    state = models.CharField(max_length=16, choices=State.choices, default=State.RUNNING)
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    people = models.PositiveIntegerField(default=0)
    error = models.TextField(blank=True, help_text="Why it is not complete, and the mend.")

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"listing {self.pk}"


class FieldPrecedence(models.Model):
    """Events and the sync both know some fields, and spell them differently: one of the two has the say."""

    class Winner(models.TextChoices):
        EVENT = "event", "the event: the sync fills it only where no event has told it"
        SYNC = "sync", "the sync: events do not write it to the profile"

    field = models.CharField(max_length=255, primary_key=True, help_text="Of the profile in Iterable, at its top level.")
    winner = models.CharField(max_length=8, choices=Winner.choices)
    why = models.TextField(blank=True)

    class Meta:
        ordering = ["field"]
        verbose_name_plural = "field precedence"

    def __str__(self) -> str:
        return f"{self.field}: {self.winner}"


class AddressChange(models.Model):
    """One GitLab user was met under another address. Append-only but for its state; holds no address."""

    class State(models.TextChoices):
        PENDING = "pending", "on its way to Iterable"
        SETTLED = "settled", "settled"
        NEEDS_YOU = "needs_you", "needs you"

    gitlab_user_id = models.BigIntegerField(null=True, blank=True, db_index=True, help_text="Blanked by erasure.")
    old_key = models.CharField(max_length=64, db_index=True)
    new_key = models.CharField(max_length=64, db_index=True)
    cause = models.CharField(max_length=16, help_text="event or sync")
    cause_id = models.CharField(max_length=64, help_text="The event's id, or the run's.")
    occurred_at = models.DateTimeField(help_text="Of the news, in the world.")
    noticed_at = models.DateTimeField()
    one_person = models.BooleanField(
        default=True, help_text="False: somebody else is known under the new address, so nothing moved and nothing is carried."
    )
    state = models.CharField(max_length=16, choices=State.choices, default=State.PENDING)
    reason = models.TextField(blank=True)
    delivery = models.BigIntegerField(null=True, blank=True, help_text="The row that changes it in Iterable.")

    class Meta:
        ordering = ["-id"]
        indexes = [
            # Reader: the dashboard, which counts those that no delivery stands for.
            models.Index(
                fields=["noticed_at"], name="addresschange_needs_you", condition=models.Q(state="needs_you", one_person=False)
            ),
        ]

    def __str__(self) -> str:
        return f"GitLab user {self.gitlab_user_id or '(erased)'}: {self.old_key[:8]} to {self.new_key[:8]}"
