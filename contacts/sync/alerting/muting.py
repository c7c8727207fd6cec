"""Mute a trigger for a while, with a note, and end that early."""

from __future__ import annotations

from datetime import datetime

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.db import transaction
from django.utils import timezone

from contacts.sync.models import SyncTrigger
from iterable_admin.audit.recording import record
from iterable_admin.errors import Permanent


@transaction.atomic
def mute(trigger: SyncTrigger, until: datetime, user: AbstractBaseUser | AnonymousUser, note: str) -> None:
    if not note.strip():
        raise Permanent("Say why: the note is kept with your name.")
    if until <= timezone.now():
        raise Permanent("muted_until is past: name a moment to come.")
    changes = {"muted_until": until, "muted_by": user.get_username(), "note": note}
    SyncTrigger.objects.filter(pk=trigger.pk).update(**changes)
    record(user, "mute", str(trigger), {"trigger": trigger.pk}, 1, note, f"Until {until:%Y-%m-%d %H:%M} UTC.")


@transaction.atomic
def unmute(trigger: SyncTrigger, user: AbstractBaseUser | AnonymousUser, reason: str) -> None:
    """What fires still is told at the next look."""
    if not reason.strip():
        raise Permanent("Say why: the reason is kept with your name.")
    SyncTrigger.objects.filter(pk=trigger.pk).update(muted_until=None, muted_by="", note="")
    record(user, "unmute", str(trigger), {"trigger": trigger.pk}, 1, reason)
