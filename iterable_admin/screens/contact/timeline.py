"""Everything that happened to one person, newest first: one query a kind, each by an index of the person, paged by a cursor."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any, Self
from urllib.parse import urlencode

from django.db.models import Q, QuerySet
from django.utils import timezone

from contacts.consent.models import AddressReport, ProfileObservation, SubscriptionChange
from contacts.models import AddressChange, Contact, FieldChange
from contacts.sync.models import SyncRow
from iterable_admin.audit.browsing import LARGEST_NUMBER
from iterable_admin.inbox.models import Event
from iterable_admin.outbox.models import Delivery
from iterable_admin.screens.contact import entries
from iterable_admin.screens.contact.causes import Viewer
from iterable_admin.screens.contact.entries import Entry, Names
from iterable_admin.screens.contact.moments import Asked

A_PAGE = 30
# One event may change many fields, which make one entry.
FIELDS = 300
Make = Callable[[Sequence[Any], str, Names], list[Entry]]


@dataclass(frozen=True, slots=True)
class Kind:
    """`rows` of a contact, ordered by nothing yet; `at` is the column of their moment, `learnt` of when we learnt of it."""

    name: str
    label: str
    permission: str
    at: str
    rows: Callable[[Contact], QuerySet[Any]]
    make: Make
    most: int = A_PAGE + 1
    learnt: str = ""


def _each(make: Callable[[Any, str], Entry]) -> Make:
    return lambda rows, kind, _names: [make(row, kind) for row in rows]


def _sights(rows: Sequence[Any], kind: str, names: Names) -> list[Entry]:
    return [entries.of_sight(row, kind, names) for row in rows]


def _fields(rows: Sequence[Any], kind: str, _names: Names) -> list[Entry]:
    """What one cause changed makes one entry; its rows are microseconds apart."""
    together = groupby(rows, key=lambda row: (row.changed_at.date(), row.cause, row.cause_id))
    return [entries.of_fields(list(group), kind) for _, group in together]


def _events(contact: Contact) -> QuerySet[Event]:
    """What an erasure has blanked has no address any more."""
    told = Event.objects.filter(email=contact.email) if contact.email else Event.objects.none()
    return told.select_related("source").defer("payload", "raw_body", "mended_body", "traceback")


def _deliveries(contact: Contact) -> QuerySet[Delivery]:
    told = Delivery.objects.filter(email=contact.email) if contact.email else Delivery.objects.none()
    return told.select_related("last_attempt").defer("last_attempt__excerpt", "last_attempt__notes")


def _moves(contact: Contact) -> QuerySet[AddressChange]:
    """Of the address, and of the GitLab user under whatever address."""
    theirs = Q(old_key=contact.address_key) | Q(new_key=contact.address_key)
    if contact.gitlab_user_id:
        theirs |= Q(gitlab_user_id=contact.gitlab_user_id)
    return AddressChange.objects.filter(theirs)


def _sync_rows(contact: Contact) -> QuerySet[SyncRow]:
    rows = SyncRow.objects.filter(address_key=contact.address_key)
    return rows.select_related("run__definition").defer("before", "after", "run__plan")


def _field_changes(contact: Contact) -> QuerySet[FieldChange]:
    return contact.field_changes.all()


def _by_key(model: Any) -> Callable[[Contact], QuerySet[Any]]:
    return lambda contact: model.objects.filter(address_key=contact.address_key)


# In this order where moments are the same: what came last stands first.
KINDS = (
    Kind("delivery", "Deliveries", "outbox.view_delivery", "created_at", _deliveries, _each(entries.of_delivery)),
    Kind(
        *("ledger", "Ledger", "consent.view_subscriptionchange", "occurred_at"),
        rows=_by_key(SubscriptionChange),
        make=_each(entries.of_ledger),
        learnt="received_at",
    ),
    Kind("fields", "Fields", "contacts.view_fieldchange", "changed_at", _field_changes, _fields, FIELDS),
    Kind("address", "Addresses", "contacts.view_addresschange", "noticed_at", _moves, _each(entries.of_move)),
    Kind("event", "Events", "inbox.view_event", "received_at", _events, _each(entries.of_event)),
    Kind("sync", "Syncs", "sync.view_syncrow", "run__started_at", _sync_rows, _each(entries.of_sync_row)),
    Kind(
        *("sight", "Seen in Iterable", "consent.view_profileobservation", "observed_at"),
        rows=_by_key(ProfileObservation),
        make=_sights,
        learnt="received_at",
    ),
    Kind(
        *("report", "Bounces", "consent.view_addressreport", "occurred_at"),
        rows=_by_key(AddressReport),
        make=_each(entries.of_report),
        learnt="received_at",
    ),
)
RANKS = {kind.name: rank for rank, kind in enumerate(KINDS)}


@dataclass(frozen=True, slots=True)
class Cursor:
    """The last entry of a page: the next page holds what comes after it, also of the same moment."""

    at: datetime
    rank: int
    pk: int

    @classmethod
    def read(cls, text: str) -> Self | None:
        """None where it is no cursor: then the newest are shown."""
        at, _, rest = text.partition("~")
        name, _, pk = rest.partition("~")
        try:
            moment = datetime.fromisoformat(at)
            number = int(pk)
        except ValueError:
            return None
        if name not in RANKS or not 0 <= number <= LARGEST_NUMBER or not 1900 < moment.year < 2200:
            return None
        return cls(moment if moment.tzinfo else timezone.make_aware(moment), RANKS[name], number)

    def after(self, kind: Kind) -> Q:
        rank = RANKS[kind.name]
        earlier = Q(**{f"{kind.at}__lt": self.at})
        if rank > self.rank:
            return earlier | Q(**{kind.at: self.at})
        return earlier | Q(**{kind.at: self.at, "pk__lt": self.pk}) if rank == self.rank else earlier


def cursor_of(entry: Entry) -> str:
    return f"{entry.at.isoformat()}~{entry.kind}~{entry.pk}"


@dataclass(frozen=True, slots=True)
class Timeline:
    """`kinds` are those that the viewer may see; `older` is the query of the next page, or nothing."""

    entries: list[Entry]
    kinds: list[tuple[str, str, str, bool]]
    kind: str
    older: str
    paged: bool


def timeline(contact: Contact, viewer: Viewer, asked: dict[str, str], moment: Asked, names: Names) -> Timeline:
    """`asked` holds `kind`, `before`, and whatever else the page's links have to keep."""
    seen = [kind for kind in KINDS if viewer.has_perm(kind.permission)]
    chosen = next((kind for kind in seen if kind.name == asked.get("kind")), None)
    cursor = Cursor.read(asked.get("before", ""))
    page, more = _page(contact, [chosen] if chosen else seen, cursor, moment, names)
    kept = {name: value for name, value in asked.items() if name not in ("kind", "before") and value}
    links = [("", "Everything", _query(kept), chosen is None)]
    links += [(kind.name, kind.label, _query({**kept, "kind": kind.name}), kind is chosen) for kind in seen]
    here = {**kept, "kind": chosen.name} if chosen else kept
    older = _query({**here, "before": cursor_of(page[-1])}) if more and page else ""
    return Timeline(page, links, chosen.name if chosen else "", older, cursor is not None)


def _query(values: dict[str, str]) -> str:
    return f"?{urlencode(values)}#timeline"


def _page(
    contact: Contact, kinds: Iterable[Kind], cursor: Cursor | None, moment: Asked, names: Names
) -> tuple[list[Entry], bool]:
    """As far back as every kind was read: of one that has more, nothing is known beyond its last row."""
    found: list[Entry] = []
    horizons: list[tuple[Any, ...]] = []
    for kind in kinds:
        rows = _rows(contact, kind, cursor, moment)
        made = kind.make(rows, kind.name, names)
        found += made
        if len(rows) == kind.most:
            horizons.append(_place(made[-1]))
    ordered = sorted(found, key=_place, reverse=True)
    horizon = max(horizons, default=None)
    known = [entry for entry in ordered if horizon is None or _place(entry) >= horizon]
    return known[:A_PAGE], len(known) > A_PAGE or len(known) < len(ordered) or bool(horizons)


def _place(entry: Entry) -> tuple[datetime, int, int]:
    return entry.at, -RANKS[entry.kind], entry.pk


def _rows(contact: Contact, kind: Kind, cursor: Cursor | None, moment: Asked) -> list[Any]:
    rows = kind.rows(contact)
    if cursor:
        rows = rows.filter(cursor.after(kind))
    if moment.at:
        rows = rows.filter(**{f"{kind.at}__lte": moment.at})
    if moment.known_at:
        rows = rows.filter(**{f"{kind.learnt or kind.at}__lte": moment.known_at})
    return list(rows.order_by(f"-{kind.at}", "-pk")[: kind.most])
