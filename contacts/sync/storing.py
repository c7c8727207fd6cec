"""Keep what the warehouse says of a batch of people: set by set, and only what changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.utils import timezone

from contacts.models import Contact, FieldChange, Membership
from contacts.sync.classifying import Person
from contacts.sync.models import SyncRun
from contacts.sync.outgoing import FIELD, Chosen, Information
from contacts.sync.storing_namespaces import store_namespaces
from iterable_admin.copying import insert_keyed, insert_rows, insert_values, upsert_rows

# Of somebody new; the rest has its defaults in the database.
COLUMNS = (
    *("address_key", "email", "email_as_received", "gitlab_user_id", "profile", "account_created_at", "last_login_at"),
    *("in_warehouse_at", "address_at", "created_at", "updated_at"),
)
OF_MEMBERSHIP = ("contact_id", "namespace_id", "access_level", "access_level_name", "information")
FROM_WAREHOUSE = ("email", "email_as_received", "gitlab_user_id", "account_created_at", "last_login_at")


def store(people: Sequence[Person], run: SyncRun) -> None:
    """In the caller's transaction. Rows are written in the order of their keys, so that two writers never deadlock."""
    ordered = sorted(people, key=lambda person: person.key)
    contacts, known = store_contacts(ordered, run.started_at)
    store_namespaces(namespace for person in ordered for namespace in person.namespaces)
    store_memberships(ordered, contacts, known, str(run.pk))


def store_contacts(people: Sequence[Person], seen_at: datetime) -> tuple[dict[str, int], set[str]]:
    """Ids by address key, and the keys of those who were known before."""
    theirs = Contact.objects.filter(address_key__among=[person.key for person in people])
    known = {contact.address_key: contact for contact in theirs.defer("profile")}
    wanted = [_contact(person, known[person.key], seen_at) for person in people if person.key in known]
    changed = [contact for contact in wanted if not _same(contact, known[contact.address_key])]
    upsert_rows(changed, ["address_key"], [*FROM_WAREHOUSE, "in_warehouse_at", "address_at", "updated_at"])
    if any(contact.in_warehouse_at is None for contact in known.values()):
        theirs.filter(in_warehouse_at=None).update(in_warehouse_at=seen_at)
    newcomers = [person for person in people if person.key not in known]
    keys = insert_keyed(Contact, COLUMNS, [_values(person, seen_at) for person in newcomers])
    ids = {key: contact.pk for key, contact in known.items()}
    return ids | {person.key: key for person, key in zip(newcomers, keys, strict=True)}, set(known)


def _values(person: Person, seen_at: datetime) -> tuple[object, ...]:
    row = person.row
    return (
        *(person.key, person.profile.email, row.email_address[:254], row.gitlab_user_id, {}, row.created_at, row.last_login_at),
        *(seen_at, seen_at, timezone.now(), timezone.now()),
    )


def _contact(person: Person, known: Contact, seen_at: datetime) -> Contact:
    same_user = known.gitlab_user_id == person.row.gitlab_user_id
    return Contact(
        address_key=person.key,
        email=person.profile.email,
        # The spelling first received stays: an event's and the warehouse's would take turns otherwise.
        email_as_received=known.email_as_received or person.row.email_address[:254],
        in_warehouse_at=seen_at,
        gitlab_user_id=person.row.gitlab_user_id,
        account_created_at=person.row.created_at,
        last_login_at=person.row.last_login_at,
        # The first time; what the warehouse repeats each night is no news of an address.
        address_at=known.address_at if same_user else seen_at,
    )


def _same(contact: Contact, known: Contact) -> bool:
    return all(getattr(contact, name) == getattr(known, name) for name in FROM_WAREHOUSE)


Pair = tuple[int, int]


def store_memberships(people: Sequence[Person], contacts: Mapping[str, int], known: set[str], run_id: str) -> None:
    newcomers = [person for person in people if person.key not in known]
    news = [_membership(contacts[person.key], namespace) for person in newcomers for namespace in person.namespaces]
    insert_values(Membership, OF_MEMBERSHIP, news)
    if known:
        _change_memberships([person for person in people if person.key in known], contacts, run_id)


def _change_memberships(people: Sequence[Person], contacts: Mapping[str, int], run_id: str) -> None:
    wanted = {(contacts[person.key], namespace.namespace_id): namespace for person in people for namespace in person.namespaces}
    ids = [contacts[person.key] for person in people]
    stored = {(row.contact_id, row.namespace_id): row for row in Membership.objects.filter(contact__in=ids)}
    vanished = [row.pk for pair, row in stored.items() if pair not in wanted]
    Membership.objects.filter(pk__in=vanished).delete()
    changed = [pair for pair, namespace in wanted.items() if _information(stored.get(pair)) != namespace.information]
    news = [Membership(**dict(zip(OF_MEMBERSHIP, _membership(pair[0], wanted[pair]), strict=True))) for pair in changed]
    upsert_rows(news, ["contact_id", "namespace_id"], ["access_level", "access_level_name", "information"])
    touched = [pair for pair in stored if pair not in wanted] + changed
    _note_changes(touched, stored, wanted, run_id)


def _information(row: Membership | None) -> Information | None:
    return row.information if row else None


def _membership(contact_id: int, namespace: Chosen) -> tuple[object, ...]:
    said = namespace.information
    level, name = said.get("USER_ACCESS_LEVEL"), said.get("USER_ACCESS_LEVEL_NAME", "")[:64]
    return contact_id, namespace.namespace_id, level, name, said


def _note_changes(
    touched: Sequence[Pair],
    stored: Mapping[Pair, Membership],
    wanted: Mapping[Pair, Chosen],
    run_id: str,
) -> None:
    """One history row a person: the objects that differ, as they were and as they are. Of a new person nothing has changed."""
    before: dict[int, list[Any]] = {}
    after: dict[int, list[Any]] = {}
    for contact_id, namespace_id in sorted(touched):
        pair = (contact_id, namespace_id)
        if pair in stored:
            before.setdefault(contact_id, []).append(stored[pair].information)
        if pair in wanted:
            after.setdefault(contact_id, []).append(wanted[pair].information)
    now = timezone.now()
    insert_rows(
        [
            FieldChange(
                contact_id=contact_id,
                field=FIELD,
                old=before.get(contact_id, []),
                new=after.get(contact_id, []),
                cause="sync",
                cause_id=run_id,
                changed_at=now,
            )
            for contact_id in sorted(before.keys() | after.keys())
        ]
    )
