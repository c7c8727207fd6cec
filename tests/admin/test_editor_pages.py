"""A draft is edited by plain forms: each change one post, saved at once, and never over somebody else's."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from contacts.consent.models import MessageType
from iterable_admin.audit.models import OperatorAction
from journeys.definition.lifecycle import By, propose
from journeys.definition.reading import as_json, read_graph
from journeys.models import Journey, JourneyVersion
from tests.conftest import People
from tests.definition.graphs import everything, small
from tests.factories import ContactFactory

pytestmark = pytest.mark.django_db
QUERIES = 7


@pytest.fixture
def version(people: People) -> JourneyVersion:
    journey = Journey.objects.create(name="Trial", workflow_id=9)
    return propose(journey, By(people.campaigns_owner, "It is time."), read_graph(small()))


def url(name: str, *args: Any) -> str:
    return reverse(f"admin:journeys_journeyversion_{name}", args=args)


def words(answer: Any) -> str:
    assert answer.status_code == 200
    return unescape(" ".join(re.sub(r"<[^>]*>", " ", answer.content.decode()).split()))


def post(client: Client, path: str, version: JourneyVersion, **data: Any) -> str:
    """The words that it leads to; whatever a form is refused for is shown."""
    version.refresh_from_db()
    answer = client.post(path, {"revision": version.revision, **data}, follow=True)
    assert not (form := (answer.context or {}).get("form")) or not form.errors, form.errors
    version.refresh_from_db()
    return " ".join(map(str, answer.context["messages"]))


def edges(version: JourneyVersion) -> list[str]:
    return [f"{one['from']} {one['outcome']} {one['to']}" for one in version.graph["edges"]]


def add(client: Client, version: JourneyVersion, kind: str, after: str = "start", outcome: str = "next", **data: Any) -> str:
    place = {"after": after, "outcome": outcome, "kind": kind}
    assert client.get(url("add_step", version.pk), place).status_code == 200
    return post(client, url("add_step", version.pk), version, **place, **data)


def test_a_journey_that_iterable_does_not_have_is_described_from_nothing(campaigns: Client) -> None:
    assert "Describe a new journey" in words(campaigns.get(reverse("admin:journeys_journey_changelist")))
    answer = campaigns.post(url("describe_new"), {"name": "Welcome", "reason": "A new one"}, follow=True)
    version = JourneyVersion.objects.get(journey__name="Welcome")
    assert (version.journey.name, version.journey.workflow_id, version.state) == ("Welcome", None, "draft")
    assert "There is no step yet." in words(answer)
    start = {"kind": "event", "event": "SaaS Trials", "lifetime_limit": "1"}
    assert post(campaigns, url("start", version.pk), version, **start) == "Changed: how people enter."
    message = {"name": "Hello", "message_type": "GitLab Marketing", "medium": "email"}
    assert add(campaigns, version, "message", **message) == "Added after the start: Hello."
    assert add(campaigns, version, "delay", "hello", name="Two days", amount="2", unit="days").startswith("Added")
    assert version.graph == {
        "start": {"entry": {"kind": "event", "event": "SaaS Trials"}, "lifetime_limit": 1},
        "steps": [
            {"kind": "message", "key": "hello", "name": "Hello", "message_type": "GitLab Marketing"},
            {"kind": "delay", "key": "two-days", "name": "Two days", "hours": 48},
        ],
        "edges": [
            {"from": "start", "outcome": "next", "to": "hello"},
            {"from": "hello", "outcome": "next", "to": "two-days"},
        ],
    }
    done = OperatorAction.objects.filter(verb="edit").values_list("actor_name", "result")
    assert ("campaigns_owner", "Added after the start: Hello.") in done


def test_the_journeys_page_leads_to_what_is_to_be_edited(campaigns: Client, version: JourneyVersion) -> None:
    page = reverse("admin:journeys_journey_change", args=[version.journey_id])
    assert url("edit", version.pk) in campaigns.get(page).content.decode()
    assert url("edit", version.pk) in campaigns.get(url("change", version.pk)).content.decode()
    told = {"state": "approved", "approver": version.author, "approved_at": version.created_at}
    JourneyVersion.objects.filter(pk=version.pk).update(**told)
    assert url("do", version.pk, "begin") in campaigns.get(page).content.decode()
    JourneyVersion.objects.filter(pk=version.pk).update(state="superseded")
    assert "Describe this journey …" in words(campaigns.get(page))
    answer = campaigns.post(url("describe", version.journey_id), {"reason": "Anew"}, follow=True)
    assert "Edit version 2 of Trial" in words(answer)


def test_the_page_shows_each_step_with_what_can_be_done_and_what_the_lint_says(
    campaigns: Client, version: JourneyVersion
) -> None:
    add(campaigns, version, "change_subscription", "welcome", name="Back", target="channel:Marketing Channel", subscribe="1")
    page = campaigns.get(url("edit", version.pk))
    told = words(page)
    assert "SUB07 Step Back subscribes to the channel Marketing Channel: those who had opted out, too." in told
    assert told.index("Back : subscribes") < told.index("SUB07 Step Back")
    assert "Where?: Germany: Country is Germany Condition of Where?: Germany …" in told
    assert "Add a step after Where? (Germany) …" in told
    assert '<svg class="diagram"' in page.content.decode()
    assert f'data-counts="{url("counts", version.pk)}"' in page.content.decode()


def test_its_queries_do_not_grow_with_the_steps(
    campaigns: Client, version: JourneyVersion, people: People, django_assert_num_queries: Any
) -> None:
    journey = Journey.objects.create(name="Everything")
    large = propose(journey, By(people.campaigns_owner, "It is time."), read_graph(everything()))
    campaigns.get(url("edit", version.pk))
    for row in (version, large):
        with django_assert_num_queries(QUERIES):
            campaigns.get(url("edit", row.pk))


def test_every_kind_of_step_is_shown_in_its_form_and_saved_as_it_was(campaigns: Client, people: People) -> None:
    journey = Journey.objects.create(name="Everything")
    version = propose(journey, By(people.campaigns_owner, "It is time."), read_graph(everything()))
    before = version.graph
    for step in before["steps"]:
        page = campaigns.get(url("step", version.pk, step["key"]))
        form = page.context["form"]
        data = {name: form.get_initial_for_field(field, name) for name, field in form.fields.items()}
        for row in form.rows or ():
            data |= {f"{row.prefix}-{name}": row.get_initial_for_field(field, name) for name, field in row.fields.items()}
        if form.rows:
            data |= {f"rows-{name}": value for name, value in form.rows.management_form.initial.items()}
        shown = {name: "on" if value is True else value for name, value in data.items() if value not in (None, False, "")}
        assert "says this already" in post(campaigns, url("step", version.pk, step["key"]), version, act="save", **shown)
    assert version.graph == before


def test_a_step_is_changed_joined_moved_and_removed(campaigns: Client, version: JourneyVersion) -> None:
    page = url("step", version.pk, "day")
    told = {"act": "save", "name": "Two days", "amount": "2", "unit": "days"}
    assert post(campaigns, page, version, **told) == "Changed: Two days."
    assert version.graph["steps"][1] == {"kind": "delay", "key": "day", "name": "Two days", "hours": 48}
    assert post(campaigns, page, version, act="move", place="where:de") == "Moved after Where?: Germany: Two days."
    assert edges(version)[-2:] == ["where de day", "day next german"]
    assert post(campaigns, page, version, act="connect", **{"way-next": ""}) == "Joined anew: what follows Two days."
    assert "day next german" not in edges(version)
    where = url("step", version.pk, "where")
    assert post(campaigns, where, version, act="remove") == "Removed: Where?. An exit now: Welcome."
    assert edges(version) == ["start next welcome"]


def test_branches_are_added_ordered_and_taken_away(campaigns: Client, version: JourneyVersion) -> None:
    rows = {
        "rows-TOTAL_FORMS": "3",
        "rows-INITIAL_FORMS": "1",
        "rows-0-key": "de",
        "rows-0-name": "Germany",
        "rows-0-ORDER": "2",
        "rows-1-name": "France",
        "rows-1-ORDER": "1",
    }
    post(campaigns, url("step", version.pk, "where"), version, act="save", name="Where?", **rows)
    assert [(one["key"], one["name"]) for one in version.graph["steps"][2]["branches"]] == [
        ("france", "France"),
        ("de", "Germany"),
    ]
    gone = {**rows, "rows-TOTAL_FORMS": "2", "rows-INITIAL_FORMS": "2", "rows-1-key": "france", "rows-0-DELETE": "on"}
    post(campaigns, url("step", version.pk, "where"), version, act="save", name="Where?", **gone)
    assert [one["key"] for one in version.graph["steps"][2]["branches"]] == ["france"]
    assert "where de german" not in edges(version)


def test_exit_rules_come_and_go(campaigns: Client, version: JourneyVersion) -> None:
    told = {"name": "Paid", "by_condition": "on"}
    assert post(campaigns, url("rule", version.pk, 0), version, **told) == "Exit rule: Paid."
    assert version.graph["start"]["exit_rules"] == [{"name": "Paid", "where": {"all": []}}]
    assert "Who leaves at any step: Paid" in words(campaigns.get(url("condition", version.pk, "rule/0")))
    assert post(campaigns, url("rule", version.pk, 0), version, act="remove") == "Removed: exit rule Paid."
    assert "exit_rules" not in version.graph["start"]


def test_a_condition_is_built_part_by_part_and_counted(campaigns: Client, version: JourneyVersion) -> None:
    ContactFactory.create(profile={"country": "Germany"})
    ContactFactory.create(profile={"country": "germany"})
    page = url("condition", version.pk, "step/where/de")
    assert "2 people" not in words(campaigns.get(page))
    told = words(campaigns.get(page, {"count": "1"}))
    assert "of 2 known" in told
    assert 'data-count="whole">1 person<' in campaigns.get(page, {"count": "1"}).content.decode()
    opened = campaigns.get(page, {"into": "whole", "kind": "field", "field": "country"}).content.decode()
    assert '<option value="germany"></option>' in opened
    add = {"act": "save", "into": "whole", "kind": "field", "field": "country", "op": "is", "value": "GERMANY"}
    assert post(campaigns, page, version, **add) == "Where?: Germany. Added: Country is GERMANY."
    assert "People have “" in words(campaigns.get(page))
    assert post(campaigns, page, version, act="turn:whole").endswith("Changed the kind of: all of.")
    assert post(campaigns, page, version, act="remove:0").endswith("Removed: Country is Germany.")
    germany = {"field": "country", "op": "is", "value": "GERMANY"}
    assert version.graph["steps"][2]["branches"][0]["where"] == {"any": [germany]}
    whole = campaigns.get(url("counts", version.pk)).json()
    assert whole.pop("next") is None
    assert whole == {
        "people": "2",
        "counts": {"start": "2 people", "step/where/de": "0 people"},
    }
    found = campaigns.get(url("counts", version.pk), {"of": "step/where/de"}).json()
    assert found.pop("next") is None
    assert found == {"people": "2", "counts": {"whole": "0 people", "0": "0 people"}}


def test_every_kind_of_part_is_added_and_changed_by_its_form(campaigns: Client, version: JourneyVersion) -> None:
    page, germany = url("condition", version.pk, "start"), {"field": "GITLAB_PLAN_IS_PAID", "op": "is", "value": "yes"}
    for data in (
        {"into": "whole", "kind": "namespaces", "namespaces": "at_least", "count": "2"},
        {"into": "0", "kind": "field", **germany},
        {"into": "whole", "kind": "performed", "performed": "SaaS Trials", "times": "1", "within_days": "30"},
        {"into": "1", "kind": "field", "field": "country", "op": "one_of", "values": "Germany\nFrance"},
        {"into": "whole", "kind": "may_receive", "may_receive": "GitLab Marketing", "side": "should"},
        {"into": "whole", "kind": "field", "field": "last_login_at", "op": "within_days", "days": "7"},
        {"part": "0", "namespaces": "some"},
    ):
        asked = {name: value for name, value in data.items() if name in ("into", "part", "kind", "field")}
        assert 'id="form"' in campaigns.get(page, asked).content.decode()
        assert post(campaigns, page, version, act="save", **data).startswith("Who enters. ")
    post(campaigns, page, version, act="not:3")
    assert version.graph["start"]["where"] == {
        "all": [
            {"namespaces": "some", "where": {"field": "GITLAB_PLAN_IS_PAID", "op": "is", "value": True}},
            {"performed": "SaaS Trials", "times": 1, "within_days": 30}
            | {"where": {"field": "country", "op": "one_of", "value": ["Germany", "France"]}},
            {"may_receive": "GitLab Marketing", "side": "should"},
            {"not": {"field": "last_login_at", "op": "within_days", "value": 7}},
        ]
    }


def test_who_saves_second_is_told_and_overwrites_nothing(campaigns: Client, version: JourneyVersion) -> None:
    seen = version.revision
    add(campaigns, version, "exit", "german", name="Out")
    before = (version.graph, OperatorAction.objects.count())
    for path, data in (
        (url("step", version.pk, "day"), {"act": "remove"}),
        (url("start", version.pk), {"kind": "api"}),
        (url("condition", version.pk, "start"), {"act": "not:whole"}),
    ):
        answer = campaigns.post(path, {**data, "revision": seen}, follow=True)
        assert "Somebody changed version 1 of Trial meanwhile: look at it again." in words(answer)
    version.refresh_from_db()
    assert (version.graph, OperatorAction.objects.count()) == before


def test_what_is_no_draft_is_not_edited_and_a_form_says_what_is_wrong(campaigns: Client, version: JourneyVersion) -> None:
    wrong = campaigns.post(url("step", version.pk, "day"), {"act": "save", "name": "Day", "amount": "0", "unit": "days"})
    assert "must be a number of hours, more than 0." in words(wrong)
    assert "is needed where" in words(campaigns.post(url("start", version.pk), {"kind": "event"})).casefold()
    gone = campaigns.get(url("step", version.pk, "gone"), follow=True)
    assert "There is no step gone any more" in words(gone)
    JourneyVersion.objects.update(state="in_review")
    answer = campaigns.get(url("edit", version.pk), follow=True)
    assert "Version 1 of Trial is in review: only a draft is edited." in words(answer)
    assert as_json(read_graph(version.graph)) == version.graph


def test_message_types_not_to_be_used_are_marked(campaigns: Client, version: JourneyVersion) -> None:
    MessageType.objects.filter(name="Marketing Message").update(do_not_use=True)
    page = words(campaigns.get(url("step", version.pk, "welcome")))
    assert "! Marketing Message" in page
    assert ": do not use" in page


def test_a_field_of_the_profile_is_set_once_in_a_step(campaigns: Client, version: JourneyVersion) -> None:
    rows = {"rows-TOTAL_FORMS": "2", "rows-INITIAL_FORMS": "0", "rows-0-name": "plan", "rows-0-type": "text", "rows-0-value": "a"}
    rows |= {"rows-1-name": " plan", "rows-1-type": "text", "rows-1-value": "b"}
    given = {"after": "start", "outcome": "next", "kind": "set_profile", "name": "Mark", **rows}
    told = words(campaigns.post(url("add_step", version.pk), {"revision": version.revision, **given}))
    assert "Look at the rows below." in told
    assert "plan is set twice: keep one row of it." in told
    version.refresh_from_db()
    assert (version.revision, version.graph) == (0, as_json(read_graph(small())))
    assert (
        add(campaigns, version, "set_profile", name="Mark", **rows, **{"rows-0-DELETE": "on"}) == "Added after the start: Mark."
    )
    assert [step["fields"] for step in version.graph["steps"] if step["kind"] == "set_profile"] == [{"plan": "b"}]
