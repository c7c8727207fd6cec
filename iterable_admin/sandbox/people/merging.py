"""Two people made one: users/merge."""

from __future__ import annotations

from typing import Any

from iterable_admin.sandbox.answers import (
    ARRAY,
    STRING,
    Answer,
    Kinds,
    Rate,
    Request,
    Route,
    bad_params,
    envelope,
    expect,
    missing,
    rows_of,
)
from iterable_admin.sandbox.people.identity import (
    Person,
    RowRefused,
    no_such_user,
    refuse_forgotten,
    valid_email,
    valid_user_id,
)
from iterable_admin.sandbox.people.profiles import Profile
from iterable_admin.sandbox.people.users import MANAGED, apply_email, apply_user_id
from iterable_admin.sandbox.state import Apply, State, Write

KINDS: Kinds = {
    **dict.fromkeys(("sourceEmail", "sourceUserId", "destinationEmail", "destinationUserId"), STRING),
    "arrayMerge": ARRAY,
}
ARRAY_KINDS: Kinds = {"field": STRING, "dedupeBy": STRING}


def merge(state: State, request: Request) -> Answer:
    """A source that does not exist is refused; where the destination does not, the source takes its identifier."""
    body = request.json()
    expect(request, body, "obj", KINDS)
    arrays = read_arrays(request, body)
    try:
        source, destination = read_side(state, body, "source"), read_side(state, body, "destination")
    except RowRefused as refused:
        raise refused.as_single() from None
    check(state, source, destination, arrays)
    state.accept([{"op": "merge", "source": list(source), "destination": list(destination), "arrays": arrays}])
    return envelope()


def check(state: State, source: Person, destination: Person, arrays: dict[str, str | None]) -> None:
    first, second = state.people.find(*source), state.people.find(*destination)
    if first is None:
        raise no_such_user(*source)
    if first is second:
        raise bad_params("Source and destination are the same user")
    for profile in (first, second):
        for name, key in arrays.items():
            if key and profile and not all(isinstance(item, dict) for item in as_array(profile.fields.get(name, []))):
                raise bad_params(f"arrayMerge: dedupeBy is for arrays of objects, and {name} holds something else")


def read_side(state: State, body: dict[str, Any], side: str) -> Person:
    email, user_id = body.get(f"{side}Email"), body.get(f"{side}UserId")
    if bool(email) == bool(user_id):
        raise bad_params(f"Either {side}Email or {side}UserId is required")
    if email and state.project_type == "userid":
        raise bad_params(f"This project identifies users by userId; {side}UserId is required")
    person = Person(valid_email(email) if email else None, valid_user_id(user_id) if user_id else None)
    refuse_forgotten(state, *person)
    return person


def read_arrays(request: Request, body: dict[str, Any]) -> dict[str, str | None]:
    """What to merge element by element, with the field that tells elements apart, if any."""
    found: dict[str, str | None] = {}
    for index, item in enumerate(rows_of(request, {"arrayMerge": body.get("arrayMerge") or []}, "arrayMerge")):
        expect(request, item, f"obj.arrayMerge[{index}]", ARRAY_KINDS)
        if not item.get("field"):
            raise missing(request, f"obj.arrayMerge[{index}].field")
        if item["field"] in MANAGED:
            raise bad_params(f"arrayMerge: {item['field']} is managed by Iterable")
        found[item["field"]] = item.get("dedupeBy")
    return found


def apply_merge(state: State, write: Write, at: float) -> None:
    people = state.people
    source, destination = people.find(*write["source"]), people.find(*write["destination"])
    if source is None or source is destination:
        return
    if destination is None:
        take_identifiers(state, source, Person(*write["destination"]), at)
        source.updated_at = at
        return
    destination.fields = merge_profiles(source.fields, destination.fields, write["arrays"])
    merge_subscriptions(source, destination)
    hand_over(state, source, destination, at)
    destination.updated_at = at
    people.record(destination, "merged", at)


def take_identifiers(state: State, profile: Profile, wanted: Person, at: float) -> None:
    if wanted.email:
        apply_email(state, profile, wanted.email, at)
    if wanted.user_id:
        apply_user_id(state, profile, wanted.user_id)


def merge_profiles(source: dict[str, Any], destination: dict[str, Any], arrays: dict[str, str | None]) -> dict[str, Any]:
    """What both have stays as the destination has it, arrays too, unless listed."""
    merged = {**source, **destination}
    for name, key in arrays.items():
        if name in source and name in destination:
            merged[name] = join_arrays(as_array(source[name]), as_array(destination[name]), key)
    return merged


def join_arrays(source: list[Any], destination: list[Any], key: str | None) -> list[Any]:
    """Elements of the source that the destination has already are left out."""
    taken = destination if key is None else [item[key] for item in destination if key in item]
    kept = [item for item in source if (key is not None and key not in item) or (item[key] if key else item) not in taken]
    return [*destination, *kept]


def as_array(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def merge_subscriptions(source: Profile, destination: Profile) -> None:
    """Lists and opt-outs of both: a merge makes nobody mailable who was not."""
    if source.arrays is None:
        return
    own = destination.arrays or {}
    destination.arrays = {name: list(dict.fromkeys([*own.get(name, []), *values])) for name, values in source.arrays.items()}


def hand_over(state: State, source: Profile, destination: Profile, at: float) -> None:
    """Events, messages and what the destination has no identifier of; the source is gone then."""
    for event in list(source.events.values()):
        state.people.store_event(destination, event)
    destination.system_events.extend(source.system_events)
    destination.system_events.sort(key=lambda event: str(event["createdAt"]))
    destination.messages.extend(source.messages)
    destination.messages.sort(key=lambda message: float(message["createdAt"]))
    state.people.remove(source, at)
    if source.email and destination.email is None:
        state.people.set_email(destination, source.email, at)
    if source.user_id and destination.user_id is None:
        state.people.set_user_id(destination, source.user_id)


ROUTES = [Route("POST", "/api/users/merge", merge, Rate(50, 1))]
WRITES: dict[str, Apply] = {"merge": apply_merge}
