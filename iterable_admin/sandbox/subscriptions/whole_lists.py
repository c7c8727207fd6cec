"""What people are subscribed to, whole lists at a time: users/updateSubscriptions and bulkUpdateSubscriptions."""

from __future__ import annotations

from typing import Any

from iterable_admin.sandbox.answers import (
    ARRAY,
    BOOLEAN,
    IDENTITY_KINDS,
    INTEGER,
    Answer,
    Kinds,
    Request,
    Route,
    bad_params,
    envelope,
    expect,
    expect_all,
    rows_of,
)
from iterable_admin.sandbox.people.bulk import known_failure
from iterable_admin.sandbox.people.identity import Person, RowRefused, identify_for_upsert
from iterable_admin.sandbox.people.profiles import ARRAYS
from iterable_admin.sandbox.state import State, Write
from iterable_admin.sandbox.subscriptions.subscribing import subscription_write

KINDS: Kinds = {
    **IDENTITY_KINDS,
    **dict.fromkeys(ARRAYS, ARRAY),
    "validateChannelAlignment": BOOLEAN,
    "campaignId": INTEGER,
    "templateId": INTEGER,
}
BULK_FAILURES = ("invalidEmails", "invalidUserIds", "validEmailFailures", "validUserIdFailures")
OPT_IN_OFF = "subscribedMessageTypeIds: opt-in message types are not enabled for this project"
MISALIGNED = "A message type to subscribe to belongs to an unsubscribed channel"


def update(state: State, request: Request) -> Answer:
    row = request.json()
    check_lists(request, row, "obj")
    try:
        write = plan_lists(state, row)
    except RowRefused as refused:
        raise refused.as_single() from None
    state.accept([write])
    return envelope()


def bulk_update(state: State, request: Request) -> Answer:
    rows = rows_of(request, request.json(), "updateSubscriptionsRequests")
    for index, row in enumerate(rows):
        check_lists(request, row, f"obj.updateSubscriptionsRequests[{index}]")
    failures: dict[str, list[str]] = {name: [] for name in BULK_FAILURES}
    writes = []
    for row in rows:
        try:
            writes.append(plan_lists(state, row))
        except RowRefused as refused:
            failures[known_failure(refused.failure, failures)].append(refused.identifier)
    state.accept(writes)
    return Answer(200, {"successCount": len(writes), "failCount": len(rows) - len(writes), **failures})


def check_lists(request: Request, row: dict[str, Any], path: str) -> None:
    expect(request, row, path, KINDS)
    for name in ARRAYS:
        expect_all(request, row.get(name), f"{path}.{name}", INTEGER)


def plan_lists(state: State, row: dict[str, Any]) -> Write:
    """Null and absent leave a list as it is, [] clears it."""
    person = identify_for_upsert(state, row)
    wanted = {name: list(dict.fromkeys(row[name])) for name in ARRAYS if row.get(name) is not None}
    if "subscribedMessageTypeIds" in wanted and not state.catalog.has_opt_in():
        raise refuse(person, OPT_IN_OFF)
    if row.get("validateChannelAlignment") is not False and subscribes_against_channel(state, person, wanted):
        raise refuse(person, MISALIGNED)
    return subscription_write(person, {"set": wanted}, row=row)


def refuse(person: Person, msg: str) -> RowRefused:
    failure = "validEmailFailures" if person.email else "validUserIdFailures"
    return RowRefused(failure, str(person.email or person.user_id), bad_params(msg))


def subscribes_against_channel(state: State, person: Person, wanted: dict[str, list[int]]) -> bool:
    """Whether a type would be newly subscribed (opt-in: listed; opt-out: taken off its list) under an unsubscribed channel."""
    profile = state.people.find(*person)
    now = (profile.arrays if profile else None) or {name: [] for name in ARRAYS}
    channels = set(wanted.get("unsubscribedChannelIds", now["unsubscribedChannelIds"]))
    opted_out = now["unsubscribedMessageTypeIds"]
    subscribed = set(wanted.get("subscribedMessageTypeIds", ()))
    subscribed |= set(opted_out) - set(wanted.get("unsubscribedMessageTypeIds", opted_out))
    types = (state.catalog.message_type(type_id) for type_id in subscribed)
    return any(kind is not None and kind["channelId"] in channels for kind in types)


# No limit is stated for either.
ROUTES = [
    Route("POST", "/api/users/updateSubscriptions", update),
    Route("POST", "/api/users/bulkUpdateSubscriptions", bulk_update),
]
