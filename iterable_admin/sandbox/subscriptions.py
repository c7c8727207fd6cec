"""What people are subscribed to: overwriting whole lists, or adding and taking one subscription."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from iterable_admin.sandbox.answers import Answer, Request, Route, bad_json, bad_params, envelope, expect, rows_of
from iterable_admin.sandbox.identity import Person, RowRefused, identify_for_upsert
from iterable_admin.sandbox.people import ARRAYS
from iterable_admin.sandbox.state import Apply, State, Write

KINDS: dict[str, tuple[type, str]] = {
    **dict.fromkeys(ARRAYS, (list, "Array")),
    "validateChannelAlignment": (bool, "Boolean"),
    "campaignId": (int, "Integer"),
    "templateId": (int, "Integer"),
}
BULK_FAILURES = ("invalidEmails", "invalidUserIds", "validEmailFailures", "validUserIdFailures")


def update(state: State, request: Request) -> Answer:
    row = request.json()
    check_lists(request, row, "obj")
    try:
        write = plan_lists(state, row)
    except RowRefused as refused:
        if refused.failure.startswith("valid"):
            raise bad_params("A message type to subscribe to belongs to an unsubscribed channel") from None
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
            failures[failure_list(refused)].append(refused.identifier)
    state.accept(writes)
    return Answer(200, {"successCount": len(writes), "failCount": len(rows) - len(writes), **failures})


def failure_list(refused: RowRefused) -> str:
    """This endpoint knows four lists only; an unknown or conflicting identifier is reported as an invalid one."""
    if refused.failure in BULK_FAILURES:
        return refused.failure
    return "invalidUserIds" if refused.failure.endswith("UserIds") else "invalidEmails"


def check_lists(request: Request, row: dict[str, Any], path: str) -> None:
    expect(request, row, path, KINDS)
    for name in ARRAYS:
        for index, value in enumerate(row.get(name) or ()):
            if type(value) is not int:
                raise bad_json(request, {f"{path}.{name}[{index}]": "Integer value expected"})


def plan_lists(state: State, row: dict[str, Any]) -> Write:
    """Null and absent leave a list as it is, [] clears it."""
    person = identify_for_upsert(state, row)
    wanted = {name: row[name] for name in ARRAYS if row.get(name) is not None}
    if row.get("validateChannelAlignment") is not False and subscribes_against_channel(state, person, wanted):
        failure = "validEmailFailures" if person.email else "validUserIdFailures"
        raise RowRefused(failure, str(person.email or person.user_id))
    return subscription_write(person, set=wanted)


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


def subscribe(state: State, request: Request) -> Answer:
    return change_one(state, request, subscribe=True)


def unsubscribe(state: State, request: Request) -> Answer:
    """Creates a user it does not know, too: the opt-out is then on file before the first mail could be."""
    return change_one(state, request, subscribe=False)


def change_one(state: State, request: Request, subscribe: bool) -> Answer:
    row = {"email": request.params.get("email"), "userId": request.params.get("userId")}
    change = locate(state, request.params["group"], request.params["groupId"], subscribe)
    try:
        person = identify_for_upsert(state, row)
    except RowRefused as refused:
        raise refused.as_single() from None
    known = state.people.find(*person) is not None
    state.accept([subscription_write(person, **change)])
    # Documented as 200 or 202; so that callers meet both, work on a known user is "done", on a new one "accepted".
    return envelope(status=200 if known else 202)


def change_many(state: State, request: Request) -> Answer:
    """One subscription for many; who is refused is passed over in silence, as the answer has no place for it."""
    body, action = request.json(), request.query.get("action")
    if action not in ("subscribe", "unsubscribe"):
        raise bad_params("action must be subscribe or unsubscribe")
    change = locate(state, request.params["group"], request.params["groupId"], action == "subscribe")
    rows = [{"email": email} for email in body.get("users") or ()]
    rows += [{"userId": user_id} for user_id in body.get("usersByUserId") or ()]
    writes = []
    for row in rows:
        with suppress(RowRefused):
            writes.append(subscription_write(identify_for_upsert(state, row), **change))
    state.accept(writes)
    return envelope(status=202)


def locate(state: State, group: str, group_id: str, subscribe: bool) -> dict[str, dict[str, int]]:
    """Which array holds this subscription, and whether the id goes in or out."""
    if not group_id.isdecimal():
        raise bad_params(f"Invalid subscription group id: {group_id}")
    wanted, array = int(group_id), array_of(state, group, int(group_id))
    holds_opt_outs = array.startswith("unsubscribed")
    return {"remove" if subscribe == holds_opt_outs else "add": {array: wanted}}


def array_of(state: State, group: str, group_id: int) -> str:
    match group.lower():
        case "emaillist":
            return "emailListIds"
        case "messagechannel" if state.catalog.channel(group_id):
            return "unsubscribedChannelIds"
        case "messagetype" if kind := state.catalog.message_type(group_id):
            return "subscribedMessageTypeIds" if kind["subscriptionPolicy"] == "OptIn" else "unsubscribedMessageTypeIds"
    raise bad_params(f"Invalid subscription group: {group} {group_id}")


def subscription_write(person: Person, **change: Any) -> Write:
    return {"op": "subscriptions", "email": person.email, "userId": person.user_id, **change}


def apply_subscriptions(state: State, write: Write, at: float) -> None:
    profile, created = state.people.obtain(write["email"], write["userId"], at)
    before = profile.arrays
    arrays = dict(before) if before is not None else {name: [] for name in ARRAYS}
    arrays.update(write.get("set", {}))
    for name, value in write.get("add", {}).items():
        arrays[name] = [*(v for v in arrays[name] if v != value), value]
    for name, value in write.get("remove", {}).items():
        arrays[name] = [v for v in arrays[name] if v != value]
    profile.arrays, profile.updated_at = arrays, at
    if created or arrays != before:
        state.people.record(profile, "created" if created else "changed", at)


FAMILY = "subscriptions"
ONE = "/api/subscriptions/{group}/{groupId}/user/{email}"
ONE_BY_USER_ID = "/api/subscriptions/{group}/{groupId}/byUserId/{userId}"
# No limit is stated for any of these.
ROUTES = [
    Route("POST", "/api/users/updateSubscriptions", update),
    Route("POST", "/api/users/bulkUpdateSubscriptions", bulk_update),
    Route("PATCH", ONE, subscribe, family=FAMILY),
    Route("DELETE", ONE, unsubscribe, family=FAMILY),
    Route("PUT", "/api/subscriptions/{group}/{groupId}", change_many, family=FAMILY),
    Route("PATCH", ONE_BY_USER_ID, subscribe, family=FAMILY),
    Route("DELETE", ONE_BY_USER_ID, unsubscribe, family=FAMILY),
]
WRITES: dict[str, Apply] = {"subscriptions": apply_subscriptions}
