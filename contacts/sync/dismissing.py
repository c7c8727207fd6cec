"""Put failed rows out of sight: nobody needs to act on them any more; they stay failed, and the next run tries them again."""

from __future__ import annotations

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.db.models import QuerySet
from django.utils import timezone

from contacts.sync.models import SyncRow


def dismissible(rows: QuerySet[SyncRow]) -> QuerySet[SyncRow]:
    return rows.filter(state=SyncRow.State.FAILED, dismissed_at=None)


def dismiss(rows: QuerySet[SyncRow], user: AbstractBaseUser | AnonymousUser, note: str) -> int:
    """In the caller's transaction, who also writes it down."""
    return dismissible(rows).update(dismissed_at=timezone.now(), dismissed_by=user.get_username(), dismissal=note)
