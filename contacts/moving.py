"""A known person under another address: the contact moves there, and what hangs on the old address follows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils import timezone

from contacts.models import Contact, FieldChange, Membership
from iterable_admin.addresses import address_key
from iterable_admin.copying import insert_rows


@dataclass(frozen=True, slots=True)
class News:
    """A GitLab user was met under an address: by an event, or by a run of the sync."""

    user_id: int
    email: str
    at: datetime
    cause: str
    cause_id: str
    as_received: str = ""

    @property
    def key(self) -> str:
        return address_key(self.email)


@dataclass(frozen=True, slots=True)
class Move:
    old_key: str
    old_email: str
    new_key: str
    new_email: str


# Told in the transaction of the move, so that rooms above take along what they keep by address.
Follower = Callable[[Move], None]

_followers: list[Follower] = []


def register_follower(follower: Follower) -> None:
    if follower not in _followers:
        _followers.append(follower)


def move(contact: Contact, news: News, bare: Contact | None) -> Move:
    """`bare` is a contact that is already there and of nobody else: its fields win, and the two become one row."""
    done = Move(contact.address_key, contact.email, news.key, news.email)
    history = [_change(contact, news, "email", contact.email, news.email)]
    if bare is not None:
        history += _join(contact, bare, news)
    contact.warehouse_key = _where_the_warehouse_has(contact, news)
    contact.address_key, contact.email, contact.address_at = news.key, news.email, news.at
    contact.email_as_received = news.as_received or news.email
    contact.save()
    insert_rows(history)
    for follow in _followers:
        follow(done)
    return done


def _where_the_warehouse_has(contact: Contact, news: News) -> str:
    """The warehouse is a day behind: what it goes on saying of the old address is no news."""
    behind = contact.warehouse_key or (contact.address_key if contact.in_warehouse_at else "")
    return "" if news.cause == "sync" or behind == news.key else behind


def _join(contact: Contact, bare: Contact, news: News) -> list[FieldChange]:
    changes = [
        _change(contact, news, name, contact.profile.get(name), value)
        for name, value in bare.profile.items()
        if contact.profile.get(name) != value
    ]
    contact.profile = contact.profile | bare.profile
    for name in ("account_created_at", "last_login_at", "in_warehouse_at"):
        setattr(contact, name, getattr(contact, name) or getattr(bare, name))
    held = list(Membership.objects.filter(contact=contact).values_list("namespace_id", flat=True))
    bare.memberships.exclude(namespace_id__in=held).update(contact=contact)
    bare.field_changes.update(contact=contact)
    bare.delete()
    return changes


def _change(contact: Contact, news: News, field: str, old: Any, new: Any) -> FieldChange:
    return FieldChange(
        contact=contact,
        field=field[:255],
        old=old,
        new=new,
        cause=news.cause,
        cause_id=news.cause_id,
        changed_at=timezone.now(),
    )
