"""Send what waits to be told, by mail and to a webhook. What fails is tried again by the clock, and blocks nothing."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from functools import partial

from django.conf import settings
from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone

from iterable_admin.audit import notices
from iterable_admin.audit.notices import NotTold, tell_due
from iterable_admin.redaction import mask_emails
from iterable_admin.waking.waking import begin, finish
from journeys.lint.models import Notification
from journeys.lint.notifying import WAKE_UP, recipients

AT_ONCE = 50
# Well within the 55 s that a task may take.
WORKED_FOR = timedelta(seconds=20)
Way = Notification.Way


def send_notifications() -> int:
    """For the wake-up and the sweep. Returns how many were sent."""
    begin(WAKE_UP)
    until = timezone.now() + WORKED_FOR
    # One mail for all of them; one post a change.
    sent = tell_due(partial(_to_be_told, Way.EMAIL), mail, until, most=AT_ONCE, one_server=True)
    sent += tell_due(partial(_to_be_told, Way.WEBHOOK), post, until, one_server=True)
    finish(WAKE_UP)
    return sent


def _to_be_told(way: Notification.Way) -> QuerySet[Notification]:
    return Notification.objects.filter(way=way).select_related("finding")


def mail(rows: Sequence[Notification]) -> None:
    to = recipients()
    if not to:
        raise NotTold("Nobody to write to: set NOTIFY_EMAILS, or give a DRI an address.")
    notices.mail(_subject(rows), "\n\n".join(map(_paragraph, rows)), to)


def _subject(rows: Sequence[Notification]) -> str:
    first = rows[0]
    rest = f" and {len(rows) - 1} more" if len(rows) > 1 else ""
    return f"{first.get_change_display()}: {mask_emails(str(first.finding))}{rest}"


def _paragraph(row: Notification) -> str:
    then = [] if row.change == Notification.Change.RESOLVED else [row.finding.next_step]
    word = row.finding.Severity(row.severity).label
    return "\n".join(part for part in (f"{row.get_change_display().capitalize()} ({word})", row.text, *then, url_of(row)) if part)


def url_of(row: Notification) -> str:
    return f"{settings.PUBLIC_URL.rstrip('/')}{reverse('admin:journeys_lintfinding_change', args=[row.finding_id])}"


def post(rows: Sequence[Notification]) -> None:
    for row in rows:
        notices.post(settings.NOTIFY_WEBHOOK_URL, body(row))


def body(row: Notification) -> dict[str, object]:
    """`id` stays the same over retries."""
    finding = row.finding
    return {
        "id": f"notification-{row.pk}",
        "change": row.change,
        "code": finding.code,
        "severity": row.severity,
        "subject": {"kind": finding.subject_kind, "id": finding.subject_id, "name": mask_emails(finding.subject_name)},
        "text": row.text,
        "exposed": row.exposed,
        "who_acts_next": finding.next_step,
        "at": row.created_at.isoformat(),
        "url": url_of(row),
    }
