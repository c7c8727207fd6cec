"""What only Iterable can know of a call reaches the caller: once, signed, repeated until it is taken, and nobody else."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import orjson
import pytest
import time_machine
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from contacts.gateway.calling_back import send_callbacks
from contacts.gateway.models import Callback
from iterable_admin.inbox.models import Event, Source
from iterable_admin.inbox.source_secrets import create_secret
from iterable_admin.outbox.models import Delivery
from iterable_admin.outbox.retrying import give_up
from iterable_admin.public_addresses import is_public, postable
from tests.gateway.conftest import Gateway
from tests.sandbox.caller import Caller
from tests.sandbox.receiver import Receiver, receiving
from tests.signing import signed

pytestmark = pytest.mark.django_db(transaction=True)

TRIAL = {"email": "ada@example.com", "eventName": "Trial", "id": "t-1", "dataFields": {"seats": 3}}
WRONG = TRIAL | {"id": "t-2", "dataFields": {"seats": "many"}}
PROFILE = {"email": "ada@example.com", "dataFields": {"seats": 3}}


@pytest.fixture
def receiver(source: Source) -> Iterator[Receiver]:
    with receiving() as running:
        Source.objects.update(callback_url=running.url)
        yield running


def states() -> list[tuple[str, str, int]]:
    return list(Callback.objects.order_by("pk").values_list("outcome", "state", "attempts"))


def test_acceptance_and_refusal_are_told_with_the_callers_own_id(
    gateway: Gateway, behind: Caller, drain: Callable[[], None], receiver: Receiver
) -> None:
    for path, body in (("users/update", PROFILE), ("events/track", TRIAL), ("events/track", WRONG)):
        gateway.post(f"/api/{path}", body)
        drain()
    assert send_callbacks() == 3

    profile = Event.objects.get(name="users/update")
    told = {(body["type"], body["data"]["id"], body["data"]["operation"]) for body in receiver.bodies}
    accepted = {("delivery.accepted", str(profile.uuid), "profile"), ("delivery.accepted", "t-1", "track")}
    assert told == accepted | {("delivery.refused", "t-2", "track")}
    refusal = receiver.bodies[2]["data"]
    assert (refusal["event"], refusal["email"]) == (str(Event.objects.get(caller_id="t-2").uuid), "ada@example.com")
    assert "seats" in refusal["reason"]
    assert states() == [("accepted", "delivered", 1), ("accepted", "delivered", 1), ("refused", "delivered", 1)]
    assert send_callbacks() == 0


def test_who_came_by_another_door_or_has_no_address_is_told_nothing(
    gateway: Gateway, behind: Caller, drain: Callable[[], None], api: Any
) -> None:
    gateway.post("/api/users/update", PROFILE)
    drain()
    Source.objects.update(callback_url="http://127.0.0.1:9/")
    api.post("/api/v1/webhooks/marketo/unsubscribe/", {"email": "bob@example.com", "unsubscribed": True})
    drain()
    assert Delivery.objects.filter(state="delivered").values("cause_id").distinct().count() == 2
    assert not Callback.objects.exists()


def test_that_an_operator_gave_up_is_told_without_their_reason(
    gateway: Gateway, behind: Caller, drain: Callable[[], None], receiver: Receiver
) -> None:
    gateway.post("/api/events/track", TRIAL)
    drain()
    assert give_up(Delivery.objects.all(), "Ask Amy about it") == 1
    send_callbacks()
    told = [(body["type"], body["data"]["code"], body["data"]["reason"]) for body in receiver.bodies]
    # The first was written before: by now its delivery stands elsewhere.
    assert told == [
        ("delivery.refused", "permanent", ""),
        ("delivery.skipped", "given_up", "An operator gave it up."),
    ]


def test_it_is_signed_by_each_active_secret_and_without_one_by_none(
    gateway: Gateway, behind: Caller, drain: Callable[[], None], receiver: Receiver, source: Source
) -> None:
    gateway.post("/api/events/track", TRIAL)
    drain()
    secrets = [create_secret(source), create_secret(source)]
    send_callbacks()
    source.secrets.all().delete()
    Callback.objects.update(state="ready", attempts=0)
    send_callbacks()

    first, second = ({name.lower(): value for name, value in headers.items()} for headers in receiver.headers)
    raw = orjson.dumps(receiver.bodies[0])
    expected = [signed(s, raw, message=first["webhook-id"], at=int(first["webhook-timestamp"])) for s in secrets]
    assert sorted(first["webhook-signature"].split()) == sorted(headers["webhook-signature"] for headers in expected)
    assert (first["webhook-id"], "webhook-signature" in second) == (second["webhook-id"], False)


def test_what_is_not_taken_waits_longer_each_time_and_keeps_its_id(
    gateway: Gateway, behind: Caller, drain: Callable[[], None], receiver: Receiver
) -> None:
    gateway.post("/api/events/track", TRIAL)
    drain()
    receiver.refusals, start = 2, timezone.now()
    waits = []
    for minutes in (0, 2, 5):
        with time_machine.travel(start + timedelta(minutes=minutes), tick=False):
            send_callbacks()
            row = Callback.objects.get()
            waits.append((row.state, row.error, row.next_attempt_at and round((row.next_attempt_at - timezone.now()).seconds)))
    refused = "The webhook answered 500."
    assert waits[:2] == [("waiting", refused, 60), ("waiting", refused, 120)]
    assert (waits[2][:2], len(receiver.bodies)) == (("delivered", ""), 1)


def test_a_server_that_is_silent_holds_back_no_other_source(
    gateway: Gateway, limited: Callable[..., Gateway], behind: Caller, drain: Callable[[], None], receiver: Receiver
) -> None:
    other = limited("events:write")
    Source.objects.filter(name="Limited").update(callback_url="http://127.0.0.1:9/")
    for number in range(2):
        other.post("/api/events/track", TRIAL | {"id": f"o-{number}"})
    gateway.post("/api/events/track", TRIAL)
    drain()
    assert send_callbacks() == 1
    told = Callback.objects.order_by("pk").values_list("event__source__name", "state", "attempts")
    assert sorted(told) == [("CustomersDot", "delivered", 1), ("Limited", "ready", 0), ("Limited", "waiting", 1)]


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "[::1]", "10.0.0.1.nip.example"])
def test_in_production_nothing_inside_is_posted_to(
    host: str, gateway: Gateway, behind: Caller, drain: Callable[[], None], receiver: Receiver, settings: Any, monkeypatch: Any
) -> None:
    gateway.post("/api/events/track", TRIAL)
    drain()
    settings.PRODUCTION = True
    if host.endswith("example"):
        # A name of the outside world that leads inside.
        inside = [(2, 1, 6, "", ("10.0.0.1", 443))]
        monkeypatch.setattr("iterable_admin.public_addresses.socket.getaddrinfo", lambda *_, **__: inside)
    Source.objects.update(callback_url=receiver.url.replace("http://127.0.0.1", f"https://{host}"))
    send_callbacks()
    row = Callback.objects.get()
    assert (row.state, row.error) == ("waiting", "It leads into our own network: name a server that is reached from outside.")
    Callback.objects.update(state="ready")
    Source.objects.update(callback_url=receiver.url)
    send_callbacks()
    assert Callback.objects.get().error == "The webhook did not answer: InvalidSchema"
    assert receiver.bodies == []


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("93.184.215.14", True),
        ("2606:2800:21f::1", True),
        ("10.1.2.3", False),
        ("172.16.0.1", False),
        ("192.168.1.1", False),
        ("169.254.169.254", False),
        ("100.64.0.1", False),
        ("127.0.0.1", False),
        ("0.0.0.0", False),  # noqa: S104 - nothing is bound
        ("224.0.0.1", False),
        ("::1", False),
        ("::ffff:10.0.0.1", False),
        ("64:ff9b::a00:1", False),
        ("2002:a00:1::", False),
        ("fd00::1", False),
        ("fe80::1%eth0", False),
        ("no address", False),
    ],
)
def test_which_addresses_are_outside(address: str, public: bool) -> None:
    assert is_public(address) is public


@pytest.mark.parametrize(
    "url",
    [
        "http://example.com/hook",
        "https://user:password@example.com/",
        "https://localhost/",
        "https://192.168.1.1/",
        "https://[::1]/",
        "ftp://example.com/",
        "javascript:alert(1)",
    ],
)
def test_in_production_such_an_address_is_not_taken(url: str, settings: Any) -> None:
    settings.PRODUCTION = True
    postable("https://hooks.example.com:8443/iterable?x=1")
    with pytest.raises(ValidationError):
        postable(url)


def test_the_events_page_shows_where_it_stands_and_retries_it(
    gateway: Gateway, behind: Caller, drain: Callable[[], None], receiver: Receiver, technical: Client, campaigns: Client
) -> None:
    gateway.post("/api/events/track", TRIAL)
    page = reverse("admin:inbox_event_change", args=[Event.objects.get().pk])
    assert "Nothing yet: it is called back when a delivery has come to an end." in technical.get(page).content.decode()
    drain()
    receiver.refusals = 1
    send_callbacks()
    shown = technical.get(page).content.decode()
    assert "What CustomersDot was told of it" in shown
    assert "The webhook answered 500. It is tried again by itself" in shown
    assert "What CustomersDot was told of it" not in campaigns.get(page).content.decode()

    row = Callback.objects.get()
    told = {"action": "call_again", "_selected_action": row.pk, "of_a_row": row.pk, "shown": 1, "reason": "Mended"}
    technical.post(reverse("admin:gateway_callback_changelist"), told)
    assert send_callbacks() == 1
    assert "It is tried again by itself" not in technical.get(page).content.decode()
    assert len(receiver.bodies) == 1
