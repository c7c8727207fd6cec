from __future__ import annotations

import os
import threading

import pytest
import requests

from iterable_admin.iterable.client import IterableClient
from iterable_admin.iterable.errors import IterableError
from iterable_admin.iterable.limits import is_known, limit_of
from iterable_admin.iterable.writes import ProfileUpdate, SubscriptionUpdate, TrackedEvent
from tests.iterable.conftest import KEY, Canned


@pytest.mark.parametrize(
    ("endpoint", "rate"),
    [
        ("/api/users/bulkUpdate", 4.0),
        ("/api/events/trackBulk", 8.0),
        ("/api/users/getByEmail", 80.0),
        ("/api/events/track", 1600.0),
        ("/api/users/getFields", 2.0),
        ("/api/users/updateSubscriptions", 40.0),
        ("/api/users/bulkUpdateSubscriptions", 4.0),
        ("/api/something/new", 40.0),
        ("/api/something/bulkNew", 4.0),
    ],
)
def test_four_fifths_of_each_limit_are_used(endpoint: str, rate: float) -> None:
    assert limit_of(endpoint).per_second == rate


def test_every_endpoint_of_the_client_is_in_the_table(canned: Canned) -> None:
    waited: list[str] = []

    class Recording:
        def wait_for(self, endpoint: str) -> None:
            assert len(canned.asked) == len(waited)
            waited.append(endpoint)

        def heed(self, endpoint: str, error: IterableError | None) -> None:
            assert (endpoint, error) == (waited[-1], None)

    client = IterableClient(KEY, canned.url, limiter=Recording())
    empty: list[str] = []
    lists = dict.fromkeys(("channels", "messageTypes", "journeys", "events"), empty)
    canned.answer(200, {"successCount": 1, "failCount": 0, "fields": {}} | lists)
    ann, event = ProfileUpdate({}, email="a@example.com"), TrackedEvent("x", {}, email="a@example.com")
    client.users.update(ann)
    client.users.bulk_update([ann])
    client.events.track(event)
    client.events.track_bulk([event])
    client.users.by_email("a@example.com")
    client.subscriptions.update(SubscriptionUpdate(email="a@example.com"))
    client.subscriptions.subscribe("emailList", 1, "a@example.com")
    client.events.by_email("a@example.com")
    client.channels.all()
    client.message_types.all()
    client.journeys.all()
    client.users.fields()
    assert len(waited) == 13
    assert [endpoint for endpoint in waited if not is_known(endpoint)] == []


def test_each_thread_has_a_session_of_its_own(client: IterableClient) -> None:
    transport = client._transport
    sessions: list[requests.Session] = [transport._session(), transport._session()]
    thread = threading.Thread(target=lambda: sessions.append(transport._session()))
    thread.start()
    thread.join()
    assert sessions[0] is sessions[1]
    assert sessions[0] is not sessions[2]


def test_a_forked_process_does_not_share_its_parents_connection(client: IterableClient, monkeypatch: pytest.MonkeyPatch) -> None:
    before = client._transport._session()
    monkeypatch.setattr(os, "getpid", lambda: -1)
    assert client._transport._session() is not before
