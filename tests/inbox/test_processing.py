from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

import pytest
from django.db import OperationalError
from django.utils import timezone

from contacts.models import Contact
from iterable_admin.inbox import registry
from iterable_admin.inbox.claiming import claim
from iterable_admin.inbox.models import Event
from iterable_admin.inbox.processing import process, process_all
from iterable_admin.inbox.registry import Verdict
from iterable_admin.inbox.replaying import replay
from tests.factories import EventFactory

pytestmark = pytest.mark.django_db(transaction=True)

DONE = Verdict(Event.State.DONE)
ANN, BOB = "ann@example.com", "bob@example.com"


class Handler:
    """Notes what it was given, and does as it is told."""

    def __init__(self) -> None:
        self.seen: list[list[int]] = []
        self.trouble: Callable[[Event], None] = lambda event: None

    def __call__(self, events: Sequence[Event]) -> list[Verdict]:
        self.seen.append([event.pk for event in events])
        for event in events:
            Contact.objects.create(address_key=f"{event.pk}", email=event.email)
            self.trouble(event)
        return [DONE for _ in events]

    @property
    def order(self) -> list[int]:
        return [pk for batch in self.seen for pk in batch]


@pytest.fixture
def handler(monkeypatch: pytest.MonkeyPatch) -> Handler:
    handler = Handler()
    monkeypatch.setattr(registry, "_handlers", {Event.Door.EVENT: handler, Event.Door.UNSUBSCRIBE: handler})
    return handler


def event(email: str = ANN, **columns: Any) -> Event:
    return EventFactory.create(email=email, **columns)


def expire_leases() -> None:
    Event.objects.filter(state="processing").update(lease_until=timezone.now() - timedelta(seconds=1))


def states() -> list[str]:
    return list(Event.objects.order_by("pk").values_list("state", flat=True))


def test_events_of_one_person_are_processed_in_order_and_of_many_together(handler: Handler) -> None:
    first, second, other = event(), event(), event(BOB)
    process_all()
    assert handler.seen == [[first.pk, other.pk], [second.pk]]
    assert states() == ["done", "done", "done"]


def test_withdrawals_go_first(handler: Handler) -> None:
    trial, unsubscribe = event(), event(door=Event.Door.UNSUBSCRIBE, withdrawal=True)
    process_all()
    assert handler.order == [unsubscribe.pk, trial.pk]


def test_nothing_of_a_person_is_claimed_while_something_of_them_is_processed(handler: Handler) -> None:
    event()
    claim()
    event(door=Event.Door.UNSUBSCRIBE, withdrawal=True)
    other = event(BOB)
    assert [row.pk for row in claim()] == [other.pk]


def test_who_waits_holds_back_their_later_events_and_nobody_elses(handler: Handler) -> None:
    event(state="waiting", next_attempt_at=timezone.now() + timedelta(minutes=1))
    event()
    other = event(BOB)
    process_all()
    assert handler.order == [other.pk]


def test_an_event_whose_handler_raises_is_parked_and_blocks_nobody(handler: Handler) -> None:
    bad, later, other = event(), event(), event(BOB)

    def trouble(row: Event) -> None:
        if row.pk == bad.pk:
            raise ValueError("no such plan")

    handler.trouble = trouble
    process_all()
    bad.refresh_from_db()
    assert (bad.state, bad.reason_code, bad.reason) == ("needs_you", "our_bug", "ValueError: no such plan")
    assert 'raise ValueError("no such plan")' in bad.traceback
    assert set(Contact.objects.values_list("address_key", flat=True)) == {str(later.pk), str(other.pk)}


def test_what_an_error_says_is_kept_without_secrets_and_addresses(handler: Handler) -> None:
    row = event()

    def trouble(_row: Event) -> None:
        raise ValueError("Key (email)=(ada@example.com) api_key=0123456789abcdef")

    handler.trouble = trouble
    process_all()
    row.refresh_from_db()
    assert row.reason == "ValueError: Key (email)=(a…@e….com) api_key=…"


def test_a_parked_event_is_replayed_by_hand(handler: Handler) -> None:
    row = event(state="needs_you", reason_code="our_bug", attempts=3, traceback="Traceback")
    assert replay(Event.objects.all()) == 1
    process_all()
    row.refresh_from_db()
    assert (row.state, row.reason_code, row.attempts, row.traceback) == ("done", "", 1, "")


@pytest.mark.parametrize("state", ["received", "processing", "waiting", "done", "rejected"])
def test_what_is_under_way_done_or_rejected_is_not_replayed(handler: Handler, state: str) -> None:
    event(state=state)
    assert replay(Event.objects.all()) == 0
    assert states() == [state]


def test_who_lost_the_lease_changes_nothing(handler: Handler) -> None:
    event()
    late = claim()
    expire_leases()
    twin = claim()
    process(late)
    assert (states(), Contact.objects.count()) == (["processing"], 0)
    process(twin)
    assert (states(), Contact.objects.count()) == (["done"], 1)


def test_an_event_that_kills_each_worker_reaches_somebody(handler: Handler, settings: Any) -> None:
    poison, neighbours = event(), [event(f"p{n}@example.com") for n in range(5)]
    for _ in range(40):
        taken = claim()
        if poison in taken and taken[0].attempts <= settings.EVENT_MAX_ATTEMPTS:
            expire_leases()
        elif taken:
            process(taken)
    poison.refresh_from_db()
    assert (poison.state, poison.reason_code) == ("needs_you", "gave_up")
    assert Event.objects.filter(pk__in=[row.pk for row in neighbours], state="done").count() == 5


def test_what_a_dead_worker_left_is_taken_while_new_events_keep_coming(handler: Handler) -> None:
    left = event()
    claim()
    expire_leases()
    taken: set[int] = set()
    for number in range(3):
        event(f"p{number}@example.com")
        taken |= {row.pk for row in claim()}
    assert left.pk in taken


def test_a_busy_database_uses_up_no_try(handler: Handler, settings: Any) -> None:
    def busy(row: Event) -> None:
        raise OperationalError("deadlock detected")

    handler.trouble = busy
    row = event()
    for _ in range(settings.EVENT_MAX_ATTEMPTS + 2):
        process_all()
        Event.objects.update(next_attempt_at=timezone.now())
    row.refresh_from_db()
    assert (row.state, row.attempts, row.reason) == ("waiting", 0, "The database was busy.")
    handler.trouble = lambda _: None
    process_all()
    assert states() == ["done"]


def test_flags_of_the_verdict_are_added_to_those_of_the_door(handler: Handler, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(registry._handlers, Event.Door.EVENT, lambda events: [Verdict(Event.State.DONE, flags=("b",))])
    row = event(flags=["a"])
    process_all()
    row.refresh_from_db()
    assert row.flags == ["a", "b"]
