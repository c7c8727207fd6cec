"""A client of Iterable's that others wrote (`iterable-api` on PyPI), over HTTP: at an Iterable, and at the gateway instead."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from iterable import Iterable
from iterable.exceptions import AuthorizationError, InvalidParameters
from pytest_django.live_server_helper import LiveServer

from iterable_admin.inbox.models import Event
from iterable_admin.sandbox.subscriptions.mailing_lists import NEWSLETTER
from tests.gateway.comparing import ADA, BOB, EVE, KNOWN, PEOPLE, state, told
from tests.gateway.conftest import Gateway
from tests.sandbox.caller import Caller

ZOE = "zoe@example.com"
KNOWN_ONES = [{"email": email} for email in PEOPLE]
MANY = [{"email": f"p{number}@example.com"} for number in range(60)]
WRITES: list[Callable[[Iterable], Any]] = [
    lambda api: api.users.bulk_update([*KNOWN, {"email": "no address"}]),
    lambda api: api.users.update(email=ZOE, data_fields={"plan": {"seats": 3}, "city": "Oslo"}),
    lambda api: api.users.update(email=ZOE, data_fields={"plan": {"trial": True}}, merge_nested_objects=True),
    lambda api: api.users.update(email=BOB, data_fields={"firstName": None}),
    lambda api: api.events.track("Trial", email=ADA, event_id="t-1", created_at=1_700_000_000, data_fields={"n": 1}),
    lambda api: api.events.track("Trial", email=ADA, event_id="t-1", created_at=1_700_000_000, data_fields={"n": 2}),
    lambda api: api.lists.add_subscribers(
        NEWSLETTER, [{"email": ADA}, {"email": BOB}, {"email": EVE}, {"email": "nobody"}, *MANY]
    ),
    lambda api: api.lists.remove_subscribers_to_list(NEWSLETTER, [{"email": BOB}]),
    lambda api: api.lists.remove_subscribers_to_list(NEWSLETTER, {"email": EVE}, channel_unsubscribe=True),
    lambda api: api.users.update_subscriptions(ADA, unsubscribed_channel_ids=[], unsubscribed_message_type_ids=[121452]),
    lambda api: api.users.bulk_update_subscriptions([{"email": ZOE, "emailListIds": [NEWSLETTER]}, {"email": "nobody"}]),
]
REFUSED: list[Callable[[Iterable], Any]] = [
    lambda api: api.events.track("Trial"),
    lambda api: api.users.update(email="nobody"),
    lambda api: api.users.bulk_update([]),
    lambda api: api.lists.add_subscribers(7, [{"email": ADA}]),
    lambda api: api.users.update_subscriptions(ADA, email_list_ids=["1"]),
]
READS: list[Callable[[Iterable], Any]] = [
    lambda api: api.message_types.list(),
    lambda api: api.lists.list(),
    lambda api: api.users.get(email=ADA),
    lambda api: api.users.get_fields(),
]
pytestmark = pytest.mark.django_db(transaction=True)


@contextmanager
def pointed_at(live_server: LiveServer, key: str) -> Iterator[Iterable]:
    """Kept alive, the server's thread would keep its connection to the database too: hence the end."""
    api = Iterable(key, base_uri=f"{live_server.url}/iterable")
    yield api
    api._session.close()


@pytest.fixture
def here(live_server: LiveServer, gateway: Gateway) -> Iterator[Iterable]:
    """Pointed at the gateway: nothing but base URL and key is changed."""
    with pointed_at(live_server, gateway.token) as api:
        yield api


@pytest.fixture
def there(direct: Caller) -> Iterable:
    return Iterable("any", base_uri=direct.url)


def answer(call: Callable[[Iterable], Any], api: Iterable) -> tuple[int, Any]:
    try:
        found = call(api)
    except (InvalidParameters, AuthorizationError) as refusal:
        return 400, refusal.args
    return told((found.status_code, found.data))


def test_its_writes_are_answered_and_arrive_as_if_sent_to_iterable(
    here: Iterable, there: Iterable, behind: Caller, direct: Caller, drain: Callable[[], None]
) -> None:
    answers = [answer(call, here) for call in WRITES]

    assert answers == [answer(call, there) for call in WRITES]
    drain()
    assert state(behind) == state(direct)
    assert on_list(behind) == on_list(direct)
    assert len(on_list(behind)) == 62


def on_list(caller: Caller) -> list[str]:
    return sorted(caller.send("GET", f"/api/lists/getUsers?listId={NEWSLETTER}")[1].split())


def test_what_it_is_refused_it_is_refused_in_the_same_words(here: Iterable, there: Iterable, behind: Caller) -> None:
    answers = [answer(call, here) for call in REFUSED]

    assert answers == [answer(call, there) for call in REFUSED]
    assert not Event.objects.exists()


def test_its_reads_are_answered_by_iterable(here: Iterable, behind: Caller) -> None:
    behind.make(ADA, firstName="Ada")
    asked = Iterable("any", base_uri=behind.url)

    assert [call(here).data for call in READS] == [call(asked).data for call in READS]


def test_a_wrong_key_is_its_own_error(live_server: LiveServer) -> None:
    with pointed_at(live_server, "ita_wrong-and-long-enough") as wrong, pytest.raises(AuthorizationError, match="BadApiKey"):
        wrong.events.track("Trial", email=ADA)
    assert not Event.objects.exists()
