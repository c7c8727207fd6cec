"""Send the mails that are written; what a mail server does not take is tried again by the clock, and blocks nothing."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from django.utils import timezone

from iterable_admin.audit.models import Dri
from iterable_admin.audit.notices import NotTold, mail, tell_due
from iterable_admin.screens.models import MondayMail
from iterable_admin.screens.monday.writing import WAKE_UP
from iterable_admin.waking.waking import begin, finish

# Well within the 55 s that a task may take.
WORKED_FOR = timedelta(seconds=20)


def send_mails() -> int:
    """For the wake-up and the sweep. Returns how many were sent."""
    begin(WAKE_UP)
    sent = tell_due(MondayMail.objects.all, _send, timezone.now() + WORKED_FOR)
    finish(WAKE_UP)
    return sent


def _send(rows: Sequence[MondayMail]) -> None:
    for row in rows:
        mail(row.subject, row.text, [_address(row)])


def _address(row: MondayMail) -> str:
    """Of whoever holds the role by now."""
    if row.asked_by_id:
        found = MondayMail.objects.filter(pk=row.pk).values_list("asked_by__email", flat=True).first()
    else:
        found = Dri.objects.filter(role=row.role).exclude(name="").values_list("email", flat=True).first()
    if not found:
        raise NotTold(f"Nobody to write to: give the {row.get_role_display().lower()} a name and an address.")
    return str(found)
