"""What events change about the people we know, each change kept in the field history."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from django.utils import timezone

from contacts.intake.outgoing_form import TRIAL_START
from contacts.intake.work import Work
from contacts.models import Contact, FieldChange
from contacts.precedence import fields_that_the_sync_owns
from iterable_admin.copying import insert_rows
from iterable_admin.inbox.models import Event
from iterable_admin.iterable.writes import MANAGED_FIELDS

# Writing what Iterable keeps itself breaks subscriptions or is refused. The identifiers stand beside the data fields.
MANAGED = MANAGED_FIELDS | {"email", "userId"}
KEPT_BY_US = ["email", "email_as_received", "gitlab_user_id", "profile", "address_at", "updated_at"]
SYNC_OWNS = "{name}: the sync has the say on it (field precedence), not written to the profile"
OTHER_USER = "userId: another GitLab user has this address since, and keeps it"


def apply_changes(work: Sequence[Work]) -> dict[int, str]:
    """Update or make the contacts; what the profile gets is put back into `Work.profile`.

    Returns the GitLab user ids that were not known for their address before, with the address.
    """
    known, of_the_sync = _lock([item.lane for item in work]), fields_that_the_sync_owns()
    changed: list[Contact] = []
    history: list[FieldChange] = []
    newly_known: dict[int, str] = {}
    for item in work:
        contact = known.get(item.lane) or Contact(address_key=item.lane)
        item.profile, since = _profile_of(item, contact, of_the_sync), contact.address_at
        changes = _change(contact, item)
        if changes or contact.address_at != since:
            changed.append(contact)
            history += changes
        if item.user_id and any(change.field == "gitlab_user_id" for change in changes):
            newly_known[item.user_id] = item.email
    _store(changed, history)
    return newly_known


def _lock(lanes: Sequence[str]) -> dict[str, Contact]:
    rows = Contact.objects.select_for_update().filter(address_key__in=lanes).order_by("address_key")
    return {contact.address_key: contact for contact in rows}


def _profile_of(item: Work, contact: Contact, of_the_sync: Collection[str]) -> dict[str, Any]:
    """The event's fields less what Iterable manages and what the sync has the say on; the trial's start is the later of two."""
    profile = {name: value for name, value in item.fields.items() if name not in MANAGED and name not in of_the_sync}
    item.flags += [f"{name}: managed by Iterable, not written to the profile" for name in item.fields if name in MANAGED]
    item.flags += [SYNC_OWNS.format(name=name) for name in item.fields if name in of_the_sync and name not in MANAGED]
    told, kept = profile.get(TRIAL_START), contact.profile.get(TRIAL_START)
    if isinstance(told, str) and isinstance(kept, str) and kept > told:
        profile[TRIAL_START] = kept
        item.flags.append(f"{TRIAL_START}: earlier than the one known, which is kept")
    return _keep_known(item, contact, profile) if item.event.keep_known else profile


def _keep_known(item: Work, contact: Contact, profile: dict[str, Any]) -> dict[str, Any]:
    kept = sorted(name for name, value in profile.items() if contact.profile.get(name, value) != value)
    item.flags += [f"{name}: replayed with the latest values, so the one known is kept" for name in kept]
    return profile | {name: contact.profile[name] for name in kept}


def _change(contact: Contact, item: Work) -> list[FieldChange]:
    event = item.event
    changes = [
        _field_change(contact, event, name, contact.profile.get(name), value)
        for name, value in item.profile.items()
        if name not in contact.profile or contact.profile[name] != value
    ]
    changes += _change_user(contact, item)
    if contact.email != item.email:
        changes.append(_field_change(contact, event, "email", contact.email or None, item.email))
    contact.email = item.email
    if not item.late:
        contact.email_as_received = event.payload.get("email_as_received") or contact.email_as_received
    contact.profile = contact.profile | item.profile
    return changes


def _change_user(contact: Contact, item: Work) -> list[FieldChange]:
    """Of two GitLab users under one address the later one has it: an account may be deleted and made anew."""
    user_id = item.user_id
    if not user_id:
        return []
    if contact.gitlab_user_id == user_id:
        if item.tells_address and not item.late and (contact.address_at is None or contact.address_at < item.at):
            contact.address_at = item.at
        return []
    if contact.gitlab_user_id and contact.address_at and item.at <= contact.address_at:
        item.flags.append(OTHER_USER)
        return []
    change = _field_change(contact, item.event, "gitlab_user_id", contact.gitlab_user_id, user_id)
    contact.gitlab_user_id, contact.address_at = user_id, item.at
    return [change]


def _field_change(contact: Contact, event: Event, name: str, old: Any, new: Any) -> FieldChange:
    return FieldChange(
        contact=contact,
        field=name[:255],
        old=old,
        new=new,
        cause="event",
        cause_id=str(event.uuid),
        changed_at=timezone.now(),
    )


def _store(changed: Sequence[Contact], history: Sequence[FieldChange]) -> None:
    """One upsert for old and new contacts alike, in the order of their keys, so that two writers never wait crosswise."""
    rows = sorted(changed, key=lambda contact: contact.address_key)
    for contact in rows:
        contact.pk = None
    Contact.objects.bulk_create(rows, update_conflicts=True, unique_fields=["address_key"], update_fields=KEPT_BY_US)
    for change in history:
        change.contact_id = change.contact.pk
    insert_rows(history)
