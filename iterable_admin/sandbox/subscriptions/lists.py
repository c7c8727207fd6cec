"""Lists: made, listed, deleted, counted, and read as lines of text."""

from __future__ import annotations

from typing import Any

from iterable_admin.sandbox.answers import (
    PLAIN,
    STRING,
    Answer,
    Rate,
    Refused,
    Request,
    Route,
    bad_params,
    envelope,
    expect,
    missing,
    read_integer,
)
from iterable_admin.sandbox.people.profiles import Profile
from iterable_admin.sandbox.state import Apply, State, Write
from iterable_admin.sandbox.subscriptions.mailing_lists import describe_list
from iterable_admin.sandbox.subscriptions.subscribing import change_arrays

MOST_PREVIEWED, PREVIEWED = 5000, 1000


def get_lists(state: State, request: Request) -> Answer:
    return Answer(200, {"lists": list(state.lists.by_id.values())})


def create(state: State, request: Request) -> Answer:
    body = request.json()
    expect(request, body, "obj", {"name": STRING, "description": STRING})
    if body.get("name") is None:
        raise missing(request, "obj.name")
    if not body["name"].strip():
        raise bad_params("name must not be empty")
    write: Write = {"op": "list", "id": state.lists.allot(), "name": body["name"], "description": body.get("description")}
    state.accept([write])
    return Answer(200, {"listId": write["id"]})


def apply_list(state: State, write: Write, at: float) -> None:
    state.lists.add(describe_list(write["id"], write["name"], write["description"], int(at * 1000)))


def delete(state: State, request: Request) -> Answer:
    list_id = find_list(state, read_integer(request.params["listId"], "listId"))
    if any(list_id in named for campaign in state.catalog.campaigns for named in lists_of(campaign)):
        raise Refused(409, "BadParams", f"List {list_id} is in use by a campaign")
    state.accept([{"op": "list deleted", "id": list_id}])
    return envelope()


def lists_of(campaign: dict[str, Any]) -> tuple[list[int], list[int]]:
    return campaign.get("listIds") or [], campaign.get("suppressionListIds") or []


def apply_deletion(state: State, write: Write, at: float) -> None:
    state.lists.by_id.pop(write["id"], None)
    for profile in members(state, write["id"]):
        change_arrays(profile, {"remove": {"emailListIds": write["id"]}})
        profile.updated_at = at


def find_list(state: State, list_id: int) -> int:
    """The same id, or the refusal that callers know an unknown list by, also one that is not visible yet."""
    if list_id not in state.lists.by_id:
        raise bad_params(f"error.lists.invalidListId: {list_id}")
    return list_id


def members(state: State, list_id: int) -> list[Profile]:
    everybody = state.people.everybody.values()
    return [profile for profile in everybody if profile.arrays and list_id in profile.arrays["emailListIds"]]


def size(state: State, request: Request) -> Answer:
    list_id = find_list(state, read_integer(request.params["listId"], "listId"))
    return Answer(200, str(len(members(state, list_id))), PLAIN)


def get_users(state: State, request: Request) -> Answer:
    return Answer(200, "\n".join(identifiers(state, request)), PLAIN)


def preview_users(state: State, request: Request) -> Answer:
    """The real one takes a random sample; here it is the first so many."""
    most = read_integer(request.query.get("size", str(PREVIEWED)), "size", 1, MOST_PREVIEWED)
    return Answer(200, "\n".join(identifiers(state, request)[:most]), PLAIN)


def identifiers(state: State, request: Request) -> list[str]:
    """An address each, or a userId where there is none, or where it is preferred and there is one."""
    list_id = find_list(state, read_integer(request.query.get("listId", ""), "listId"))
    prefers = request.query.get("preferUserId", "false").lower()
    if prefers not in ("true", "false"):
        raise bad_params("preferUserId must be true or false")
    pairs = [(profile.email, profile.user_id) for profile in members(state, list_id)]
    return [str(user_id or email) if prefers == "true" else str(email or user_id) for email, user_id in pairs]


LARGE_READS = Rate(5, 60)
ROUTES = [
    Route("GET", "/api/lists", get_lists, Rate(100, 1)),
    Route("POST", "/api/lists", create),
    Route("GET", "/api/lists/getUsers", get_users, LARGE_READS),
    Route("GET", "/api/lists/previewUsers", preview_users, LARGE_READS),
    Route("DELETE", "/api/lists/{listId}", delete),
    Route("GET", "/api/lists/{listId}/size", size, LARGE_READS),
]
WRITES: dict[str, Apply] = {"list": apply_list, "list deleted": apply_deletion}
