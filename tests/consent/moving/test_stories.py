"""A change of address from the first event to what Iterable holds in the end, and at every moment before."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import requests
from django.conf import settings as django_settings
from django.utils import timezone

from contacts.consent.models import ObservedProfile, ProfileObservation
from contacts.models import AddressChange, Contact
from contacts.presence import presence_of
from iterable_admin.inbox.processing import process_all
from iterable_admin.outbox.models import Delivery
from iterable_admin.outbox.retrying import retry
from iterable_admin.sandbox import RunningSandbox
from tests.consent.conftest import Post, make_due
from tests.consent.moving.conftest import ANN, KEY_A, KEY_B, A, B, Meet, put_profile
from tests.factories import ContactFactory, SubscriptionChangeFactory
from tests.outbox.conftest import drain_once
from tests.outbox.iterable import KEY, calls_to, channel_id, events, fail, make_user, open_moments, states, user

pytestmark = pytest.mark.django_db(transaction=True)

Drain = Callable[[], None]


def finish() -> None:
    """Until nothing moves, however long it would have waited."""
    for _ in range(30):
        make_due()
        if not (process_all() + drain_once()):
            return
    raise AssertionError("The pipes do not come to rest.")


def profile_of(sandbox: RunningSandbox) -> dict[str, Any]:
    query = {"userId": str(ANN)}
    found = requests.get(f"{sandbox.url}/api/users/byUserId", query, headers=KEY, timeout=5).json()
    profile: dict[str, Any] = found.get("user", {})
    return profile


def test_a_profile_gets_the_new_address_and_keeps_what_stands_on_it(ready: RunningSandbox, meet: Meet, drain: Drain) -> None:
    meet(A, 0, firstName="Ann")
    drain()
    meet(B, 1, country="Peru")
    drain()
    assert user(ready, A) == {}
    fields = user(ready, B)["user"]["dataFields"]
    assert (fields["firstName"], fields["country"]) == ("Ann", "Peru")
    assert calls_to(ready, "/api/users/updateEmail") == [200]
    assert len(events(ready, B)) == 2
    assert {state for _, state, _ in states()} == {"delivered"}


def test_the_change_and_both_presences_are_on_record(ready: RunningSandbox, meet: Meet, drain: Drain) -> None:
    meet(A, 0)
    drain()
    second = meet(B, 1)
    drain()
    change = AddressChange.objects.get()
    assert (change.old_key, change.new_key, change.gitlab_user_id, change.state) == (KEY_A, KEY_B, ANN, "settled")
    assert (change.cause, change.cause_id, change.occurred_at) == ("event", str(second.uuid), second.occurred_at)
    assert change.delivery == Delivery.objects.get(operation="change_address").pk
    assert presence_of([KEY_A, KEY_B]) == {KEY_A: False, KEY_B: True}


def opted_out_in(sandbox: RunningSandbox, email: str) -> bool:
    by_user_id = django_settings.ITERABLE_PROJECT_TYPE == "userid"
    found = profile_of(sandbox) if by_user_id else user(sandbox, email).get("user", {})
    assert found["email"] == email
    return channel_id(sandbox) in found["dataFields"].get("unsubscribedChannelIds", [])


def test_nobody_is_observed_under_the_old_address_and_nothing_is_inferred_of_the_new_one(
    ready: RunningSandbox, meet: Meet, drain: Drain
) -> None:
    make_user(ready, A)
    ContactFactory.create(email=A, gitlab_user_id=ANN)
    now = timezone.now()
    sight = {"address_key": KEY_A, "observed_at": now, "source": "export", "unsubscribed_channel_ids": [1]}
    seen = ProfileObservation.objects.create(**sight, received_at=now)
    ObservedProfile.objects.create(**sight, observation=seen, confirmed_at=now)
    meet(B, 1)
    drain()
    profile = ObservedProfile.objects.get()
    assert (profile.address_key, profile.present, profile.unsubscribed_channel_ids) == (KEY_A, False, [])
    assert ProfileObservation.objects.filter(address_key=KEY_A).count() == 2


@pytest.mark.parametrize("opted_out", [True, False], ids=["opted out", "still open"])
def test_whoever_withdrew_under_the_old_address_is_never_mailable_under_the_new_one(
    project: RunningSandbox, meet: Meet, opted_out: bool
) -> None:
    by_user_id = django_settings.ITERABLE_PROJECT_TYPE == "userid"
    ContactFactory.create(email=A, gitlab_user_id=ANN)
    put_profile(project, A, by_user_id=by_user_id)
    if opted_out:
        who = f"byUserId/{ANN}" if by_user_id else f"user/{A}"
        url = f"{project.url}/api/subscriptions/messageChannel/{channel_id(project)}/{who}"
        requests.delete(url, headers=KEY, timeout=5).raise_for_status()
    SubscriptionChangeFactory.create(address_key=KEY_A)
    meet(B, 1)
    finish()
    assert opted_out_in(project, B)
    assert open_moments(project, B) == []
    assert AddressChange.objects.get().state == "settled"


def test_whoever_withdrew_under_the_new_address_is_opted_out_before_they_move_there(project: RunningSandbox, meet: Meet) -> None:
    ContactFactory.create(email=A, gitlab_user_id=ANN)
    put_profile(project, A, by_user_id=django_settings.ITERABLE_PROJECT_TYPE == "userid")
    SubscriptionChangeFactory.create(address_key=KEY_B)
    meet(B, 1)
    finish()
    assert opted_out_in(project, B)
    assert open_moments(project, B) == []


def test_nobody_is_opted_out_who_did_not_withdraw(project: RunningSandbox, meet: Meet) -> None:
    ContactFactory.create(email=A, gitlab_user_id=ANN)
    put_profile(project, A, by_user_id=django_settings.ITERABLE_PROJECT_TYPE == "userid")
    meet(B, 1)
    finish()
    assert not opted_out_in(project, B)


def test_a_withdrawal_that_comes_while_the_change_waits_goes_first(ready: RunningSandbox, meet: Meet, unsubscribe: Post) -> None:
    meet(A, 0)
    finish()
    meet(B, 1)
    process_all()
    unsubscribe(2, email=A)
    finish()
    assert opted_out_in(ready, B)
    assert open_moments(ready, B) == []
    assert calls_to(ready, "/api/users/updateEmail") == [200]


def test_a_withdrawal_under_the_address_that_was_left_opts_the_person_out(
    ready: RunningSandbox, meet: Meet, unsubscribe: Post
) -> None:
    meet(A, 0)
    meet(B, 1)
    finish()
    late = unsubscribe(2, email=A)
    finish()
    assert opted_out_in(ready, B)
    assert user(ready, A) == {}
    late.refresh_from_db()
    assert (late.state, late.reason_code) == ("held", "not_in_iterable")


def test_an_address_that_iterable_has_already_is_opted_out_at_once_and_nobody_is_merged(
    ready: RunningSandbox, meet: Meet
) -> None:
    for email in (A, B):
        make_user(ready, email)
    ContactFactory.create(email=A, gitlab_user_id=ANN)
    SubscriptionChangeFactory.create(address_key=KEY_A)
    meet(B, 1)
    finish()
    assert opted_out_in(ready, A)
    assert opted_out_in(ready, B)
    row = Delivery.objects.get(operation="change_address")
    assert (row.state, row.reason_code) == ("needs_you", "address_taken")
    assert "we merge nobody" in AddressChange.objects.get(state="needs_you").reason
    assert calls_to(ready, "/api/users/updateEmail") == []
    assert Contact.objects.get().email == B


def test_an_old_profile_that_was_removed_by_hand_settles_the_change(ready: RunningSandbox, meet: Meet) -> None:
    for email in (A, B):
        make_user(ready, email)
    ContactFactory.create(email=A, gitlab_user_id=ANN)
    meet(B, 1)
    finish()
    requests.delete(f"{ready.url}/api/users/{A}", headers=KEY, timeout=5).raise_for_status()
    retry(Delivery.objects.filter(operation="change_address"))
    finish()
    assert Delivery.objects.get(operation="change_address").reason_code == "already_changed"
    assert AddressChange.objects.get().state == "settled"


def test_an_old_address_that_iterable_does_not_have_is_skipped_and_the_event_makes_the_new_one(
    ready: RunningSandbox, meet: Meet
) -> None:
    ContactFactory.create(email=A, gitlab_user_id=ANN)
    SubscriptionChangeFactory.create(address_key=KEY_A)
    meet(B, 1)
    finish()
    row = Delivery.objects.get(operation="change_address")
    assert (row.state, row.reason_code) == ("skipped", "not_in_iterable")
    assert opted_out_in(ready, B)
    assert open_moments(ready, B) == []
    assert user(ready, A) == {}


@pytest.mark.parametrize("address", [A, B])
def test_somebody_forgotten_in_iterable_is_left_alone(ready: RunningSandbox, meet: Meet, address: str) -> None:
    make_user(ready, A)
    ContactFactory.create(email=A, gitlab_user_id=ANN)
    requests.post(f"{ready.url}/api/users/forget", json={"email": address}, headers=KEY, timeout=5).raise_for_status()
    meet(B, 1)
    finish()
    row = Delivery.objects.get(operation="change_address")
    assert (row.state, row.reason_code) == ("skipped", "not_in_iterable" if address == A else "forgotten")


@pytest.mark.parametrize("status", [0, 500, 503])
def test_a_change_whose_answer_was_lost_is_not_made_twice(project: RunningSandbox, meet: Meet, status: int) -> None:
    by_user_id = django_settings.ITERABLE_PROJECT_TYPE == "userid"
    path = "/api/users/updateEmail" if django_settings.ITERABLE_PROJECT_TYPE == "email" else "/api/users/update"
    ContactFactory.create(email=A, gitlab_user_id=ANN)
    put_profile(project, A, by_user_id=by_user_id)
    fail(project, path, status, applied=True)
    meet(B, 1)
    finish()
    assert Delivery.objects.get(operation="change_address").state == "delivered"
    assert len(calls_to(project, path)) - (django_settings.ITERABLE_PROJECT_TYPE != "email") == 1
    assert open_moments(project, A) != []
    assert not by_user_id or profile_of(project)["email"] == B


def test_there_and_back_again_ends_where_it_began(ready: RunningSandbox, meet: Meet, unsubscribe: Post) -> None:
    meet(A, 0)
    finish()
    unsubscribe(1, email=A)
    meet(B, 2)
    finish()
    meet(A, 3, company="Back")
    finish()
    assert opted_out_in(ready, A)
    assert user(ready, B) == {}
    assert Contact.objects.get().email == A
    assert open_moments(ready, B) == []
    assert calls_to(ready, "/api/users/updateEmail") == [200, 200]
