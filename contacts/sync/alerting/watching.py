"""Open and close alerts: each change in a transaction of its own, with the notices that tell it."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils import timezone

from contacts.sync.alerting.judging import sentence_of
from contacts.sync.alerting.telling import TASK, WAKE_UP, ways
from contacts.sync.models import SyncAlert, SyncNotice, SyncTrigger
from contacts.sync.seed import seed_triggers
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
    alert = trigger.alerts.filter(recovered_at=None).first()
    silent = not (trigger.enabled and trigger.definition.enabled)
    sentence = "" if silent else sentence_of(trigger, now)
    if sentence:
        alert = alert or SyncAlert.objects.create(trigger=trigger, sentence=sentence, fired_at=now)
        if not (trigger.muted_until and trigger.muted_until > now):
            _tell(alert, Change.FIRED, now)
    elif alert:
        alert.recovered_at = now
        alert.save(update_fields=["recovered_at"])
        if not silent and alert.notices.exists():
            _tell(alert, Change.RECOVERED, now)
    return bool(sentence)


def _tell(alert: SyncAlert, change: SyncNotice.Change, now: datetime) -> None:
    """Once: a notice that is there already stays as it is."""
    if not alert.notices.filter(change=change).exists():
        notices = [SyncNotice(alert=alert, change=change, way=way, created_at=now) for way in ways(alert.trigger)]
        SyncNotice.objects.bulk_create(notices)
        wake_after_commit(WAKE_UP, TASK)
