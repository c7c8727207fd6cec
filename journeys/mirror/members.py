"""Who is on the global suppression lists: a profile names only the static lists it is on."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone

from contacts.consent.models import List, ListMembership
from iterable_admin.addresses import address_key, is_email, normalise_email
from iterable_admin.iterable.client import IterableClient

AT_ONCE = 1_000


def refresh_suppressed(client: IterableClient) -> int:
    """Only these lists are downloaded: Iterable allows five such calls a minute. Returns the number of members."""
    wanted = List.objects.filter(global_suppression=True, missing_since=None)
    return sum(_refresh(client, suppression) for suppression in wanted)


def _refresh(client: IterableClient, suppression: List) -> int:
    """All or nothing: a download that breaks off takes nobody off the list."""
    told = map(normalise_email, client.lists.users(suppression.iterable_id))
    keys = {address_key(email) for email in told if is_email(email)}
    with transaction.atomic():
        kept = set(ListMembership.objects.filter(list=suppression).values_list("address_key", flat=True))
        gone, now = sorted(kept - keys), timezone.now()
        for start in range(0, len(gone), AT_ONCE):
            ListMembership.objects.filter(list=suppression, address_key__in=gone[start : start + AT_ONCE]).delete()
        new = [ListMembership(list=suppression, address_key=key, seen_at=now) for key in sorted(keys - kept)]
        ListMembership.objects.bulk_create(new, batch_size=AT_ONCE, ignore_conflicts=True)
    return len(keys)
