"""What campaigns owners keep about journeys, beside what Iterable says of them."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django_q.models import OrmQ

from contacts.consent.models import Channel, List, MessageType
from iterable_admin.audit.models import OperatorAction
from journeys.models import Campaign, Journey, JourneyVersion, LintException, LintFinding, Template

pytestmark = pytest.mark.django_db

OURS = {
    "name": "Trial",
    "url": "https://app.iterable.com/workflows/99/edit",
    "purpose": "marketing",
    "business_owner": "Amy Waller",
    "technical_owner": "",
    "campaigns_owner": "",
    "review_due": "2027-01-31",
    "notes": "",
    "version": 0,
    "reason": "Review",
}


@pytest.fixture
def journey(seeded: None) -> Journey:
    return Journey.objects.create(name="Trial", lifetime_limit=3)


def save(client: Client, journey: Journey, **values: Any) -> Any:
    return client.post(reverse("admin:journeys_journey_change", args=[journey.pk]), OURS | values)


def test_a_campaigns_owner_keeps_owners_purpose_and_review(campaigns: Client, journey: Journey) -> None:
    assert save(campaigns, journey).status_code == 302
    journey.refresh_from_db()
    assert (journey.business_owner, journey.purpose, journey.review_due) == ("Amy Waller", "marketing", date(2027, 1, 31))
    assert (journey.lifetime_limit, journey.version, journey.name) == (3, 1, "Trial")
    assert OperatorAction.objects.get().reason == "Review"


def test_a_campaigns_owner_enters_the_lists_that_the_start_suppresses(campaigns: Client, journey: Journey) -> None:
    List.objects.create(iterable_id=7, name="Employees", list_type="Suppression")
    assert save(campaigns, journey, suppression_list_ids=["7"]).status_code == 302
    journey.refresh_from_db()
    assert journey.suppression_list_ids == [7]
    answer = save(campaigns, journey, version=1, suppression_list_ids=["8"])
    assert "8 is not one of the available choices" in answer.content.decode()
    journey.refresh_from_db()
    assert (journey.suppression_list_ids, journey.version) == ([7], 1)


def test_a_list_that_is_gone_in_iterable_stays_as_it_was_entered(campaigns: Client, journey: Journey) -> None:
    Journey.objects.filter(pk=journey.pk).update(suppression_list_ids=[9])
    assert save(campaigns, journey, suppression_list_ids=["9"]).status_code == 302
    journey.refresh_from_db()
    assert (journey.suppression_list_ids, journey.version) == ([9], 1)


def test_the_ids_are_read_from_a_pasted_link(campaigns: Client, journey: Journey) -> None:
    Journey.objects.filter(workflow_id=361081).update(workflow_id=None)
    answer = save(campaigns, journey, url="https://app.iterable.com/workflows/361081/edit")
    journey.refresh_from_db()
    assert journey.workflow_id == 361081
    told = [str(message) for message in answer.wsgi_request._messages]
    assert "It is journey 361081 in Iterable: the next refresh reads what Iterable says of it." in told


def test_whoever_saves_second_is_told_and_writes_nothing(campaigns: Client, journey: Journey) -> None:
    save(campaigns, journey, business_owner="First")
    answer = save(campaigns, journey, business_owner="Second", url="")
    assert answer.status_code == 200
    assert "Somebody saved this journey meanwhile" in answer.content.decode()
    journey.refresh_from_db()
    assert (journey.business_owner, journey.version, OperatorAction.objects.count()) == ("First", 1, 1)


def test_a_link_to_elsewhere_is_refused(campaigns: Client, journey: Journey) -> None:
    answer = save(campaigns, journey, url="https://example.com/workflows/1")
    assert "https://app.iterable.com/" in answer.content.decode()
    journey.refresh_from_db()
    assert (journey.url, journey.version) == ("", 0)


def test_a_journey_shows_its_steps_and_warns_of_types_not_to_be_used(campaigns: Client, journey: Journey) -> None:
    Journey.objects.filter(pk=journey.pk).update(workflow_id=7)
    channel = Channel.objects.get(name="Marketing Channel")
    wanted = {"iterable_id": 5, "channel": channel, "policy": "OptOut", "do_not_use": True}
    MessageType.objects.update_or_create(name="Marketing Message", defaults=wanted)
    Template.objects.create(iterable_id=9, name="Welcome", message_type_id=5)
    Campaign.objects.create(iterable_id=8, name="Day 1", workflow_id=7, template_id=9, state="Running")
    page = campaigns.get(reverse("admin:journeys_journey_change", args=[journey.pk])).content.decode()
    words = " ".join(re.sub(r"<[^>]*>", "", page).split())
    assert "Day 1 (Running): template Welcome, Marketing Message, opt-out, in Marketing Channel ! do not use" in words


def test_the_refresh_is_asked_of_a_worker_with_its_reason(
    technical: Client, seeded: None, django_capture_on_commit_callbacks: Any
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        answer = technical.post(reverse("admin:journeys_mirrorrun_refresh"), {"reason": "New template"})
    assert answer.status_code == 302
    assert [task.task["func"] for task in OrmQ.objects.all()] == ["journeys.mirror.asking.refresh_for_an_operator"]
    assert OperatorAction.objects.get().verb == "refresh"


def test_who_may_not_refreshes_nothing(business: Client, seeded: None) -> None:
    assert business.post(reverse("admin:journeys_mirrorrun_refresh"), {"reason": "x"}).status_code == 403
    assert not OrmQ.objects.exists()


def test_a_missing_campaign_says_so(campaigns: Client, seeded: None) -> None:
    Campaign.objects.create(iterable_id=8, name="Gone", seen_at=timezone.now(), missing_since=timezone.now())
    assert "missing since" in campaigns.get(reverse("admin:journeys_campaign_changelist")).content.decode()


@pytest.fixture
def mirrored(journey: Journey) -> Journey:
    """What the mirror makes of a journey that `journey` describes."""
    theirs = {"enabled": True, "trigger_events": ["SaaS Trials"], "lifetime_limit": 1, "seen_at": timezone.now()}
    return Journey.objects.create(name="Trial 2", iterable_name="Trial 2", workflow_id=77, **theirs)


LINK = "https://app.iterable.com/workflows/77/edit"


@pytest.mark.parametrize("told", [LINK, " 77 "])
def test_a_described_journey_adopts_the_one_that_the_mirror_made(
    campaigns: Client, journey: Journey, mirrored: Journey, told: str
) -> None:
    seen = {"severity": "W", "sentence": "So.", "first_seen": timezone.now(), "last_seen": timezone.now(), "journey": mirrored}
    about = {"code": "X", "subject_kind": "journey", "subject_id": str(mirrored.pk), "subject_name": "Trial 2"}
    LintFinding.objects.create(fingerprint=f"X:journey:{mirrored.pk}:a:b", **about, **seen)
    long_ago = dict.fromkeys(("created_at", "expires_at", "ended_at"), timezone.now())
    LintException.objects.create(code="X", subject_kind="journey", subject_id=str(mirrored.pk), **long_ago)
    answer = campaigns.post(
        reverse("admin:journeys_journey_change", args=[journey.pk]), OURS | {"url": told}, follow=True
    ).content.decode()
    assert "It is Iterable&#x27;s journey 77 (Trial 2) now" in answer
    assert not Journey.objects.filter(pk=mirrored.pk).exists()
    journey.refresh_from_db()
    assert (journey.name, journey.business_owner, journey.version) == ("Trial", "Amy Waller", 1)
    assert (journey.workflow_id, journey.enabled, journey.lifetime_limit, journey.seen_at) == (77, True, 1, mirrored.seen_at)
    finding = LintFinding.objects.get()
    assert (finding.journey, finding.fingerprint) == (journey, f"X:journey:{journey.pk}:a:b")
    assert [row.verb for row in OperatorAction.objects.order_by("pk")] == ["change", "adopt"]
    assert OperatorAction.objects.get(verb="adopt").selection["gone"] == mirrored.pk


def test_what_stands_of_both_rows_stands_once(campaigns: Client, journey: Journey, mirrored: Journey) -> None:
    for row in (journey, mirrored):
        seen = {"severity": "W", "sentence": "So.", "first_seen": timezone.now(), "last_seen": timezone.now(), "journey": row}
        about = {"code": "X", "subject_kind": "journey", "subject_id": str(row.pk), "subject_name": row.name}
        LintFinding.objects.create(fingerprint=f"X:journey:{row.pk}", **about, **seen)
    assert save(campaigns, journey, url=LINK).status_code == 302
    found = LintFinding.objects.filter(journey=journey, fingerprint=f"X:journey:{journey.pk}").order_by("pk")
    assert [row.state for row in found] == ["open", "resolved"]


def test_a_mirrored_journey_that_somebody_keeps_something_on_is_named_and_stays(
    campaigns: Client, journey: Journey, mirrored: Journey
) -> None:
    Journey.objects.filter(pk=mirrored.pk).update(notes="Ask Amy", business_owner="Amy")
    version = {"graph": {}, "graph_hash": "", "created_at": timezone.now(), "changed_at": timezone.now()}
    JourneyVersion.objects.create(journey=mirrored, number=1, **version)
    excuse = {
        "subject_kind": "journey",
        "subject_id": str(mirrored.pk),
        "created_at": timezone.now(),
        "expires_at": timezone.now(),
    }
    LintException.objects.create(code="X", **excuse)
    answer = save(campaigns, journey, url=LINK).content.decode()
    page = reverse("admin:journeys_journey_change", args=[mirrored.pk])
    assert f'<a href="{page}">Trial 2</a> has business owner, notes, versions, lint exceptions of its own.' in answer
    journey.refresh_from_db()
    assert (journey.workflow_id, journey.version, OperatorAction.objects.count()) == (None, 0, 0)
    assert Journey.objects.get(workflow_id=77) == mirrored


def test_a_journey_in_iterable_is_not_linked_to_another(campaigns: Client, journey: Journey, mirrored: Journey) -> None:
    answer = save(campaigns, mirrored, url="https://app.iterable.com/workflows/78/edit").content.decode()
    assert "This is journey 77 in Iterable, and the link names 78" in answer
    mirrored.refresh_from_db()
    assert (mirrored.url, mirrored.version, OperatorAction.objects.count()) == ("", 0, 0)
