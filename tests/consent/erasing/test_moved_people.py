"""A person who had several addresses is forgotten under all of them, whichever is named, and as a GitLab user too."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import call_command
from django.utils import timezone

from contacts.consent.erasing.forgetting import footprint, forget
from contacts.consent.erasing.reconciling import overdue, reconcile
from contacts.consent.erasing.traces import Person, hash_of
from contacts.consent.models import Erasure, SubscriptionChange
from contacts.models import AddressChange, Contact
from contacts.sync.models import SyncRun
from iterable_admin.addresses import address_key
from iterable_admin.inbox.models import Event
from iterable_admin.inbox.processing import process_all
from iterable_admin.outbox.models import Delivery
from iterable_admin.sandbox import RunningSandbox
from tests.consent.conftest import make_due
from tests.consent.erasing.conftest import USER, ZEB, Post, rows_of_user, told_of
from tests.factories import ContactFactory, EventFactory
from tests.outbox.iterable import ask, user
from tests.sync.conftest import Fill, person
from tests.sync.iterable import run_once

pytestmark = pytest.mark.django_db(transaction=True)

Drain = Callable[[], None]
OLD, THIRD = "zebulon.quux@old.example.com", "zebulon.quux@third.example.com"
WORDS = ("zebulon", "quux")


def meet(post: Post, email: str, hour: int) -> None:
    fields = {"firstName": "Zebulon", "company": "Quuxite"}
    told = {"eventName": "SaaS Trials", "email": email, "userId": str(USER), "createdAt": f"2026-01-10T{hour}:00:00Z"}
    post("events/", {**told, "dataFields": fields})


@pytest.fixture
def moved(ready: RunningSandbox, post: Post, drain: Drain) -> RunningSandbox:
    """Withdrew at the old address, moved, and met again; the last event is still unread."""
    meet(post, OLD, 10)
    drain()
    post("webhooks/marketo/unsubscribe/", {"email": OLD, "unsubscribed": True, "occurred_at": "2026-01-10T11:00:00Z"})
    drain()
    post("webhooks/iterable/", {"eventName": "emailUnSubscribe", "email": OLD, "dataFields": {"channelIds": [1], "name": "Quux"}})
    drain()
    meet(post, ZEB, 12)
    drain()
    post("webhooks/iterable/", {"eventName": "emailOpen", "email": ZEB, "userId": str(USER), "dataFields": {"ip": "quux"}})
    drain()
    meet(post, ZEB, 13)
    return ready


def left() -> list[str]:
    return [row for word in WORDS for row in told_of(word)] + rows_of_user(USER)


@pytest.mark.parametrize("named", [OLD, ZEB], ids=["by the old address", "by the new address"])
def test_nothing_is_left_under_any_address(moved: RunningSandbox, drain: Drain, named: str) -> None:
    assert (len(told_of(OLD)) > 5, len(told_of(ZEB)) > 5, len(rows_of_user(USER)) > 3) == (True, True, True)
    forget(named, f"Letter of {ZEB}, once {OLD}", "technical_owner")
    make_due()
    drain()
    assert left() == []
    assert (user(moved, OLD), user(moved, ZEB)) == ({}, {})
    assert sorted(ask(moved, "/api/users/forgotten")["hashedEmails"]) == sorted([hash_of(OLD), hash_of(ZEB)])
    assert set(Erasure.objects.values_list("address_key", flat=True)) == {address_key(OLD), address_key(ZEB)}


def test_what_they_withdrew_stays_at_both_addresses_and_the_ledger_is_whole(moved: RunningSandbox, drain: Drain) -> None:
    before = list(SubscriptionChange.objects.order_by("pk").values_list())
    forget(OLD, "Letter", "technical_owner")
    drain()
    assert list(SubscriptionChange.objects.order_by("pk").values_list())[: len(before)] == before
    withdrawn = SubscriptionChange.objects.filter(verdict="withdrawn", target="all_marketing")
    assert set(withdrawn.values_list("address_key", flat=True)) == {address_key(OLD), address_key(ZEB)}
    call_command("verify_ledger", stdout=StringIO())
    call_command("rebuild_consent", check=True, stdout=StringIO())


def test_both_are_counted_before_and_confirmed_at_night(moved: RunningSandbox, drain: Drain) -> None:
    before = footprint(Person.at(OLD))
    forget(OLD, "Letter", "technical_owner")
    drain()
    done = [sum(one.get(name, 0) for one in Erasure.objects.values_list("blanked", flat=True)) for name in before]
    # The change from one address to the other stands in both lanes, and is blanked once.
    assert done == [before["deliveries"] - 1, *list(before.values())[1:]]
    assert (before["contacts"], before["changes of address"]) == (1, 1)
    assert sum(footprint(Person.at(OLD)).values()) == 0
    assert (reconcile().confirmed, reconcile().elsewhere) == (2, 0)


def test_a_change_that_was_still_under_way_ends_with_them(ready: RunningSandbox, post: Post, drain: Drain) -> None:
    meet(post, OLD, 10)
    drain()
    meet(post, ZEB, 12)
    process_all()
    assert Delivery.objects.filter(operation="change_address", state="ready").count() == 1
    forget(OLD, "Letter", "technical_owner")
    make_due()
    drain()
    assert left() == []
    assert (user(ready, OLD), user(ready, ZEB), AddressChange.objects.get().state) == ({}, {}, "settled")


def test_their_user_id_under_a_third_address_brings_nobody_back(moved: RunningSandbox, post: Post, drain: Drain) -> None:
    forget(ZEB, "Letter", "technical_owner")
    drain()
    meet(post, THIRD, 14)
    post("events/saas-trial/", {"email": THIRD, "userId": str(USER), "latest_trial_start_date": "quux"}, 422)
    drain()
    assert left() == []
    assert (Contact.objects.count(), user(moved, THIRD)) == (0, {})
    assert set(Event.objects.order_by("-pk").values_list("state", "reason_code")[:2]) == {("skipped", "erased")}


def test_nor_does_the_sync(moved: RunningSandbox, drain: Drain, fill: Fill) -> None:
    forget(ZEB, "Letter", "technical_owner")
    drain()
    fill(*(person(email, gitlab_dotcom_user_id=USER) for email in (OLD, THIRD)))
    run_once()
    drain()
    assert SyncRun.objects.get().skipped_reasons == {"erased": 2}
    assert (left(), Contact.objects.count(), user(moved, THIRD)) == ([], 0, {})


def test_nor_do_webhooks_and_imports(moved: RunningSandbox, post: Post, drain: Drain, tmp_path: object) -> None:
    forget(ZEB, "Letter", "technical_owner")
    drain()
    for email in (OLD, ZEB):
        post("webhooks/iterable/", {"eventName": "emailSubscribe", "email": email, "dataFields": {"channelIds": [1]}})
        post("webhooks/marketo/unsubscribe/", {"email": email, "unsubscribed": True})
    drain()
    assert (left(), Contact.objects.count()) == ([], 0)
    assert set(Delivery.objects.values_list("email", flat=True)) == {""}


def test_whoever_has_the_old_address_now_is_left_alone(moved: RunningSandbox, drain: Drain) -> None:
    ContactFactory.create(email=OLD, gitlab_user_id=9, profile={"firstName": "Bob"})
    EventFactory.create(email=OLD, payload={"about": "Bob"}, state="done")
    forget(ZEB, "Letter", "technical_owner")
    assert Contact.objects.get().profile == {"firstName": "Bob"}
    assert list(Erasure.objects.values_list("address_key", flat=True)) == [address_key(ZEB)]
    assert len(told_of("Bob")) == 2


def test_a_former_address_that_no_row_tells_is_marked_and_nobody_else_is_touched(ready: RunningSandbox, drain: Drain) -> None:
    ContactFactory.create(email=ZEB, gitlab_user_id=USER)
    now = timezone.now()
    keys = {"old_key": address_key(OLD), "new_key": address_key(ZEB)}
    AddressChange.objects.create(gitlab_user_id=USER, occurred_at=now, noticed_at=now, cause="sync", cause_id="1", **keys)
    EventFactory.create(email="", lane="", payload={"kept": 1}, state="done")
    forget(ZEB, "Letter", "technical_owner")
    drain()
    Erasure.objects.update(requested_at=now - timedelta(days=2))
    former = Erasure.objects.get(address_key=address_key(OLD))
    assert (former.iterable_hash, former.blanked, reconcile().unconfirmed, overdue().count()) == ("", {}, 0, 0)
    assert Event.objects.get().payload == {"kept": 1}
