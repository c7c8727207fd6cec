"""Writing profiles: users/update and users/bulkUpdate."""

from __future__ import annotations

from typing import Any

from iterable_admin.sandbox.answers import (
    BOOLEAN,
    IDENTITY_KINDS,
    OBJECT,
    Answer,
    Kinds,
    Rate,
    Request,
    Route,
    bad_params,
    envelope,
    expect,
    rows_of,
)
from iterable_admin.sandbox.people.bulk import UPDATE_FAILURES, USER_FAILURES, Outcome
from iterable_admin.sandbox.people.identity import (
    Person,
    RowRefused,
    identify_for_upsert,
    not_found,
    refuse_forgotten,
    valid_email,
    valid_user_id,
)
from iterable_admin.sandbox.people.profiles import ARRAYS, Profile
from iterable_admin.sandbox.state import Apply, State, Write
from iterable_admin.sandbox.subscriptions.subscribing import change_arrays

# Kept by Iterable itself; what a caller sends under these names is dropped in silence.
MANAGED = frozenset(
    {
        "emailListIds",
        "userListIds",
        "itblInternal",
        "itblDS",
        "itblUserId",
        "profileUpdatedAt",
        "receivedSMSDisclaimer",
        "signupDate",
        "signupSource",
        "subscribedMessageTypeIds",
        "unsubscribedChannelIds",
        "unsubscribedMessageTypeIds",
        "devices",
    }
)
IDENTITY = frozenset({"email", "userId"})
USER_KINDS: Kinds = {
    **IDENTITY_KINDS,
    "dataFields": OBJECT,
    "mergeNestedObjects": BOOLEAN,
    "preferUserId": BOOLEAN,
    "createNewFields": BOOLEAN,
}
BULK_KINDS: Kinds = {"createNewFields": BOOLEAN, "updateOnly": BOOLEAN}


def update(state: State, request: Request) -> Answer:
    row = request.json()
    expect(request, row, "obj", USER_KINDS)
    outcome = Outcome(USER_FAILURES)
    try:
        write = plan_profile(state, row, outcome, state.faults.takes_new_fields(row.get("createNewFields")))
    except RowRefused as refused:
        raise refused.as_single() from None
    outcome.admission.settle()
    state.accept([write])
    return envelope()


def bulk_update(state: State, request: Request) -> Answer:
    body = request.json()
    expect(request, body, "obj", BULK_KINDS)
    rows = rows_of(request, body, "users")
    if not rows and not request.withheld:
        raise bad_params("Emails invalid: ")
    create, update_only = state.faults.takes_new_fields(body.get("createNewFields")), body.get("updateOnly") is True
    outcome, writes = Outcome(USER_FAILURES, USER_FAILURES if update_only else UPDATE_FAILURES), []
    for index, row in enumerate(rows):
        expect(request, row, f"obj.users[{index}]", USER_KINDS)
    for row in rows:
        try:
            write = plan_person(state, row, update_only)
            if "dataFields" in row:
                take_arrays(state, write, row["dataFields"] or {})
            take_fields(state, write, outcome, create)
            writes.append(write)
        except RowRefused as refused:
            outcome.fail(refused)
    outcome.admission.settle()
    state.accept(writes)
    outcome.success = len(writes)
    return Answer(200, outcome.describe_users())


def plan_profile(state: State, row: dict[str, Any], outcome: Outcome, create: bool, known_only: bool = False) -> Write:
    write = plan_person(state, row, known_only)
    take_fields(state, write, outcome, create)
    return write


def plan_person(state: State, row: dict[str, Any], known_only: bool = False) -> Write:
    """Everything that may refuse the row: a refused one makes no fields."""
    person = identify_for_upsert(state, row)
    if known_only and state.people.find(*person) is None:
        raise not_found(person)
    fields = row.get("dataFields") or {}
    merge = row.get("mergeNestedObjects") is True
    write: Write = {"op": "profile", "email": person.email, "userId": person.user_id, "fields": fields, "merge": merge}
    if "email" in row and "userId" in row:
        take_second_identifier(state, write, row)
    if not IDENTITY.isdisjoint(fields):
        write["fields"] = take_identity(state, write, fields, person)
    return write


def take_fields(state: State, write: Write, outcome: Outcome, create: bool) -> None:
    fields = write["fields"]
    if not MANAGED.isdisjoint(fields):
        fields = {name: value for name, value in fields.items() if name not in MANAGED}
    write["fields"] = outcome.take_fields(fields, state.user_fields, "user", create)


def take_second_identifier(state: State, write: Write, row: dict[str, Any]) -> None:
    """Both given: the one that this type of project does not go by is written to the profile."""
    if state.project_type == "email" and row["email"] and row["userId"]:
        write["newUserId"] = valid_user_id(row["userId"])
    elif state.project_type == "userid" and row["email"]:
        write["newEmail"] = valid_email(row["email"])


def take_identity(state: State, write: Write, fields: dict[str, Any], person: Person) -> dict[str, Any]:
    """dataFields.email changes the address outside email-based projects, dataFields.userId the id outside userID ones."""
    holder, hybrid = state.people.find(*person), state.project_type == "hybrid"
    if (email := fields.get("email")) and state.project_type != "email":
        write["newEmail"] = new = valid_email(as_text(email, "invalidEmails"))
        if hybrid and state.people.find(new, None) not in (None, holder):
            raise RowRefused("conflictEmails", new)
    if (user_id := fields.get("userId")) and state.project_type != "userid":
        write["newUserId"] = new = valid_user_id(as_text(user_id, "invalidUserIds"))
        if hybrid and state.people.find(None, new) not in (None, holder):
            raise RowRefused("conflictUserIds", new)
    refuse_forgotten(state, write.get("newEmail"), write.get("newUserId"))
    return {name: value for name, value in fields.items() if name not in IDENTITY}


def as_text(value: Any, failure: str) -> str:
    if not isinstance(value, str):
        raise RowRefused(failure, str(value))
    return value


def take_arrays(state: State, write: Write, fields: dict[str, Any]) -> None:
    """In bulk alone lists can be set as a field, and opt-outs where no message type is opt-in; no system event tells of it."""
    for name in ARRAYS[:1] if state.catalog.has_opt_in() else ARRAYS[:3]:
        values = fields.get(name)
        if values is None:
            continue
        if not isinstance(values, list) or any(type(value) is not int for value in values):
            raise RowRefused(*invalid_data(write))
        write.setdefault("arrays", {})[name] = list(dict.fromkeys(values))


def invalid_data(write: Write) -> tuple[str, str]:
    return ("invalidDataEmails", write["email"]) if write["email"] else ("invalidDataUserIds", write["userId"])


def apply_profile(state: State, write: Write, at: float) -> None:
    people = state.people
    if not people.admits(write["email"], write["userId"]):
        return
    profile, created = people.obtain(write["email"], write["userId"], at)
    merge_fields(profile.fields, write["fields"], write["merge"])
    profile.updated_at = at
    changed = "arrays" in write and change_arrays(profile, {"set": write["arrays"]})
    if created or changed:
        people.record(profile, "created" if created else "changed", at)
    if new_email := write.get("newEmail"):
        apply_email(state, profile, new_email, at)
    if new_id := write.get("newUserId"):
        apply_user_id(state, profile, new_id)


def apply_email(state: State, profile: Profile, email: str, at: float) -> None:
    """Asked again here: two writes accepted one after the other may want the same address."""
    if email not in state.people.forgotten_emails and (state.project_type == "userid" or email not in state.people.by_email):
        state.people.set_email(profile, email, at)


def apply_user_id(state: State, profile: Profile, user_id: str) -> None:
    if user_id not in state.people.forgotten_user_ids and (
        state.project_type == "email" or user_id not in state.people.by_user_id
    ):
        state.people.set_user_id(profile, user_id)


def merge_fields(stored: dict[str, Any], fields: dict[str, Any], nested: bool) -> None:
    """Top level always; nested objects one level, on request, never arrays. A null deletes its field."""
    for name, value in fields.items() if nested else ():
        if isinstance(value, dict):
            former = stored.get(name)
            both = {**former, **value} if isinstance(former, dict) else value
            fields = {**fields, name: {k: v for k, v in both.items() if v is not None}}
    stored.update(fields)
    if None in fields.values():
        for name in [name for name, value in fields.items() if value is None]:
            del stored[name]


ROUTES = [
    Route("POST", "/api/users/update", update, Rate(500, 1)),
    Route("POST", "/api/users/bulkUpdate", bulk_update, Rate(5, 1)),
]
WRITES: dict[str, Apply] = {"profile": apply_profile}
