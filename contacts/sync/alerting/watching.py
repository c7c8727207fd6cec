"""Open and close alerts: each change in a transaction of its own, with the notices that tell it."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils import timezone

from contacts.sync.alerting.judging import sentence_of
from contacts.sync.alerting.telling import TASK, WAKE_UP, ways
from contacts.sync.models import SyncAlert, SyncNotice, SyncTrigger
from contacts.sync.seed import seed_triggers
from iterable_admin.redaction import mask_emails, redact
from iterable_admin.waking.waking import wake_after_commit

Change = SyncNotice.Change


def watch() -> int:
    """For the clock. Returns how many triggers fire."""
    seed_triggers()
    now = timezone.now()
    return sum(_watch(pk, now) for pk in SyncTrigger.objects.values_list("pk", flat=True))


@transaction.atomic
def _watch(pk: int, now: datetime) -> bool:
    """The lock makes two workers at once see each other's alert."""
    trigger = SyncTrigger.objects.select_for_update(of=("self",)).select_related("definition").get(pk=pk)
    if not trigger.watched:
        # What is switched on again has all its hours before it is overdue.
        SyncTrigger.objects.filter(pk=pk).update(since=now)
    sentence = sentence_of(trigger, now) if trigger.watched else ""
    _open_or_close(trigger, sentence, now)
    if trigger.watched and not trigger.is_muted(now):
        _tell_the_latest(trigger, now)
    return bool(sentence)


def _open_or_close(trigger: SyncTrigger, sentence: str, now: datetime) -> None:
    alert = trigger.alerts.filter(recovered_at=None).first()
    if alert and not sentence:
        alert.recovered_at = now
        alert.save(update_fields=["recovered_at"])
    elif sentence and not alert:
        # It may cite an error, and it goes out by mail.
        SyncAlert.objects.create(trigger=trigger, sentence=mask_emails(redact(sentence)), fired_at=now)


def _tell_the_latest(trigger: SyncTrigger, now: datetime) -> None:
    """What began and ended within a mute is never told; the end of what was told is, once the mute is over."""
    alert = trigger.alerts.order_by("-pk").first()
    if alert and alert.recovered_at is None:
        _tell(alert, Change.FIRED, now)
    elif alert and alert.notices.exists():
        _tell(alert, Change.RECOVERED, now)


def _tell(alert: SyncAlert, change: SyncNotice.Change, now: datetime) -> None:
    """Once: a notice that is there already stays as it is."""
    if not alert.notices.filter(change=change).exists():
        notices = [SyncNotice(alert=alert, change=change, way=way, created_at=now) for way in ways(alert.trigger)]
        SyncNotice.objects.bulk_create(notices)
        wake_after_commit(WAKE_UP, TASK)
