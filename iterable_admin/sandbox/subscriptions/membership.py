"""People put on lists and taken off them."""

from __future__ import annotations

from typing import Any

from iterable_admin.sandbox.answers import (
    BOOLEAN,
    IDENTITY_KINDS,
    INTEGER,
    Answer,
    Kinds,
    Request,
    Route,
    expect,
    missing,
    rows_of,
)
from iterable_admin.sandbox.people.bulk import USER_FAILURES, Outcome
from iterable_admin.sandbox.people.identity import Person, RowRefused, identify, not_found
from iterable_admin.sandbox.people.users import USER_KINDS, plan_profile
from iterable_admin.sandbox.project.catalog import MARKETING_CHANNEL
from iterable_admin.sandbox.state import State, Write
from iterable_admin.sandbox.subscriptions.lists import find_list
from iterable_admin.sandbox.subscriptions.subscribing import subscription_write

SOURCE = "ListAPI"
KINDS: Kinds = {
    "listId": INTEGER,
    "updateExistingUsersOnly": BOOLEAN,
    "campaignId": INTEGER,
    "channelUnsubscribe": BOOLEAN,
}


def subscribe(state: State, request: Request) -> Answer:
    """Creates whom it does not know, but where updateExistingUsersOnly forbids it, which email-based projects do not heed."""
    body, rows, list_id = read_call(state, request, USER_KINDS)
    known_only = body.get("updateExistingUsersOnly") is True and state.project_type != "email"
    change, outcome, writes = {"add": {"emailListIds": list_id}}, Outcome(USER_FAILURES), list[Write]()
    for row in rows:
        try:
            profile = plan_profile(state, row, outcome, state.faults.new_fields, known_only)
            joining = subscription_write(Person(profile["email"], profile["userId"]), change, SOURCE)
            writes += [profile, joining]
        except RowRefused as refused:
            outcome.fail(refused)
    return finish(state, outcome, writes, len(rows))


def unsubscribe(state: State, request: Request) -> Answer:
    """Who is unknown is named as not found, and not created. Off a list that one was never on is a success."""
    body, rows, list_id = read_call(state, request, IDENTITY_KINDS)
    change: dict[str, Any] = {"remove": {"emailListIds": list_id}}
    if body.get("channelUnsubscribe") is True:
        change["add"] = {"unsubscribedChannelIds": MARKETING_CHANNEL}
    outcome, writes = Outcome(USER_FAILURES), []
    for row in rows:
        try:
            person = identify(state, row)
            if state.people.find(*person) is None:
                raise not_found(person)
            writes.append(subscription_write(person, change, SOURCE, body))
        except RowRefused as refused:
            outcome.fail(refused)
    return finish(state, outcome, writes, len(rows))


def read_call(state: State, request: Request, kinds: Kinds) -> tuple[dict[str, Any], list[dict[str, Any]], int]:
    body = request.json()
    expect(request, body, "obj", KINDS)
    if body.get("listId") is None:
        raise missing(request, "obj.listId")
    rows = rows_of(request, body, "subscribers")
    for index, row in enumerate(rows):
        expect(request, row, f"obj.subscribers[{index}]", kinds)
    return body, rows, find_list(state, body["listId"])


def finish(state: State, outcome: Outcome, writes: list[Write], rows: int) -> Answer:
    outcome.admission.settle()
    state.accept(writes)
    outcome.success = rows - outcome.failed
    return Answer(200, outcome.describe_users())


# No limit is stated for either.
ROUTES = [
    Route("POST", "/api/lists/subscribe", subscribe),
    Route("POST", "/api/lists/unsubscribe", unsubscribe),
]
