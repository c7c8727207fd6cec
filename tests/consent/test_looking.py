from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from contacts.consent.looking import due_people, look_again
from contacts.consent.models import Erasure, ObservedProfile
from contacts.consent.observing import Change, Sighting, observe
from contacts.models import Presence
from iterable_admin.addresses import address_key
from iterable_admin.outbox.connection import connect
from iterable_admin.outbox.models import Delivery
from iterable_admin.outbox.profile_reading import read_profiles
from iterable_admin.outbox.reading_side_by_side import SIDE_BY_SIDE
from iterable_admin.outbox.switching import current, halt, switch
from iterable_admin.sandbox import RunningSandbox
from iterable_admin.sandbox.project import catalog
from tests.consent.conftest import ANN, Post
from tests.factories import ContactFactory
from tests.outbox.iterable import calls_to, faults

pytestmark = pytest.mark.django_db(transaction=True)
Drain = Callable[[], None]


def seen(email: str = ANN) -> ObservedProfile:
    return ObservedProfile.objects.get(address_key=address_key(email))


def test_everybody_whom_we_wrote_is_seen_once(ready: RunningSandbox, trial: Post, drain: Drain) -> None:
    trial()
    trial("bob@example.com")
    drain()
    assert look_again() == 2
    assert (seen().present, seen().source, seen().unsubscribed_channel_ids) == (True, "look_up", [])
    assert look_again() == 0


def test_an_opt_out_is_seen_in_iterable(ready: RunningSandbox, trial: Post, unsubscribe: Post, drain: Drain) -> None:
    trial()
    drain()
    look_again()
    unsubscribe()
    drain()
    look_again()
    assert seen().unsubscribed_channel_ids == [catalog.MARKETING_CHANNEL]


def test_the_outbox_own_look_ups_are_sights(ready: RunningSandbox, unsubscribe: Post, drain: Drain) -> None:
    unsubscribe()
    drain()
    assert (seen().present, seen().source) == (False, "look_up")
    assert Presence.objects.get().present is False


def test_who_withdrew_is_looked_at_first(ready: RunningSandbox, trial: Post, unsubscribe: Post, drain: Drain) -> None:
    trial("bob@example.com")
    trial()
    drain()
    unsubscribe()
    drain()
    assert list(due_people(1)) == [address_key(ANN)]


def test_nobody_is_looked_at_while_halted_or_paused(ready: RunningSandbox, trial: Post, drain: Drain) -> None:
    trial()
    drain()
    switch("paused", "a test", "tester")
    assert look_again() == 0
    switch("live", "a test", "tester")
    halt("401")
    assert look_again() == 0
    assert not ObservedProfile.objects.exists()


def test_a_refused_key_ends_a_look_at_many_at_once(ready: RunningSandbox) -> None:
    emails = [f"person-{number}@example.com" for number in range(40)]
    faults(ready, **{"refused-key": True})
    assert list(read_profiles(emails, seconds=5)) == [[]]
    assert current().halted_at
    assert 1 <= len(calls_to(ready, "/api/users/getByEmail")) <= SIDE_BY_SIDE


def test_a_profile_that_is_not_visible_yet_is_not_taken_for_absent(ready: RunningSandbox, trial: Post, drain: Drain) -> None:
    trial()
    drain()
    connect().users.delete_by_email(ANN)
    assert look_again() == 0
    Delivery.objects.update(accepted_at=timezone.now() - timedelta(minutes=11))
    assert look_again() == 1
    assert seen().present is False


def test_after_a_webhook_the_whole_profile_is_looked_at(ready: RunningSandbox, trial: Post, drain: Drain) -> None:
    trial()
    drain()
    look_again()
    ContactFactory.create(email="eve@example.com")
    left = Change(joined=False, channel_ids=[catalog.MARKETING_CHANNEL])
    observe([Sighting(address_key(email), timezone.now(), "webhook", change=left) for email in (ANN, "eve@example.com")])
    assert seen().unsubscribed_channel_ids == [catalog.MARKETING_CHANNEL]
    assert look_again() == 2
    assert (seen().unsubscribed_channel_ids, seen("eve@example.com").present) == ([], False)
    assert look_again() == 0


def test_a_forgotten_person_is_not_looked_at(ready: RunningSandbox, trial: Post, drain: Drain) -> None:
    trial()
    drain()
    Erasure.objects.create(address_key=address_key(ANN), requested_at=timezone.now())
    assert look_again() == 0
    assert not ObservedProfile.objects.exists()


def test_an_address_that_is_not_allowed_is_not_asked_about(
    ready: RunningSandbox, trial: Post, drain: Drain, settings: Any
) -> None:
    trial()
    drain()
    settings.SENDING_ALLOW_LIST, settings.ITERABLE_BASE_URL = [], "https://api.iterable.com"
    assert due_people(10) == {}
