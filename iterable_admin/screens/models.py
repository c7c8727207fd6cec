"""What the joined pages keep: the Monday mail, which says something of every room."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from iterable_admin.audit.models import Dri
from iterable_admin.audit.notices import Notice


class MondayMail(Notice):
    """One role's mail of one week, as it was written; whose address it goes to is asked when it is sent."""

    role = models.CharField(max_length=32, choices=Dri.Role.choices)
    week = models.DateField(help_text="Its Monday.")
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="+",
        help_text="Who had it sent to themselves; empty: it goes to the DRI.",
    )
    subject = models.CharField(max_length=200)
    text = models.TextField(help_text="Without an address of anybody.")

    class Meta:
        ordering = ["-id"]
        verbose_name = "Monday mail"
        permissions = [("retry_mondaymail", "Can retry Monday mails")]
        constraints = [
            models.UniqueConstraint(fields=["role", "week"], condition=Q(asked_by=None), name="one_monday_mail_a_week"),
        ]
        indexes = [models.Index(fields=["state", "id"], name="mondaymail_state")]

    def __str__(self) -> str:
        return f"{self.get_role_display()}, week of {self.week}"
