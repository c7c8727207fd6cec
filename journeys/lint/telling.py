"""Send what waits to be told, by mail and to a webhook. What fails is tried again by the clock, and blocks nothing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from smtplib import SMTPException

import requests
import structlog
from django.conf import settings
from django.core.mail import send_mail
from django.db import transaction
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from iterable_admin.redaction import mask_emails, redact
from iterable_admin.waking.waking import begin, finish
from journeys.lint.models import Notification
from journeys.lint.notifying import WAKE_UP, recipients

log = structlog.get_logger(__name__)
State = Notification.State
AT_ONCE = 50
WEBHOOK_SECONDS = 10
LEASE = timedelta(minutes=5)
# Well within the 55 s that a task may take.
WORKED_FOR = timedelta(seconds=20)
FIRST_WAIT, LONGEST_WAIT = timedelta(minutes=1), timedelta(hours=6)
# Six hours apart at the end: some three weeks.
MOST_ATTEMPTS = 100


class NotTold(Exception):
    """The other side did not take it; the text says why, without a secret."""


def send_notifications() -> int:
    """For the wake-up and the sweep. Returns how many were sent."""
    begin(WAKE_UP)
    until = timezone.now() + WORKED_FOR
    sent = _send_all(Notification.Way.EMAIL, mail, until) + _send_all(Notification.Way.WEBHOOK, post, until)
    finish(WAKE_UP)
    return sent


def _send_all(way: Notification.Way, send: Callable[[Sequence[Notification]], None], until: datetime) -> int:
    """Stops at the first failure: the other side is asked again at the next sweep."""
    sent = 0
    while timezone.now() < until and (now_sent := _send(way, send)):
        sent += now_sent
    return sent


def _send(way: Notification.Way, send: Callable[[Sequence[Notification]], None]) -> int:
    rows = _claim(way)
    if not rows:
        return 0
    try:
        send(rows)
    except NotTold as problem:
        log.warning("not told", way=way.value, reason=str(problem))
        _put_off(rows, str(problem))
        return 0
    _settle(rows, state=State.DELIVERED, sent_at=timezone.now(), error="")
    return len(rows)


@transaction.atomic
def _claim(way: Notification.Way) -> list[Notification]:
    """The oldest that are due, counted as tried before anything leaves."""
    now = timezone.now()
    due = Q(state=State.READY) | Q(state=State.WAITING, next_attempt_at__lte=now) | Q(state=State.SENDING, lease_until__lt=now)
    # One post a change; one mail for all of them.
    most = AT_ONCE if way == Notification.Way.EMAIL else 1
    waiting = Notification.objects.select_for_update(of=("self",)).filter(due, way=way).select_related("finding")
    rows = list(waiting.order_by("pk")[:most])
    for row in rows:
        row.state, row.attempts, row.lease_until = State.SENDING, row.attempts + 1, now + LEASE
    Notification.objects.bulk_update(rows, ["state", "attempts", "lease_until"])
    return rows


def _settle(rows: Sequence[Notification], **columns: object) -> None:
    """Only where this worker still holds the lease: a late twin overwrites nothing."""
    for row in rows:
        Notification.objects.filter(pk=row.pk, state=State.SENDING, attempts=row.attempts).update(**columns)


def _put_off(rows: Sequence[Notification], error: str) -> None:
    now = timezone.now()
    for row in rows:
        wait = min(FIRST_WAIT * 2 ** min(row.attempts - 1, 10), LONGEST_WAIT)
        state = State.NEEDS_YOU if row.attempts >= MOST_ATTEMPTS else State.WAITING
        _settle([row], state=state, error=error, next_attempt_at=now + wait)


def mail(rows: Sequence[Notification]) -> None:
    to = recipients()
    if not to:
        raise NotTold("Nobody to write to: set NOTIFY_EMAILS, or give a DRI an address.")
    try:
        send_mail(_subject(rows), "\n\n".join(map(_paragraph, rows)), None, to)
    except (SMTPException, OSError) as problem:
        raise NotTold(f"The mail server did not take it: {_said(problem)}") from problem


def _subject(rows: Sequence[Notification]) -> str:
    first = rows[0]
    rest = f" and {len(rows) - 1} more" if len(rows) > 1 else ""
    line = f"[Iterable Admin] {first.get_change_display()}: {mask_emails(str(first.finding))}{rest}"
    return " ".join(line.split())[:200]


def _paragraph(row: Notification) -> str:
    then = [] if row.change == Notification.Change.RESOLVED else [row.finding.next_step]
    word = row.finding.Severity(row.severity).label
    return "\n".join(part for part in (f"{row.get_change_display().capitalize()} ({word})", row.text, *then, url_of(row)) if part)


def url_of(row: Notification) -> str:
    return f"{settings.PUBLIC_URL.rstrip('/')}{reverse('admin:journeys_lintfinding_change', args=[row.finding_id])}"


def post(rows: Sequence[Notification]) -> None:
    for row in rows:
        try:
            answer = requests.post(settings.NOTIFY_WEBHOOK_URL, json=body(row), timeout=WEBHOOK_SECONDS, allow_redirects=False)
        except requests.RequestException as problem:
            raise NotTold(f"The webhook did not answer: {type(problem).__name__}") from problem
        if not answer.ok or answer.is_redirect:
            raise NotTold(f"The webhook answered {answer.status_code}.")


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


def _said(problem: Exception) -> str:
    return mask_emails(redact(f"{type(problem).__name__}: {problem}"))[:300]
