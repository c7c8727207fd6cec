"""What needs somebody, grouped by reason: how many, since when, who acts next, and one button each."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast

from django.contrib import admin
from django.contrib.auth.models import AnonymousUser, User
from django.db.models import Count, Min, Model, Q, QuerySet
from django.utils import timezone

from contacts.consent.erasing.reconciling import overdue, undecided
from contacts.models import AddressChange
from iterable_admin.audit.operating import Operated
from iterable_admin.inbox.models import Event
from iterable_admin.inbox.next_steps import WHO_MENDS as EVENT_MENDS
from iterable_admin.inbox.querysets import NEEDS_SOMEBODY
from iterable_admin.outbox.models import Delivery
from iterable_admin.outbox.next_steps import WHO_MENDS as DELIVERY_MENDS
from iterable_admin.screens.dashboard.counting import in_words, list_url, newest, number_of

LATELY = timedelta(hours=24)
LOOKED_AT = "The technical owner looks at the reason and mends it, now."
UNCONFIRMED = "The technical owner looks at what each says and sends it again, now."
UNDECIDED = "The business owner decides whether they are forgotten here too, now."


@dataclass(frozen=True, slots=True)
class Button:
    """Leads to the operation's own page, which asks with the number of rows before anything is touched."""

    label: str
    action: str


@dataclass(frozen=True, slots=True)
class Trouble:
    """`lately`: how many of them are no older than a day. `url` is empty for whom it leads nowhere."""

    kind: str
    what: str
    reason: str
    count: int
    lately: int
    oldest: datetime
    next: str
    url: str
    button: Button | None = None


def trouble(user: User | AnonymousUser) -> list[Trouble]:
    return [*deliveries(user), *events(user), *addresses(user), *erasures(user)]


def deliveries(user: User | AnonymousUser) -> Iterator[Trouble]:
    seen = user.has_perm("outbox.view_delivery")
    for code, count, lately, oldest in _by_reason(Delivery.objects.filter(state=Delivery.State.NEEDS_YOU), "created_at"):
        yield Trouble(
            kind="deliveries",
            what=number_of(count, "delivery", "deliveries"),
            reason=_words(code),
            count=count,
            lately=lately,
            oldest=oldest,
            next=DELIVERY_MENDS.get(code, LOOKED_AT),
            url=list_url("outbox_delivery", reason_code=code, state__exact="needs_you") if seen else "",
            button=_button(user, Delivery, "retry", count) if seen else None,
        )


def events(user: User | AnonymousUser) -> Iterator[Trouble]:
    seen = user.has_perm("inbox.view_event")
    for code, state, count, lately, oldest in _by_reason(Event.objects.filter(NEEDS_SOMEBODY), "received_at", "state"):
        operation = "read_again" if state == Event.State.REJECTED else "replay"
        yield Trouble(
            kind="events",
            what=number_of(count, "event"),
            reason=_words(code),
            count=count,
            lately=lately,
            oldest=oldest,
            next=EVENT_MENDS.get(code, LOOKED_AT),
            url=list_url("inbox_event", reason_code=code, attention="you", state__exact=state) if seen else "",
            button=_button(user, Event, operation, count) if seen else None,
        )


def addresses(user: User | AnonymousUser) -> Iterator[Trouble]:
    """Those that no delivery stands for: another GitLab user has the address."""
    seen = user.has_perm("contacts.view_addresschange")
    rows = AddressChange.objects.filter(state=AddressChange.State.NEEDS_YOU, one_person=False)
    url = list_url("contacts_addresschange", state__exact="needs_you") if seen else ""
    words = ("change of address", "changes of address", "address taken", EVENT_MENDS["address_taken"])
    yield from _of_one_kind("changes of address", rows, "noticed_at", words, url)


def erasures(user: User | AnonymousUser) -> Iterator[Trouble]:
    """People whom Iterable was to forget and does not list, and people whom it forgot without us."""
    late = list_url("consent_erasure") if user.has_perm("consent.view_erasure") else ""
    elsewhere = list_url("consent_forgottenelsewhere") if user.has_perm("consent.view_forgottenelsewhere") else ""
    words = ("erasure", "", "not confirmed by Iterable", UNCONFIRMED)
    yield from _of_one_kind("erasures", overdue(), "requested_at", words, late)
    words = ("contact", "", "forgotten in Iterable, not here", UNDECIDED)
    yield from _of_one_kind("erasures", undecided(), "first_seen_at", words, elsewhere)


def _of_one_kind(kind: str, rows: QuerySet[Any], since: str, words: tuple[str, str, str, str], url: str) -> Iterator[Trouble]:
    one, many, reason, who = words
    found = rows.aggregate(count=Count("pk"), lately=_lately(since), oldest=Min(since))
    if found["count"]:
        what = number_of(found["count"], one, many)
        yield Trouble(kind, what, reason, found["count"], found["lately"], found["oldest"], who, url)


def _by_reason(rows: QuerySet[Any], since: str, *besides: str) -> list[tuple[Any, ...]]:
    """The largest group first."""
    found = (
        newest(rows).values_list("reason_code", *besides).annotate(count=Count("pk"), lately=_lately(since), oldest=Min(since))
    )
    return sorted(found, key=lambda row: (-row[-3], row[0]))


def _lately(since: str) -> Count:
    return Count("pk", filter=Q(**{f"{since}__gte": timezone.now() - LATELY}))


def _button(user: User | AnonymousUser, model: type[Model], name: str, count: int) -> Button | None:
    """As the list of these rows offers it."""
    offered = cast(Operated, admin.site.get_model_admin(model)).operations
    operation = next(operation for operation in offered if operation.name == name)
    return Button(f"{operation.label} {in_words(count)} …", name) if user.has_perm(operation.permission) else None


def _words(code: str) -> str:
    return code.replace("_", " ") or "no code"


def count_of(found: list[Trouble], *kinds: str) -> tuple[int, int]:
    """How many rows of these kinds, and how many of them are no older than a day."""
    rows = [row for row in found if row.kind in kinds]
    return sum(row.count for row in rows), sum(row.lately for row in rows)
