"""Iterable's own write endpoints. Each answers once its events are committed, and what Iterable answers by the request alone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework.request import Request
from rest_framework.response import Response

from contacts.gateway import rows as row_of
from contacts.gateway import schemas
from contacts.gateway.answering import described, described_subscriptions
from contacts.gateway.calling import GatewayCall, api_path, read_object
from contacts.gateway.checking import (
    BULK_USERS,
    EVENT,
    IDENTITY,
    LISTS,
    STRING,
    SUBSCRIPTIONS,
    USER,
    check_arrays,
    check_event,
    expect,
    expect_all,
    rows_of,
)
from contacts.gateway.known_targets import check_group, check_list
from contacts.gateway.naming import Row
from contacts.gateway.refusing import bad_params, envelope, missing
from contacts.gateway.taking import take
from iterable_admin.inbox.models import Source

SUBSCRIPTIONS_WRITE = Source.Scope.SUBSCRIPTIONS_WRITE


def refuse_regrant(rows: Sequence[Row]) -> None:
    """After they were stored: a call of which nothing is left is refused as a whole."""
    if rows and all(row.errors for row in rows):
        raise bad_params(next(iter(rows[0].errors.values())))


class Track(GatewayCall):
    @extend_schema(operation_id="iterable_track", request=schemas.TRACK, responses=schemas.ENVELOPE)
    def post(self, request: Request) -> Response:
        source, body, path = self.caller(request), read_object(request), api_path(request)
        expect(path, body, "obj", EVENT)
        check_event(path, body, "obj")
        stored = take(request, source, row_of.single(row_of.track(body)))
        told = body.get("id") or str(stored[0].uuid)
        return envelope(f"Event with id: {told} tracked.", params={"id": told})


class TrackBulk(GatewayCall):
    @extend_schema(operation_id="iterable_track_bulk", request=schemas.TRACK_BULK, responses=schemas.BULK_EVENTS)
    def post(self, request: Request) -> Response:
        source, body, path = self.caller(request), read_object(request), api_path(request)
        events = rows_of(path, body, "events", EVENT)
        for index, event in enumerate(events):
            check_event(path, event, f"obj.events[{index}]")
        read = row_of.many([row_of.track(event) for event in events])
        take(request, source, read.rows)
        return Response(described(read, events=True))


class UpdateUser(GatewayCall):
    @extend_schema(operation_id="iterable_update_user", request=schemas.USERS, responses=schemas.ENVELOPE)
    def post(self, request: Request) -> Response:
        source, body = self.caller(request), read_object(request)
        expect(api_path(request), body, "obj", USER)
        take(request, source, row_of.single(row_of.profile(body)))
        return envelope()


class BulkUpdateUsers(GatewayCall):
    @extend_schema(operation_id="iterable_bulk_update_users", request=schemas.USERS_BULK, responses=schemas.BULK_USERS_DONE)
    def post(self, request: Request) -> Response:
        source, body, path = self.caller(request), read_object(request), api_path(request)
        expect(path, body, "obj", BULK_USERS)
        users = rows_of(path, body, "users", USER)
        if not users:
            raise bad_params("Emails invalid: ")
        read = row_of.many([row_of.profile(user, body=body) for user in users])
        take(request, source, read.rows)
        return Response(described(read))


class UpdateSubscriptions(GatewayCall):
    scope = SUBSCRIPTIONS_WRITE

    @extend_schema(operation_id="iterable_update_subscriptions", request=schemas.ARRAYS_OF_ONE, responses=schemas.ENVELOPE)
    def post(self, request: Request) -> Response:
        source, body, path = self.caller(request), read_object(request), api_path(request)
        expect(path, body, "obj", SUBSCRIPTIONS)
        check_arrays(path, body, "obj")
        rows = row_of.single(row_of.arrays(body))
        take(request, source, rows)
        refuse_regrant(rows)
        return envelope()


class BulkUpdateSubscriptions(GatewayCall):
    scope = SUBSCRIPTIONS_WRITE

    @extend_schema(
        operation_id="iterable_bulk_update_subscriptions", request=schemas.ARRAYS_OF_MANY, responses=schemas.BULK_ARRAYS
    )
    def post(self, request: Request) -> Response:
        source, body, path = self.caller(request), read_object(request), api_path(request)
        told = rows_of(path, body, "updateSubscriptionsRequests", SUBSCRIPTIONS)
        for index, row in enumerate(told):
            check_arrays(path, row, f"obj.updateSubscriptionsRequests[{index}]")
        read = row_of.many([row_of.arrays(row) for row in told])
        take(request, source, read.rows)
        refuse_regrant(read.rows)
        return Response(described_subscriptions(read))


class ChangeList(GatewayCall):
    scope = SUBSCRIPTIONS_WRITE
    joins = True

    def post(self, request: Request) -> Response:
        source, body, path = self.caller(request), read_object(request), api_path(request)
        expect(path, body, "obj", LISTS)
        if body.get("listId") is None:
            raise missing(path, "obj.listId")
        told = rows_of(path, body, "subscribers", USER if self.joins else IDENTITY)
        check_list(source, body["listId"])
        read = row_of.many([row_of.listed(row, body, joins=self.joins) for row in told])
        take(request, source, read.rows)
        return Response(described(read))


@extend_schema_view(
    post=extend_schema(operation_id="iterable_subscribe", request=schemas.SUBSCRIBERS, responses=schemas.BULK_USERS_DONE)
)
class SubscribeToList(ChangeList):
    """Whom Iterable does not have is made there."""


@extend_schema_view(
    post=extend_schema(operation_id="iterable_unsubscribe", request=schemas.LEAVERS, responses=schemas.BULK_USERS_DONE)
)
class UnsubscribeFromList(ChangeList):
    joins = False


class ChangeOneSubscription(GatewayCall):
    scope = SUBSCRIPTIONS_WRITE

    @extend_schema(request=None, responses=schemas.ACCEPTED, parameters=schemas.GROUP)
    def patch(self, request: Request, group: str, number: str, **person: str) -> Response:
        return self.change(request, group, number, joins=True, person=person)

    @extend_schema(request=None, responses=schemas.ACCEPTED, parameters=schemas.GROUP)
    def delete(self, request: Request, group: str, number: str, **person: str) -> Response:
        return self.change(request, group, number, joins=False, person=person)

    def change(self, request: Request, group: str, number: str, *, joins: bool, person: dict[str, str]) -> Response:
        source = self.caller(request)
        group_id = check_group(source, group, number)
        rows = row_of.single(row_of.grouped(group, group_id, joins=joins, **person))
        take(request, source, rows)
        refuse_regrant(rows)
        return envelope(status=202)


class ChangeSubscriptions(GatewayCall):
    scope = SUBSCRIPTIONS_WRITE

    @extend_schema(
        operation_id="iterable_change_many",
        request=schemas.PEOPLE,
        responses=schemas.ACCEPTED,
        parameters=[*schemas.GROUP, schemas.ACTION],
    )
    def put(self, request: Request, group: str, number: str) -> Response:
        source, body, path = self.caller(request), read_object(request), api_path(request)
        action = request.query_params.get("action", "subscribe").lower()
        if action not in ("subscribe", "unsubscribe"):
            raise bad_params("action must be subscribe or unsubscribe")
        for name in ("users", "usersByUserId"):
            expect_all(path, body.get(name), f"obj.{name}", STRING)
        group_id = check_group(source, group, number)
        read = row_of.many(_people(body, group, group_id, joins=action == "subscribe"))
        take(request, source, read.rows)
        refuse_regrant(read.rows)
        return envelope(status=202)


def _people(body: dict[str, Any], group: str, number: int, *, joins: bool) -> list[Row]:
    by_email = [row_of.grouped(group, number, joins=joins, email=email) for email in body.get("users") or ()]
    by_id = [row_of.grouped(group, number, joins=joins, userId=user_id) for user_id in body.get("usersByUserId") or ()]
    return by_email + by_id


class NotSupported(GatewayCall):
    """Everything else: no method of it is allowed."""
