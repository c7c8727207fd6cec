"""Whom Iterable has forgotten, compared with whom we erased: each night, by hashes alone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

import structlog
from django.conf import settings
from django.db.models import QuerySet
from django.utils import timezone

from contacts.consent.erasing.traces import hash_of
from contacts.consent.models import Erasure, ForgottenElsewhere
from contacts.models import Contact
from iterable_admin.errors import Problem
from iterable_admin.iterable.client import IterableClient
from iterable_admin.outbox.connection import connect

log = structlog.get_logger(__name__)

Kind = ForgottenElsewhere.Kind
Hashes = dict[str, set[str]]
# Iterable takes up to ten minutes; the comparison comes once a night.
OVERDUE_AFTER = timedelta(days=1)
AT_ONCE = 1_000


@dataclass(frozen=True, slots=True)
class Comparison:
    confirmed: int
    unconfirmed: int
    elsewhere: int
    known_here: int

    def __str__(self) -> str:
        return (
            f"{self.confirmed} erasures confirmed by Iterable, {self.unconfirmed} not yet. {self.elsewhere} hashes of people "
            f"forgotten in Iterable and not here, of whom {self.known_here} are contacts of ours."
        )


def reconcile(client: IterableClient | None = None) -> Comparison:
    """Raises what the client raises."""
    listed = _listed(client or connect())
    _confirm(listed)
    _note_elsewhere(listed)
    told = Erasure.objects.exclude(iterable_hash="")
    unconfirmed = told.filter(confirmed_at=None).count()
    elsewhere = ForgottenElsewhere.objects.all()
    return Comparison(told.count() - unconfirmed, unconfirmed, elsewhere.count(), elsewhere.exclude(address_key="").count())


def reconcile_nightly() -> None:
    """For the schedule: what cannot be asked now is asked the next night, and `manage.py doctor` says what is overdue."""
    try:
        log.info("erasures.compared", said=str(reconcile()))
    except Problem as problem:
        log.warning("erasures.not_compared", reason=str(problem))


def overdue() -> QuerySet[Erasure]:
    """Erasures of ours that Iterable does not list after a day."""
    asked = Erasure.objects.exclude(iterable_hash="")
    return asked.filter(confirmed_at=None, requested_at__lt=timezone.now() - OVERDUE_AFTER)


def undecided() -> QuerySet[ForgottenElsewhere]:
    """Contacts of ours whom Iterable has forgotten: somebody decides whether we do too."""
    return ForgottenElsewhere.objects.exclude(address_key="")


def _listed(client: IterableClient) -> Hashes:
    kind = settings.ITERABLE_PROJECT_TYPE
    return {
        Kind.EMAIL: set(client.users.forgotten()) if kind != "userid" else set(),
        Kind.USER_ID: set(client.users.forgotten_user_ids()) if kind != "email" else set(),
    }


def _confirm(listed: Hashes) -> None:
    """One that is no longer listed was unforgotten in Iterable: it counts as unconfirmed again."""
    erasures = list(Erasure.objects.values_list("pk", "iterable_hash", "confirmed_at"))
    found = [pk for pk, hashed, confirmed_at in erasures if hashed in listed[Kind.EMAIL] and not confirmed_at]
    lost = [pk for pk, hashed, confirmed_at in erasures if hashed not in listed[Kind.EMAIL] and confirmed_at]
    for keys, moment in ((found, timezone.now()), (lost, None)):
        for start in range(0, len(keys), AT_ONCE):
            Erasure.objects.filter(pk__in=keys[start : start + AT_ONCE]).update(confirmed_at=moment)


def _note_elsewhere(listed: Hashes) -> None:
    ours = set(Erasure.objects.values_list("iterable_hash", flat=True))
    foreign = {(str(kind), hashed) for kind, hashes in listed.items() for hashed in hashes if hashed not in ours}
    known = {(row.kind, row.iterable_hash): row for row in ForgottenElsewhere.objects.all()}
    ForgottenElsewhere.objects.filter(pk__in=[row.pk for pair, row in known.items() if pair not in foreign]).delete()
    keys = dict(_contacts_behind(foreign)) if foreign else {}
    now = timezone.now()
    rows = [
        ForgottenElsewhere(kind=kind, iterable_hash=hashed, address_key=keys.get((kind, hashed), ""), first_seen_at=now)
        for kind, hashed in sorted(foreign)
    ]
    ForgottenElsewhere.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["kind", "iterable_hash"],
        update_fields=["address_key"],
        batch_size=AT_ONCE,
    )


def _contacts_behind(foreign: set[tuple[str, str]]) -> Iterator[tuple[tuple[str, str], str]]:
    """A hash cannot be turned back: everybody's is made and looked up."""
    people = Contact.objects.exclude(email="").order_by().values_list("address_key", "email", "gitlab_user_id")
    for key, email, user_id in people.iterator(chunk_size=AT_ONCE):
        pairs = [(str(Kind.EMAIL), hash_of(email)), *([(str(Kind.USER_ID), hash_of(str(user_id)))] if user_id else [])]
        yield from ((pair, key) for pair in pairs if pair in foreign)
