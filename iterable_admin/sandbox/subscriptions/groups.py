"""One subscription joined or left, by one person or many: the family /api/subscriptions."""

from __future__ import annotations

from contextlib import suppress

from iterable_admin.sandbox.answers import (
    STRING,
    Answer,
    Request,
    Route,
    bad_params,
    envelope,
    expect_all,
    read_integer,
)
from iterable_admin.sandbox.people.identity import RowRefused, identify_for_upsert
from iterable_admin.sandbox.state import State
from iterable_admin.sandbox.subscriptions.subscribing import Change, array_of_type, change_of, subscription_write


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
    state.accept([subscription_write(person, change)])
    # Documented as 200 or 202; so that callers meet both, work on a known user is "done", on a new one "accepted".
    return envelope(status=200 if known else 202)


def change_many(state: State, request: Request) -> Answer:
    """One subscription for many; who is refused is passed over in silence, as the answer has no place for it."""
    body, action = request.json(), request.query.get("action", "subscribe").lower()
    if action not in ("subscribe", "unsubscribe"):
        raise bad_params("action must be subscribe or unsubscribe")
    for name in ("users", "usersByUserId"):
        expect_all(request, body.get(name), f"obj.{name}", STRING)
    change = locate(state, request.params["group"], request.params["groupId"], action == "subscribe")
    rows = [{"email": email} for email in body.get("users") or ()]
    rows += [{"userId": user_id} for user_id in body.get("usersByUserId") or ()]
    writes = []
    for row in rows:
        with suppress(RowRefused):
            writes.append(subscription_write(identify_for_upsert(state, row), change))
    state.accept(writes)
    return envelope(status=202)


def locate(state: State, group: str, group_id: str, subscribe: bool) -> Change:
    """Which array holds this subscription, and whether the id goes in or out."""
    wanted = read_integer(group_id, "subscriptionGroupId")
    return change_of(array_of(state, group, wanted), wanted, joining=subscribe)


def array_of(state: State, group: str, group_id: int) -> str:
    match group.lower():
        case "emaillist" if group_id in state.lists.by_id:
            return "emailListIds"
        case "messagechannel" if state.catalog.channel(group_id):
            return "unsubscribedChannelIds"
        case "messagetype" if state.catalog.message_type(group_id):
            return array_of_type(state.catalog, group_id)
    raise bad_params(f"Invalid subscription group: {group} {group_id}")


FAMILY = "subscriptions"
ONE = "/api/subscriptions/{group}/{groupId}/user/{email}"
ONE_BY_USER_ID = "/api/subscriptions/{group}/{groupId}/byUserId/{userId}"
# No limit is stated for any of these.
ROUTES = [
    Route("PATCH", ONE, subscribe, family=FAMILY),
    Route("DELETE", ONE, unsubscribe, family=FAMILY),
    Route("PUT", "/api/subscriptions/{group}/{groupId}", change_many, family=FAMILY),
    Route("PATCH", ONE_BY_USER_ID, subscribe, family=FAMILY),
    Route("DELETE", ONE_BY_USER_ID, unsubscribe, family=FAMILY),
]
