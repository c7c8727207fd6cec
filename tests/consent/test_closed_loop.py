"""From Iterable's webhook to the ledger, and back: the sandbox posts to our own door."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from contacts.consent.ledger import live_withdrawals
from contacts.consent.looking import look_again
from contacts.consent.models import ObservedProfile, SubscriptionChange
from contacts.consent.observing import Sighting, observe
from contacts.models import Contact
from iterable_admin.addresses import address_key
from iterable_admin.inbox.models import Event
from iterable_admin.outbox.connection import connect
from iterable_admin.sandbox import RunningSandbox
from iterable_admin.sandbox.project import catalog
from tests.consent.conftest import ANN, Post
from tests.consent.hooks import elsewhere, happen, told_of
from tests.sandbox.receiver import poll

pytestmark = pytest.mark.django_db(transaction=True)
KEY = address_key(ANN)
Drain = Callable[[], None]


def ends() -> list[tuple[str, str, str]]:
    return list(Event.objects.filter(door="iterable").order_by("pk").values_list("name", "state", "reason_code"))


def channels() -> list[int]:
    user, _ = connect().users.by_email(ANN)
    return user.unsubscribed_channel_ids if user else []


def test_an_unsubscribe_by_link_holds_also_for_a_profile_made_anew(hooked: RunningSandbox, trial: Post, drain: Drain) -> None:
    trial()
    drain()
    happen(hooked, "emailUnSubscribe")
    drain()
    assert ends() == [("emailUnSubscribe", "done", "")]
    assert live_withdrawals([KEY])[KEY].target_key == str(catalog.MARKETING_CHANNEL)
    assert ObservedProfile.objects.get(address_key=KEY).unsubscribed_channel_ids == [catalog.MARKETING_CHANNEL]
    connect().users.delete_by_email(ANN)
    trial(company="Another company")
    drain()
    assert channels() == [catalog.MARKETING_CHANNEL]


def test_our_own_opt_out_comes_back_and_is_no_act_of_the_person(
    hooked: RunningSandbox, trial: Post, unsubscribe: Post, drain: Drain
) -> None:
    trial()
    drain()
    unsubscribe()
    drain()
    poll(lambda: told_of("emailUnSubscribe"))
    drain()
    assert ends() == [("emailUnSubscribe", "done", "echo")]
    assert [row.source for row in SubscriptionChange.objects.filter(verdict="withdrawn")] == ["CustomersDot"]


def test_an_array_that_somebodys_call_cleared_is_filled_again(hooked: RunningSandbox, trial: Post, drain: Drain) -> None:
    trial()
    drain()
    happen(hooked, "emailUnSubscribe")
    drain()
    look_again()
    body = {"email": ANN, "unsubscribedChannelIds": []}
    elsewhere(hooked, "/api/users/updateSubscriptions", body)
    poll(lambda: told_of("emailSubscribe"))
    drain()
    assert ends()[1] == ("emailSubscribe", "done", "observed")
    assert channels() == [catalog.MARKETING_CHANNEL]


def test_a_person_met_in_iterable_alone_is_known(hooked: RunningSandbox, drain: Drain) -> None:
    body = {"email": ANN, "dataFields": {"firstName": "Ann"}}
    elsewhere(hooked, "/api/users/update", body)
    happen(hooked, "emailBounce", recipientState="HardBounce")
    drain()
    assert Contact.objects.get().email == ANN
    assert ("emailBounce", "done", "") in ends()


def test_an_unsubscribe_that_a_sight_told_first_is_not_lost(hooked: RunningSandbox, trial: Post, drain: Drain) -> None:
    trial()
    drain()
    happen(hooked, "emailUnSubscribe")
    user, call = connect().users.by_email(ANN)
    assert user
    observe([Sighting(KEY, call.started_at, "look_up", True, user.list_ids, user.unsubscribed_channel_ids, [], [])])
    drain()
    assert ObservedProfile.objects.get(address_key=KEY).unsubscribed_channel_ids == [catalog.MARKETING_CHANNEL]
    assert live_withdrawals([KEY])
