"""One person's page: the answer first, every why a link, the past on request, everything that happened."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from html import unescape
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from contacts.consent.models import MessageType, SubscriptionChange
from contacts.consent.observing import Sighting, observe
from contacts.models import Contact, FieldChange, Presence
from contacts.sync.models import SyncState
from iterable_admin.outbox.models import Delivery
from tests.factories import (
    ContactFactory,
    DeliveryFactory,
    EventFactory,
    MembershipFactory,
    SubscriptionChangeFactory,
    SyncDefinitionFactory,
    SyncRowFactory,
    SyncRunFactory,
)

pytestmark = pytest.mark.django_db
ADA = "ada@example.com"
MARCH = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.fixture
def ada(seeded: None) -> Contact:
    return ContactFactory.create(email=ADA)


def url(contact: Contact, **asked: Any) -> str:
    page = reverse("admin:contacts_contact_change", args=[contact.pk])
    return f"{page}?{'&'.join(f'{name}={value}' for name, value in asked.items())}"


def words(client: Client, contact: Contact, **asked: Any) -> str:
    """Without tags, as a reader has them."""
    return read(page(client, contact, **asked))


def read(source: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", source)).split())


def page(client: Client, contact: Contact, **asked: Any) -> str:
    response = client.get(url(contact, **asked))
    assert response.status_code == 200
    return response.content.decode()


def entries(client: Client, contact: Contact, **asked: Any) -> list[str]:
    found = re.search(r'<ol class="timeline">(.*?)</ol>', page(client, contact, **asked), re.DOTALL)
    return (
        [read(entry) for entry in re.findall(r'<li>\s*<span class="when">.*?</div></li>', found[1], re.DOTALL)] if found else []
    )


def see(contact: Contact, at: datetime | None = None, **arrays: Any) -> None:
    whole: dict[str, Any] = dict.fromkeys(
        ("list_ids", "unsubscribed_channel_ids", "unsubscribed_message_type_ids", "subscribed_message_type_ids"), ()
    )
    observe([Sighting(contact.address_key, at or timezone.now(), "look_up", **{**whole, **arrays})])


def test_the_answer_stands_first_with_the_reason_and_where_it_comes_from(technical: Client, ada: Contact) -> None:
    row = SubscriptionChangeFactory.create(address_key=ada.address_key, occurred_at=MARCH)
    source = page(technical, ada)
    assert source.index("May this person be mailed?") < source.index('id="subscriptions"')
    assert "No marketing mail" in source
    assert f'<a href="{reverse("admin:consent_subscriptionchange_change", args=[row.pk])}">Why</a>' in source


def test_somebody_whom_nobody_asked_is_not_mailed_and_the_why_is_a_rule(technical: Client, ada: Contact) -> None:
    source = page(technical, ada)
    assert "Nothing in the ledger says that this person agreed to marketing." in source
    assert '<a href="/admin/contacts/rules/#NO_EVIDENCE">Why</a>' in source
    assert 'id="NO_EVIDENCE"' in technical.get("/admin/contacts/rules/").content.decode()


def test_whom_iterable_would_mail_and_should_not_is_red_and_says_who_acts(technical: Client, ada: Contact) -> None:
    MessageType.objects.filter(name="Marketing Message").update(iterable_id=9)
    SubscriptionChangeFactory.create(address_key=ada.address_key)
    see(ada)
    assert "! Not by us, but Iterable would Marketing Message: Withdrew according to the ledger" in words(technical, ada)
    assert "The technical owner sees to it now that the opt-out reaches Iterable." in words(technical, ada)


def test_a_banned_type_that_would_mail_whoever_was_never_asked_is_red_but_not_the_answer(campaigns: Client, ada: Contact) -> None:
    see(ada)
    told = words(campaigns, ada)
    assert "May this person be mailed? - No marketing mail Was never asked" in told
    assert "! Iterable would, and should not Nothing in the ledger" in told
    assert "Nobody may send with this type: the campaigns owner takes it out" in told


def test_an_agreement_that_iterable_shows_is_a_yes(campaigns: Client, ada: Contact) -> None:
    MessageType.objects.filter(name="GitLab Marketing").update(iterable_id=7)
    SubscriptionChangeFactory.create(
        address_key=ada.address_key, verdict="granted", target="message_type", target_key="7", target_name="GitLab Marketing"
    )
    see(ada, subscribed_message_type_ids=(7,))
    assert "✓ Yes GitLab Marketing: nothing keeps it from this person." in words(campaigns, ada)


def test_the_window_is_told_from_both_sides(campaigns: Client, ada: Contact) -> None:
    assert "unknown When the GitLab.com account was created is not known" in words(campaigns, ada)
    Contact.objects.update(account_created_at=timezone.now() - timedelta(days=3))
    assert "✓ inside Kept in sync until" in words(campaigns, ada)
    Contact.objects.update(account_created_at=MARCH)
    assert "- outside Since 2026-05-02 the nightly sync leaves this person alone" in words(campaigns, ada)


@pytest.mark.parametrize(
    ("present", "hours", "told"),
    [
        (True, 1, "✓ known Iterable has this person, by a look-up. As of"),
        (False, 1, "- absent Iterable does not have this person, by a look-up."),
        (True, 37, "○ unknown Iterable had this person then"),
    ],
)
def test_whether_iterable_has_them_is_known_absent_or_unknown(
    campaigns: Client, ada: Contact, present: bool, hours: int, told: str
) -> None:
    seen_at = timezone.now() - timedelta(hours=hours)
    Presence.objects.create(address_key=ada.address_key, present=present, seen_at=seen_at, how="look_up")
    assert told.replace("○", "↻") in words(campaigns, ada)


def test_nobody_having_looked_is_unknown_too(campaigns: Client, ada: Contact) -> None:
    assert "unknown Nobody has looked yet" in words(campaigns, ada)


def test_the_matrix_is_grouped_by_channel_and_writes_out_the_default(campaigns: Client, ada: Contact) -> None:
    source = page(campaigns, ada)
    groups = re.findall(r'<th scope="rowgroup" colspan="4">([^<]+?) <', source)
    assert groups == ["Marketing Channel", "Transactional Channel"]
    assert "by its opt-out policy Iterable mails this person all the same" in source
    assert "an opt-in type mails nobody without a grant" in source


def test_a_type_that_must_not_be_used_is_a_warning_and_never_settable(technical: Client, ada: Contact) -> None:
    banned = MessageType.objects.get(name="Marketing Message")
    source = page(technical, ada)
    assert "This type must not be used" in source
    assert f"type-{banned.pk}" not in source
    assert f"type-{MessageType.objects.get(name='GitLab Marketing').pk}" in source


def test_what_was_said_leads_to_the_ledger_and_to_its_event(campaigns: Client, ada: Contact) -> None:
    event = EventFactory.create(email=ADA, door="unsubscribe", name="")
    row = SubscriptionChangeFactory.create(address_key=ada.address_key, cause="event", cause_id=str(event.uuid))
    source = page(campaigns, ada)
    assert f'<a href="/admin/consent/subscriptionchange/{row.pk}/change/">ledger row {row.pk}</a>' in source
    assert f'<a href="/admin/inbox/event/{event.pk}/change/">Marketo unsubscribe</a>' in source


def test_the_past_is_asked_for_by_a_moment_and_said_to_be_the_past(campaigns: Client, ada: Contact) -> None:
    SubscriptionChangeFactory.create(address_key=ada.address_key, occurred_at=MARCH)
    before = words(campaigns, ada, at="2026-02-28")
    assert "This page shows the past: what was true at 2026-02-28 23:59:59 UTC" in before
    assert "Withdrew from all marketing" not in before
    assert "Withdrew from all marketing" in words(campaigns, ada, at="2026-03-01")
    assert "This page shows the past" not in words(campaigns, ada)


def test_the_slider_counts_days_from_the_first_that_was_known(campaigns: Client, ada: Contact) -> None:
    SubscriptionChangeFactory.create(address_key=ada.address_key, occurred_at=MARCH)
    days = (timezone.now().date() - MARCH.date()).days
    assert f'min="0" max="{days}" value="{days}" data-slider="2026-03-01"' in page(campaigns, ada)
    source = page(campaigns, ada, day=9)
    assert "what was true at <time" in source
    assert '<output form="of-a-day" for="day">2026-03-10</output>' in source
    assert 'aria-valuetext="2026-03-10"' in source


def test_a_day_that_is_still_to_come_is_told_and_now_is_shown(campaigns: Client, ada: Contact) -> None:
    told = words(campaigns, ada, at="2099-01-01")
    assert "Of what is still to come nothing is known: this is how it is now." in told
    assert "This page shows the past" not in told


def test_whoever_is_known_since_today_has_no_day_to_slide_to(campaigns: Client, ada: Contact) -> None:
    assert "This person is known since today." in words(campaigns, ada)
    assert 'type="range"' not in page(campaigns, ada)


def test_what_was_known_then_is_another_question(campaigns: Client, ada: Contact) -> None:
    SubscriptionChangeFactory.create(address_key=ada.address_key, occurred_at=MARCH, received_at=MARCH + timedelta(days=5))
    assert "Withdrew from all marketing" in words(campaigns, ada, day=1)
    assert "Withdrew from all marketing" not in words(campaigns, ada, day=1, as_known=1)
    assert entries(campaigns, ada, day=1, as_known=1) == []


@pytest.mark.parametrize("asked", [{"at": "yesterday"}, {"day": "-1"}, {"day": "99999"}, {"at": "0001-01-01"}, {"known_at": "x"}])
def test_what_is_no_moment_is_told_and_now_is_shown(campaigns: Client, ada: Contact, asked: dict[str, str]) -> None:
    told = words(campaigns, ada, **asked)
    assert f"{next(iter(asked))}: not a moment. Write 2026-03-31" in told
    assert "This page shows the past" not in told


def test_the_future_is_now(campaigns: Client, ada: Contact) -> None:
    assert "This page shows the past" not in words(campaigns, ada, at="2199-01-01")


def test_namespaces_are_listed_with_plan_and_role(campaigns: Client, ada: Contact) -> None:
    MembershipFactory.create(contact=ada, namespace__plan_title="Ultimate", namespace__member_count=1200)
    told = words(campaigns, ada)
    assert "Ultimate" in told
    assert "Owner 1,200" in told


def test_what_would_be_sent_stands_beside_what_was_accepted_and_says_which_is_older(technical: Client, ada: Contact) -> None:
    Contact.objects.update(profile={"company": "New", "country": "Italy", "state": "TX"})
    FieldChange.objects.create(contact=ada, field="company", new="New", cause="event", cause_id="1", changed_at=timezone.now())
    sent = {"company": "Old", "country": "Italy", "role": "dev"}
    row = DeliveryFactory.create(email=ADA, state="delivered", accepted_at=MARCH, payload={"dataFields": sent})
    told = words(technical, ada)
    assert "3 of 4 fields differ." in told
    assert "company → changed Old New Iterable's is older: accepted 2026-03-01 12:00:00 UTC (profile update). " in told
    assert "role - removed dev - Nothing here says it any more, and Iterable keeps it" in told
    assert "state + added - TX Not accepted yet. From events." in told
    assert f'<a href="/admin/outbox/delivery/{row.pk}/change/">delivery {row.pk}</a>' in page(technical, ada)
    assert "1 field the same" in told


def test_a_field_that_was_cleared_is_not_held_any_more_and_a_later_sync_counts(technical: Client, ada: Contact) -> None:
    DeliveryFactory.create(email=ADA, state="delivered", accepted_at=MARCH, payload={"dataFields": {"role": "dev", "plan": "a"}})
    later = MARCH + timedelta(days=1)
    DeliveryFactory.create(email=ADA, state="delivered", accepted_at=later, payload={"dataFields": {"role": None}})
    definition = SyncDefinitionFactory.create()
    SyncState.objects.create(definition=definition, address_key=ada.address_key, accepted={"plan": "b"}, accepted_at=later)
    run = SyncRunFactory.create(definition=definition)
    SyncRowFactory.create(run=run, email=ADA, state="delivered", kind="changed", after={"plan": "b"})
    assert "Iterable accepted last what it would get now: 1 field." in words(technical, ada)


def test_what_a_sync_told_an_event_is_no_field_of_the_profile(technical: Client, ada: Contact) -> None:
    definition = SyncDefinitionFactory.create(target="event", event_name="Namespaces")
    SyncState.objects.create(definition=definition, address_key=ada.address_key, accepted={"plan": "b"}, accepted_at=MARCH)
    assert "Nothing is known to send, and Iterable has accepted nothing." in words(technical, ada)


def everything(contact: Contact) -> None:
    event = EventFactory.create(email=contact.email, state="done", received_at=MARCH)
    at = MARCH + timedelta(minutes=1)
    for field in ("company", "country"):
        FieldChange.objects.create(contact=contact, field=field, new="x", cause="event", cause_id=str(event.uuid), changed_at=at)
    DeliveryFactory.create(email=contact.email, created_at=MARCH + timedelta(minutes=2), cause_id=str(event.uuid))
    SubscriptionChangeFactory.create(
        address_key=contact.address_key, occurred_at=MARCH + timedelta(minutes=3), received_at=MARCH + timedelta(minutes=3)
    )
    see(contact, MARCH + timedelta(minutes=4))
    SyncRowFactory.create(run=SyncRunFactory.create(started_at=MARCH + timedelta(minutes=5)), email=contact.email, kind="added")


def test_the_timeline_joins_everything_newest_first(technical: Client, ada: Contact) -> None:
    everything(ada)
    told = [re.sub(r"^.*? ago ", "", entry) for entry in entries(technical, ada)]
    assert [re.split(r" of SaaS| by a|, run| \(|, because", entry)[0].strip() for entry in told] == [
        "○ enqueued Namespaces",
        "✓ seen Seen in Iterable",
        "- withdrawn Withdrew from all marketing",
        "○ ready Profile update",
        "✓ changed company, country changed",
        "✓ done SaaS Trials from " + told[-1].split("from ")[1],
    ]


def test_an_entry_names_what_caused_it(technical: Client, ada: Contact) -> None:
    everything(ada)
    assert "because of SaaS Trials" in entries(technical, ada, kind="delivery")[0]


def test_the_timeline_is_filtered_by_kind(technical: Client, ada: Contact) -> None:
    everything(ada)
    assert len(entries(technical, ada, kind="ledger")) == 1
    assert '<a href="?kind=ledger#timeline" aria-current="true">Ledger</a>' in page(technical, ada, kind="ledger")


def test_each_role_sees_the_kinds_that_it_may_see(campaigns: Client, outsider: Client, ada: Contact) -> None:
    everything(ada)
    told = " ".join(entries(campaigns, ada))
    assert "Profile update" not in told
    assert "run" not in told
    assert "Withdrew from all marketing" in told
    assert entries(campaigns, ada, kind="delivery") == entries(campaigns, ada)
    assert outsider.get(url(ada)).status_code == 403


def test_pages_of_the_timeline_neither_lose_nor_repeat_an_entry(technical: Client, ada: Contact) -> None:
    """Events and field changes of one moment, across the edge of a page."""
    for number in range(40):
        event = EventFactory.create(email=ADA, name=f"Event {number}.", state="done", received_at=MARCH)
        FieldChange.objects.create(
            contact=ada, field=f"f{number}.", new=1, cause="event", cause_id=str(event.uuid), changed_at=MARCH
        )
    told, next_page = [], url(ada)
    while next_page:
        source = technical.get(next_page).content.decode()
        told += re.findall(r">(Event \d+\.|f\d+\.)(?:</a> from| changed</a>)", source)
        older = re.search(r'<a href="(\?[^"]+)" rel="next">Older</a>', source)
        next_page = reverse("admin:contacts_contact_change", args=[ada.pk]) + unescape(older[1]) if older else ""
    assert sorted(told) == sorted([f"Event {number}." for number in range(40)] + [f"f{number}." for number in range(40)])


@pytest.mark.parametrize("before", ["x", "2026-03-01~event~x", "2026-03-01T00:00:00~nothing~1", "0001-01-01~event~1"])
def test_a_cursor_that_is_none_shows_the_newest(technical: Client, ada: Contact, before: str) -> None:
    everything(ada)
    assert entries(technical, ada, before=before) == entries(technical, ada)


def test_a_long_life_costs_as_many_queries_as_a_short_one(technical: Client, ada: Contact) -> None:
    everything(ada)
    technical.get(url(ada))
    with CaptureQueriesContext(connection) as few:
        technical.get(url(ada))
    for _ in range(5):
        everything(ada)
        MembershipFactory.create(contact=ada)
    with CaptureQueriesContext(connection) as many:
        technical.get(url(ada))
    assert len(few) == len(many)


def test_an_operators_act_is_named_with_its_reason(technical: Client, ada: Contact) -> None:
    technical.post(reverse("contact_opt_out", args=[ada.pk]), {"target": "everything", "reason": "By phone"})
    row = SubscriptionChange.objects.get()
    told = page(technical, ada)
    assert f'<a href="/admin/audit/operatoraction/{row.cause_id}/change/">technical_owner: By phone</a>' in told


def test_the_title_is_the_persons_and_there_is_one_heading(campaigns: Client, ada: Contact) -> None:
    source = page(campaigns, ada)
    assert re.findall(r"<h1>(.*?)</h1>", source) == [ADA]
    assert f"<title>{ADA} |" in " ".join(source.split())


def test_every_link_of_the_page_leads_somewhere(technical: Client, ada: Contact) -> None:
    everything(ada)
    SubscriptionChangeFactory.create(address_key=ada.address_key, cause="operator", cause_id="404")
    links = {unescape(link).partition("#")[0] for link in re.findall(r'href="(/admin/[^"#]+|\?[^"]*)"', page(technical, ada))}
    base = reverse("admin:contacts_contact_change", args=[ada.pk])
    answers = {link: technical.get(link if link.startswith("/") else base + link).status_code for link in links}
    assert {link: status for link, status in answers.items() if status != 200} == {}


def test_an_erased_persons_matrix_stands_on_the_erasure(technical: Client, ada: Contact) -> None:
    technical.post(reverse("admin:consent_erasure_forget_contact", args=[ada.pk]), {"reason": "Letter"})
    from contacts.consent.models import Erasure

    told = read(technical.get(reverse("admin:consent_erasure_change", args=[Erasure.objects.get().pk])).content.decode())
    assert "Was forgotten: nothing may be sent, ever." in told
    assert Delivery.objects.get().operation == "forget"
