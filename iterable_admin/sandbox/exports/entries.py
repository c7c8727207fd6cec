"""What an export holds: users by their last change, events by their time, flat, oldest first."""

from __future__ import annotations

from collections.abc import Iterator

from iterable_admin.sandbox.dates import write_epoch
from iterable_admin.sandbox.exports.selection import Entry, Selection
from iterable_admin.sandbox.people import lookups
from iterable_admin.sandbox.people.fieldtypes import read_fields
from iterable_admin.sandbox.people.profiles import Event, Profile
from iterable_admin.sandbox.state import State


def select_entries(state: State, wanted: Selection) -> list[Entry]:
    time = "profileUpdatedAt" if wanted.kind == "user" else "createdAt"
    found = [entry for entry in _entries(state, wanted.kind) if wanted.since <= entry[time] < wanted.until]
    if wanted.campaign_id is not None:
        found = [entry for entry in found if entry.get("campaignId") == wanted.campaign_id]
    found.sort(key=lambda entry: str(entry[time]))
    return [_choose_fields(entry, wanted) for entry in found] if wanted.only or wanted.omitted else found


def events_of(state: State, profile: Profile, custom: bool) -> list[Entry]:
    """Everything that happened to one person; what their callers tracked only on request."""
    found = [_system_entry(event) for event in profile.system_events]
    found += [_custom_entry(state, profile, event) for event in profile.events.values()] if custom else []
    return sorted(found, key=lambda entry: str(entry["createdAt"]))


def _entries(state: State, kind: str) -> Iterator[Entry]:
    for profile in state.people.everybody.values():
        if kind == "user":
            yield _user_entry(state, profile)
        elif kind == "customEvent":
            yield from (_custom_entry(state, profile, event) for event in profile.events.values())
        else:
            yield from (_system_entry(event) for event in profile.system_events if event["eventType"] == kind)


def _user_entry(state: State, profile: Profile) -> Entry:
    """What Iterable keeps by itself stands on users under flat dotted names, as public sources expect them."""
    fields: Entry = lookups.describe(state, profile)["dataFields"]
    internals = {"documentCreatedAt": fields["signupDate"], "documentUpdatedAt": fields["profileUpdatedAt"]}
    if profile.email:
        internals["emailDomain"] = profile.email.rpartition("@")[2]
    return fields | {f"itblInternal.{name}": value for name, value in internals.items()}


def _custom_entry(state: State, profile: Profile, event: Event) -> Entry:
    named = {
        "eventName": event.name,
        "id": event.id,
        **profile.identity,
        "createdAt": write_epoch(event.created_at),
    }
    fields = read_fields(event.fields, state.fields_of_event(event.name))
    return _with_internals(fields | event.extra | named, "customEvent")


def _system_entry(event: Entry) -> Entry:
    return _with_internals({k: v for k, v in event.items() if k != "eventType"}, event["eventType"])


def _with_internals(entry: Entry, kind: str) -> Entry:
    stored = {"documentCreatedAt": entry["createdAt"], "documentUpdatedAt": entry["createdAt"]}
    return {**entry, "_type": kind, "itblInternal": stored}


def _choose_fields(entry: Entry, wanted: Selection) -> Entry:
    names = wanted.only or entry
    return {name: entry[name] for name in names if name in entry and name not in wanted.omitted}
