"""A profile update of an event, sent anew with what its person's profile says today."""

from __future__ import annotations

from collections.abc import Sequence

from contacts.models import Contact
from iterable_admin.outbox.models import Delivery
from iterable_admin.outbox.newest import replace


def renew_of_events(rows: Sequence[Delivery], reason: str) -> int:
    profiles = dict(Contact.objects.filter(address_key__in={row.lane for row in rows}).values_list("address_key", "profile"))
    return replace(rows, {row.pk: profiles.get(row.lane, {}) for row in rows}, reason)
