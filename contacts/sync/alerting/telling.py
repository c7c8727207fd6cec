"""Send what waits to be told, each by its own way; what fails is tried again by the clock, and blocks nothing."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from functools import partial

from django.conf import settings
from django.db.models import Exists, OuterRef, QuerySet
from django.urls import reverse
from django.utils import timezone

from contacts.sync.alerting.responsible import recipients, who_acts
from contacts.sync.models import SyncNotice, SyncRun, SyncTrigger
from iterable_admin.audit.notices import mail, post, tell_due
from iterable_admin.waking.waking import begin, finish

TASK = "contacts.sync.alerting.telling.send_notices"
WAKE_UP = "sync notices"
# Each way has its own: a mail server that hangs leaves the webhooks theirs, within the 55 s that a task may take.
WORKED_FOR = timedelta(seconds=15)
Change, Way = SyncNotice.Change, SyncNotice.Way


def ways(trigger: SyncTrigger) -> list[SyncNotice.Way]:
    return [Way.EMAIL, Way.WEBHOOK] if trigger.webhook_url else [Way.EMAIL]


def send_notices() -> int:
    """For the wake-up and the sweep. Returns how many were told."""
    begin(WAKE_UP)
    # One at a time: what kills its worker holds back no other.
    told = sum(tell_due(partial(_to_be_told, way), _send, timezone.now() + WORKED_FOR) for way in Way)
    finish(WAKE_UP)
    return told


def _to_be_told(way: SyncNotice.Way) -> QuerySet[SyncNotice]:
    """Not in a mute, and no recovery before what it ends."""
    notices = SyncNotice.objects.filter(way=way)
    earlier = notices.filter(alert__trigger=OuterRef("alert__trigger"), pk__lt=OuterRef("pk"), state__in=SyncNotice.OPEN)
    waiting = notices.filter(~Exists(earlier)).exclude(alert__trigger__muted_until__gt=timezone.now())
    return waiting.select_related("alert__trigger__definition")


def _send(notices: Sequence[SyncNotice]) -> None:
    for notice in notices:
        trigger = notice.alert.trigger
        if notice.way == Way.EMAIL:
            to, why = recipients(trigger)
            mail(subject_of(notice), text_of(notice, why), to)
        else:
            post(trigger.webhook_url, body_of(notice))


def subject_of(notice: SyncNotice) -> str:
    trigger = notice.alert.trigger
    word = "Over" if notice.change == Change.RECOVERED else trigger.get_level_display().capitalize()
    return f"{word}: {trigger}"


def text_of(notice: SyncNotice, why: str = "") -> str:
    alert = notice.alert
    if notice.change == Change.RECOVERED:
        first = f"Over since {alert.recovered_at:%Y-%m-%d %H:%M} UTC. It was: {alert.sentence}"
        return "\n\n".join(part for part in (first, url_of(notice), why) if part)
    first = f"{alert.sentence} Since {alert.fired_at:%Y-%m-%d %H:%M} UTC. {who_acts()} acts next."
    return "\n\n".join(part for part in (first, url_of(notice), why) if part)


def url_of(notice: SyncNotice) -> str:
    run = SyncRun.objects.filter(definition=notice.alert.trigger.definition_id, dry_run=False).order_by("-id").first()
    path = reverse("admin:sync_syncrun_change", args=[run.pk]) if run else reverse("admin:sync_syncrun_changelist")
    return f"{settings.PUBLIC_URL.rstrip('/')}{path}"


def body_of(notice: SyncNotice) -> dict[str, object]:
    """`id` stays the same over retries."""
    alert = notice.alert
    return {
        "id": f"sync-notice-{notice.pk}",
        "change": notice.change,
        "level": alert.trigger.level,
        "kind": alert.trigger.kind,
        "definition": alert.trigger.definition.slug,
        "text": alert.sentence,
        "who_acts_next": "" if notice.change == Change.RECOVERED else who_acts(),
        "fired_at": alert.fired_at.isoformat(),
        "recovered_at": alert.recovered_at and alert.recovered_at.isoformat(),
        "url": url_of(notice),
    }
