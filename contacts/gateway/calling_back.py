"""Post what came of calls to the address of their source, signed where it has a secret; what fails is tried again."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import timedelta
from functools import partial
from typing import Any

import orjson
import requests
from django.db.models import QuerySet
from django.utils import timezone
from standardwebhooks.webhooks import Webhook

from contacts.gateway.models import Callback
from contacts.gateway.outcomes import OUTCOMES, TASK, WAKE_UP
from iterable_admin.audit.notices import NotTold, post_bytes, tell_due
from iterable_admin.audit.posting import session
from iterable_admin.errors import Misconfigured
from iterable_admin.inbox.models import Source
from iterable_admin.inbox.source_secrets import secrets_of
from iterable_admin.outbox.models import Delivery
from iterable_admin.redaction import mask_emails, redact
from iterable_admin.waking.waking import begin, finish, wake

# With the ten seconds that the last one may take, within the 55 s of a task.
WORKED_FOR = timedelta(seconds=30)


def send_callbacks() -> int:
    """For the wake-up and the sweep. Returns how many were told."""
    begin(WAKE_UP)
    until, silent = timezone.now() + WORKED_FOR, set[int]()
    with session() as posts:
        told = tell_due(partial(_to_be_told, silent), partial(_send, posts, silent), until)
    if timezone.now() >= until:
        wake(WAKE_UP, TASK)
    finish(WAKE_UP)
    return told


def _to_be_told(silent: Collection[int]) -> QuerySet[Callback]:
    return Callback.objects.exclude(event__source__in=silent).select_related("event__source", "delivery")


def _send(posts: requests.Session, silent: set[int], callbacks: Sequence[Callback]) -> None:
    for callback in callbacks:
        source = callback.event.source
        try:
            raw = orjson.dumps(body_of(callback))
            post_bytes(posts, _address(source), raw, signature(source, f"callback-{callback.pk}", raw))
        except (NotTold, Misconfigured) as problem:
            # The others of a server that does not answer wait for the next sweep, and hold back nobody else's.
            silent.add(source.pk)
            raise NotTold(str(problem)) from problem


def _address(source: Source) -> str:
    if not source.callback_url:
        raise NotTold("The source has no callback address any more.")
    return source.callback_url


def signature(source: Source, message: str, raw: bytes) -> dict[str, str]:
    """By each active secret, so that a rotation needs no moment; its id stays the same over retries."""
    now, text = timezone.now(), raw.decode()
    signed = [Webhook(secret).sign(message, now, text) for secret in secrets_of(source)]
    headers = {"webhook-id": message, "webhook-timestamp": str(int(now.timestamp()))}
    return {**headers, "webhook-signature": " ".join(signed)} if signed else headers


def body_of(callback: Callback) -> dict[str, Any]:
    event, delivery = callback.event, callback.delivery
    return {
        "type": f"delivery.{callback.outcome}",
        "timestamp": callback.created_at.isoformat(),
        "data": {
            "id": event.iterable_id,
            "event": str(event.uuid),
            "name": event.name,
            "email": event.email,
            "userId": event.user_id,
            "operation": delivery.operation,
            "code": callback.code,
            "reason": _reason(callback, delivery),
        },
    }


def _reason(callback: Callback, delivery: Delivery) -> str:
    """Nothing, if the delivery stands elsewhere by now: then it has another callback, or will have."""
    same = OUTCOMES.get(Delivery.State(delivery.state)) == callback.outcome and delivery.reason_code == callback.code
    if callback.code == "given_up":
        # Why is the operator's word to their colleagues.
        return "An operator gave it up."
    return mask_emails(redact(delivery.reason)) if same else ""
