"""What would go out for one person, by the values that are stored: nothing is read from the warehouse, and nothing is sent."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from contacts.consent.erasing.marks import erased_among
from contacts.models import Contact
from contacts.sync.date_keys import dated
from contacts.sync.models import SyncDefinition, SyncState
from contacts.sync.outgoing import FIELD
from contacts.sync.pages.changes import Line, changes
from contacts.sync.profiles import Profile, latest_profiles
from contacts.sync.reasons import WORDS
from iterable_admin.addresses import address_key, is_email, normalise_email
from iterable_admin.audit.pills import moment_text

NO_ADDRESS = "This is not an email address."
NOTHING_KNOWN = "Nothing is known of this person here: no run of {definition} has read them. A run for them alone would."
ERASED = "This person was erased here: nothing is stored or sent again."
BY_ROWS = "By the values that the latest run which wanted something sent has stored."
BY_MEMBERSHIPS = "By the namespaces that are kept of this person: no run has stored values to send."


@dataclass(frozen=True, slots=True)
class Preview:
    email: str
    words: str
    body: dict[str, Any] | None = None
    lines: list[Line] | None = None
    outcome: str = ""


def preview(definition: SyncDefinition, asked: str) -> Preview:
    email = normalise_email(asked)
    if not is_email(email):
        return Preview(email, NO_ADDRESS)
    key = address_key(email)
    if erased_among([key]):
        return Preview(email, ERASED)
    found = latest_profiles(definition.pk, {key}).get(key)
    if found is not None:
        return _told(definition, found, BY_ROWS)
    if definition.keeps_contacts and (fields := _of_memberships(definition, key)):
        return _told(definition, Profile.of(email, fields), BY_MEMBERSHIPS)
    return Preview(email, NOTHING_KNOWN.format(definition=definition))


def _of_memberships(definition: SyncDefinition, key: str) -> dict[str, Any]:
    contact = Contact.objects.filter(address_key=key).exclude(email="").first()
    kept = contact.memberships.order_by("namespace_id").values_list("information", flat=True) if contact else ()
    told = [dated(information, definition.date_keys) for information in kept]
    return {FIELD: told} if told else {}


def _told(definition: SyncDefinition, profile: Profile, words: str) -> Preview:
    state = SyncState.objects.filter(definition=definition, address_key=profile.key).first()
    accepted = state.accepted if state else {}
    outcome = _outcome(state) if state else ""
    return Preview(profile.email, words, _body(definition, profile), changes(accepted, profile.fields), outcome)


def _outcome(state: SyncState) -> str:
    if state.gone:
        return f"This person {state.get_gone_display()} {moment_text(state.gone_at)}: nothing goes out any more."
    return WORDS.get(state.outcome, state.outcome)


def _body(definition: SyncDefinition, profile: Profile) -> dict[str, Any]:
    """The person's part of the bulk call."""
    if definition.target == SyncDefinition.Target.EVENT:
        return {"email": profile.email, "eventName": definition.event_name, "dataFields": profile.fields}
    return {"email": profile.email, "dataFields": profile.fields}
