"""Nothing that Iterable publishes is missing from the client, and nothing of it goes unlimited."""

from __future__ import annotations

from typing import Any

from iterable_admin.iterable.client import IterableClient
from iterable_admin.iterable.errors import IterableError
from iterable_admin.iterable.limits import is_known
from iterable_admin.iterable.writes import ProfileUpdate, SubscriptionUpdate, TrackedEvent
from tests.contract.description import read_description
from tests.iterable.conftest import KEY, Canned
from tests.iterable.test_requests_sent import ANSWER, OTHERS, POSTS, Perform

ANN = "ann@example.com"
PROFILE = ProfileUpdate({}, email=ANN)

PROVED_ELSEWHERE: list[Perform] = [
    lambda c: c.users.bulk_update([PROFILE]),
    lambda c: c.users.by_email(ANN),
    lambda c: c.users.fields(),
    lambda c: c.events.track_bulk([TrackedEvent("x", {}, email=ANN)]),
    lambda c: c.events.by_email(ANN),
    lambda c: c.subscriptions.update(SubscriptionUpdate(email=ANN)),
    lambda c: c.subscriptions.subscribe("emailList", 1, ANN),
    lambda c: c.subscriptions.unsubscribe("emailList", 1, ANN),
    lambda c: c.channels.all(),
    lambda c: c.message_types.all(),
    lambda c: c.journeys.all(),
    lambda c: list(c.lists.users(1)),
]
ANSWERS: dict[str, Any] = ANSWER | {"fields": {}, "channels": [], "messageTypes": [], "journeys": [], "hashedUserIds": []}


class Recording:
    def __init__(self) -> None:
        self.asked: list[str] = []

    def wait_for(self, endpoint: str) -> None:
        self.asked.append(endpoint)

    def heed(self, endpoint: str, error: IterableError | None) -> None:
        assert (endpoint, error) == (self.asked[-1], None)


def call_everything(canned: Canned, limiter: Recording) -> None:
    canned.answer(200, ANSWERS)
    client = IterableClient(KEY, canned.url, timeout=(2, 2), limiter=limiter)
    for perform in [*(post[0] for post in POSTS), *(other[0] for other in OTHERS), *PROVED_ELSEWHERE]:
        perform(client)
    IterableClient(KEY, canned.url, project_type="hybrid", limiter=limiter).users.forgotten_user_ids()
    canned.answers = [(200, b"12", {})]
    client.lists.size(1)


def test_every_call_waits_for_a_limit_that_is_known(canned: Canned) -> None:
    limiter = Recording()
    call_everything(canned, limiter)
    assert [endpoint for endpoint in limiter.asked if not is_known(endpoint)] == []
    assert len(limiter.asked) == len(canned.asked)


def test_every_published_endpoint_has_a_method(canned: Canned) -> None:
    call_everything(canned, Recording())
    description = read_description()
    called = {description.operation(asked.method, asked.path) for asked in canned.asked} if description else set()
    published = description.operations if description else []
    assert [f"{found.method} {found.path}" for found in published if found not in called] == []
