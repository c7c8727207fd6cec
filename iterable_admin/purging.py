"""What is forgotten, and when. Never the ledger, SyncState, what is not settled, or what still tells a repeat from news."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from axes.models import AccessAttempt
from django.conf import settings
from django.contrib.sessions.models import Session
from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models.functions import Coalesce
from django.utils import timezone
from django_q.models import Task

from contacts.sync.models import ComparedPerson, SyncRow, SyncRun
from iterable_admin.audit.models import BulkPart
from iterable_admin.inbox.models import Event, RefusedCall, SignedMessage
from iterable_admin.outbox.models import Attempt, Delivery, RefusedRow

# Longer than any lock; they hold addresses of people's machines.
FAILED_SIGN_INS_DAYS = 1
# Senders of the Standard Webhooks scheme give up within this; a repeat of the very same call is too old after minutes.
SIGNED_MESSAGES_DAYS = 7
# Small enough that no batch holds its locks for long, and that a killed purge loses little.
BATCH = 1_000


@dataclass(frozen=True)
class Rule:
    """Rows past their time: blanked where `blank` says so, else deleted."""

    name: str
    days: int
    past: Callable[[datetime], QuerySet[Any]]
    """Which rows, given the moment before which they are too old."""
    blank: Mapping[str, Any] = field(default_factory=dict)

    def rows(self) -> QuerySet[Any]:
        return self.past(timezone.now() - timedelta(days=self.days))


def rules() -> list[Rule]:
    return [
        Rule("excerpts of answers blanked", settings.KEEP_EXCERPTS_DAYS, _excerpts, {"excerpt": ""}),
        Rule("raw bodies blanked", settings.KEEP_RAW_BODIES_DAYS, _raw_bodies, {"raw_body": "", "mended_body": ""}),
        Rule("sync rows deleted", settings.KEEP_SYNC_ROWS_DAYS, _sync_rows),
        Rule("deliveries deleted", settings.KEEP_ENDED_DAYS, _deliveries),
        Rule("attempts deleted", settings.KEEP_ENDED_DAYS, _attempts),
        Rule("events deleted", settings.KEEP_ENDED_DAYS, _events),
        Rule("refused calls deleted", settings.KEEP_ENDED_DAYS, _refused_calls),
        Rule("signed messages deleted", SIGNED_MESSAGES_DAYS, _signed_messages),
        Rule("rows of bulk actions deleted", settings.KEEP_ENDED_DAYS, _bulk_parts),
        Rule("people of comparisons deleted", settings.KEEP_SYNC_ROWS_DAYS, _compared_people),
        Rule("Django-Q results deleted", settings.KEEP_EXCERPTS_DAYS, _task_results),
        Rule("expired sessions deleted", 0, _sessions),
        Rule("failed sign-ins deleted", FAILED_SIGN_INS_DAYS, _failed_sign_ins),
    ]


def count_purgeable() -> Iterator[tuple[str, int]]:
    """What a purge would do now, by rule."""
    for rule in rules():
        yield rule.name, rule.rows().count()


def purge() -> Iterator[tuple[str, int]]:
    """Does it, batch by batch, each in a transaction of its own; yields each rule when it is through."""
    for rule in rules():
        done = 0
        while batch := _purge_batch(rule):
            done += batch
        yield rule.name, done


def purge_nightly() -> None:
    """What the schedule calls."""
    for _ in purge():
        pass


@transaction.atomic
def _purge_batch(rule: Rule) -> int:
    # Locked and asked again inside the lock: a row that an operator has just retried is no longer past its time.
    rows = rule.rows()
    keys = list(rows.select_for_update(of=("self",), skip_locked=True).order_by("pk").values_list("pk", flat=True)[:BATCH])
    batch = rows.model._default_manager.filter(pk__in=keys)
    if rule.blank:
        batch.update(**rule.blank)
    else:
        batch.delete()
    return len(keys)


def _excerpts(before: datetime) -> QuerySet[Attempt]:
    return Attempt.objects.filter(started_at__lt=before).exclude(excerpt="")


def _raw_bodies(before: datetime) -> QuerySet[Event]:
    return Event.objects.filter(state__in=Event.ENDED, received_at__lt=before).exclude(raw_body="", mended_body="")


def _sync_rows(before: datetime) -> QuerySet[SyncRow]:
    """All rows of a run or none: its counts are taken from them as long as one may still change."""
    of_run = SyncRow.objects.filter(run=OuterRef("run"))
    ended = SyncRow.objects.alias(ended_at=Coalesce("run__finished_at", "run__started_at")).filter(ended_at__lt=before)
    return ended.exclude(run__state__in=SyncRun.UNDER_WAY).exclude(Exists(of_run.filter(state=SyncRow.State.ENQUEUED)))


def _deliveries(before: datetime) -> QuerySet[Delivery]:
    return Delivery.objects.filter(state__in=Delivery.ENDED, ended_at__lt=before)


def _attempts(before: datetime) -> QuerySet[Attempt]:
    """Calls of which no delivery is left to tell."""
    told = RefusedRow.objects.filter(attempt=OuterRef("pk"))
    last = Delivery.objects.filter(last_attempt=OuterRef("pk"))
    return Attempt.objects.filter(started_at__lt=before).exclude(Exists(told)).exclude(Exists(last))


def _events(before: datetime) -> QuerySet[Event]:
    """Not while a delivery that it caused is open, and not while its key still catches repeats."""
    # A delivery is no younger than the end of its event, so that those before `before` are all that matter: a handful.
    causes = Delivery.objects.exclude(state__in=Delivery.ENDED).filter(cause="event", created_at__lt=before)
    needed = {uuid.UUID(cause_id) for cause_id in causes.values_list("cause_id", flat=True).distinct() if _is_uuid(cause_id)}
    keyless = Q(dedup_key=None) | Q(received_at__lt=timezone.now() - timedelta(days=settings.KEEP_DEDUPLICATION_DAYS))
    # What was rejected at the door ended when it was received.
    ended = Event.objects.alias(over_at=Coalesce("ended_at", "received_at")).filter(over_at__lt=before, state__in=Event.ENDED)
    return ended.filter(keyless).exclude(uuid__in=needed)


def _is_uuid(text: str) -> bool:
    try:
        uuid.UUID(text)
    except ValueError:
        return False
    return True


def _refused_calls(before: datetime) -> QuerySet[RefusedCall]:
    return RefusedCall.objects.filter(last_at__lt=before)


def _signed_messages(before: datetime) -> QuerySet[SignedMessage]:
    return SignedMessage.objects.filter(received_at__lt=before)


def _bulk_parts(before: datetime) -> QuerySet[BulkPart]:
    """Their counts, and who did it and why, stay."""
    return BulkPart.objects.filter(bulk__finished_at__lt=before)


def _compared_people(before: datetime) -> QuerySet[ComparedPerson]:
    """With what differed; the counts of their comparison stay."""
    return ComparedPerson.objects.filter(comparison__finished_at__lt=before)


def _task_results(before: datetime) -> QuerySet[Task]:
    results: QuerySet[Task] = Task.objects.filter(stopped__lt=before)
    return results


def _sessions(before: datetime) -> QuerySet[Session]:
    return Session.objects.filter(expire_date__lt=before)


def _failed_sign_ins(before: datetime) -> QuerySet[AccessAttempt]:
    attempts: QuerySet[AccessAttempt] = AccessAttempt.objects.filter(attempt_time__lt=before)
    return attempts
