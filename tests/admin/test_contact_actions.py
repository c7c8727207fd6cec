"""What is done from a person's page: send now and opt out. Asked first, on record, and for whom it is."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from contacts.consent.erasing.forgetting import forget
from contacts.consent.learning import learn_ids
from contacts.consent.models import Channel, MessageType, SubscriptionChange
from contacts.models import Contact, FieldChange
from contacts.presence import note_presence
from iterable_admin.audit.models import OperatorAction
from iterable_admin.outbox.models import Delivery
from iterable_admin.outbox.switching import switch
from iterable_admin.sandbox import RunningSandbox
from iterable_admin.sandbox.project import catalog
from tests.admin.test_contact_page import read
from tests.factories import ContactFactory, DeliveryFactory, MembershipFactory, SubscriptionChangeFactory
from tests.sync.iterable import profile, put_profile

pytestmark = pytest.mark.django_db
ADA = "ada@example.com"
WHY = {"reason": "Asked by phone"}


@pytest.fixture
def ada(seeded: None) -> Contact:
    return ContactFactory.create(email=ADA, profile={"firstName": "Ada", "company": "Fictional"})


def send_url(contact: Contact) -> str:
    return reverse("contact_send_now", args=[contact.pk])


def out_url(contact: Contact) -> str:
    return reverse("contact_opt_out", args=[contact.pk])


def everything(reason: str = "Asked by phone") -> dict[str, str]:
    return {"target": "everything", "reason": reason}


def told_on_the_page(client: Client, contact: Contact) -> str:
    return read(client.get(reverse("admin:contacts_contact_change", args=[contact.pk])).content.decode())


def nothing_happened() -> bool:
    return not (Delivery.objects.exists() or SubscriptionChange.objects.exists() or OperatorAction.objects.exists())


def test_send_now_shows_what_it_will_send_and_sends_nothing_yet(technical: Client, ada: Contact) -> None:
    MembershipFactory.create(contact=ada, namespace__namespace_id=77)
    told = read(technical.get(send_url(ada)).content.decode())
    assert "Send the newest values of a…@e….com now" in told
    assert "company Fictional events" in told
    assert 'namespace_information [{"NAMESPACE_ID": 77}] the namespaces kept here' in told
    assert "Iterable is not known to have this person" in told
    assert nothing_happened()


def test_send_now_warns_of_what_it_overwrites(technical: Client, ada: Contact) -> None:
    past = timezone.now() - timedelta(days=1)
    FieldChange.objects.create(contact=ada, field="company", new="Fictional", cause="event", cause_id="1", changed_at=past)
    sent = {"dataFields": {"company": "Later", "firstName": "Ada"}}
    DeliveryFactory.create(email=ADA, state="delivered", accepted_at=timezone.now(), payload=sent)
    assert "Iterable accepted later values of company, which this overwrites." in technical.get(send_url(ada)).content.decode()


def test_send_now_enqueues_one_update_with_the_newest_values_on_record(technical: Client, ada: Contact) -> None:
    technical.post(send_url(ada), WHY)
    row, action = Delivery.objects.get(), OperatorAction.objects.get()
    assert (row.operation, row.state, row.payload) == ("profile", "ready", {"dataFields": ada.profile})
    assert (row.cause, row.cause_id) == ("operator", str(action.pk))
    assert (action.verb, action.actor_name, action.reason, action.count) == ("send_now", "technical_owner", "Asked by phone", 1)


@pytest.mark.django_db(transaction=True)
def test_what_is_sent_now_arrives(technical: Client, sandbox: RunningSandbox, ada: Contact, drain: Callable[[], None]) -> None:
    technical.post(send_url(ada), WHY)
    drain()
    assert profile(sandbox, ADA) is not None
    assert "Iterable accepted last what it would get now: 2 fields." in told_on_the_page(technical, ada)


@pytest.mark.django_db(transaction=True)
def test_somebody_who_withdrew_is_opted_out_before_they_are_sent(
    technical: Client, sandbox: RunningSandbox, ada: Contact, drain: Callable[[], None]
) -> None:
    learn_ids()
    SubscriptionChangeFactory.create(address_key=ada.address_key)
    assert "They stay opted out" in technical.get(send_url(ada)).content.decode()
    technical.post(send_url(ada), WHY)
    drain()
    accepted = Delivery.objects.filter(state="delivered").order_by("accepted_at")
    assert [row.operation for row in accepted] == ["unsubscribe", "unsubscribe", "profile"]


def test_send_now_refuses_while_an_update_is_on_its_way(technical: Client, ada: Contact) -> None:
    row = DeliveryFactory.create(email=ADA, state="held", reason="Waits for an opt-out.")
    told = read(technical.post(send_url(ada), WHY).content.decode())
    assert f"Delivery {row.pk}, a profile update, has not ended yet (held). Waits for an opt-out." in told
    assert (Delivery.objects.count(), OperatorAction.objects.count()) == (1, 0)


def test_send_now_refuses_when_nothing_is_known_to_send(technical: Client, ada: Contact) -> None:
    Contact.objects.update(profile={})
    assert "No values are known of this person" in technical.post(send_url(ada), WHY).content.decode()
    assert nothing_happened()


@pytest.mark.parametrize(("mode", "words"), [("paused", "Sending is paused"), ("observe", "nothing leaves")])
def test_send_now_says_how_sending_stands(technical: Client, ada: Contact, mode: str, words: str, settings: Any) -> None:
    settings.SENDING = "live"
    switch(mode, "a reason", "tom")
    assert words in technical.get(send_url(ada)).content.decode()


def test_both_refuse_somebody_whose_address_was_erased(technical: Client, ada: Contact) -> None:
    Contact.objects.update(email="")
    answers = {**everything()}
    assert "This person was erased" in technical.post(send_url(ada), WHY).content.decode()
    assert "This person was erased" in technical.post(out_url(ada), answers).content.decode()
    assert nothing_happened()


def test_both_are_gone_with_the_contact(technical: Client, ada: Contact) -> None:
    forget(ADA, "Letter", "somebody")
    assert technical.post(send_url(ada), WHY).status_code == 404
    assert technical.post(out_url(ada), everything()).status_code == 404
    assert [row.operation for row in Delivery.objects.all()] == ["forget"]


@pytest.mark.parametrize("url", [send_url, out_url])
def test_nobody_but_the_technical_owner_may(
    campaigns: Client, business: Client, outsider: Client, ada: Contact, url: Callable[[Contact], str]
) -> None:
    for client in (campaigns, business, outsider, Client()):
        assert client.get(url(ada)).status_code in (302, 403)
        assert client.post(url(ada), everything()).status_code in (302, 403)
    assert nothing_happened()


def test_the_buttons_stand_on_the_page_of_whoever_may(technical: Client, campaigns: Client, ada: Contact) -> None:
    assert "Send now …" in told_on_the_page(technical, ada)
    assert "Opt out …" in told_on_the_page(technical, ada)
    assert "Send now …" not in told_on_the_page(campaigns, ada)
    assert "Opt out …" not in told_on_the_page(campaigns, ada)


@pytest.mark.parametrize("url", [send_url, out_url])
def test_without_a_reason_nothing_happens(technical: Client, ada: Contact, url: Callable[[Contact], str]) -> None:
    assert "This field is required." in technical.post(url(ada), everything(reason=" ")).content.decode()
    assert nothing_happened()


def test_opting_out_is_asked_first_and_says_what_it_does(technical: Client, ada: Contact) -> None:
    told = read(technical.get(out_url(ada)).content.decode())
    assert "Opt a…@e….com out" in told
    assert "Only an act of the person lifts it again." in told
    assert "nobody is created there by the opt-out" in told
    assert nothing_happened()


def test_opting_out_of_everything_is_a_ledger_row_and_two_deliveries(technical: Client, ada: Contact) -> None:
    note_presence([ada.address_key], present=True, how="look_up")
    technical.post(out_url(ada), everything())
    row, action = SubscriptionChange.objects.get(), OperatorAction.objects.get()
    assert (row.target, row.verdict, row.basis, row.actor) == ("all_marketing", "withdrawn", "operator", "technical_owner")
    assert (row.cause, row.cause_id) == ("operator", str(action.pk))
    assert (action.verb, action.reason, action.result) == ("opt_out", "Asked by phone", "Withdrew from all marketing.")
    names = Delivery.objects.order_by("pk").values_list("operation", "payload__name", "withdrawal", "cause_id")
    assert list(names) == [
        ("unsubscribe", "Marketing Channel", True, str(action.pk)),
        ("unsubscribe", "GitLab Marketing", True, str(action.pk)),
    ]


def test_opting_out_of_one_type_leaves_the_channel_alone(technical: Client, ada: Contact) -> None:
    note_presence([ada.address_key], present=True, how="look_up")
    chosen = MessageType.objects.get(name="GitLab Marketing")
    technical.post(out_url(ada), {"target": f"type-{chosen.pk}", **WHY})
    row = SubscriptionChange.objects.get()
    assert (row.target, row.target_name) == ("message_type", "GitLab Marketing")
    assert [row.payload["name"] for row in Delivery.objects.all()] == ["GitLab Marketing"]
    assert "Withdrew from this type on" in told_on_the_page(technical, ada)


def test_opting_out_of_a_channel_names_it(technical: Client, ada: Contact) -> None:
    note_presence([ada.address_key], present=True, how="look_up")
    chosen = Channel.objects.get(name="Transactional Channel")
    technical.post(out_url(ada), {"target": f"channel-{chosen.pk}", **WHY})
    assert [row.payload["name"] for row in Delivery.objects.all()] == ["Transactional Channel"]
    assert "Withdrew from the channel on" in told_on_the_page(technical, ada)


@pytest.mark.parametrize("target", ["", "nobody", "type-999999", "channel-x"])
def test_what_is_not_on_the_list_is_refused(technical: Client, ada: Contact, target: str) -> None:
    assert technical.post(out_url(ada), {"target": target, **WHY}).status_code == 200
    assert nothing_happened()


def test_a_type_that_must_not_be_used_is_never_settable(technical: Client, ada: Contact) -> None:
    banned = MessageType.objects.get(name="Marketing Message")
    answer = technical.post(out_url(ada), {"target": f"type-{banned.pk}", **WHY})
    assert "This is not on the list: choose one of these." in answer.content.decode()
    assert nothing_happened()


@pytest.mark.django_db(transaction=True)
def test_an_opt_out_becomes_effective_in_iterable(
    technical: Client, sandbox: RunningSandbox, ada: Contact, drain: Callable[[], None]
) -> None:
    learn_ids()
    put_profile(sandbox, ADA)
    technical.post(out_url(ada), everything())
    drain()
    operations = Delivery.objects.order_by("pk").values_list("operation", "state")
    assert list(operations) == [("look_up", "delivered"), ("unsubscribe", "delivered"), ("unsubscribe", "delivered")]
    assert SubscriptionChange.objects.filter(verdict="effective").count() == 1
    assert "Iterable has accepted the opt-out." in told_on_the_page(technical, ada)


@pytest.mark.django_db(transaction=True)
def test_an_opt_out_creates_nobody_and_goes_first_once_somebody_does(
    technical: Client, sandbox: RunningSandbox, ada: Contact, drain: Callable[[], None]
) -> None:
    learn_ids()
    technical.post(out_url(ada), everything())
    drain()
    spared = Delivery.objects.filter(operation="unsubscribe").values_list("state", "reason_code")
    assert list(spared) == [("skipped", "not_in_iterable")] * 2
    assert profile(sandbox, ADA) is None
    technical.post(send_url(ada), WHY)
    drain()
    accepted = Delivery.objects.filter(accepted_at__isnull=False).exclude(operation="look_up").order_by("accepted_at")
    assert [row.operation for row in accepted] == ["unsubscribe", "unsubscribe", "profile"]


@pytest.mark.django_db(transaction=True)
def test_an_opt_out_from_one_type_reaches_somebody_who_agreed_to_marketing_before(
    technical: Client, sandbox: RunningSandbox, ada: Contact, drain: Callable[[], None]
) -> None:
    learn_ids()
    put_profile(sandbox, ADA)
    SubscriptionChangeFactory.create(address_key=ada.address_key, verdict="granted")
    chosen = MessageType.objects.get(name="GitLab Marketing")
    technical.post(out_url(ada), {"target": f"type-{chosen.pk}", **WHY})
    drain()
    assert [row.state for row in Delivery.objects.filter(operation="unsubscribe")] == ["delivered"]


@pytest.mark.django_db(transaction=True)
def test_another_channels_opt_out_does_not_pass_for_that_of_marketing(
    technical: Client, sandbox: RunningSandbox, ada: Contact, drain: Callable[[], None]
) -> None:
    learn_ids()
    put_profile(sandbox, ADA)
    SubscriptionChangeFactory.create(address_key=ada.address_key)
    chosen = Channel.objects.get(iterable_id=catalog.TRANSACTIONAL_CHANNEL)
    technical.post(out_url(ada), {"target": f"channel-{chosen.pk}", **WHY})
    drain()
    assert not SubscriptionChange.objects.filter(verdict="effective").exists()
