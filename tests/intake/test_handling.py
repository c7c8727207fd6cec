from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from contacts.consent.models import Channel, MessageType, SubscriptionChange
from contacts.intake.handling import handle_events
from contacts.intake.models import EventType
from contacts.intake.resuming import release_all_held
from contacts.models import Contact, FieldChange, FieldPrecedence
from iterable_admin.addresses import address_key
from iterable_admin.inbox.models import Event
from iterable_admin.inbox.registry import Verdict, handler_for
from iterable_admin.outbox.models import Delivery
from tests.factories import ContactFactory, SubscriptionChangeFactory
from tests.intake.conftest import FIELDS

Make = Callable[..., Event]
JOHN = "john.doe@example.com"


def outcome(events: Sequence[Event]) -> list[tuple[str, str]]:
    return [(str(verdict.state), verdict.code) for verdict in handle_events(events)]


def operations() -> list[str]:
    return list(Delivery.objects.order_by("pk").values_list("operation", flat=True))


def withdraw(email: str = JOHN) -> None:
    SubscriptionChangeFactory.create(address_key=address_key(email))


@pytest.fixture
def marketing(types: None) -> MessageType:
    """SaaS Trials subscribes to GitLab Marketing."""
    channel = Channel.objects.create(name="Marketing Channel", iterable_id=11, channel_type="Marketing")
    marketing = MessageType.objects.create(name="GitLab Marketing", channel=channel, policy="OptIn", iterable_id=22)
    EventType.objects.filter(name="SaaS Trials").update(subscribes_to=marketing)
    return marketing


def test_the_door_for_events_has_this_handler() -> None:
    assert handler_for(Event.Door.EVENT) is handle_events


def test_a_new_person_becomes_a_contact_with_every_field_in_their_history(make_event: Make) -> None:
    event = make_event(user_id="4711", payload={"email_as_received": "John.Doe@Example.com"})
    assert handle_events([event]) == [Verdict(Event.State.DONE, "", "Handed over for delivery to Iterable.")]
    contact = Contact.objects.get()
    assert (contact.email, contact.address_key, contact.gitlab_user_id) == (JOHN, address_key(JOHN), 4711)
    assert (contact.email_as_received, contact.profile) == ("John.Doe@Example.com", FIELDS)
    changes = FieldChange.objects.filter(contact=contact, cause="event", cause_id=str(event.uuid))
    assert {change.field: (change.old, change.new) for change in changes} == {
        "company": (None, "Fictional Company"),
        "companyNamespace": (None, True),
        "latest_trial_start_date": (None, "2023-06-11"),
        "gitlab_user_id": (None, 4711),
        "email": (None, JOHN),
    }


def test_profile_and_event_are_sent_on_in_that_order(make_event: Make) -> None:
    event = make_event(received_at=datetime(2023, 6, 11, 12, tzinfo=UTC), request_id="r-1")
    handle_events([event])
    profile, track = Delivery.objects.order_by("pk")
    assert (profile.operation, profile.creates, profile.payload) == ("profile", True, {"dataFields": FIELDS})
    assert (track.operation, track.payload) == (
        "track",
        {"eventName": "SaaS Trials", "dataFields": FIELDS, "id": str(event.uuid), "createdAt": 1686484800},
    )
    assert {(row.cause, row.cause_id, row.request_id) for row in (profile, track)} == {("event", str(event.uuid), "r-1")}


def test_the_callers_id_and_time_go_with_the_event(make_event: Make) -> None:
    handle_events([make_event(caller_id="trial-77", payload={"created_at": 1686400000})])
    track = Delivery.objects.get(operation="track")
    assert (track.payload["id"], track.payload["createdAt"]) == ("trial-77", 1686400000)


def test_a_known_person_keeps_other_fields_and_only_changes_enter_the_history(make_event: Make) -> None:
    ContactFactory.create(email=JOHN, profile={"company": "Fictional Company", "firstName": "John", "companyNamespace": False})
    handle_events([make_event()])
    contact = Contact.objects.get()
    assert contact.profile == {"firstName": "John"} | FIELDS
    changes = FieldChange.objects.values_list("field", "old", "new")
    assert set(changes) == {("companyNamespace", False, True), ("latest_trial_start_date", None, "2023-06-11")}


def test_an_event_that_changes_nothing_adds_no_history(make_event: Make) -> None:
    ContactFactory.create(email=JOHN, profile=FIELDS)
    handle_events([make_event()])
    assert FieldChange.objects.count() == 0
    assert operations() == ["profile", "track"]


def test_the_profile_keeps_the_later_trial_start_and_flags_the_regress(make_event: Make) -> None:
    ContactFactory.create(email=JOHN, profile={"latest_trial_start_date": "2023-07-01"})
    verdict = handle_events([make_event()])[0]
    assert verdict.flags == ("latest_trial_start_date: earlier than the one known, which is kept",)
    assert Contact.objects.get().profile["latest_trial_start_date"] == "2023-07-01"
    profile, track = Delivery.objects.order_by("pk")
    assert profile.payload["dataFields"]["latest_trial_start_date"] == "2023-07-01"
    assert track.payload["dataFields"]["latest_trial_start_date"] == "2023-06-11"


def test_a_follower_updates_the_profile_and_is_not_tracked_twice(make_event: Make) -> None:
    first = make_event()
    handle_events([first])
    handle_events([make_event(duplicate_of=first, payload={"data_fields": FIELDS | {"company": "Other"}})])
    assert operations() == ["profile", "track", "profile"]
    assert Contact.objects.get().profile["company"] == "Other"


def test_keys_that_iterable_manages_stay_off_the_profile(make_event: Make) -> None:
    fields = {"company": "Fictional Company", "unsubscribedChannelIds": [], "signupSource": "us", "email": "x@example.com"}
    verdict = handle_events([make_event(payload={"data_fields": fields})])[0]
    assert Contact.objects.get().profile == {"company": "Fictional Company"}
    assert Delivery.objects.get(operation="profile").payload == {"dataFields": {"company": "Fictional Company"}}
    assert verdict.flags == tuple(
        f"{name}: managed by Iterable, not written to the profile" for name in ("unsubscribedChannelIds", "signupSource", "email")
    )


def test_fields_on_which_the_sync_has_the_say_stay_off_the_profile_and_in_the_event(make_event: Make) -> None:
    FieldPrecedence.objects.create(field="company", winner=FieldPrecedence.Winner.SYNC)
    FieldPrecedence.objects.create(field="country", winner=FieldPrecedence.Winner.EVENT)
    fields = {"company": "Fictional Company", "country": "France"}
    verdict = handle_events([make_event(payload={"data_fields": fields})])[0]
    assert Contact.objects.get().profile == {"country": "France"}
    assert Delivery.objects.get(operation="profile").payload == {"dataFields": {"country": "France"}}
    assert Delivery.objects.get(operation="track").payload["dataFields"] == fields
    assert verdict.flags == ("company: the sync has the say on it (field precedence), not written to the profile",)


def test_a_value_of_the_sync_outlives_an_event(make_event: Make) -> None:
    FieldPrecedence.objects.create(field="company", winner=FieldPrecedence.Winner.SYNC)
    ContactFactory.create(email=JOHN, profile={"company": "Known Ltd"})
    handle_events([make_event(payload={"data_fields": {"company": "Other"}})])
    assert Contact.objects.get().profile == {"company": "Known Ltd"}
    assert not FieldChange.objects.filter(field="company").exists()


@pytest.mark.parametrize(
    ("name", "fields", "ended"),
    [
        ("No Such Event", FIELDS, ("skipped", "no_event_type")),
        ("SaaS Free Registration", {"companyNamespace": False}, ("skipped", "personal_sign_up")),
        ("SaaS Free Registration", {"companyNamespace": True}, ("done", "")),
        ("SaaS Free Registration", {}, ("done", "")),
        ("SaaS Trials", {"companyNamespace": False}, ("done", "")),
    ],
)
def test_only_what_is_meant_to_goes_on(make_event: Make, name: str, fields: dict[str, Any], ended: tuple[str, str]) -> None:
    assert outcome([make_event(name, payload={"data_fields": fields})]) == [ended]
    went_on = ended[0] == "done"
    assert (Contact.objects.exists(), FieldChange.objects.exists(), Delivery.objects.exists()) == (went_on, went_on, went_on)


def test_a_missing_company_switch_is_flagged_where_it_would_matter(make_event: Make) -> None:
    names = {"free@example.com": "SaaS Free Registration", "trial@example.com": "SaaS Trials"}
    free, trial = (make_event(name, email=email, payload={"data_fields": {}}) for email, name in names.items())
    flags = [verdict.flags for verdict in handle_events([free, trial])]
    assert flags == [("companyNamespace: missing, not taken for a personal sign-up",), ()]


def test_an_inactive_type_is_skipped_and_one_that_is_not_forwarded_kept(make_event: Make) -> None:
    EventType.objects.filter(name="SaaS Trials").update(active=False)
    EventType.objects.filter(name="SaaS Free Registration").update(forward=False)
    events = [make_event(), make_event("SaaS Free Registration", email="ada@example.com")]
    assert outcome(events) == [("skipped", "event_type_inactive"), ("done", "")]
    assert (Contact.objects.get().email, Delivery.objects.count()) == ("ada@example.com", 0)


def test_a_type_or_alias_added_later_is_found_by_the_name_as_received(make_event: Make) -> None:
    event = make_event("Invited User", payload={"event_type": ""})
    assert outcome([event]) == [("skipped", "no_event_type")]
    EventType.objects.create(name="Invited", slug="invited", aliases=["invited user"])
    assert outcome([event]) == [("done", "")]
    assert Delivery.objects.get(operation="track").payload["eventName"] == "Invited"


def test_an_event_by_user_id_is_held_until_its_address_is_known(make_event: Make) -> None:
    event = make_event(email="", user_id="4711")
    assert outcome([event]) == [("held", "no_address")]
    assert not Contact.objects.exists()


def test_when_the_address_has_become_known_it_takes_its_place_in_that_lane(make_event: Make) -> None:
    ContactFactory.create(email=JOHN, gitlab_user_id=4711)
    event = make_event(email="", user_id="4711")
    assert outcome([event]) == [("received", "")]
    event.refresh_from_db()
    assert (event.email, event.lane) == (JOHN, address_key(JOHN))


def test_an_event_that_brings_the_address_releases_those_that_wait_for_it(make_event: Make) -> None:
    held = make_event(email="", user_id="4711", state="held", reason_code="no_address")
    other = make_event(email="", user_id="4712", state="held", reason_code="no_address")
    handle_events([make_event(user_id="4711")])
    held.refresh_from_db()
    other.refresh_from_db()
    assert (held.state, held.email, held.lane) == ("received", JOHN, address_key(JOHN))
    assert (other.state, other.email) == ("held", "")


def test_an_address_that_comes_beside_it_is_found(make_event: Make) -> None:
    waiting = make_event(email="", user_id="4711")
    assert outcome([waiting, make_event(user_id="4711")]) == [("received", ""), ("done", "")]
    waiting.refresh_from_db()
    assert (waiting.email, waiting.lane) == (JOHN, address_key(JOHN))


def test_a_sweep_releases_those_whose_address_became_known_otherwise(make_event: Make) -> None:
    held = make_event(email="", user_id="4711", state="held", reason_code="no_address")
    assert release_all_held() == 0
    ContactFactory.create(email=JOHN, gitlab_user_id=4711)
    assert release_all_held() == 1
    held.refresh_from_db()
    assert (held.state, held.reason_code, held.email) == ("received", "", JOHN)


def test_somebody_who_withdrew_is_opted_out_before_anything_else(make_event: Make, marketing: MessageType) -> None:
    withdraw()
    handle_events([make_event()])
    assert operations() == ["unsubscribe", "unsubscribe", "profile", "track"]
    channel = Delivery.objects.order_by("pk")[0]
    assert (channel.payload["group"], channel.payload["id"], channel.withdrawal) == ("messageChannel", 11, True)


def test_opt_in_true_is_recorded_as_derived_and_not_sent_by_default(make_event: Make, marketing: MessageType) -> None:
    event = make_event(payload={"opt_in": True, "created_at": 1686400000})
    handle_events([event])
    row = SubscriptionChange.objects.get()
    assert (row.target, row.target_name, row.verdict, row.basis) == ("message_type", "GitLab Marketing", "granted", "derived")
    assert (row.address_key, row.cause_id, row.dated_by) == (address_key(JOHN), str(event.uuid), "caller")
    assert row.occurred_at == datetime.fromtimestamp(1686400000, UTC)
    assert operations() == ["profile", "track"]


@pytest.mark.parametrize("opt_in", [False, None])
def test_anything_but_true_is_no_grant(make_event: Make, marketing: MessageType, opt_in: bool | None) -> None:
    handle_events([make_event(payload={"opt_in": opt_in})])
    assert not SubscriptionChange.objects.exists()


def test_with_the_switch_a_derived_grant_is_sent_last(make_event: Make, marketing: MessageType) -> None:
    EventType.objects.update(send_derived_grants=True)
    handle_events([make_event(payload={"opt_in": True}), make_event(email="ada@example.com")])
    assert operations() == ["profile", "track", "subscribe", "profile", "track"]
    assert Delivery.objects.get(operation="subscribe").payload == {"group": "messageType", "name": "GitLab Marketing", "id": 22}


def test_a_derived_grant_is_never_sent_for_somebody_who_withdrew(make_event: Make, marketing: MessageType) -> None:
    EventType.objects.update(send_derived_grants=True)
    withdraw()
    handle_events([make_event(payload={"opt_in": True})])
    assert operations() == ["unsubscribe", "unsubscribe", "profile", "track"]
    assert SubscriptionChange.objects.filter(basis="derived").count() == 1


def test_a_type_that_must_not_be_used_is_never_subscribed_to(make_event: Make, marketing: MessageType) -> None:
    MessageType.objects.update(do_not_use=True)
    EventType.objects.update(send_derived_grants=True)
    handle_events([make_event(payload={"opt_in": True})])
    assert operations() == ["profile", "track"]


def test_processing_twice_records_the_grant_once(make_event: Make, marketing: MessageType) -> None:
    event = make_event(payload={"opt_in": True})
    handle_events([event])
    handle_events([event])
    assert SubscriptionChange.objects.count() == 1


def test_an_erased_event_is_skipped(make_event: Make) -> None:
    assert outcome([make_event(email="")]) == [("skipped", "erased")]


def test_many_people_cost_as_many_queries_as_few(make_event: Make) -> None:
    def queries(events: Sequence[Event]) -> int:
        with CaptureQueriesContext(
            connection,
        ) as captured:
            assert set(outcome(events)) == {("done", "")}
        return len(captured)

    few = queries([make_event(email=f"few{number}@example.com") for number in range(2)])
    # Django gives SQLite at most 999 values a statement: the deliveries of fifteen people still fit into one.
    assert queries([make_event(email=f"many{number}@example.com") for number in range(15)]) == few
    assert few <= 11


def test_verdicts_come_in_the_order_of_the_events(make_event: Make) -> None:
    ContactFactory.create(email="known@example.com", gitlab_user_id=1)
    events = [
        make_event("No Such Event", email="a@example.com"),
        make_event(email="b@example.com"),
        make_event(email="", user_id="1"),
        make_event(email="", user_id="2"),
    ]
    assert outcome(events) == [("skipped", "no_event_type"), ("done", ""), ("received", ""), ("held", "no_address")]
