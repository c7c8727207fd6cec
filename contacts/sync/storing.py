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
from iterable_admin.copying import insert_rows, upsert_rows

FROM_WAREHOUSE = ("email", "email_as_received", "gitlab_user_id", "account_created_at", "last_login_at")


def store(people: Sequence[Person], run: SyncRun) -> None:
    """In the caller's transaction. Rows are written in the order of their keys, so that two writers never deadlock."""
    ordered = sorted(people, key=lambda person: person.key)
    contacts, known = store_contacts(ordered, run.started_at)
    store_namespaces(namespace for person in ordered for namespace in person.namespaces)
    store_memberships(ordered, contacts, known, str(run.pk))


def store_contacts(people: Sequence[Person], seen_at: datetime) -> tuple[dict[str, int], set[str]]:
    """Ids by address key, and the keys of those who were known before."""
    keys = [person.key for person in people]
    known = {contact.address_key: contact for contact in Contact.objects.filter(address_key__in=keys).defer("profile")}
    wanted = [_contact(person, known.get(person.key), seen_at) for person in people]
    changed = [contact for contact in wanted if not _same(contact, known.get(contact.address_key))]
    upsert_rows(changed, ["address_key"], [*FROM_WAREHOUSE, "in_warehouse_at", "address_at", "updated_at"])
    Contact.objects.filter(address_key__in=keys, in_warehouse_at=None).update(in_warehouse_at=seen_at)
    return dict(Contact.objects.filter(address_key__in=keys).values_list("address_key", "pk")), set(known)


def _contact(person: Person, known: Contact | None, seen_at: datetime) -> Contact:
    same_user = known is not None and known.gitlab_user_id == person.row.gitlab_user_id
    return Contact(
        address_key=person.key,
        email=person.profile.email,
        # The spelling first received stays: an event's and the warehouse's would take turns otherwise.
        email_as_received=(known and known.email_as_received) or person.row.email_address[:254],
        in_warehouse_at=seen_at,
        gitlab_user_id=person.row.gitlab_user_id,
        account_created_at=person.row.created_at,
        last_login_at=person.row.last_login_at,
        # The first time; what the warehouse repeats each night is no news of an address.
        address_at=known.address_at if known and same_user else seen_at,
    )


def _same(contact: Contact, known: Contact | None) -> bool:
    return known is not None and all(getattr(contact, name) == getattr(known, name) for name in FROM_WAREHOUSE)


Pair = tuple[int, int]


def store_memberships(people: Sequence[Person], contacts: Mapping[str, int], known: set[str], run_id: str) -> None:
    wanted = {(contacts[person.key], namespace.namespace_id): namespace for person in people for namespace in person.namespaces}
    stored = {(row.contact_id, row.namespace_id): row for row in Membership.objects.filter(contact__in=contacts.values())}
    vanished = [row.pk for pair, row in stored.items() if pair not in wanted]
    Membership.objects.filter(pk__in=vanished).delete()
    changed = [pair for pair, namespace in wanted.items() if _information(stored.get(pair)) != namespace.information]
    news = [_membership(pair, wanted[pair].information) for pair in changed]
    upsert_rows(news, ["contact_id", "namespace_id"], ["access_level", "access_level_name", "information"])
    known_ids = {contacts[key] for key in known}
    touched = [pair for pair in stored if pair not in wanted] + changed
    _note_changes(touched, stored, wanted, known_ids, run_id)


def _information(row: Membership | None) -> Information | None:
    return row.information if row else None


def _membership(pair: Pair, information: Information) -> Membership:
    return Membership(
        contact_id=pair[0],
        namespace_id=pair[1],
        access_level=information.get("USER_ACCESS_LEVEL"),
        access_level_name=information.get("USER_ACCESS_LEVEL_NAME", "")[:64],
        information=information,
    )


def _note_changes(
    touched: Sequence[Pair],
    stored: Mapping[Pair, Membership],
    wanted: Mapping[Pair, Chosen],
    known_ids: set[int],
    run_id: str,
) -> None:
    """One history row a person: the objects that differ, as they were and as they are; of a new person nothing was."""
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
                old=before.get(contact_id, []) if contact_id in known_ids else None,
                new=after.get(contact_id, []),
                cause="sync",
                cause_id=run_id,
                changed_at=now,
            )
            for contact_id in sorted(before.keys() | after.keys())
        ]
    )
