"""A person is forgotten: in Iterable, here in every table, and for good."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.utils import timezone

from contacts.consent.erasing.forgetting import footprint, forget
from contacts.consent.erasing.traces import Person, hash_of
from contacts.consent.models import Erasure, SubscriptionChange
from contacts.models import Contact, FieldChange, Membership, Namespace, Presence
from contacts.sync.models import SyncRow, SyncRun, SyncState
from iterable_admin.addresses import address_key
from iterable_admin.errors import Permanent
from iterable_admin.inbox.models import Event
from iterable_admin.inbox.processing import process_all
from iterable_admin.iterable.calls import Call
from iterable_admin.outbox.claiming import claim
from iterable_admin.outbox.models import Delivery
from iterable_admin.outbox.settling import End, Made, settle
from iterable_admin.outbox.switching import switch
from iterable_admin.sandbox import RunningSandbox
from tests.consent.conftest import make_due
from tests.consent.erasing.conftest import LOCAL, USER, ZEB, Post, rows_of_user, told_of, trial
from tests.outbox.iterable import ask, calls_to, fail, make_user, user
from tests.sync.conftest import Fill, namespace, person
from tests.sync.iterable import run_once

pytestmark = pytest.mark.django_db(transaction=True)

Drain = Callable[[], None]
REASON = "Asked by letter"


@pytest.fixture
def everywhere(ready: RunningSandbox, post: Post, drain: Drain, fill: Fill) -> RunningSandbox:
    """The person stands in every room, by the ways in which people come there."""
    make_user(ready, ZEB)
    post("events/saas-trial/", trial(country="Quuxland"))
    post("events/", {"email": ZEB.upper(), "eventName": "Somebody told", "dataFields": {"who": ZEB}, "id": "zebulon-quux-1"})
    post("events/saas-trial/", trial(latest_trial_start_date=f"of {ZEB}"), 422)
    post("events/saas-trial/", {"email": [ZEB]}, 422)
    post("webhooks/marketo/unsubscribe/", {"email": f" {ZEB} ", "unsubscribed": True, "reason": f"mail of {ZEB}"})
    drain()
    fill(
        person(ZEB, namespaces=[namespace(7), namespace(8)], gitlab_dotcom_user_id=USER),
        person("ada@example.com", namespaces=[namespace(8)]),
    )
    run_once()
    drain()
    post("events/saas-trial/", trial(company="Quuxer"))
    fail(ready, "/api/users/bulkUpdate", 500)
    drain()
    post("events/saas-trial/", trial(company="Zebulon & sons"))
    post("events/", {"userId": str(USER), "eventName": "SaaS Trials", "dataFields": {"firstName": "Zebulon"}})
    return ready


def test_nothing_of_them_is_left_in_any_table(everywhere: RunningSandbox, drain: Drain) -> None:
    assert (len(told_of(ZEB)) > 10, len(rows_of_user(USER)) > 3) == (True, True)
    forget(ZEB, f"{ZEB} asked by letter", "technical_owner")
    make_due()
    drain()
    assert told_of(ZEB) + told_of(LOCAL) + told_of("zebulon") + told_of("quux") + rows_of_user(USER) == []
    assert user(everywhere, ZEB) == {}
    assert ask(everywhere, "/api/users/forgotten") == {"hashedEmails": [hash_of(ZEB)]}


def test_what_happened_is_still_known_and_what_they_said_still_stands(everywhere: RunningSandbox, drain: Drain) -> None:
    events, deliveries = Event.objects.count(), Delivery.objects.count()
    ledger = list(SubscriptionChange.objects.values_list("address_key", "verdict", "occurred_at", "hash"))
    forget(ZEB, REASON, "technical_owner")
    make_due()
    drain()
    assert Event.objects.count() == events
    assert Delivery.objects.count() == deliveries + 1
    assert list(SubscriptionChange.objects.values_list("address_key", "verdict", "occurred_at", "hash")) == ledger
    assert {row.address_key for row in SyncRow.objects.all()} == {address_key(ZEB), address_key("ada@example.com")}
    assert set(Delivery.objects.exclude(operation="forget").values_list("state", flat=True)) == {"delivered", "skipped"}
    assert [(row.state, row.accepted_at is not None) for row in Delivery.objects.filter(operation="forget")] == [
        ("delivered", True)
    ]


def test_what_others_have_is_left_alone(everywhere: RunningSandbox) -> None:
    forget(ZEB, REASON, "technical_owner")
    assert list(Contact.objects.values_list("email", flat=True)) == ["ada@example.com"]
    assert list(Namespace.objects.values_list("pk", flat=True)) == [8]
    assert Membership.objects.count() == 1
    assert SyncRow.objects.filter(email="ada@example.com").count() == 1
    assert not FieldChange.objects.exclude(contact__email="ada@example.com").exists()


def test_the_counts_are_shown_before_and_kept_after(everywhere: RunningSandbox) -> None:
    before = footprint(Person.at(ZEB))
    erasure = forget(ZEB, REASON, "technical_owner")
    assert before == erasure.blanked
    assert (before["contacts"], before["memberships"], before["namespaces of this person only"]) == (1, 2, 1)
    assert before["sync rows"] == 1
    assert sum(footprint(Person.at(ZEB)).values()) == 0


def test_no_later_event_brings_them_back(ready: RunningSandbox, post: Post, drain: Drain) -> None:
    forget(ZEB, REASON, "technical_owner")
    drain()
    answer = post("events/saas-trial/", trial())
    post("events/saas-trial/", trial(latest_trial_start_date="no date"), 422)
    drain()
    event = Event.objects.get(uuid=answer["id"])
    assert (event.state, event.reason_code, event.email, event.payload, event.raw_body) == ("skipped", "erased", "", {}, "")
    assert told_of(LOCAL) + told_of("Quuxite") == []
    assert not Contact.objects.exists()
    assert list(Delivery.objects.values_list("operation", flat=True)) == ["forget"]
    assert user(ready, ZEB) == {}


def test_an_event_by_their_user_id_alone_is_not_kept_either(ready: RunningSandbox, post: Post, drain: Drain) -> None:
    post("events/saas-trial/", trial(userId="4711"))
    drain()
    forget(ZEB, REASON, "technical_owner")
    answer = post("events/", {"userId": "4711", "eventName": "SaaS Trials", "dataFields": {"firstName": "Zebulon"}})
    drain()
    event = Event.objects.get(uuid=answer["id"])
    assert (event.state, event.reason_code, event.user_id, event.payload) == ("skipped", "erased", "", {})


def test_an_unsubscribe_of_theirs_keeps_the_ledger_row_alone(ready: RunningSandbox, post: Post, drain: Drain) -> None:
    forget(ZEB, REASON, "technical_owner")
    post("webhooks/marketo/unsubscribe/", {"email": ZEB, "unsubscribed": True, "occurred_at": "2026-01-10T12:00:00Z"})
    drain()
    (row,) = SubscriptionChange.objects.all()
    assert (row.address_key, row.verdict, row.dated_by) == (address_key(ZEB), "withdrawn", "caller")
    assert [(event.state, event.reason_code) for event in Event.objects.all()] == [("skipped", "erased")]
    assert told_of(LOCAL) == []
    assert list(Delivery.objects.values_list("operation", flat=True)) == ["forget"]


def test_an_unsubscribe_that_was_still_unread_reaches_the_ledger(ready: RunningSandbox, post: Post, drain: Drain) -> None:
    post("webhooks/marketo/unsubscribe/", {"email": ZEB, "unsubscribed": True, "reason": "Quux"})
    forget(ZEB, REASON, "technical_owner")
    assert told_of("quux") == [row for row in told_of("quux") if row.startswith("outbox_delivery.email")]
    drain()
    assert SubscriptionChange.objects.get().verdict == "withdrawn"
    assert Event.objects.get().state == "skipped"


def test_the_sync_neither_stores_nor_sends_them(ready: RunningSandbox, fill: Fill) -> None:
    forget(ZEB, REASON, "technical_owner")
    fill(person(ZEB), person("ZEBULON.quux+77@example.com", namespaces=[namespace(9)]))
    run_once()
    assert SyncRun.objects.get().skipped_reasons == {"erased": 2}
    assert (Contact.objects.count(), SyncRow.objects.count(), SyncState.objects.count()) == (0, 0, 0)
    assert list(Delivery.objects.values_list("operation", flat=True)) == ["forget"]


def test_the_order_leaves_while_paused_and_goes_before_everything_else(ready: RunningSandbox, post: Post, drain: Drain) -> None:
    make_user(ready, ZEB)
    post("events/saas-trial/", trial())
    switch("paused", "a test", "somebody")
    drain()
    forget(ZEB, REASON, "technical_owner")
    drain()
    assert user(ready, ZEB) == {}
    assert calls_to(ready, "/api/users/bulkUpdate") == []
    assert Presence.objects.get().present is False


def test_what_was_only_observed_is_sent_once_the_switch_lets_it(ready: RunningSandbox, drain: Drain) -> None:
    from contacts.intake.reconsidering import reconsider_observed

    make_user(ready, ZEB)
    switch("observe", "a test", "somebody")
    forget(ZEB, REASON, "technical_owner")
    drain()
    assert Delivery.objects.get().reason_code == "would_send"
    assert Delivery.objects.get().email == ZEB
    switch("live", "a test", "somebody")
    reconsider_observed()
    drain()
    assert (user(ready, ZEB), told_of(LOCAL)) == ({}, [])


def test_the_address_stays_until_iterable_took_it(ready: RunningSandbox, drain: Drain) -> None:
    fail(ready, "/api/users/forget", 400)
    forget(ZEB, REASON, "technical_owner")
    drain()
    row = Delivery.objects.get()
    assert (row.state, row.email) == ("needs_you", ZEB)
    assert Erasure.objects.get().accepted_at is None
    Delivery.objects.update(state="ready")
    drain()
    assert (Delivery.objects.get().email, told_of(LOCAL)) == ("", [])
    assert Erasure.objects.get().accepted_at is not None


def test_somebody_who_granted_or_withdrew_is_forgotten_all_the_same(ready: RunningSandbox, post: Post, drain: Drain) -> None:
    make_user(ready, ZEB)
    for minute, unsubscribed in ((0, True), (1, False)):
        at = f"2026-01-10T12:0{minute}:00Z"
        post("webhooks/marketo/unsubscribe/", {"email": ZEB, "unsubscribed": unsubscribed, "occurred_at": at})
    drain()
    forget(ZEB, REASON, "technical_owner")
    drain()
    assert user(ready, ZEB) == {}


def test_forgetting_twice_is_forgetting_once(ready: RunningSandbox, drain: Drain) -> None:
    first = forget(ZEB, REASON, "technical_owner")
    again = forget(f" {ZEB.upper()} ", "Again", "somebody")
    assert (again.pk, again.reason, Delivery.objects.count()) == (first.pk, REASON, 1)


def test_what_is_no_address_is_refused(ready: RunningSandbox) -> None:
    with pytest.raises(Permanent, match="not an email address"):
        forget("zebulon", REASON, "technical_owner")
    assert (Erasure.objects.count(), Delivery.objects.count()) == (0, 0)


def test_what_was_in_flight_leaves_nothing_behind(ready: RunningSandbox, post: Post) -> None:
    post("events/saas-trial/", trial())
    process_all()
    rows = claim("profile", 10)
    forget(ZEB, REASON, "technical_owner")
    call = Call("POST", "/api/users/bulkUpdate", 200, "", 0.1, f'{{"invalidEmails":["{ZEB}"]}}', timezone.now())
    waits = End(Delivery.State.WAITING, "retry", f"Iterable said: {ZEB}", timezone.now())
    made = Made(call, f"about {ZEB}", refused={row.pk: ("invalid", f"no {LOCAL}") for row in rows})
    assert settle(rows, {row.pk: waits for row in rows}, made) == len(rows) == 1
    left = [row for row in told_of(LOCAL) if not row.startswith("outbox_delivery.email")]
    assert left == []
    assert Delivery.objects.exclude(operation="forget").exclude(email="").count() == 0


def test_what_was_in_flight_is_not_sent_again(ready: RunningSandbox, post: Post, drain: Drain) -> None:
    post("events/saas-trial/", trial())
    process_all()
    rows = claim("profile", 10)
    forget(ZEB, REASON, "technical_owner")
    settle(rows, {row.pk: End(Delivery.State.WAITING, "retry", "No answer", timezone.now()) for row in rows})
    make_due()
    drain()
    assert calls_to(ready, "/api/users/bulkUpdate") == []
    assert set(Delivery.objects.exclude(operation="forget").values_list("state", "reason_code")) == {("skipped", "erased")}
    assert told_of(LOCAL) == []
