"""The page of a version: what it says, who acts next, and how it comes in, goes out and through review."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from iterable_admin.audit.models import OperatorAction
from journeys.definition.lifecycle import By, edit, propose
from journeys.definition.reading import as_json, read_graph
from journeys.models import Campaign, Journey, JourneyVersion, Template
from tests.conftest import People
from tests.definition.graphs import everything, message, small

pytestmark = pytest.mark.django_db
QUERIES = 12


@pytest.fixture
def journey(people: People) -> Journey:
    return Journey.objects.create(name="Trial", workflow_id=9, changed_at=timezone.now())


@pytest.fixture
def version(journey: Journey, people: People) -> JourneyVersion:
    return propose(journey, By(people.campaigns_owner, "It is time."), read_graph(small()))


def url(name: str, *args: Any) -> str:
    return reverse(f"admin:journeys_journeyversion_{name}", args=args)


def words(client: Client, path: str, **data: Any) -> str:
    answer = client.get(path, data)
    assert answer.status_code == 200
    return unescape(" ".join(re.sub(r"<[^>]*>", " ", answer.content.decode()).split()))


def do(client: Client, version: JourneyVersion, name: str, **data: Any) -> str:
    answer = client.post(url("do", version.pk, name), {"reason": "Because", **data}, follow=True)
    return str(next(iter(answer.context["messages"])))


def test_the_page_says_what_happens_in_words_in_a_drawing_and_as_mermaid(campaigns: Client, version: JourneyVersion) -> None:
    source = campaigns.get(url("change", version.pk)).content.decode()
    told = words(campaigns, url("change", version.pk))
    assert "draft ∅ described Described by campaigns_owner, typed by hand, as Iterable had it since" in told
    assert "The campaigns owner finishes it, and sends it to review. It is a description of Trial ; what runs is" in told
    assert "Whoever enters by the event SaaS Trials. Each person at most once ever." in told
    assert "Where? : the first that is true: Germany: Country is Germany. Germany: German ." in told
    assert "Otherwise: leaves the journey ." in told
    assert '<svg class="diagram"' in source
    assert "flowchart TD" in told
    assert "JRN04 version 1 of Trial" in told
    assert "published" not in told.casefold()


def test_its_queries_do_not_grow_with_the_versions(
    campaigns: Client, version: JourneyVersion, people: People, django_assert_num_queries: Any
) -> None:
    for number in range(2, 9):
        JourneyVersion.objects.filter(pk=version.pk).update(state="superseded")
        version = propose(version.journey, By(people.campaigns_owner, "More"), read_graph(small()), notes=str(number))
    campaigns.get(url("change", version.pk))
    with django_assert_num_queries(QUERIES):
        campaigns.get(url("change", version.pk))


def test_it_goes_through_review_by_the_buttons_of_each_role(
    campaigns: Client, business: Client, technical: Client, version: JourneyVersion
) -> None:
    page = url("change", version.pk)
    assert [deed.name for deed in campaigns.get(page).context["page"]["deeds"]] == ["submit", "verify", "give-up"]
    assert [deed.name for deed in technical.get(page).context["page"]["deeds"]] == []
    assert do(campaigns, version, "submit") == "version 1 of Trial: in review."
    assert [deed.name for deed in business.get(page).context["page"]["deeds"]] == ["approve", "withdraw"]
    assert "The business owner approves it, or withdraws it to draft." in words(business, page)
    seen = business.get(url("do", version.pk, "approve")).context["form"].initial["seen"]
    assert do(business, version, "approve", seen=seen) == "version 1 of Trial: approved."
    assert do(campaigns, version, "verify") == "version 1 of Trial: approved."
    assert "has not changed there since" in words(campaigns, page)
    Journey.objects.update(changed_at=timezone.now() + timedelta(days=1))
    assert "≠ drifted" in words(campaigns, page)
    assert do(campaigns, version, "begin") == "version 2 of Trial: draft."


def test_an_approval_is_refused_with_what_blocks_it(
    business: Client, campaigns: Client, people: People, journey: Journey
) -> None:
    graph = read_graph(small(steps=[message("lost")], edges=[]))
    version = propose(journey, By(people.campaigns_owner, "It is time."), graph)
    do(campaigns, version, "submit")
    assert "2 blocking findings are open: the campaigns owner mends them" in words(business, url("change", version.pk))
    asked = words(business, url("do", version.pk, "approve"))
    assert "! JRN01 blocks the approval: Nobody comes to Lost: no way leads to it from the start." in asked
    assert do(business, version, "approve", seen=version.graph_hash).startswith("version 1 of Trial is not approved: 2 blocking")
    assert JourneyVersion.objects.get(pk=version.pk).state == "in_review"


def test_what_differs_from_any_other_version_is_told(campaigns: Client, people: People, version: JourneyVersion) -> None:
    JourneyVersion.objects.filter(pk=version.pk).update(state="superseded")
    by = By(people.campaigns_owner, "More")
    second = propose(version.journey, by, read_graph(small(steps=[message("welcome")], edges=[])))
    told = words(campaigns, url("change", second.pk))
    assert "What differs from version 1 3 removed, 2 changed." in told
    assert "- removed Step Day: waits 1 day." in told
    back = words(campaigns, url("change", version.pk), against=str(second.pk))
    assert "What differs from version 2 3 added, 2 changed." in back


def test_what_is_exported_can_be_imported_again(campaigns: Client, journey: Journey) -> None:
    path = url("import", journey.pk)
    answer = campaigns.post(path, {"body": json.dumps(everything()), "reason": "From the editor"})
    made = JourneyVersion.objects.get(journey=journey)
    assert (answer.status_code, made.provenance, made.graph) == (302, "imported", everything())
    exported = campaigns.get(url("export", made.pk))
    assert exported["Content-Disposition"] == 'attachment; filename="version-1-of-trial.json"'
    assert json.loads(exported.content) == everything()
    form = campaigns.get(path).context["form"]
    assert json.loads(form.initial["body"]) == everything()
    campaigns.post(path, {"body": json.dumps(small()), "revision": form.initial["revision"], "reason": "Smaller"})
    made.refresh_from_db()
    assert made.graph == as_json(read_graph(small()))
    assert [row.verb for row in OperatorAction.objects.order_by("id")] == ["describe", "edit"]


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ("{", "This is no JSON: line 1, column 2: Expecting property name enclosed in double quotes."),
        ("[" * 100_000, "This is no JSON that can be kept: it is nested too deeply, or holds half a character."),
        (json.dumps({"start": {"entry": {"kind": "wish"}}}), "Nothing was imported. start.entry.kind: must be one of event,"),
    ],
)
def test_what_cannot_be_read_is_refused_with_its_place_and_kept_in_the_form(
    campaigns: Client, journey: Journey, body: str, told: str
) -> None:
    answer = campaigns.post(url("import", journey.pk), {"body": body, "reason": "Because"})
    assert answer.context["form"].errors["body"][0].startswith(told)
    assert not JourneyVersion.objects.filter(journey=journey).exists()
    assert OperatorAction.objects.count() == 0


def test_an_import_over_what_somebody_edited_meanwhile_is_refused(
    campaigns: Client, people: People, version: JourneyVersion
) -> None:
    edit(version, By(people.campaigns_owner, "First"), read_graph(everything()), revision=0)
    data = {"body": json.dumps(small(edges=[])), "revision": "0", "reason": "Second"}
    answer = campaigns.post(url("import", version.journey_id), data, follow=True)
    assert str(next(iter(answer.context["messages"]))) == "Somebody changed version 1 of Trial meanwhile: look at it again."
    version.refresh_from_db()
    assert version.graph == everything()


def test_a_first_draft_is_inferred_from_the_campaigns_and_says_that_it_is_not_joined(campaigns: Client, journey: Journey) -> None:
    Journey.objects.filter(pk=journey.pk).update(trigger_events=["SaaS Trials"], lifetime_limit=1, suppression_list_ids=[5])
    Template.objects.create(iterable_id=7, name="Text", message_type_id=None)
    Campaign.objects.create(iterable_id=8, name="Hello", workflow_id=9, template_id=7, medium="Email", state="Running")
    assert "First draft from its campaigns" in words(campaigns, reverse("admin:journeys_journey_change", args=[journey.pk]))
    campaigns.post(url("infer", journey.pk), {"reason": "A start"})
    made = JourneyVersion.objects.get(journey=journey)
    entry = {"kind": "event", "event": "SaaS Trials"}
    assert made.provenance == "inferred"
    assert made.graph["start"] == {"entry": entry, "suppress_lists": [5], "lifetime_limit": 1}
    assert made.graph["steps"][1] == {
        "kind": "message",
        "key": "campaign-8",
        "name": "Hello",
        "message_type": "not known",
        "campaign_id": 8,
        "template_id": 7,
    }
    told = words(campaigns, url("change", made.pk))
    assert "Nobody comes to Hello: no way leads to it from the start." in told
    assert "Step Hello uses the message type not known, which is not known here." in told


def test_the_journey_page_lists_its_versions(business: Client, version: JourneyVersion) -> None:
    told = words(business, reverse("admin:journeys_journey_change", args=[version.journey_id]))
    assert "draft ∅ described Version 1 , typed by hand by campaigns_owner" in told
    assert "Import a definition" not in told
