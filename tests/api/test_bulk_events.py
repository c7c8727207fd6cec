from __future__ import annotations

from collections.abc import Callable
from typing import Any

import orjson
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from iterable_admin.inbox.models import Event
from tests.factories import ContactFactory

Post = Callable[..., Any]


def event(number: int = 1, **more: Any) -> dict[str, Any]:
    return {"eventName": "SaaS Trials", "email": f"person{number}@example.com", "dataFields": {"company": "Fictional"}} | more


def test_each_event_is_answered_on_its_own_and_in_order(post: Post) -> None:
    body = [event(1, id="a"), {"eventName": "SaaS Trials"}, event(1, id="a"), event(2, id="a"), "text", event(3)]
    answer = post("events/bulk/", {"events": body})
    items = answer.json()
    assert answer.status_code == 202
    assert [item["status"] for item in items] == ["accepted", "rejected", "accepted", "conflict", "rejected", "accepted"]
    assert [item["duplicate"] for item in items] == [False, False, True, False, False, False]
    assert [list(item["errors"]) for item in items] == [[], ["email"], [], ["id"], ["event"], []]
    assert items[0]["id"] == items[2]["id"] == items[3]["id"]
    assert Event.objects.count() == 4


def test_each_event_keeps_its_own_body(post: Post) -> None:
    post("events/bulk/", {"events": [event(1), event(2)]})
    assert [orjson.loads(row.raw_body) for row in Event.objects.order_by("pk")] == [event(1), event(2)]


def test_no_events_are_no_error(post: Post) -> None:
    answer = post("events/bulk/", {"events": []})
    assert (answer.status_code, answer.json()) == (202, [])


@pytest.mark.parametrize("body", [{}, {"events": {}}, {"events": [event(0)] * 1_001}])
def test_anything_but_a_list_of_at_most_a_thousand_is_refused(post: Post, body: Any) -> None:
    assert post("events/bulk/", body).status_code == 400
    assert not Event.objects.exists()


def test_an_idempotency_key_covers_the_request_and_tells_its_events_apart(post: Post) -> None:
    body = {"events": [event(1), event(2)]}
    first = post("events/bulk/", body, **{"Idempotency-Key": "batch-1"}).json()
    again = post("events/bulk/", body, **{"Idempotency-Key": "batch-1"}).json()
    assert [item["id"] for item in again] == [item["id"] for item in first]
    assert [item["duplicate"] for item in again] == [True, True]
    assert Event.objects.count() == 2


def test_user_ids_are_resolved_together(post: Post) -> None:
    for number in range(1, 4):
        ContactFactory.create(email=f"known{number}@example.com", gitlab_user_id=number)
    post("events/bulk/", {"events": [{"eventName": "SaaS Trials", "userId": number} for number in (3, 2, 9)]})
    emails = list(Event.objects.order_by("pk").values_list("email", flat=True))
    assert emails == ["known3@example.com", "known2@example.com", ""]


def test_a_thousand_events_cost_hardly_more_queries_than_one(post: Post) -> None:
    with CaptureQueriesContext(connection) as one:
        post("events/bulk/", {"events": [event(0)]})
    with CaptureQueriesContext(connection) as many:
        assert len(post("events/bulk/", {"events": [event(number) for number in range(1, 101)]}).json()) == 100
    assert len(many) <= len(one) + 4
    assert Event.objects.count() == 101
