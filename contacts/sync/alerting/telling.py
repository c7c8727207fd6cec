"""Send what waits to be told, each by its own way; what fails is tried again by the clock, and blocks nothing."""

from __future__ import annotations

import structlog
from django.conf import settings
from django.urls import reverse

from contacts.sync.models import SyncNotice, SyncRun, SyncTrigger
from iterable_admin.audit.models import Dri
from iterable_admin.audit.notices import NotTold, claim, mail, post, put_off, settle
from iterable_admin.waking.waking import begin, finish

log = structlog.get_logger(__name__)

TASK = "contacts.sync.alerting.telling.send_notices"
WAKE_UP = "sync notices"
MOST_AT_ONCE = 20
Change, Way, Role = SyncNotice.Change, SyncNotice.Way, Dri.Role
# Whoever is there, in this order: a vacant role must not mean that nobody hears of it.
TOLD = (Role.TECHNICAL_OWNER, Role.BUSINESS_OWNER, Role.CAMPAIGNS_OWNER)
NOBODY = "Nobody to write to: give the trigger an address, or a DRI a name and an address."


def ways(trigger: SyncTrigger) -> list[SyncNotice.Way]:
    return [Way.EMAIL, Way.WEBHOOK] if trigger.webhook_url else [Way.EMAIL]


def send_notices() -> int:
    """For the wake-up and the sweep. Returns how many were told."""
    begin(WAKE_UP)
    told = 0
    for way in Way:
        for notice in claim(SyncNotice.objects.filter(way=way).select_related("alert__trigger__definition"), MOST_AT_ONCE):
            told += _send(notice)
    finish(WAKE_UP)
    return told


def _send(notice: SyncNotice) -> bool:
    trigger = notice.alert.trigger
    try:
        if notice.way == Way.EMAIL:
            to, why = recipients(trigger)
            mail(subject_of(notice), text_of(notice, why), to)
        else:
            post(trigger.webhook_url, body_of(notice))
    except NotTold as problem:
        log.warning("sync.not_told", way=notice.way, reason=str(problem))
        put_off([notice], str(problem))
        return False
    settle([notice])
    return True


def recipients(trigger: SyncTrigger) -> tuple[list[str], str]:
    """And why they are written to, where it is not they who should be. Raises NotTold when there is nobody."""
    if own := trigger.recipients.split():
        return own, ""
    held = {dri.role: dri for dri in Dri.objects.all() if not dri.vacant and dri.email}
    for role in TOLD:
        if role in held:
            vacant = "" if role == Role.TECHNICAL_OWNER else f"You get this because the role of the {TOLD[0].label} is vacant."
            return [held[role].email], vacant
    raise NotTold(NOBODY)


def subject_of(notice: SyncNotice) -> str:
    trigger = notice.alert.trigger
    word = "Over" if notice.change == Change.RECOVERED else trigger.get_level_display().capitalize()
    return f"{word}: {trigger}"


def text_of(notice: SyncNotice, why: str = "") -> str:
    alert = notice.alert
    if notice.change == Change.RECOVERED:
        first = f"Over since {alert.recovered_at:%Y-%m-%d %H:%M} UTC. It was: {alert.sentence}"
        return "\n\n".join(part for part in (first, url_of(notice), why) if part)
    first = f"{alert.sentence} Since {alert.fired_at:%Y-%m-%d %H:%M} UTC. The technical owner acts next."
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
        "fired_at": alert.fired_at.isoformat(),
        "recovered_at": alert.recovered_at and alert.recovered_at.isoformat(),
        "url": url_of(notice),
    }
