"""The list of journeys and the page of one: the sentence first, what starts it, whom it reaches, and what changed."""

from __future__ import annotations

import re
from datetime import date, timedelta
from html import unescape
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from contacts.consent.models import Channel, MessageType
from iterable_admin.audit.models import Dri, OperatorAction
from iterable_admin.audit.pills import moment_text
from iterable_admin.inbox.models import Event
from journeys.lint.models import LintFinding, LintRun
from journeys.lint.running import lint
from journeys.models import Campaign, Journey, MirrorChange, MirrorRun, Template
from tests.factories import ContactFactory, EventFactory

pytestmark = pytest.mark.django_db

PAGE_QUERIES = 23
LIST = "/admin/journeys/journey/"


@pytest.fixture
def journey(seeded: None) -> Journey:
    row = Journey.objects.get(workflow_id=361081)
    row.enabled, row.archived, row.trigger_events = True, False, ["SaaS Trials"]
    row.save()
    return row


def words_of(markup: str) -> str:
    return unescape(" ".join(re.sub(r"<[^>]*>", " ", markup).split()))


def words(client: Client, journey: Journey) -> str:
    response = client.get(reverse("admin:journeys_journey_change", args=[journey.pk]))
    assert response.status_code == 200
    return words_of(response.content.decode())


def listed(client: Client, **filters: Any) -> str:
    return words_of(client.get(LIST, filters).content.decode().partition('id="changelist-form"')[2])


def step(journey: Journey, number: int, name: str, message_type: MessageType) -> Campaign:
    Template.objects.create(iterable_id=number, name=f"{name} text", message_type_id=message_type.iterable_id)
    return Campaign.objects.create(
        iterable_id=number, name=name, workflow_id=journey.workflow_id, template_id=number, state="Running", medium="Email"
    )


@pytest.fixture
def message_type(seeded: None) -> MessageType:
    MessageType.objects.filter(name="Marketing Message").update(iterable_id=5, policy="OptOut", do_not_use=True)
    Channel.objects.filter(name="Marketing Channel").update(iterable_id=4, channel_type="Marketing")
    return MessageType.objects.get(name="Marketing Message")


def change(journey: Journey, at: Any = None, **given: Any) -> MirrorChange:
    run = MirrorRun.objects.create(trigger="schedule", started_at=timezone.now(), ended_at=timezone.now())
    told = {"kind": "journey", "iterable_id": journey.workflow_id, "name": journey.name, "field": "name", **given}
    return MirrorChange.objects.create(run=run, seen_at=at or timezone.now(), **told)


def test_the_sentence_says_what_it_is_who_owns_it_and_what_starts_it(campaigns: Client, journey: Journey) -> None:
    Journey.objects.filter(pk=journey.pk).update(business_owner="Amy Waller", iterable_name="SaaS Trial")
    event = EventFactory.create(name="SaaS Trials")
    told = words(campaigns, journey)
    assert "✓ enabled SaaS Trial is enabled in Iterable and takes people in." in told
    assert "It is owned by Amy Waller (business owner); it has no technical owner and no campaigns owner." in told
    assert f"What starts it: SaaS Trials 1 in 7 days, the last {moment_text(event.received_at)}." in told
    assert "✓ Nothing is wrong with it." in told


@pytest.mark.parametrize(
    ("columns", "sentence"),
    [
        ({"enabled": False}, "is disabled in Iterable: nobody enters it."),
        ({"archived": True}, "is archived in Iterable: nobody enters it."),
        ({"enabled": None}, "has not been seen in Iterable yet."),
        ({"missing_since": timezone.now()}, "is no longer in Iterable: somebody deleted it there."),
        ({"workflow_id": None, "folder_id": 7}, "is a folder of journeys in Iterable, not a journey of its own."),
    ],
)
def test_each_state_has_its_sentence(campaigns: Client, journey: Journey, columns: dict[str, Any], sentence: str) -> None:
    Journey.objects.filter(pk=journey.pk).update(**columns)
    assert sentence in words(campaigns, journey)


def test_a_vacant_role_is_shown_with_who_holds_it_for_the_instance(campaigns: Client, journey: Journey) -> None:
    Dri.objects.update(name="")
    Dri.objects.filter(role=Dri.Role.BUSINESS_OWNER).update(name="Amy Waller")
    told = words(campaigns, journey)
    assert "Business owner ! vacant Amy Waller holds this role for the whole instance." in told
    assert "Technical owner ! vacant The business owner names somebody." in told
    assert "Nobody owns it." in told


def test_an_overdue_review_says_who_acts(campaigns: Client, journey: Journey) -> None:
    Journey.objects.filter(pk=journey.pk).update(review_due=date(2026, 1, 31), campaigns_owner="Allie Klatzkin")
    told = words(campaigns, journey)
    sentence = "Its review was due on 2026-01-31: Allie Klatzkin reviews it and sets the next date here, now."
    assert f"! overdue {sentence}" in told
    assert told.partition("Owners and review")[0].count(sentence) == 1


def test_what_stands_open_is_told_first_and_an_exception_is_not(campaigns: Client, journey: Journey) -> None:
    now = timezone.now()
    seen = {"first_seen": now, "last_seen": now, "journey": journey, "subject_kind": "journey", "next_step": "Somebody acts."}
    LintFinding.objects.create(code="SUB02", severity="B", sentence="It mails all.", fingerprint="1", **seen)
    LintFinding.objects.create(code="SUB01", severity="B", sentence="Excused.", fingerprint="2", state="excepted", **seen)
    LintFinding.objects.create(code="JRN08", severity="I", sentence="No owner.", fingerprint="3", **seen)
    told = words(campaigns, journey).partition("Owners and review")[0]
    assert "! Something is wrong: SUB02: It mails all. Somebody acts." in told
    assert "Excused." not in told
    assert "No owner." not in told


def test_rejected_and_older_events_are_not_counted(campaigns: Client, journey: Journey) -> None:
    old = timezone.now() - timedelta(days=8)
    EventFactory.create(name="SaaS Trials", received_at=old)
    EventFactory.create_batch(3, name="SaaS Trials")
    EventFactory.create(name="SaaS Trials", state=Event.State.REJECTED)
    EventFactory.create(name="SaaS Free Registration")
    assert "SaaS Trials 3 in 7 days" in words(campaigns, journey)
    Event.objects.filter(name="SaaS Trials", received_at__gt=old + timedelta(days=1)).delete()
    assert f"SaaS Trials 0 in 7 days, the last {moment_text(old)}" in words(campaigns, journey)


def test_a_large_count_is_told_up_to_a_limit(campaigns: Client, journey: Journey, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("journeys.pages.triggers.MOST_COUNTED", 2)
    EventFactory.create_batch(2, name="SaaS Trials")
    assert "SaaS Trials 2 in 7 days" in words(campaigns, journey)
    EventFactory.create(name="SaaS Trials")
    assert "SaaS Trials more than 2 in 7 days" in words(campaigns, journey)


def test_a_trigger_that_is_not_seen_for_thirty_days_is_warned_of_where_somebody_waits(
    campaigns: Client, journey: Journey
) -> None:
    EventFactory.create(name="SaaS Trials", received_at=timezone.now() - timedelta(days=31))
    warning = "SaaS Trials has not come in for 30 days: the technical owner asks the sending system, now."
    assert warning in words(campaigns, journey)
    assert "! not seen for 30 days" in listed(campaigns)
    Journey.objects.update(enabled=False)
    assert warning not in words(campaigns, journey)
    assert "! not seen for 30 days" not in listed(campaigns)


def test_an_event_that_others_send_to_iterable_is_not_judged(campaigns: Client, journey: Journey) -> None:
    Journey.objects.filter(pk=journey.pk).update(trigger_events=["saas trial", "Webinar attended"])
    told = words(campaigns, journey)
    assert "Webinar attended does not come in here: Iterable gets it from elsewhere" in told
    assert "saas trial has never come in here" in told


def test_the_messages_are_drawn_and_listed_alike(campaigns: Client, journey: Journey, message_type: MessageType) -> None:
    step(journey, 8, "Day 1", message_type)
    page = campaigns.get(reverse("admin:journeys_journey_change", args=[journey.pk])).content.decode()
    (picture,) = re.findall(r'<svg class="diagram".*?</svg>', page, re.DOTALL)
    assert 'role="img"' in picture
    assert "Email: Day 1: Marketing Message, opt-out, ! must not be used." in words_of(picture)
    told = words_of(page)
    assert "Day 1 (Running): template Day 1 text, Marketing Message , opt-out, in Marketing Channel ! do not use" in told
    assert "Iterable's API tells which messages a journey has, and not how they hang together" in told


def test_the_audience_is_what_the_last_run_counted_with_its_time(
    campaigns: Client, journey: Journey, message_type: MessageType
) -> None:
    step(journey, 8, "Day 1", message_type)
    assert "Not counted yet" in words(campaigns, journey)
    ContactFactory.create()
    lint("command")
    run = LintRun.objects.get()
    told = words(campaigns, journey)
    reach = run.counts["audience"][str(journey.pk)][0]
    assert (reach["message_type"], reach["steps"]) == ("Marketing Message", 1)
    counted = f"Iterable will mail {reach['will']} by Marketing Message (1 step); by our ledger {reach['should']} may be mailed."
    assert counted in told
    assert f"As of {moment_text(run.started_at)}" in told
    assert f"{reach['will']} mailable" in listed(campaigns)


def audience(journey: Journey, **given: Any) -> None:
    now = timezone.now()
    reach = {"message_type": "Marketing Message", "message_type_id": MessageType.objects.get(name="Marketing Message").pk}
    reach |= {"steps": 2, "will": 1_200, "should": 1_000, "exposed": 200, "unknown": 5, **given}
    LintRun.objects.create(trigger="mirror", started_at=now, ended_at=now, counts={"audience": {str(journey.pk): [reach]}})


def test_the_exposed_are_led_to_by_their_finding_for_those_with_the_right(campaigns: Client, journey: Journey) -> None:
    audience(journey)
    now, kind = timezone.now(), MessageType.objects.get(name="Marketing Message")
    about = {"code": "SUB03", "severity": "B", "subject_kind": "campaign", "journey": journey, "message_type": kind}
    seen = {"first_seen": now, "last_seen": now, "fingerprint": "1", "next_step": "Somebody acts, now."}
    row = LintFinding.objects.create(**about, **seen, exposed=200)
    page = campaigns.get(reverse("admin:journeys_journey_change", args=[journey.pk])).content.decode()
    assert f'<a href="{reverse("admin:journeys_lintfinding_people", args=[row.pk])}">who they are</a>' in page
    assert "! 200 exposed who they are (each look is recorded). Somebody acts, now." in words_of(page)
    assert "1,200 mailable ! 200 exposed" in listed(campaigns)


def test_a_quick_run_that_counts_nobody_leaves_the_figure(campaigns: Client, journey: Journey) -> None:
    audience(journey)
    assert "audience" not in lint("schedule", quick=True).counts
    assert "1,200 mailable" in listed(campaigns)


def test_who_may_not_see_people_is_not_led_to_them(people: Any, campaigns: Client, journey: Journey) -> None:
    audience(journey)
    now, kind = timezone.now(), MessageType.objects.get(name="Marketing Message")
    about = {"code": "SUB03", "severity": "B", "journey": journey, "message_type": kind, "exposed": 200, "fingerprint": "1"}
    LintFinding.objects.create(**about, first_seen=now, last_seen=now)
    assert "who they are" in words(campaigns, journey)
    group = people.campaigns_owner.groups.get()
    group.permissions.remove(group.permissions.get(codename="see_exposed_people"))
    told = words(campaigns, journey)
    assert "who they are" not in told
    assert "! 200 exposed" in told


def test_a_journey_that_does_not_run_has_no_figure_and_says_why(campaigns: Client, journey: Journey) -> None:
    lint("command")
    told = words(campaigns, journey)
    assert f"Not counted, as of {moment_text(LintRun.objects.get().started_at)} : it does not run" in told


def test_drift_is_what_changed_since_somebody_set_a_review_date(campaigns: Client, journey: Journey) -> None:
    change(journey, old="Trial", new="Trial 2")
    told = words(campaigns, journey)
    assert "nobody has set a review date here yet, so this is all that was seen." in told
    assert "journey SaaS Trial Onboarding + Post: name was Trial, is Trial 2" in told
    record = {"actor_name": "allie", "verb": "change", "subject": f"journey {journey}", "reason": "Quarterly"}
    OperatorAction.objects.create(**record, selection={"ids": [str(journey.pk)], "fields": ["review_due"]})
    told = words(campaigns, journey)
    assert "allie last set a review date" in told
    assert "✓ Nothing changed in Iterable since." in told


def test_the_history_joins_what_iterable_changed_and_what_operators_did(
    campaigns: Client, journey: Journey, message_type: MessageType
) -> None:
    step(journey, 8, "Day 1", message_type)
    for given in ({"kind": "template", "name": "Day 1 text", "iterable_id": 8}, {"iterable_id": 99, "name": "Another"}):
        change(journey, **given, field="missing")
    named = {"actor_name": "allie", "verb": "change", "subject": f"journey {journey}", "reason": "Quarterly"}
    OperatorAction.objects.create(**named, selection={"ids": [str(journey.pk)], "fields": ["business_owner"]})
    OperatorAction.objects.create(**named | {"reason": "Of a namesake"}, selection={"ids": ["0"], "fields": []})
    told = words(campaigns, journey).partition("History When")[2]
    assert "allie change: business owner Quarterly" in told
    assert "in Iterable template Day 1 text: missing" in told
    assert "Another" not in told
    assert "Of a namesake" not in told


def test_what_came_at_once_is_one_line(campaigns: Client, journey: Journey, message_type: MessageType) -> None:
    run = MirrorRun.objects.create(trigger="schedule", started_at=timezone.now(), ended_at=timezone.now())
    for number in range(1, 6):
        step(journey, number, f"Day {number}", message_type)
        given = {"kind": "campaign", "iterable_id": number, "name": f"Day {number}", "field": "appeared"}
        MirrorChange.objects.create(run=run, seen_at=timezone.now(), **given)
    assert words(campaigns, journey).count("5 campaigns appeared: Day 5; Day 4; Day 3 and 2 more") == 2


def test_the_link_into_iterable_is_marked_external_and_made_from_the_id(
    campaigns: Client, journey: Journey, settings: Any
) -> None:
    settings.ITERABLE_BASE_URL = "https://api.eu.iterable.com"
    Journey.objects.filter(pk=journey.pk).update(url="")
    link = "https://app.eu.iterable.com/workflows/361081/edit?mode=beta&amp;workflowType=Published"
    page = campaigns.get(reverse("admin:journeys_journey_change", args=[journey.pk])).content.decode()
    assert f'<a href="{link}" target="_blank" rel="noopener noreferrer">Open in Iterable ↗' in page
    assert link in campaigns.get(LIST).content.decode()


def test_the_refresh_is_offered_to_those_who_may_and_leads_back(campaigns: Client, business: Client, journey: Journey) -> None:
    page = reverse("admin:journeys_journey_change", args=[journey.pk])
    assert "Refresh from Iterable" not in words(business, journey)
    refresh = f"{reverse('admin:journeys_mirrorrun_refresh')}?next={page}"
    assert refresh in campaigns.get(page).content.decode()
    assert campaigns.post(refresh, {"reason": "New mail"}).headers["Location"] == page
    outside = f"{reverse('admin:journeys_mirrorrun_refresh')}?next=https://example.com/"
    assert campaigns.post(outside, {"reason": "x"}).headers["Location"] == reverse("admin:journeys_mirrorrun_changelist")


def test_the_list_counts_open_findings_by_severity(campaigns: Client, journey: Journey) -> None:
    now = timezone.now()
    for number, severity in enumerate("BBW"):
        seen = {"first_seen": now, "last_seen": now, "fingerprint": str(number), "severity": severity}
        LintFinding.objects.create(code="X", journey=journey, **seen)
    assert "! 2 blocking ‖ 1 warning" in listed(campaigns)


def test_the_list_is_filtered_by_folder_state_and_trigger(campaigns: Client, journey: Journey) -> None:
    other = Journey.objects.create(name="Other", workflow_id=1, folder_id=68331, enabled=False, trigger_events=["Signup"])

    def found(**filters: str) -> set[str]:
        return {row.name for row in campaigns.get(LIST, filters).context["cl"].result_list}

    folder = "Free User + Invited Onboarding"
    assert found(folder_id="68331") == {folder, "Other"}
    assert f"{folder} (68331)" in listed(campaigns, folder_id="68331")
    assert found(status="enabled") == {journey.name}
    assert found(status="disabled") == {other.name}
    assert found(status="folder") == {folder}
    assert found(trigger="Signup") == {"Other"}
    assert found(trigger="nothing of the kind") == set()
    assert found(status="odd", folder_id="x" * 30) == {journey.name, folder, "Other"}


def test_a_journeys_page_costs_the_same_whatever_it_holds(campaigns: Client, journey: Journey, message_type: MessageType) -> None:
    step(journey, 1, "Day 1", message_type)
    words(campaigns, journey)
    with CaptureQueriesContext(connection) as few:
        words(campaigns, journey)
    for number in range(2, 12):
        step(journey, number, f"Day {number}", message_type)
        change(journey, field=f"field {number}")
        EventFactory.create(name="SaaS Trials")
    with CaptureQueriesContext(connection) as many:
        words(campaigns, journey)
    assert (len(few), len(many)) == (PAGE_QUERIES, PAGE_QUERIES)


def test_no_journeys_page_needs_inline_script_or_style(campaigns: Client, journey: Journey, message_type: MessageType) -> None:
    step(journey, 1, "Day 1", message_type)
    for url in (LIST, reverse("admin:journeys_journey_change", args=[journey.pk])):
        page = campaigns.get(url).content.decode()
        assert re.findall(r"<style|style=\"|\son\w+=\"|<script(?![^>]*\bsrc=)(?![^>]*type=\"application/json\")", page) == []


def test_a_journey_that_is_not_there_leads_back_to_the_first_page(campaigns: Client, seeded: None) -> None:
    assert campaigns.get(reverse("admin:journeys_journey_change", args=["999999"])).status_code == 302
    assert campaigns.get(reverse("admin:journeys_journey_change", args=["x"])).status_code == 302
