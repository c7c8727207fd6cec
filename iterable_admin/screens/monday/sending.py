"""Send the mails that are written; what a mail server does not take is tried again by the clock, and blocks nothing."""

from __future__ import annotations

from datetime import timedelta

import structlog
from django.utils import timezone

from iterable_admin.audit.models import Dri
from iterable_admin.audit.notices import NotTold, claim, mail, put_off, settle
from iterable_admin.screens.models import MondayMail
from iterable_admin.screens.monday.writing import WAKE_UP
from iterable_admin.waking.waking import begin, finish

log = structlog.get_logger(__name__)
# Well within the 55 s that a task may take.
WORKED_FOR = timedelta(seconds=20)


def send_mails() -> int:
    """For the wake-up and the sweep. Returns how many were sent."""
    begin(WAKE_UP)
    sent, until = 0, timezone.now() + WORKED_FOR
    # One at a time: what fails is not due again for a minute.
    while timezone.now() < until and (claimed := claim(MondayMail.objects.all(), 1)):
        sent += _send(claimed[0])
    finish(WAKE_UP)
    return sent


def _send(row: MondayMail) -> bool:
    try:
        mail(row.subject, row.text, [_address(row)])
    except NotTold as problem:
        log.warning("monday.not_told", role=row.role, reason=str(problem))
        put_off([row], str(problem))
        return False
    settle([row])
    return True


def _address(row: MondayMail) -> str:
    """Of whoever holds the role by now."""
    if row.asked_by_id:
        found = MondayMail.objects.filter(pk=row.pk).values_list("asked_by__email", flat=True).first()
    else:
        found = Dri.objects.filter(role=row.role).exclude(name="").values_list("email", flat=True).first()
    if not found:
        raise NotTold(f"Nobody to write to: give the {row.get_role_display().lower()} a name and an address.")
    return str(found)
