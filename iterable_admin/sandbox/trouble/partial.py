"""Bulk calls of which some rows fail although the request was fine: named in the answer's lists, or counted alone."""

from __future__ import annotations

from typing import Any, NamedTuple

from iterable_admin.sandbox.answers import Answer, Request


class Bulk(NamedTuple):
    """Under which name the rows come, and which lists name a failed one by its address and by its user id."""

    rows: str
    emails: str
    user_ids: str


BULK = {
    "/api/users/bulkUpdate": Bulk("users", "invalidDataEmails", "invalidDataUserIds"),
    "/api/events/trackBulk": Bulk("events", "invalidEmails", "invalidUserIds"),
    "/api/lists/subscribe": Bulk("subscribers", "invalidDataEmails", "invalidDataUserIds"),
    "/api/lists/unsubscribe": Bulk("subscribers", "invalidEmails", "invalidUserIds"),
    # These two lists stand for an error of Iterable's own: the row may be sent again.
    "/api/users/bulkUpdateSubscriptions": Bulk("updateSubscriptionsRequests", "validEmailFailures", "validUserIdFailures"),
}


def withhold(request: Request, person: str | None, every: int) -> list[dict[str, Any]]:
    """Take the rows that are to fail out of the request and return them: this person's, or one in `every`, the first always."""
    rows = request.body.get(BULK[request.path].rows) if isinstance(request.body, dict) else None
    if not isinstance(rows, list):
        return []
    numbered = [(i, row) for i, row in enumerate(rows) if isinstance(row, dict)]
    failing = {i for i, row in numbered if (_is(row, person) if person else i % every == 0)}
    request.withheld = len(failing)
    request.body = {**request.body, BULK[request.path].rows: [row for i, row in enumerate(rows) if i not in failing]}
    return [row for i, row in numbered if i in failing]


def report(path: str, answer: Answer, failed: list[dict[str, Any]], *, named: bool) -> Answer:
    """The answer with the withheld rows counted as failed and, if so wished, named."""
    if answer.status != 200:
        return answer
    payload = {**answer.payload, "failCount": answer.payload["failCount"] + len(failed)}
    if named:
        _name(payload, BULK[path].emails, [str(row["email"]).lower() for row in failed if row.get("email")])
        _name(payload, BULK[path].user_ids, [str(row["userId"]) for row in failed if not row.get("email")])
    return Answer(200, payload)


def _name(payload: dict[str, Any], failure: str, identifiers: list[str]) -> None:
    if "failedUpdates" in payload:
        lists = payload["failedUpdates"]
        payload["failedUpdates"] = {**lists, failure: [*lists[failure], *identifiers]}
    if failure in payload:
        payload[failure] = [*payload[failure], *identifiers]


def _is(row: dict[str, Any], person: str) -> bool:
    return person.lower() in (str(row.get("email", "")).lower(), str(row.get("userId", "")).lower())
