"""Tell each change of a finding once: a row in the transaction of the change, sent afterwards, tried again until it is out."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.conf import settings

from iterable_admin.audit.models import Dri
from iterable_admin.redaction import mask_emails
from iterable_admin.waking.waking import wake_after_commit
from journeys.lint.models import LintFinding, Notification

TASK = "journeys.lint.telling.send_notifications"
WAKE_UP = "notifications"
Told = tuple[LintFinding, Notification.Change]


def tell(changes: Sequence[Told], now: datetime) -> list[Notification]:
    """In the transaction of the change. Nothing where nobody is to be told."""
    rows = [_row(finding, change, way, now) for finding, change in changes for way in ways()]
    Notification.objects.bulk_create(rows)
    if rows:
        wake_after_commit(WAKE_UP, TASK)
    return rows


def ways() -> list[Notification.Way]:
    found = [Notification.Way.EMAIL] if recipients() else []
    return [*found, Notification.Way.WEBHOOK] if settings.NOTIFY_WEBHOOK_URL else found


def recipients() -> list[str]:
    """NOTIFY_EMAILS, or else the DRIs of whom an address is known."""
    if settings.NOTIFY_EMAILS:
        return list(settings.NOTIFY_EMAILS)
    held = Dri.objects.exclude(email="").exclude(name="")
    return sorted(set(held.values_list("email", flat=True)))


def _row(finding: LintFinding, change: Notification.Change, way: Notification.Way, now: datetime) -> Notification:
    text = f"{finding.code} {finding.subject_name}: {finding.sentence}"
    if change == Notification.Change.RESOLVED:
        text = f"{finding.code} {finding.subject_name}: no longer so. It was: {finding.sentence}"
    # A campaign or a list may bear somebody's address in its name.
    text = mask_emails(text)
    return Notification(
        finding=finding, way=way, change=change, severity=finding.severity, text=text, exposed=finding.exposed, created_at=now
    )
