"""Observe mode: what we would send beside what Iterable holds, in counts and person by person."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from contacts.consent.erasing.forgetting import forget
from contacts.consent.learning import learn_ids
from contacts.consent.models import ObservedProfile
from contacts.sync.models import ComparedEvent, ComparedPerson, DifferingField, ObserveComparison
from contacts.sync.observing import comparing, planning
from contacts.sync.observing.comparing import compare_on, take
from contacts.sync.observing.planning import plan
from contacts.sync.observing.wanting import same
from iterable_admin.addresses import address_key
from iterable_admin.audit.models import OperatorAction
from iterable_admin.iterable.writes import ProfileUpdate, TrackedEvent
from iterable_admin.outbox.connection import connect
from iterable_admin.outbox.enqueueing import CHANNEL, Cause, enqueue, profile_update, tracked_event, unsubscription
from iterable_admin.outbox.models import Delivery, SendingSwitch
from iterable_admin.purging import purge
from iterable_admin.sandbox import RunningSandbox
from iterable_admin.sandbox.project import catalog
from iterable_admin.screens.access.gathering import gather
from tests.factories import ContactFactory, DeliveryFactory

pytestmark = pytest.mark.django_db(transaction=True)
ADA, BOB, CID = "ada@example.com", "bob@example.com", "cid@example.com"
CAUSE = Cause("event", "1")
QUERIES = 20


@pytest.fixture
def observing(sandbox: RunningSandbox, seeded: None, settings: Any) -> RunningSandbox:
    """Iterable has Ada as we would send her, and Bob otherwise; of Cid it knows nothing."""
    learn_ids()
    client = connect()
    client.users.update(ProfileUpdate({"firstName": "Ada", "company": "Acme"}, email=ADA))
    client.users.update(ProfileUpdate({"firstName": "Bob", "company": "Other"}, email=BOB))
    settings.SENDING = "observe"
    return sandbox


def want(email: str, **fields: Any) -> None:
    enqueue([profile_update(email, fields, CAUSE)])


@pytest.fixture
def wanted(observing: RunningSandbox, drain: Callable[[], None]) -> None:
    want(ADA, firstName="Old")
    want(ADA, firstName="Ada", company="Acme")
    want(BOB, firstName="Bob", company="Acme")
    want(CID, firstName="Cid")
    drain()


def compare(client: Client, **asked: Any) -> ObserveComparison:
    client.post(reverse("observe_compare"), {"days": "7", "most": "100", "reason": "Before the cut-over", **asked})
    compare_on()
    return ObserveComparison.objects.latest("pk")


def page(client: Client, **query: Any) -> str:
    return " ".join(client.get(reverse("observe"), query).content.decode().split())


def test_people_are_told_apart_by_what_iterable_holds(technical: Client, wanted: None) -> None:
    made = compare(technical)
    assert (made.state, made.people, made.agree, made.differ, made.absent, made.unread) == ("completed", 3, 1, 1, 1, 0)
    assert made.fields == {"company": {"agree": 1, "differ": 1}, "firstName": {"agree": 2, "differ": 0}}
    [field] = DifferingField.objects.all()
    assert (field.person.email, field.field, field.ours, field.theirs) == (BOB, "company", "Acme", "Other")


def test_nothing_in_iterable_changes_and_what_was_read_is_kept_as_seen(technical: Client, wanted: None) -> None:
    compare(technical)
    user, _ = connect().users.by_email(BOB)
    assert user
    assert user.data_fields["company"] == "Other"
    assert connect().users.by_email(CID)[0] is None
    seen = dict(ObservedProfile.objects.values_list("address_key", "present"))
    assert seen == {address_key(ADA): True, address_key(BOB): True, address_key(CID): False}


def test_a_subscription_counts_as_a_field(technical: Client, observing: RunningSandbox, drain: Callable[[], None]) -> None:
    enqueue([unsubscription(ADA, CHANNEL, "Marketing Channel", catalog.MARKETING_CHANNEL, CAUSE)])
    drain()
    compare(technical)
    [field] = DifferingField.objects.all()
    assert (field.field, field.ours, field.theirs) == ("subscription: Marketing Channel", "unsubscribed", "subscribed")


def test_the_page_counts_and_shows_both_sides_of_a_person(technical: Client, wanted: None) -> None:
    ContactFactory.create(email=BOB)
    compare(technical)
    shown = page(technical)
    assert "<dt>profile updates</dt><dd><a" in shown
    assert '<td data-head="We would send"><code>Acme</code></td><td data-head="Iterable holds"><code>Other</code>' in shown
    assert BOB in shown
    assert ADA not in shown


def test_people_are_filtered_by_verdict_and_by_field(technical: Client, wanted: None) -> None:
    compare(technical)
    assert (ADA in page(technical, verdict="agree"), BOB in page(technical, verdict="agree")) == (True, False)
    assert CID in page(technical, verdict="absent")
    assert BOB in page(technical, field="company")
    assert "Nobody." in page(technical, field="firstName")
    assert "Nobody." in page(technical, verdict="waiting")


def test_each_look_at_people_is_recorded_and_holds_no_address(technical: Client, wanted: None) -> None:
    made = compare(technical)
    page(technical, verdict="agree")
    done = OperatorAction.objects.latest("pk")
    assert (done.verb, done.count, done.actor_name) == ("view people", 1, "technical_owner")
    assert done.selection == {"comparison": made.pk, "verdict": "agree", "field": "", "page": 1}


def test_the_cost_in_calls_is_told_first_and_the_start_is_recorded_with_its_reason(technical: Client, wanted: None) -> None:
    asked = technical.get(reverse("observe_compare")).content.decode()
    assert "In the last 7 days: 3 people to compare, one call each" in asked
    assert ObserveComparison.objects.count() == 0
    made = compare(technical)
    done = OperatorAction.objects.get(verb="compare")
    assert (done.reason, done.selection) == ("Before the cut-over", {"comparison": made.pk})


def test_a_second_one_waits_until_the_first_has_ended(technical: Client, wanted: None) -> None:
    technical.post(reverse("observe_compare"), {"days": "7", "most": "100", "reason": "One"})
    answer = technical.post(reverse("observe_compare"), {"days": "7", "most": "100", "reason": "Two"}, follow=True)
    assert "A comparison is under way" in answer.content.decode()
    assert ObserveComparison.objects.count() == 1


def test_what_a_killed_worker_left_is_gone_on_with_and_nobody_is_compared_twice(
    technical: Client, wanted: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(comparing, "A_PART", 1)
    technical.post(reverse("observe_compare"), {"days": "7", "most": "100", "reason": "Why"})
    taken = take()
    assert taken
    comparing._some(taken, 5)
    # Here the worker is killed: its lease stays.
    assert compare_on() == 0
    ObserveComparison.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    assert compare_on() == 2
    made = ObserveComparison.objects.get()
    assert (made.state, made.people, made.compared) == ("completed", 3, 3)


def test_while_sending_is_halted_it_waits_and_says_so(technical: Client, wanted: None) -> None:
    SendingSwitch.objects.update_or_create(pk=1, defaults={"halted_at": timezone.now()})
    made = compare(technical)
    assert (made.state, made.compared) == ("running", 0)
    assert "nothing is read meanwhile" in page(technical)


def test_an_address_that_is_never_answered_is_told_as_such(technical: Client, wanted: None, observing: RunningSandbox) -> None:
    ComparedPerson.objects.all().delete()
    technical.post(reverse("observe_compare"), {"days": "7", "most": "100", "reason": "Why"})
    taken = take()
    assert taken
    plan(taken)
    ComparedPerson.objects.filter(email=CID).update(email="no address")
    for _ in range(comparing.MOST_TRIES + 1):
        comparing._some(taken, 5)
    made = ObserveComparison.objects.get()
    assert (made.state, made.agree, made.differ, made.unread) == ("completed", 1, 1, 1)


def test_erasure_blanks_the_address_and_both_values_and_keeps_the_count(technical: Client, wanted: None) -> None:
    compare(technical)
    forget(BOB, "Asked for", "x")
    field = DifferingField.objects.get()
    assert (field.ours, field.theirs, field.person.email) == (None, None, "")
    shown = page(technical)
    assert BOB not in shown
    assert "Erased: their values are gone." in shown


SINCE_AN_HOUR = int(time.time()) - 3600


def happened(email: str, at: int, event_id: str, name: str = "SaaS Trials") -> None:
    enqueue([tracked_event(email, name, {}, CAUSE, id=event_id, created_at=at)])


def track(email: str, at: int, event_id: str, name: str = "SaaS Trials") -> None:
    connect().events.track(TrackedEvent(name, {}, email=email, id=event_id, created_at=at))


@pytest.fixture
def tracked(observing: RunningSandbox, drain: Callable[[], None]) -> None:
    """Ada's event is there under another id, Bob's is missing, and both have one there that never came in here."""
    happened(ADA, SINCE_AN_HOUR, "ours-1")
    track(ADA, SINCE_AN_HOUR + 200, "workato-1")
    track(ADA, SINCE_AN_HOUR + 1200, "workato-2")
    happened(BOB, SINCE_AN_HOUR, "ours-2")
    track(BOB, SINCE_AN_HOUR + 400, "workato-3")
    track(BOB, SINCE_AN_HOUR, "journey-1", name="somebody else's event")
    happened(CID, SINCE_AN_HOUR, "ours-3")
    drain()


def test_events_are_compared_person_by_person(technical: Client, tracked: None) -> None:
    made = compare(technical)
    assert (made.state, made.people, made.sampled, made.events_read, made.absent) == ("completed", 3, 3, 3, 1)
    assert made.events == {"SaaS Trials": {"there": 1, "missing": 2, "only_there": 2, "untold": 0}}
    rows = ComparedEvent.objects.order_by("person__email", "happened_at").values_list("person__email", "verdict")
    assert list(rows) == [(ADA, "only_there"), (BOB, "missing"), (BOB, "only_there"), (CID, "missing")]


def test_the_page_counts_events_and_shows_whose_they_are(technical: Client, tracked: None) -> None:
    compare(technical)
    shown = page(technical, event="missing", name="SaaS Trials")
    assert "those of 3 were compared" in shown
    assert (ADA in shown, BOB in shown, CID in shown) == (False, True, True)
    assert f'href="{reverse("admin:outbox_delivery_change", args=[Delivery.objects.get(email=CID).pk])}"' in shown
    assert OperatorAction.objects.latest("pk").selection["event"] == "missing"
    assert "Nobody." in page(technical, event="untold")


def test_the_cost_of_the_events_is_told_and_only_the_newest_are_asked_about(
    technical: Client, tracked: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = technical.get(reverse("observe_compare")).content.decode()
    assert "3 people to compare, one call each, and one more for the events of 3 of them: 1 s at least." in asked
    monkeypatch.setattr(planning, "SAMPLE", 1)
    made = compare(technical)
    assert (made.people, made.sampled, made.events_read, made.events["SaaS Trials"]["missing"]) == (3, 1, 1, 1)
    assert ComparedPerson.objects.exclude(events="").get().email == CID


def test_what_a_person_did_goes_with_their_erasure_and_the_counts_stay(technical: Client, tracked: None) -> None:
    made = compare(technical)
    assert len(gather(BOB)["events_compared_in_observe_mode"]) == 2
    forget(BOB, "Asked for", "x")
    assert set(ComparedEvent.objects.values_list("person__email", flat=True)) == {ADA, CID}
    assert ObserveComparison.objects.get(pk=made.pk).events["SaaS Trials"]["missing"] == 2


def test_events_that_are_never_told_are_told_as_such(technical: Client, tracked: None, observing: RunningSandbox) -> None:
    technical.post(reverse("observe_compare"), {"days": "7", "most": "100", "reason": "Why"})
    taken = take()
    assert taken
    plan(taken)
    comparing._some(taken, 5)
    ComparedPerson.objects.filter(email=CID).update(email="no address")
    for _ in range(comparing.MOST_TRIES + 1):
        comparing._some(taken, 5)
    made = ObserveComparison.objects.get()
    assert (made.state, made.compared, made.events_read, made.events_unread) == ("completed", 3, 2, 1)


def test_owners_look_only_the_technical_owner_compares_and_others_do_neither(
    campaigns: Client, business: Client, outsider: Client, seeded: None
) -> None:
    assert business.get(reverse("observe")).status_code == 200
    for client in (campaigns, outsider):
        assert client.get(reverse("observe")).status_code == 403
    for client in (campaigns, business, outsider):
        assert client.post(reverse("observe_compare"), {"days": "7", "most": "100", "reason": "Mine"}).status_code == 403
    assert ObserveComparison.objects.count() == 0
    assert OperatorAction.objects.count() == 0


def test_progress_is_told_while_it_is_under_way(technical: Client, wanted: None) -> None:
    technical.post(reverse("observe_compare"), {"days": "7", "most": "100", "reason": "Why"})
    made = ObserveComparison.objects.get()
    told = technical.get(reverse("observe_progress", args=[made.pk])).json()
    assert (told["state"], told["rows"], told["width"]) == ("waiting", "looking for the people", 0)
    assert "progress.js" in page(technical)


def test_the_page_costs_a_fixed_number_of_queries(technical: Client, seeded: None) -> None:
    made = ObserveComparison.objects.create(since=timezone.now(), most=100, state="completed", planned_at=timezone.now())
    differing(made, 1)
    page(technical)
    with CaptureQueriesContext(connection) as few:
        page(technical)
    differing(made, 9)
    DeliveryFactory.create_batch(5, state="skipped", reason_code="would_send", ended_at=timezone.now())
    with CaptureQueriesContext(connection) as many:
        page(technical)
    assert (len(few), len(many)) == (QUERIES, QUERIES)


def differing(made: ObserveComparison, number: int) -> None:
    for at in range(number):
        email = f"d{number}-{at}@example.com"
        person = ComparedPerson.objects.create(comparison=made, address_key=address_key(email), email=email, verdict="differ")
        DifferingField.objects.create(comparison=made, person=person, field="company", ours="A", theirs="B")
        ComparedEvent.objects.create(comparison=made, person=person, name="x", verdict="missing", happened_at=timezone.now())
        ContactFactory.create(email=email)


@pytest.mark.parametrize(
    ("ours", "theirs", "agree"),
    [
        (None, None, True),
        ("a", "a", True),
        ("1", 1, False),
        ({"a": 1, "b": 2}, {"b": 2, "a": 1}, True),
        ("2026-03-05 12:00:00 +00:00", "2026-03-05T12:00:00Z", True),
        ("2026-03-05", "2026-03-06", False),
        ("x", None, False),
    ],
)
def test_values_agree_by_what_they_mean(ours: Any, theirs: Any, agree: bool) -> None:
    assert same(ours, theirs) is agree


def test_the_people_of_old_comparisons_are_deleted_and_the_counts_stay(technical: Client, seeded: None) -> None:
    long_ago = timezone.now() - timedelta(days=31)
    old = ObserveComparison.objects.create(since=long_ago, most=1, state="completed", finished_at=long_ago, differ=1)
    fresh = ObserveComparison.objects.create(since=long_ago, most=1, state="completed", finished_at=timezone.now(), differ=1)
    differing(old, 1)
    differing(fresh, 2)
    assert dict(purge())["people of comparisons deleted"] == 1
    assert set(DifferingField.objects.values_list("comparison", flat=True)) == {fresh.pk}
    assert ObserveComparison.objects.get(pk=old.pk).differ == 1
