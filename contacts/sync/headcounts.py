"""Profiles in Iterable, people in the window, profiles left behind: counted after what changes them, at least once an hour."""

from __future__ import annotations

from datetime import timedelta

from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from contacts.models import Listing, Presence
from contacts.sync.models import Headcount, SyncDefinition, SyncRun, SyncState
from contacts.sync.seed import NAMESPACE_INFORMATION

AT_LEAST_EVERY = timedelta(hours=1)
KEPT_FOR = timedelta(days=60)


def count_heads() -> Headcount | None:
    """For the clock, every few minutes. None where nothing happened since the last count."""
    definition = SyncDefinition.objects.filter(slug=NAMESPACE_INFORMATION).first()
    if definition is None or not _is_due():
        return None
    # As of the beginning: what ends while it counts is counted the next time.
    now = timezone.now()
    Headcount.objects.filter(counted_at__lt=now - KEPT_FOR).delete()
    return Headcount.objects.create(
        counted_at=now,
        in_iterable=Presence.objects.filter(present=True).count(),
        in_window=SyncState.objects.filter(definition=definition, gone="").count(),
        left_behind=left_behind(definition),
    )


def latest() -> Headcount | None:
    return Headcount.objects.order_by("-id").first()


def left_behind(definition: SyncDefinition) -> int:
    """Of all who are gone, those whose profile Iterable has as far as we know."""
    there = Presence.objects.filter(address_key=OuterRef("address_key"), present=True)
    absent = Presence.objects.filter(address_key=OuterRef("address_key"), present=False)
    gone = SyncState.objects.filter(definition=definition, gone_at__isnull=False).exclude(gone="")
    return gone.filter(Exists(there) | (~Q(fingerprint="") & ~Exists(absent))).count()


def _is_due() -> bool:
    last = latest()
    if last is None or last.counted_at < timezone.now() - AT_LEAST_EVERY:
        return True
    synced = SyncRun.objects.filter(dry_run=False, finished_at__gt=last.counted_at).exists()
    return synced or Listing.objects.filter(ended_at__gt=last.counted_at).exists()
