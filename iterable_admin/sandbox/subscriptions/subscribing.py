"""How the four subscription arrays of a person change, and the system events that tell of it."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import chain
from typing import Any

from iterable_admin.sandbox.people.identity import Person
from iterable_admin.sandbox.people.profiles import ARRAYS, Arrays, Profile
from iterable_admin.sandbox.project.catalog import Catalog
from iterable_admin.sandbox.state import Apply, State, Write

# Under the name that system events have for it: the arrays that hold it, and whether to stand in one is to be subscribed.
HELD_IN = {
    "emailListIds": [("emailListIds", True)],
    "channelIds": [("unsubscribedChannelIds", False)],
    "messageTypeIds": [("unsubscribedMessageTypeIds", False), ("subscribedMessageTypeIds", True)],
}

Change = Mapping[str, Mapping[str, Any]]


def subscription_write(person: Person, change: Change, source: str = "API", row: dict[str, Any] | None = None) -> Write:
    """`change` has set, add or remove, each a dict by array; the row may name the campaign and template to blame."""
    extra = {key: row[key] for key in ("campaignId", "templateId") if row and row.get(key) is not None}
    identity = {"op": "subscriptions", "email": person.email, "userId": person.user_id}
    return {**identity, **change, "source": source, "extra": extra}


def change_of(array: str, number: int, *, joining: bool) -> Change:
    """To stand in an `unsubscribed` array is to have left, in another to have joined."""
    return {"remove" if array.startswith("unsubscribed") == joining else "add": {array: number}}


def array_of_type(catalog: Catalog, type_id: int) -> str:
    return "subscribedMessageTypeIds" if catalog.is_opt_in(type_id) else "unsubscribedMessageTypeIds"


def change_arrays(profile: Profile, change: Mapping[str, Any]) -> bool:
    """Whether anything changed: the first change of all gives the person the arrays, be they empty."""
    before = profile.arrays
    arrays = dict(before) if before is not None else {name: [] for name in ARRAYS}
    arrays.update(change.get("set", {}))
    for name, value in change.get("add", {}).items():
        arrays[name] = [*(v for v in arrays[name] if v != value), value]
    for name, value in change.get("remove", {}).items():
        arrays[name] = [v for v in arrays[name] if v != value]
    profile.arrays = arrays
    return arrays != before


def apply_subscriptions(state: State, write: Write, at: float) -> None:
    if not state.people.admits(write["email"], write["userId"]):
        return
    profile, created = state.people.obtain(write["email"], write["userId"], at)
    before: Arrays = profile.arrays or {name: [] for name in ARRAYS}
    changed = change_arrays(profile, write)
    profile.updated_at = at
    if created or changed:
        state.people.record(profile, "created" if created else "changed", at)
    announce_changes(state, profile, before, write, at)


def announce_changes(state: State, profile: Profile, before: Arrays, write: Write, at: float) -> None:
    """Each of the two events only if something was left or joined. A dimension without change has an empty array."""
    after = profile.arrays or before
    left = {name: ids_changed(name, before, after, joined=False) for name in HELD_IN}
    joined = {name: ids_changed(name, before, after, joined=True) for name in HELD_IN}
    source, extra = write.get("source", "API"), write.get("extra", {})
    if any(left.values()):
        state.announce("emailUnSubscribe", profile, at, {**left, "unsubSource": source, **extra})
    if any(joined.values()):
        state.announce("emailSubscribe", profile, at, {**joined, "signupSource": source})


def ids_changed(dimension: str, before: Arrays, after: Arrays, joined: bool) -> list[int]:
    return list(chain.from_iterable(gained(before, after, *array, joined) for array in HELD_IN[dimension]))


def gained(before: Arrays, after: Arrays, array: str, subscribed: bool, joined: bool) -> list[int]:
    first, second = (before, after) if subscribed == joined else (after, before)
    return [value for value in second[array] if value not in first[array]]


WRITES: dict[str, Apply] = {"subscriptions": apply_subscriptions}
