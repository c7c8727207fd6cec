"""Tell people outside these pages: a row in the transaction of the change, sent afterwards, tried again until it is out."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from smtplib import SMTPException
from typing import Any, TypeVar

import requests
import structlog
from django.core.mail import send_mail
from django.db import models, transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from iterable_admin.redaction import mask_emails, redact

log = structlog.get_logger(__name__)

LEASE = timedelta(minutes=5)
FIRST_WAIT, LONGEST_WAIT = timedelta(minutes=1), timedelta(hours=6)
# Six hours apart at the end: some three weeks.
MOST_ATTEMPTS = 100
WEBHOOK_SECONDS = 10


class Notice(models.Model):
    """What is to be told, by one way. The room that tells it adds what it is about."""

    class Way(models.TextChoices):
        EMAIL = "email", "email"
        WEBHOOK = "webhook", "webhook"

    class State(models.TextChoices):
        READY = "ready", "ready"
        SENDING = "sending", "being sent"
        WAITING = "waiting", "will be tried again"
        DELIVERED = "delivered", "delivered"
        NEEDS_YOU = "needs_you", "needs you"

    OPEN = (State.READY, State.WAITING, State.SENDING)

    way = models.CharField(max_length=16, choices=Way.choices)
    created_at = models.DateTimeField()
    state = models.CharField(max_length=16, choices=State.choices, default=State.READY)
    attempts = models.PositiveSmallIntegerField(default=0)
    next_attempt_at = models.DateTimeField(null=True, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)
    error = models.TextField(blank=True)
    sent_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        abstract = True


State = Notice.State
RETRYABLE = (State.WAITING, State.NEEDS_YOU)
N = TypeVar("N", bound=Notice)


class NotTold(Exception):
    """The other side did not take it; the text says why, without a secret."""


def tell_due(
    due: Callable[[], QuerySet[N]],
    send: Callable[[Sequence[N]], None],
    until: datetime,
    *,
    most: int = 1,
    one_server: bool = False,
) -> int:
    """Claim, send and settle, until nothing is due or the time is over. Returns how many were told.

    `due` is asked before each call, `send` raises NotTold. What fails is not due again for a minute, and holds back no other;
    but with `one_server` the first failure speaks for all of them, which wait for the next sweep.
    """
    told = 0
    while timezone.now() < until and (rows := claim(due(), most)):
        if _tell(rows, send):
            told += len(rows)
        elif one_server:
            break
    return told


def _tell(rows: Sequence[N], send: Callable[[Sequence[N]], None]) -> bool:
    try:
        send(rows)
    except NotTold as problem:
        log.warning("not told", kind=rows[0]._meta.label, ids=[row.pk for row in rows], reason=str(problem))
        put_off(rows, str(problem))
        return False
    settle(rows)
    return True


@transaction.atomic
def claim(notices: QuerySet[N], most: int) -> list[N]:
    """The oldest that are due, counted as tried before anything leaves."""
    now = timezone.now()
    due = Q(state=State.READY) | Q(state=State.WAITING, next_attempt_at__lte=now) | Q(state=State.SENDING, lease_until__lt=now)
    rows = list(notices.select_for_update(of=("self",)).filter(due).order_by("pk")[:most])
    for row in rows:
        row.state, row.attempts, row.lease_until = State.SENDING, row.attempts + 1, now + LEASE
    notices.model._default_manager.bulk_update(rows, ["state", "attempts", "lease_until"])
    return rows


def settle(rows: Sequence[Notice]) -> None:
    for row in rows:
        _set(row, state=State.DELIVERED, sent_at=timezone.now(), error="")


def put_off(rows: Sequence[Notice], error: str) -> None:
    now = timezone.now()
    for row in rows:
        wait = min(FIRST_WAIT * 2 ** min(row.attempts - 1, 10), LONGEST_WAIT)
        state = State.NEEDS_YOU if row.attempts >= MOST_ATTEMPTS else State.WAITING
        _set(row, state=state, error=error, next_attempt_at=now + wait)


def retry(notices: QuerySet[N]) -> int:
    """With a full number of tries, at the next sweep."""
    return retryable(notices).update(state=State.READY, attempts=0, next_attempt_at=None)


def retryable(notices: QuerySet[N]) -> QuerySet[N]:
    return notices.filter(state__in=RETRYABLE)


def _set(row: Notice, **columns: object) -> None:
    """Only where this worker still holds the lease: a late twin overwrites nothing."""
    type(row)._default_manager.filter(pk=row.pk, state=State.SENDING, attempts=row.attempts).update(**columns)


def mail(subject: str, text: str, to: Sequence[str]) -> None:
    """Raises NotTold."""
    line = " ".join(f"[Iterable Admin] {subject}".split())[:200]
    try:
        send_mail(line, text, None, list(to))
    # ValueError: an address or a line that no mail can bear, which may not stop those that follow.
    except (SMTPException, OSError, ValueError) as problem:
        raise NotTold(f"The mail server did not take it: {said(problem)}") from problem


def post(url: str, body: Mapping[str, Any]) -> None:
    """Raises NotTold; the address itself, which may hold a secret, is not shown."""
    with requests.Session() as session:
        post_bytes(session, url, json.dumps(dict(body)).encode(), {})


def post_bytes(session: requests.Session, url: str, raw: bytes, headers: Mapping[str, str]) -> None:
    """JSON as it is. Follows no redirect, and reads nothing of the answer but its status. Raises NotTold."""
    told = {"Content-Type": "application/json", **headers}
    try:
        with session.post(url, raw, headers=told, timeout=WEBHOOK_SECONDS, allow_redirects=False, stream=True) as answer:
            status = answer.status_code
    except requests.RequestException as problem:
        raise NotTold(f"The webhook did not answer: {type(problem).__name__}") from problem
    if not 200 <= status < 300:
        raise NotTold(f"The webhook answered {status}.")


def said(problem: Exception) -> str:
    return mask_emails(redact(f"{type(problem).__name__}: {problem}"))[:300]
