"""One box for whatever somebody has in hand: an address, an id, a name's beginning, or a link pasted from Iterable.

Every look-up is an equality or a beginning that an index answers; names alone are looked for without one, in tables of some
hundred rows.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, unquote, urlencode, urlsplit
from uuid import UUID

from django.contrib.auth.models import AnonymousUser, User
from django.db.models import Model
from django.urls import reverse

from contacts.consent.models import MessageType
from contacts.models import Contact, Namespace
from contacts.sync.models import SyncRun
from iterable_admin.addresses import address_key, normalise_email
from iterable_admin.audit.browsing import LARGEST_NUMBER
from iterable_admin.inbox.models import Event
from iterable_admin.outbox.models import Delivery
from journeys.links import HOSTS, Link, parse
from journeys.models import Campaign, Journey, Template

# More than these are no answer: the lists have filters and pages.
MOST_HITS = 10
PERSON = re.compile(r"/users/(?:profiles/)?([^/]+)")
# "delivery 17", where 17 alone might be an event as well.
WORD_AND_NUMBER = re.compile(r"([a-z ]*[a-z])[ #:]+(\d+)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Shelf:
    """Where to look, what people call a row of it, and by which columns it is found."""

    word: str
    model: type[Model]
    numbers: tuple[str, ...] = ()
    name: str = ""


SHELVES = (
    Shelf("user id", Contact, ("gitlab_user_id",)),
    Shelf("contact", Contact, ("pk",)),
    Shelf("namespace", Namespace, ("pk",)),
    Shelf("event", Event, ("pk",)),
    Shelf("delivery", Delivery, ("pk",)),
    Shelf("journey", Journey, ("pk", "workflow_id"), name="name"),
    Shelf("campaign", Campaign, ("iterable_id",), name="name"),
    Shelf("template", Template, ("iterable_id",)),
    Shelf("message type", MessageType, ("iterable_id",), name="name"),
    Shelf("sync run", SyncRun, ("pk",)),
)
IN_ITERABLE = {
    Journey: ("workflow_id", "folder_id"),
    Campaign: ("campaign_id",),
    Template: ("template_id",),
}
COLUMN = {"campaign_id": "iterable_id", "template_id": "iterable_id"}


@dataclass(frozen=True, slots=True)
class Hit:
    word: str
    row: Model

    @property
    def url(self) -> str:
        return reverse(f"admin:{self.row._meta.app_label}_{self.row._meta.model_name}_change", args=[self.row.pk])


@dataclass(frozen=True, slots=True)
class Longer:
    """More rows of one kind fit than are shown: all of them stand in its list."""

    word: str
    url: str


@dataclass(frozen=True, slots=True)
class Found:
    hits: list[Hit]
    longer: list[Longer]


def find(term: str, user: User | AnonymousUser) -> Found:
    """Of what `user` may see. Raises NotIterable, with the mend, for a link that leads elsewhere."""
    hits: dict[tuple[type[Model], Any], Hit] = {}
    longer: list[Longer] = []
    for word, model, filters in _look_up(term.strip()):
        if _may(user, model):
            rows = list(model._default_manager.filter(**filters)[: MOST_HITS + 1])
            longer += [_longer(model, term.strip())] if len(rows) > MOST_HITS else []
            for row in rows[:MOST_HITS]:
                hits.setdefault((model, row.pk), Hit(word, row))
    return Found(list(hits.values()), longer)


def _longer(model: type[Model], term: str) -> Longer:
    name = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
    return Longer(str(model._meta.verbose_name_plural), f"{name}?{urlencode({'q': term})}")


Lookup = tuple[str, type[Model], dict[str, Any]]


def _may(user: User | AnonymousUser, model: type[Model]) -> bool:
    return user.has_perm(f"{model._meta.app_label}.view_{model._meta.model_name}")


def _look_up(term: str) -> Iterator[Lookup]:
    if "://" in term:
        yield from _of_link(term)
    elif "@" in term:
        yield from _of_address(term)
    elif term.isdecimal():
        yield from _of_number(term)
    elif uuid := _uuid(term):
        yield "event", Event, {"uuid": uuid}
    elif named := WORD_AND_NUMBER.fullmatch(term):
        yield from _of_number(named[2], named[1].lower().removesuffix(" id"))
    elif term:
        yield from _of_beginning(term)


def _of_number(digits: str, word: str = "") -> Iterator[Lookup]:
    if int(digits) > LARGEST_NUMBER:
        return
    for shelf in SHELVES:
        if shelf.word.startswith(word):
            yield from ((shelf.word, shelf.model, {column: int(digits)}) for column in shelf.numbers)


def _of_address(term: str) -> Iterator[Lookup]:
    email = normalise_email(term)
    if "." in email.rpartition("@")[2]:
        # By the key: it finds a person whose address was forgotten, too.
        yield "contact", Contact, {"address_key": address_key(email)}
    else:
        yield "contact", Contact, {"email__startswith": email}


def _of_beginning(term: str) -> Iterator[Lookup]:
    yield "contact", Contact, {"address_key": term}
    yield "contact", Contact, {"email__startswith": normalise_email(term)}
    for shelf in SHELVES:
        if shelf.name:
            yield shelf.word, shelf.model, {f"{shelf.name}__istartswith": term}


def _of_link(url: str) -> Iterator[Lookup]:
    if person := _person_of(url):
        yield from _of_address(person) if "@" in person else _of_number(person, "user id") if person.isdecimal() else ()
        return
    link: Link = parse(url)
    for model, names in IN_ITERABLE.items():
        for name in names:
            if number := getattr(link, name):
                yield str(model._meta.verbose_name), model, {COLUMN.get(name, name): number}


def _person_of(url: str) -> str:
    """Whose profile a link into Iterable shows: an address or a user id."""
    try:
        parts = urlsplit(url)
        if parts.scheme != "https" or parts.hostname not in HOSTS:
            return ""
    except ValueError:
        return ""
    query = parse_qs(parts.query)
    asked = next((query[name][0] for name in ("email", "userId") if name in query), "")
    path = PERSON.fullmatch(parts.path.rstrip("/").removesuffix("/fields").removesuffix("/events"))
    return asked or (unquote(path[1]) if path else "")


def _uuid(term: str) -> UUID | None:
    try:
        return UUID(term)
    except ValueError:
        return None
