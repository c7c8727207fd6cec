from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from contacts.consent.ledger import live_withdrawals
from contacts.consent.models import AddressReport, Channel, Erasure, MessageType, ObservedProfile, SubscriptionChange
from contacts.consent.observing import Sighting, observe
from contacts.intake.iterable_webhooks.reading import NOBODY
from contacts.intake.models import Echo, EventType
from contacts.intake.resuming import release_all_held
from contacts.models import Contact, Presence
from iterable_admin.addresses import address_key
from iterable_admin.inbox.mending import read_again, take_up
from iterable_admin.inbox.models import Event
from iterable_admin.inbox.processing import process_all
from iterable_admin.inbox.querysets import NEEDS_SOMEBODY
from iterable_admin.outbox.models import Delivery
from tests.consent.conftest import NOON
from tests.factories import ContactFactory, DeliveryFactory, SubscriptionChangeFactory

pytestmark = pytest.mark.django_db

ANN = "ann@example.com"
KEY = address_key(ANN)
MARKETING, OTHER, NEWS, MESSAGES = 39_402, 39_500, 52_100, 52_200
Tell = Callable[..., Event]


def text(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M:%S} +00:00"


@pytest.fixture
def catalogue(seeded: None) -> None:
    Channel.objects.filter(name="Marketing Channel").update(iterable_id=MARKETING)
    Channel.objects.create(name="Product Channel", iterable_id=OTHER, channel_type="Marketing", medium="Email")
    MessageType.objects.filter(name="GitLab Marketing").update(iterable_id=NEWS)
    MessageType.objects.filter(name="Marketing Message").update(iterable_id=MESSAGES)


@pytest.fixture
def tell(api: Any, catalogue: None) -> Tell:
    """Post a webhook of noon, or of so many seconds after it, and work it out."""

    def post(name: str, *, seconds: float = 0, email: str = ANN, **fields: Any) -> Event:
        told = {"createdAt": text(NOON + timedelta(seconds=seconds)), **fields}
        answer = api.post("/api/v1/webhooks/iterable/", {"eventName": name, "email": email, "dataFields": told})
        assert answer.status_code == 202, answer.content
        process_all()
        return Event.objects.get(uuid=answer.json()["id"])

    return post


def acts(verdict: str = "withdrawn") -> list[tuple[str, str, str]]:
    rows = SubscriptionChange.objects.filter(address_key=KEY, verdict=verdict).order_by("pk")
    return list(rows.values_list("target", "target_key", "source"))


def opted_out(seconds: float = 0, group: str = "messageChannel", number: int = MARKETING, **columns: Any) -> Delivery:
    """Of ours, accepted so many seconds after noon."""
    payload = {"group": group, "name": "Marketing Channel", "id": number}
    state = {"accepted_at": NOON + timedelta(seconds=seconds), "state": "delivered", "operation": "unsubscribe", **columns}
    return DeliveryFactory.create(email=ANN, payload=payload, withdrawal=True, created_at=NOON - timedelta(hours=1), **state)


def test_who_leaves_a_channel_by_a_link_has_withdrawn_from_marketing(tell: Tell) -> None:
    event = tell("emailUnSubscribe", channelIds=[MARKETING], unsubSource="EmailLink")
    assert (event.state, event.reason) == ("done", "A withdrawal: in the ledger.")
    row = SubscriptionChange.objects.get(verdict="withdrawn")
    assert (row.target, row.target_key, row.target_name, row.basis) == (
        "channel",
        str(MARKETING),
        "Marketing Channel",
        "explicit",
    )
    assert (row.occurred_at, row.dated_by, row.source, row.cause_id) == (NOON, "caller", "Iterable, EmailLink", str(event.uuid))
    assert live_withdrawals([KEY]) == {KEY: row}


def test_what_iterable_tells_is_in_effect_there(tell: Tell) -> None:
    tell("emailUnSubscribe", channelIds=[MARKETING], unsubSource="EmailLink")
    effective = SubscriptionChange.objects.get(verdict="effective")
    assert effective.supersedes == SubscriptionChange.objects.get(verdict="withdrawn")
    assert effective.occurred_at == NOON
    assert not Delivery.objects.exists()


@pytest.mark.parametrize(
    "said", ["EmailLink", "HostedPage", "SMS", "WebApp", "API", "Import", "Workflow", "ListAPI", "Brand New", ""]
)
def test_any_unsubscribe_that_is_not_ours_is_a_withdrawal(tell: Tell, said: str) -> None:
    assert tell("emailUnSubscribe", channelIds=[MARKETING], unsubSource=said).state == "done"
    assert [act[:2] for act in acts()] == [("channel", str(MARKETING))]


def test_each_thing_that_was_left_has_its_own_row(tell: Tell) -> None:
    tell("emailUnSubscribe", channelIds=[OTHER], messageTypeIds=[NEWS, 99_999], emailListIds=[7], channelId=MARKETING)
    named = [("channel", str(OTHER)), ("message_type", str(NEWS)), ("message_type", "99999"), ("list", "7")]
    assert [act[:2] for act in acts()] == named
    assert live_withdrawals([KEY]) == {}


@pytest.mark.parametrize(
    ("block", "target", "flag"),
    [
        ({"channelId": OTHER, "messageTypeId": NEWS}, ("channel", str(OTHER)), "nothing named as left: taken from the campaign"),
        ({"messageTypeId": NEWS}, ("message_type", str(NEWS)), "nothing named as left: taken from the campaign"),
        ({}, ("channel", str(MARKETING)), "nothing named as left: taken for the Marketing Channel"),
    ],
)
def test_without_arrays_the_campaign_says_what_was_left(tell: Tell, block: Any, target: Any, flag: str) -> None:
    event = tell("emailUnSubscribe", channelIds=[], unsubSource="EmailLink", **block)
    assert [act[:2] for act in acts()] == [target]
    assert event.flags == [flag]


def test_a_person_not_known_here_is_known_afterwards(tell: Tell) -> None:
    tell("emailUnSubscribe", channelIds=[MARKETING])
    assert Contact.objects.get(address_key=KEY).email == ANN
    seen = ObservedProfile.objects.get(address_key=KEY)
    assert (seen.unsubscribed_channel_ids, seen.source, seen.observed_at) == ([MARKETING], "webhook", NOON)
    assert Presence.objects.get(address_key=KEY).present is True


def test_a_forgotten_person_is_not_made_anew(tell: Tell) -> None:
    Erasure.objects.create(address_key=KEY, requested_at=NOON)
    tell("emailUnSubscribe", channelIds=[MARKETING])
    assert not Contact.objects.exists()
    assert acts() == [("channel", str(MARKETING), "Iterable")]


def test_our_own_opt_out_comes_back_as_an_echo(tell: Tell) -> None:
    delivery = opted_out(-3)
    event = tell("emailUnSubscribe", channelIds=[MARKETING], unsubSource="API")
    assert (event.state, event.reason_code, event.reason) == ("done", "echo", "The echo of our own call.")
    assert (acts(), Echo.objects.get().delivery_id) == ([], delivery.pk)
    assert ObservedProfile.objects.get().unsubscribed_channel_ids == [MARKETING]


def test_a_delivery_has_one_echo(tell: Tell) -> None:
    opted_out(-3)
    tell("emailUnSubscribe", channelIds=[MARKETING], unsubSource="API")
    second = tell("emailUnSubscribe", channelIds=[MARKETING], unsubSource="API", seconds=5)
    assert second.reason == "A withdrawal: in the ledger."
    assert [act[2] for act in acts()] == ["Iterable, API"]


def test_an_echo_that_is_replayed_stays_one(tell: Tell) -> None:
    opted_out(-3)
    event = tell("emailUnSubscribe", channelIds=[MARKETING], unsubSource="API")
    Event.objects.filter(pk=event.pk).update(state="received", ended_at=None)
    process_all()
    event.refresh_from_db()
    assert (event.reason_code, acts()) == ("echo", [])


@pytest.mark.parametrize(
    "delivery",
    [
        {"seconds": -3600},
        {"seconds": 60},
        {"seconds": -3, "number": OTHER},
        {"seconds": -3, "group": "messageType"},
        {"seconds": -3, "operation": "subscribe"},
        {"seconds": -3, "lane": address_key("bob@example.com")},
    ],
    ids=str,
)
def test_what_we_did_at_another_time_or_to_something_else_has_no_echo_here(tell: Tell, delivery: dict[str, Any]) -> None:
    opted_out(**delivery)
    tell("emailUnSubscribe", channelIds=[MARKETING], unsubSource="API")
    assert len(acts()) == 1


def test_a_link_is_the_persons_act_whatever_we_did(tell: Tell) -> None:
    opted_out(-3)
    tell("emailUnSubscribe", channelIds=[MARKETING], unsubSource="EmailLink")
    assert len(acts()) == 1


def test_an_echo_may_be_faster_than_the_answer_to_our_call(tell: Tell) -> None:
    opted_out(accepted_at=None, state="waiting", attempts=1, next_attempt_at=NOON)
    Delivery.objects.update(created_at=NOON)
    assert tell("emailUnSubscribe", channelIds=[MARKETING], unsubSource="API").reason_code == "echo"


def test_only_a_part_may_be_ours(tell: Tell) -> None:
    opted_out(-3)
    event = tell("emailUnSubscribe", channelIds=[MARKETING, OTHER], unsubSource="API")
    assert (event.reason_code, [act[1] for act in acts()]) == ("", [str(OTHER)])


@pytest.mark.parametrize("said", ["WebForm", "HostedPage", "EmailLink", "SMS", "Preference Center"])
def test_who_subscribes_by_themselves_grants(tell: Tell, said: str) -> None:
    SubscriptionChangeFactory.create(address_key=KEY, occurred_at=NOON - timedelta(days=1))
    event = tell("emailSubscribe", channelIds=[MARKETING], signupSource=said)
    assert event.reason == "A grant by the person: in the ledger."
    assert live_withdrawals([KEY]) == {}


@pytest.mark.parametrize("said", ["API", "Import", "Workflow", "WebApp", "ListAPI", "", "Brand New"])
def test_nobody_else_grants_for_them(tell: Tell, said: str) -> None:
    SubscriptionChangeFactory.create(address_key=KEY, occurred_at=NOON - timedelta(days=1))
    event = tell("emailSubscribe", channelIds=[MARKETING], messageTypeIds=[NEWS], signupSource=said)
    assert (event.state, event.reason_code, acts("granted")) == ("done", "observed", [])
    assert live_withdrawals([KEY])
    assert ObservedProfile.objects.get().subscribed_message_type_ids == [NEWS]


def test_a_grant_without_a_time_lifts_nothing(tell: Tell) -> None:
    event = tell("emailSubscribe", channelIds=[MARKETING], signupSource="HostedPage", createdAt=None)
    assert (event.reason_code, acts("granted")) == ("observed", [])


def test_a_late_grant_does_not_lift_a_newer_withdrawal(tell: Tell) -> None:
    tell("emailUnSubscribe", channelIds=[MARKETING], unsubSource="EmailLink", seconds=60)
    tell("emailSubscribe", channelIds=[MARKETING], signupSource="HostedPage")
    assert live_withdrawals([KEY])


def test_a_click_on_the_way_is_no_withdrawal(tell: Tell) -> None:
    event = tell("hostedUnsubscribeClick", channelIds=[MARKETING], url="https://example.com")
    assert (event.state, event.reason_code) == ("skipped", "click")
    assert (acts(), ObservedProfile.objects.exists()) == ([], False)


@pytest.mark.parametrize(
    ("name", "fields", "kind"),
    [
        ("emailBounce", {"recipientState": "HardBounce"}, "hard_bounce"),
        ("emailBounce", {"recipientState": "SoftBounce"}, "soft_bounce"),
        ("emailBounce", {"recipientState": "MailboxFull"}, "soft_bounce"),
        ("emailBounce", {}, "soft_bounce"),
        ("emailComplaint", {"recipientState": "Complaint"}, "complaint"),
        ("emailUnSubscribe", {"unsubSource": "HardBounce", "channelIds": [OTHER]}, "hard_bounce"),
        ("emailUnSubscribe", {"unsubSource": "Complaint", "channelIds": [OTHER]}, "complaint"),
        ("emailSendSkip", {"reason": "SuppressedByMessageService"}, "suppressed"),
    ],
)
def test_what_comes_back_from_an_address_is_reported(tell: Tell, name: str, fields: Any, kind: str) -> None:
    event = tell(name, campaignId=5, messageTypeId=NEWS, **fields)
    report = AddressReport.objects.get()
    assert (report.kind, report.address_key, report.occurred_at, report.cause_id) == (kind, KEY, NOON, str(event.uuid))
    assert (report.campaign_id, report.message_type_id, event.state) == (5, NEWS, "done")


def test_a_bounce_that_comes_twice_is_one_report(tell: Tell) -> None:
    tell("emailUnSubscribe", unsubSource="HardBounce", channelIds=[MARKETING])
    tell("emailBounce", recipientState="HardBounce", seconds=1)
    assert AddressReport.objects.count() == 1
    assert acts() == [("channel", str(MARKETING), "Iterable, HardBounce")]


@pytest.mark.parametrize(
    ("block", "channel"), [({"channelId": OTHER}, OTHER), ({"messageTypeId": NEWS}, MARKETING), ({}, MARKETING)]
)
def test_a_complaint_withdraws_from_the_channel_of_its_mail(tell: Tell, block: Any, channel: int) -> None:
    tell("emailComplaint", **block)
    assert acts() == [("channel", str(channel), "Iterable")]


def test_a_complaint_that_comes_as_a_bounce_is_a_withdrawal_too(tell: Tell) -> None:
    event = tell("emailBounce", recipientState="Complaint", channelId=OTHER)
    assert (event.withdrawal, acts()) == (True, [("channel", str(OTHER), "Iterable")])
    assert SubscriptionChange.objects.get(verdict="withdrawn").basis == "explicit"
    assert live_withdrawals([KEY]) == {}


def test_how_somebody_once_left_says_nothing_of_how_they_came_back(tell: Tell) -> None:
    event = tell("emailSubscribe", channelIds=[MARKETING], unsubSource="EmailLink", signupSource="API")
    assert (event.reason_code, acts("granted")) == ("observed", [])
    assert tell("emailSubscribe", channelIds=[MARKETING], unsubSource="EmailLink", seconds=1).reason_code == "observed"


@pytest.mark.parametrize("name", ["emailUnSubscribe", "emailComplaint"])
def test_a_withdrawal_of_nobody_waits_for_somebody_to_say_whose_it_is(api: Any, catalogue: None, name: str) -> None:
    body = {"eventName": name, "dataFields": {"createdAt": text(NOON), "channelIds": [MARKETING], "channelId": MARKETING}}
    assert api.post("/api/v1/webhooks/iterable/", body).status_code == 202
    process_all()
    event = Event.objects.filter(NEEDS_SOMEBODY).get()
    assert (event.state, event.reason_code) == ("rejected", "nobody")
    assert read_again(event, event.raw_body).errors == {"email": NOBODY}
    mended = json.dumps(body | {"email": ANN})
    take_up(event, read_again(event, mended), mended)
    process_all()
    assert [act[:2] for act in acts()] == [("channel", str(MARKETING))]


@pytest.mark.parametrize("name", ["emailSubscribe", "emailBounce"])
def test_what_else_names_nobody_changes_nothing(api: Any, catalogue: None, name: str) -> None:
    api.post("/api/v1/webhooks/iterable/", {"eventName": name, "dataFields": {"recipientState": "HardBounce"}})
    process_all()
    assert Event.objects.values_list("state", "reason_code").get() == ("skipped", "nobody")
    assert not AddressReport.objects.exists()


@pytest.mark.parametrize(
    "name", ["emailSend", "emailOpen", "emailClick", "smsReceived", "pushSend", "inAppSendSkip", "journeyExit"]
)
def test_the_rest_is_kept(tell: Tell, name: str) -> None:
    event = tell(name, channelId=MARKETING)
    assert (event.state, event.reason) == ("done", "Kept with the person: nothing follows from it.")
    assert not SubscriptionChange.objects.exists()
    assert not Delivery.objects.exists()


def test_an_unknown_name_is_skipped_in_words(tell: Tell) -> None:
    event = tell("carrierPigeonSend", channelIds=[MARKETING])
    assert (event.state, event.reason_code) == ("skipped", "unknown_webhook")
    assert not Contact.objects.exists()


def test_an_unsubscribe_by_user_id_waits_for_the_address(api: Any, catalogue: None) -> None:
    body = {"eventName": "emailUnSubscribe", "userId": "17", "dataFields": {"createdAt": text(NOON), "channelIds": [MARKETING]}}
    api.post("/api/v1/webhooks/iterable/", body)
    process_all()
    assert Event.objects.filter(NEEDS_SOMEBODY).values_list("state", "reason_code").get() == ("held", "no_address")
    ContactFactory.create(email=ANN, gitlab_user_id=17)
    release_all_held()
    process_all()
    assert (Event.objects.get().state, len(acts())) == ("done", 1)


def test_what_lets_a_form_subscribe_people_does_not_bring_back_who_left_the_type(tell: Tell, api: Any) -> None:
    news = MessageType.objects.get(name="GitLab Marketing")
    EventType.objects.filter(slug="saas-trial").update(subscribes_to=news, send_derived_grants=True)
    tell("emailUnSubscribe", messageTypeIds=[NEWS], unsubSource="EmailLink")
    for email in (ANN, "bob@example.com"):
        api.post("/api/v1/events/saas-trial/", {"email": email, "firstName": "A", "opt_in": True})
    process_all()
    assert list(Delivery.objects.filter(operation="subscribe").values_list("email", flat=True)) == ["bob@example.com"]


def test_an_opt_out_that_vanishes_without_an_act_is_applied_again_once(tell: Tell) -> None:
    tell("emailUnSubscribe", channelIds=[MARKETING], unsubSource="EmailLink")
    tell("emailSubscribe", channelIds=[MARKETING], signupSource="API", seconds=60)
    tell("emailSubscribe", messageTypeIds=[NEWS], signupSource="API", seconds=70)
    rows = Delivery.objects.order_by("pk").values_list("operation", "payload__name", "cause")
    assert list(rows) == [("unsubscribe", "Marketing Channel", "observation"), ("unsubscribe", "GitLab Marketing", "observation")]


def test_an_opt_out_that_the_person_took_back_is_not(tell: Tell) -> None:
    tell("emailUnSubscribe", channelIds=[MARKETING], unsubSource="EmailLink")
    tell("emailSubscribe", channelIds=[MARKETING], signupSource="HostedPage", seconds=60)
    assert not Delivery.objects.exists()


def test_who_withdrew_and_is_made_anew_is_opted_out(tell: Tell) -> None:
    tell("emailUnSubscribe", channelIds=[MARKETING], unsubSource="EmailLink")
    gone, back = NOON + timedelta(hours=1), NOON + timedelta(hours=2)
    observe([Sighting(KEY, gone, "look_up", present=False), Sighting(KEY, back, "look_up", True, [], [], [], [])])
    assert Delivery.objects.count() == 2
