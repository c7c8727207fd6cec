"""Iterable's channels, message types and lists: mirrored, never made here."""

from __future__ import annotations

from django.db import models


class Channel(models.Model):
    """A medium and purpose in Iterable. Its id is learnt by name."""

    name = models.CharField(max_length=200, unique=True)
    iterable_id = models.BigIntegerField(null=True, blank=True, unique=True)
    channel_type = models.CharField(max_length=32, blank=True, help_text="Marketing or Transactional.")
    medium = models.CharField(max_length=32, blank=True)
    notes = models.TextField(blank=True)
    seen_at = models.DateTimeField(null=True, blank=True, help_text="Last seen in Iterable.")
    missing_since = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class MessageType(models.Model):
    """What a message is about, with its own policy. It belongs to one channel; a channel's opt-out beats it."""

    class Policy(models.TextChoices):
        OPT_IN = "OptIn", "opt-in"
        OPT_OUT = "OptOut", "opt-out"

    name = models.CharField(max_length=200, unique=True)
    iterable_id = models.BigIntegerField(null=True, blank=True, unique=True)
    channel = models.ForeignKey(Channel, on_delete=models.PROTECT, related_name="message_types")
    # Not a closed set: SMS double opt-in exists in the product and its word is not published.
    policy = models.CharField(max_length=32, choices=Policy.choices)
    do_not_use = models.BooleanField(default=False)
    notes = models.TextField(blank=True)
    seen_at = models.DateTimeField(null=True, blank=True, help_text="Last seen in Iterable.")
    missing_since = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["channel__name", "name"]

    def __str__(self) -> str:
        return self.name


class List(models.Model):
    """An audience in Iterable, never a permission. A global suppression list keeps all mail from its members."""

    iterable_id = models.BigIntegerField(unique=True)
    name = models.CharField(max_length=255)
    list_type = models.CharField(max_length=32, blank=True, help_text="Standard, Dynamic, Suppression or Internal.")
    global_suppression = models.BooleanField(default=False, help_text="Applies to all campaigns and journeys of the project.")
    notes = models.TextField(blank=True)
    seen_at = models.DateTimeField(null=True, blank=True, help_text="Last seen in Iterable.")
    missing_since = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["name", "iterable_id"]

    def __str__(self) -> str:
        return self.name


class ListMembership(models.Model):
    """One address on one suppression list, as its download last said: profiles do not name every list they are on."""

    list = models.ForeignKey(List, on_delete=models.CASCADE, related_name="memberships")
    address_key = models.CharField(max_length=64)
    seen_at = models.DateTimeField(help_text="Since when we know of it.")

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index(fields=["address_key"], name="listmembership_address")]
        constraints = [models.UniqueConstraint(fields=["list", "address_key"], name="once_on_a_list")]

    def __str__(self) -> str:
        return f"{self.address_key[:8]} on {self.list_id}"
