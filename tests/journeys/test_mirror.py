"""The mirror against the sandbox, which is seeded like the instance."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest
import requests

from contacts.consent.models import Channel, List, ListMembership, MessageType
from iterable_admin.addresses import address_key
from iterable_admin.sandbox import RunningSandbox
from journeys.mirror import refreshing
from journeys.mirror.kinds import KINDS
from journeys.mirror.refreshing import refresh
from journeys.models import Campaign, Journey, MirrorChange, MirrorRun, Template
from journeys.steps import running_steps, steps_of, uses_of
from tests.outbox.iterable import KEY, faults

pytestmark = pytest.mark.django_db(transaction=True)
TRIAL = 361081


@pytest.fixture
def mirrored(sandbox: RunningSandbox, seeded: None) -> RunningSandbox:
    run = refresh("command")
    assert (run.state, run.error) == ("completed", "")
    return sandbox


def write(sandbox: RunningSandbox, path: str, body: Any) -> Any:
    answer = requests.post(f"{sandbox.url}{path}", json=body, headers=KEY, timeout=5)
    answer.raise_for_status()
    return answer.json()


def test_everything_in_iterable_is_here_with_its_links(mirrored: RunningSandbox) -> None:
    trial = Journey.objects.get(workflow_id=TRIAL)
    assert (trial.name, trial.enabled, trial.trigger_events) == ("SaaS Trial Onboarding + Post", True, ["SaaS Trials"])
    assert Journey.objects.filter(archived=True).exists()
    assert Campaign.objects.filter(workflow_id=TRIAL).count() == len(steps_of(trial)) > 3
    assert {step.message_type.name for step in steps_of(trial) if step.message_type} >= {"GitLab Marketing", "Marketing Message"}
    assert Template.objects.filter(message_type_id=MessageType.objects.get(name="Marketing Message").iterable_id).count() == 6


def test_blasts_that_are_over_do_not_run(mirrored: RunningSandbox) -> None:
    steps = running_steps()
    assert {step.campaign.state for step in steps if step.journey is None} <= set(Campaign.RUNNING)
    assert all(step.journey.running for step in steps if step.journey)


def test_a_template_says_where_it_is_used(mirrored: RunningSandbox) -> None:
    campaign = Campaign.objects.filter(workflow_id=TRIAL).order_by("iterable_id")[0]
    (use,) = uses_of(Template.objects.get(iterable_id=campaign.template_id or 0))
    assert (use.campaign, use.journey and use.journey.workflow_id) == (campaign, TRIAL)


def test_the_html_of_email_templates_in_use_is_read(mirrored: RunningSandbox) -> None:
    used = Template.objects.filter(medium="Email", iterable_id__in=Campaign.objects.values("template_id"))
    assert used.exclude(html="").count() == used.count() > 0


def test_a_second_look_finds_nothing_new(mirrored: RunningSandbox) -> None:
    told = MirrorChange.objects.count()
    run = refresh()
    assert MirrorChange.objects.count() == told
    assert {kind: counts["changed"] for kind, counts in run.counts.items() if "changed" in counts} == {
        "lists": 0,
        "journeys": 0,
        "campaigns": 0,
        "templates": 0,
    }


def test_what_changed_is_kept_with_old_and_new_and_ours_is_left_alone(mirrored: RunningSandbox) -> None:
    Journey.objects.filter(workflow_id=TRIAL).update(notes="ours", iterable_name="Old name", lifetime_limit=7)
    limit = Journey.objects.get(workflow_id=TRIAL).lifetime_limit
    run = refresh()
    changes = {change.field: (change.old, change.new) for change in run.changes.filter(kind="journey", iterable_id=TRIAL)}
    assert changes["iterable_name"] == ("Old name", "SaaS Trial Onboarding + Post")
    assert changes["lifetime_limit"][0] == limit == 7
    assert (Journey.objects.get(workflow_id=TRIAL).notes, run.counts["journeys"]["changed"]) == ("ours", 1)


def test_our_own_error_about_one_kind_ends_the_run_and_spares_the_others(
    mirrored: RunningSandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = dataclasses.replace(
        next(kind for kind in KINDS if kind.name == "journey"), read=lambda client: {1: {"no": "column"}}
    )
    monkeypatch.setattr(refreshing, "KINDS", [broken, *(kind for kind in KINDS if kind.name != "journey")])
    run = refresh("command")
    assert (run.state, run.ended_at is not None) == ("with_errors", True)
    assert run.error.startswith("journeys: our error, ")
    assert (run.counts["campaigns"]["seen"], "journeys" in run.counts) == (Campaign.objects.count(), False)
    assert not Journey.objects.exclude(missing_since=None).exists()


def test_what_vanishes_is_marked_and_what_returns_unmarked(mirrored: RunningSandbox) -> None:
    gone = Campaign.objects.create(iterable_id=999_999, name="Gone", seen_at=Campaign.objects.first().seen_at)  # type: ignore[union-attr]
    there = Campaign.objects.exclude(pk=gone.pk).order_by("pk")[0]
    Campaign.objects.filter(pk=there.pk).update(missing_since=there.seen_at)
    run = refresh()
    gone.refresh_from_db()
    there.refresh_from_db()
    assert (gone.missing_since is not None, there.missing_since) == (True, None)
    assert set(run.changes.values_list("iterable_id", "field")) == {(999_999, "missing"), (there.iterable_id, "returned")}


def test_a_kind_that_cannot_be_read_leaves_the_others_done_and_marks_nothing(mirrored: RunningSandbox) -> None:
    faults(mirrored, fail_next=[{"path": "/api/campaigns", "status": 500, "times": 20}])
    run = refresh()
    assert (run.state, run.error.splitlines()[0].split(":")[0]) == (MirrorRun.State.WITH_ERRORS, "campaigns")
    assert "journeys" in run.counts
    assert not Campaign.objects.exclude(missing_since=None).exists()


def test_a_renamed_type_keeps_its_row_and_a_deleted_one_is_marked(mirrored: RunningSandbox) -> None:
    message_type = MessageType.objects.get(name="GitLab Marketing")
    MessageType.objects.filter(pk=message_type.pk).update(name="Former name", do_not_use=True)
    MessageType.objects.create(name="Retired", iterable_id=424_242, channel=Channel.objects.all()[0], policy="OptOut")
    run = refresh()
    message_type.refresh_from_db()
    assert (message_type.name, message_type.do_not_use) == ("GitLab Marketing", True)
    told = {(change.name, change.field) for change in run.changes.filter(kind="message_type")}
    assert told == {("GitLab Marketing", "name"), ("Retired", "missing")}


def test_members_of_a_global_suppression_list_are_known_by_key(mirrored: RunningSandbox) -> None:
    suppression = List.objects.filter(list_type="Suppression").first() or List.objects.all()[0]
    List.objects.filter(pk=suppression.pk).update(global_suppression=True)
    write(mirrored, "/api/lists/subscribe", {"listId": suppression.iterable_id, "subscribers": [{"email": "ann@example.com"}]})
    refresh_members(mirrored)
    assert list(ListMembership.objects.values_list("address_key", flat=True)) == [address_key("ann@example.com")]


def refresh_members(sandbox: RunningSandbox) -> None:
    from iterable_admin.outbox.connection import connect
    from journeys.mirror.members import refresh_suppressed

    assert refresh_suppressed(connect()) == 1
