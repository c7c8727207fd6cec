"""The rules on what the mirror brought from the sandbox, which is seeded like the instance, mistakes included."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from contacts.consent.learning import learn_ids
from contacts.consent.models import List, MessageType, SubscriptionChange
from journeys.lint.excepting import accept, make_exception
from journeys.lint.ground import Ground
from journeys.lint.models import LintFinding, LintRun
from journeys.lint.registry import RULES, Found
from journeys.lint.rules.content import missing_from
from journeys.lint.running import lint
from journeys.lint.scheduling import due, watch
from journeys.lint.what_if import Change, preview_steps
from journeys.mirror.refreshing import refresh
from journeys.models import Campaign, Journey, MirrorChange, MirrorRun, Template
from tests.conftest import People, signed_in
from tests.consent.resolver.conftest import see
from tests.factories import ContactFactory, EventFactory, SubscriptionChangeFactory, SyncRunFactory
from tests.journeys.test_mirror import TRIAL, mirrored, write  # noqa: F401 - a fixture

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("mirrored")]
MISTAKES = [8_040_404, 8_040_410, 8_040_414]
TEAM = 1_284_302


def type_named(name: str) -> MessageType:
    return MessageType.objects.select_related("channel").get(name=name)


def id_of(row: MessageType) -> int:
    assert row.iterable_id
    return row.iterable_id


@pytest.fixture
def crowd(mirrored: Any) -> None:  # noqa: F811 - the fixture
    """Three who are exposed to Marketing Message: fresh, withdrew in Marketo, left the opt-in type. And two who are not."""
    gitlab = id_of(type_named("GitLab Marketing"))
    consent = {"verdict": "granted", "target": "message_type", "target_key": str(gitlab)}
    for key in ("fresh", "marketo", "left", "in", "out"):
        ContactFactory.create(address_key=key)
        see(key)
    SubscriptionChangeFactory.create(address_key="marketo")
    SubscriptionChangeFactory.create(address_key="left", **consent | {"verdict": "withdrawn"})
    SubscriptionChangeFactory.create(address_key="in", **consent)
    see("in", timezone.now(), subscribed_message_type_ids=[gitlab])
    SubscriptionChangeFactory.create(address_key="out")
    see("out", timezone.now(), unsubscribed_channel_ids=[type_named("GitLab Marketing").channel.iterable_id])


def trial() -> Journey:
    return Journey.objects.get(workflow_id=TRIAL)


def of_trial(code: str) -> list[LintFinding]:
    return list(LintFinding.objects.filter(code=code, journey=trial(), state="open").order_by("subject_id"))


def campaigns_of(findings: list[LintFinding]) -> list[int]:
    ids = Campaign.objects.filter(pk__in=[finding.subject_id for finding in findings]).values_list("iterable_id", flat=True)
    return sorted(ids)


def found(code: str, **given: Any) -> list[str]:
    return [item.sentence for item in RULES[code].find(Ground(**given))]


@pytest.mark.usefixtures("crowd")
@pytest.mark.parametrize("code", ["SUB01", "SUB02", "SUB03"])
def test_the_trial_journeys_mistakes_are_found_with_who_is_exposed(code: str) -> None:
    lint("command")
    findings = of_trial(code)
    assert campaigns_of(findings) == MISTAKES
    assert {(finding.severity, finding.exposed) for finding in findings} == {("B", 3)}
    assert {finding.message_type and finding.message_type.name for finding in findings} == {"Marketing Message"}
    people = RULES[code].people(findings[0])
    assert people is not None
    assert sorted(person.address_key for person in people) == ["fresh", "left", "marketo"]


@pytest.mark.usefixtures("crowd")
def test_exposure_is_told_with_its_reasons() -> None:
    lint("command")
    finding = of_trial("SUB03")[0]
    assert finding.evidence["reasons"] == {"NO_EVIDENCE": 2, "UPSTREAM_WITHDRAWN": 1}
    assert "mails 3 people by Marketing Message who should not be: 2 never agreed to marketing, 1 withdrew" in finding.sentence


@pytest.mark.usefixtures("crowd")
def test_whom_the_campaign_suppresses_is_not_exposed_by_it() -> None:
    see("fresh", timezone.now(), list_ids=[TEAM])
    Campaign.objects.filter(iterable_id=MISTAKES[0]).update(suppression_list_ids=[TEAM])
    lint("command")
    exposed = {campaigns_of([finding])[0]: finding.exposed for finding in of_trial("SUB03")}
    assert exposed == dict(zip(MISTAKES, (2, 3, 3), strict=True))
    suppressing = next(finding for finding in of_trial("SUB03") if finding.exposed == 2)
    people = RULES["SUB03"].people(suppressing)
    assert people is not None
    assert people.count() == 2


@pytest.mark.usefixtures("crowd")
def test_whom_the_journeys_start_suppresses_is_not_exposed_by_it() -> None:
    see("fresh", timezone.now(), list_ids=[TEAM])
    Journey.objects.filter(workflow_id=TRIAL).update(suppression_list_ids=[TEAM])
    lint("command")
    assert [finding.exposed for finding in of_trial("SUB03")] == [2, 2, 2]
    people = RULES["SUB03"].people(of_trial("SUB03")[0])
    assert people is not None
    assert people.count() == 2


@pytest.mark.usefixtures("crowd")
def test_an_exception_of_one_type_does_not_cover_the_type_that_the_step_is_given_next() -> None:
    lint("command")
    finding = of_trial("SUB01")[0]
    make_exception(finding, reason="Until June", owner="Amy", by="amy", expires_at=timezone.now() + timedelta(days=7))
    other = MessageType.objects.create(
        name="Offers", iterable_id=77, channel=type_named("Marketing Message").channel, policy="OptOut"
    )
    campaign = Campaign.objects.get(pk=finding.subject_id)
    Template.objects.filter(iterable_id=campaign.template_id or 0).update(message_type_id=77)
    lint("command")
    finding.refresh_from_db()
    assert finding.state == "resolved"
    assert [row.message_type for row in of_trial("SUB01") if row.subject_id == finding.subject_id] == [other]


@pytest.mark.usefixtures("crowd")
@pytest.mark.parametrize(("state", "runs"), [("Running", True), ("Finished", False), ("Draft", False), ("Archived", False)])
def test_a_campaign_that_the_api_triggers_is_looked_at_while_it_runs(state: str, runs: bool) -> None:
    template = Template.objects.filter(message_type_id=id_of(type_named("Marketing Message")))[0]
    given = {"iterable_id": 9, "template_id": template.iterable_id, "campaign_type": "Triggered", "state": state}
    campaign = Campaign.objects.create(name="By the API", **given)
    lint("command")
    findings = LintFinding.objects.filter(code="SUB03", subject_kind="campaign", subject_id=str(campaign.pk))
    assert [finding.exposed for finding in findings] == ([3] if runs else [])


@pytest.mark.usefixtures("crowd")
def test_a_rule_that_breaks_silences_no_other_and_leaves_what_it_found_before(monkeypatch: pytest.MonkeyPatch) -> None:
    lint("command")
    before = LintFinding.objects.filter(code="JRN08", state="open").count()
    Journey.objects.filter(workflow_id=TRIAL).update(enabled=False)

    def broken(_ground: Ground) -> Iterator[Found]:
        raise KeyError("somebody@example.com")

    monkeypatch.setattr(RULES["JRN08"], "find", broken)
    with pytest.raises(KeyError):
        lint("command")
    run = LintRun.objects.latest("pk")
    assert (run.error.partition(".")[0], of_trial("SUB01")) == ("Our error in JRN08: KeyError", [])
    assert LintFinding.objects.filter(code="JRN08", state="open").count() == before > 0


@pytest.mark.usefixtures("crowd")
def test_moved_to_gitlab_marketing_the_steps_are_free_of_findings_in_the_preview_and_in_truth() -> None:
    old, new = type_named("Marketing Message"), type_named("GitLab Marketing")
    previews = [row for row in preview_steps(old, Change.MOVE, new) if row.step.journey == trial()]
    assert [(row.now.codes, row.now.exposed, row.then.codes, row.then.exposed) for row in previews] == [
        (["SUB01", "SUB02", "SUB03"], 3, [], 0)
    ] * 3

    lint("command")
    used = Campaign.objects.filter(iterable_id__in=MISTAKES).values("template_id")
    Template.objects.filter(iterable_id__in=used).update(message_type_id=id_of(new))
    lint("command")
    assert [of_trial(code) for code in ("SUB01", "SUB02", "SUB03")] == [[], [], []]


@pytest.mark.usefixtures("crowd")
def test_a_journey_that_is_switched_off_or_archived_is_left_alone() -> None:
    Journey.objects.filter(workflow_id=TRIAL).update(enabled=False)
    lint("command")
    assert LintFinding.objects.filter(journey=trial()).exclude(subject_kind="version").count() == 0


@pytest.mark.usefixtures("crowd")
def test_a_type_on_the_allow_list_is_excepted_for_all_steps_of_that_rule_alone() -> None:
    lint("command")
    in_a_week = timezone.now() + timedelta(days=7)
    make_exception(of_trial("SUB01")[0], reason="x", owner="y", by="z", expires_at=in_a_week, whole_type=True)
    assert (of_trial("SUB01"), len(of_trial("SUB02"))) == ([], 3)
    lint("command")
    assert (of_trial("SUB01"), len(of_trial("SUB02"))) == ([], 3)


@pytest.mark.parametrize(
    ("purpose", "triggers", "severities"),
    [("marketing", ["x"], ["B"]), ("transactional", [], []), ("", [], ["B"]), ("", ["x"], ["I"])],
)
def test_transactional_mail_in_a_journey_that_may_be_marketing(purpose: str, triggers: list[str], severities: list[str]) -> None:
    named = triggers[0] if triggers else ""
    Journey.objects.filter(workflow_id=TRIAL).update(purpose=purpose, trigger_events=triggers, trigger_event=named)
    lint("command")
    assert [finding.severity for finding in of_trial("SUB05")] == severities


def test_a_changed_type_or_policy_is_told_until_it_is_accepted_or_changed_back(mirrored: Any) -> None:  # noqa: F811
    template = Template.objects.get(campaign_id=8_040_402)
    Template.objects.filter(pk=template.pk).update(message_type_id=id_of(type_named("Transactional")))
    MessageType.objects.filter(name="GitLab Marketing").update(policy="OptOut")
    refresh()
    told = found("SUB04")
    assert [sentence.partition(", seen")[0] for sentence in told] == [
        "Its policy changed from OptOut to OptIn",
        "Its message type changed from Transactional to GitLab Marketing",
    ]

    lint("command")
    assert accept(LintFinding.objects.filter(code="SUB04")) == 2
    lint("command")
    assert list(LintFinding.objects.filter(code="SUB04").values_list("state", flat=True)) == ["resolved", "resolved"]


def test_a_change_that_the_hourly_learning_of_ids_or_the_doctor_saw_first_is_told_too(mirrored: Any) -> None:  # noqa: F811
    MessageType.objects.filter(name="GitLab Marketing").update(policy="OptOut")
    MessageType.objects.filter(name="Transactional").delete()
    learn_ids()
    assert found("SUB04")[0].startswith("Its policy changed from OptOut to OptIn")
    assert len(found("SUB11")) == 1
    assert MirrorRun.objects.latest("pk").trigger == "ids"
    refresh()
    assert (len(found("SUB04")), len(found("SUB11"))) == (1, 1)


def test_what_an_operator_did_not_see_is_not_accepted_with_what_they_saw(mirrored: Any) -> None:  # noqa: F811
    template = Template.objects.filter(campaign_id=8_040_402)
    template.update(message_type_id=id_of(type_named("Transactional")))
    refresh()
    lint("command")
    template.update(message_type_id=id_of(type_named("Marketing Message")))
    refresh()
    accept(LintFinding.objects.filter(code="SUB04"))
    assert found("SUB04")[0].startswith("Its message type changed from Marketing Message to GitLab Marketing")


def test_what_the_first_reading_of_a_kind_found_was_there_before(mirrored: Any) -> None:  # noqa: F811
    """The first mirror could not read the lists."""
    run = MirrorRun.objects.earliest("pk")
    MirrorRun.objects.filter(pk=run.pk).update(counts={name: told for name, told in run.counts.items() if name != "lists"})
    MirrorChange.objects.filter(kind="list").delete()
    List.objects.all().delete()
    refresh()
    assert MirrorChange.objects.filter(kind="list", field="appeared").exists()
    assert found("SUB11") == []


def test_what_was_changed_back_is_no_finding() -> None:
    from journeys.models import MirrorChange

    run = MirrorRun.objects.latest("pk")
    number = id_of(type_named("GitLab Marketing"))
    for old, new in (("OptIn", "OptOut"), ("OptOut", "OptIn")):
        MirrorChange.objects.create(
            run=run, kind="message_type", iterable_id=number, field="policy", old=old, new=new, seen_at=timezone.now()
        )
    assert found("SUB04") == []


@pytest.mark.parametrize(
    ("html", "missing"),
    [
        ("<a href='{{unsubscribeUrl}}'>x</a> GitLab, San Francisco, CA 94104", []),
        ("{{{ hostedUnsubscribeUrl }}} {{companyAddress}}", []),
        ("{{unsubscribeMessageTypeUrl}}", ["postal address"]),
        ("<style>.x{width:12345}</style> P.O. Box 7", ["unsubscribe link"]),
        ("<!-- {{unsubscribeUrl}} --> San Francisco, CA 94104", ["unsubscribe link"]),
        ("{{!-- {{unsubscribeUrl}} --}} San Francisco, CA 94104", ["unsubscribe link"]),
        ("<!--[if mso]><a href='{{unsubscribeUrl}}'>x</a><![endif]--> San Francisco, CA 94104", []),
        ("Since 2023 GitLab", ["unsubscribe link", "postal address"]),
    ],
)
def test_what_a_marketing_mail_lacks(html: str, missing: list[str]) -> None:
    assert missing_from(html) == missing


def test_a_template_that_lacks_an_address_is_found_once_and_transactional_ones_are_left_alone() -> None:
    lint("command")
    findings = LintFinding.objects.filter(code="SUB06", journey=trial())
    assert {finding.sentence for finding in findings} == {"Has no postal address."}
    assert findings.count() == 13


def test_a_mail_whose_text_cannot_be_read_is_told_for_information() -> None:
    template = Template.objects.get(campaign_id=8_040_402)
    Template.objects.filter(pk=template.pk).update(html="")
    items = [item for item in RULES["SUB06"].find(Ground()) if item.about.id == str(template.pk)]
    assert [(item.severity, item.part) for item in items] == [("I", "unread")]


def test_a_list_or_type_that_appears_later_is_told_and_what_was_there_at_first_is_not(mirrored: Any) -> None:  # noqa: F811
    assert found("SUB11") == []
    write(mirrored, "/api/lists", {"name": "Bought addresses"})
    refresh()
    lint("command")
    finding = LintFinding.objects.get(code="SUB11")
    assert (finding.severity, finding.subject_kind, finding.subject_id) == (
        "I",
        "list",
        str(List.objects.get(name="Bought addresses").pk),
    )
    accept([finding])
    lint("command")
    assert found("SUB11") == []


@pytest.mark.parametrize(("limits", "count"), [((None, None), 1), ((0, 0), 1), ((1, None), 0), ((None, 1), 0)])
def test_an_event_entry_without_any_limit(limits: tuple[int | None, int | None], count: int) -> None:
    Journey.objects.filter(workflow_id=TRIAL).update(lifetime_limit=limits[0], simultaneous_limit=limits[1])
    assert len(found("JRN03")) == count


def test_a_journey_that_nobody_looks_after() -> None:
    now = datetime(2026, 3, 10, tzinfo=UTC)
    Journey.objects.update(business_owner="Amy", draft=None)
    begun = int((now - timedelta(days=15)).timestamp() * 1_000)
    Journey.objects.filter(workflow_id=TRIAL).update(
        business_owner="", draft={"id": 1, "createdAt": begun}, review_due=date(2026, 3, 9)
    )
    assert found("JRN08", now=now) == [
        "Edits are pending in a draft since 2026-02-23 00:00:00 UTC.",
        "It has no owner.",
        "Its review was due on 2026-03-09.",
    ]
    assert found("JRN08", now=now - timedelta(days=2)) == ["It has no owner."]


NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)


def receive(name: str, days_ago: int, count: int = 1) -> None:
    EventFactory.create_batch(count, name=name, received_at=NOW - timedelta(days=days_ago))


def dead() -> set[str]:
    return {item.about.name for item in RULES["JRN09"].find(Ground(NOW))}


def test_a_trigger_that_has_not_come_in_for_a_week_is_dead() -> None:
    receive("SaaS Free Registration", 8)
    receive("SaaS Trials", 6)
    assert dead() == {"Free User + Invited Onboarding: Free User", "Free User + Invited Onboarding: Invited User"}


def test_a_new_installation_has_no_dead_triggers() -> None:
    assert dead() == set()
    receive("SaaS Trials", 1)
    assert dead() == set()


@pytest.mark.parametrize(("last_week", "drops"), [(30, False), (12, True)])
def test_a_trigger_that_comes_far_less_often_than_before(last_week: int, drops: bool) -> None:
    receive("SaaS Free Registration", 1)
    for week in range(1, 5):
        receive("SaaS Trials", 7 * week + 3, 40)
    receive("SaaS Trials", 3, last_week)
    assert ("SaaS Trial Onboarding + Post" in dead()) is drops


def test_a_run_costs_the_same_whatever_stands_and_looks_at_everybody_once() -> None:
    lint("command")
    with CaptureQueriesContext(connection) as queries:
        lint("command")
    assert sum("people AS (" in query["sql"] for query in queries) == 1


def test_a_run_follows_every_mirror_and_every_sync() -> None:
    lint("command")
    assert due() == ""
    run = SyncRunFactory.create(finished_at=timezone.now() + timedelta(seconds=1))
    assert due() == "sync"
    run.delete()
    MirrorRun.objects.update(ended_at=timezone.now() + timedelta(seconds=1))
    assert due() == "mirror"
    seen = watch()
    assert seen is not None
    assert (seen.trigger, seen.quick) == ("mirror", False)


def test_a_mirror_that_ends_while_the_lint_looks_is_looked_at_right_after() -> None:
    # It ends after the run that finds it due has begun.
    MirrorRun.objects.update(ended_at=timezone.now() + timedelta(minutes=1))
    watch()
    assert list(LintRun.objects.order_by("pk").values_list("trigger", flat=True)) == ["schedule", "mirror"]


def test_the_clock_alone_is_watched_in_between_and_a_run_is_due_after_an_hour() -> None:
    lint("command")
    seen = watch()
    assert seen is not None
    assert (seen.trigger, seen.quick) == ("schedule", True)
    LintRun.objects.update(started_at=timezone.now() - timedelta(minutes=61))
    assert due() == "schedule"


def test_one_run_at_a_time_and_a_killed_one_is_passed_over() -> None:
    LintRun.objects.create(trigger="schedule", quick=True, started_at=timezone.now())
    LintRun.objects.create(trigger="schedule", quick=False, started_at=timezone.now())
    assert watch() is None
    LintRun.objects.update(started_at=timezone.now() - timedelta(minutes=11))
    assert watch() is not None
    assert LintRun.objects.filter(error="It was killed before it ended.").count() == 1


@pytest.mark.usefixtures("crowd")
def test_the_command_prints_the_worst_first_and_exits_1_while_something_blocks() -> None:
    out = StringIO()
    with pytest.raises(SystemExit) as end:
        call_command("lint", stdout=out)
    lines = out.getvalue().splitlines()
    assert end.value.code == 1
    assert lines[0].startswith("B SUB01 ")
    assert "[3 exposed]" in lines[0]
    assert [line[0] for line in lines[:-1]] == sorted((line[0] for line in lines[:-1]), key="BWI".index)


def test_the_command_exits_0_while_nothing_blocks() -> None:
    Journey.objects.update(enabled=False)
    Campaign.objects.filter(campaign_type="Blast").update(state="Finished")
    out = StringIO()
    call_command("lint", stdout=out)
    assert "0 worse" in out.getvalue()


@pytest.mark.usefixtures("crowd")
def test_the_preview_shows_the_steps_on_the_page(people: People) -> None:
    client: Client = signed_in(people.campaigns_owner)
    url = reverse("admin:journeys_what_if", args=[type_named("Marketing Message").pk])
    page = client.get(f"{url}?change=move&to={type_named('GitLab Marketing').pk}")
    text = " ".join(page.content.decode().split())
    row = 'SUB01, SUB02, SUB03</td><td data-head="Exposed now">3</td> <td data-head="Findings then">✓ none</td>'
    assert row in text


def test_withdrawals_that_wait_for_an_hour_are_a_warning_and_for_a_day_block() -> None:
    def wait(hours: float) -> SubscriptionChange:
        at = timezone.now() - timedelta(hours=hours)
        return SubscriptionChangeFactory.create(occurred_at=at, received_at=at)

    wait(0.9)
    assert list(RULES["SUB08"].find(Ground())) == []
    wait(1.1)
    assert [item.severity for item in RULES["SUB08"].find(Ground())] == [None]
    wait(24)
    (item,) = RULES["SUB08"].find(Ground())
    assert (item.severity, item.evidence["waiting"]) == ("B", 3)


def test_the_people_of_late_withdrawals_are_those_counted_the_unread_ones_too() -> None:
    at = timezone.now() - timedelta(hours=2)
    for key in ("read", "unread", "other"):
        ContactFactory.create(address_key=key)
    SubscriptionChangeFactory.create(address_key="read", occurred_at=at, received_at=at)
    EventFactory.create(door="unsubscribe", withdrawal=True, state="received", lane="unread", received_at=at)
    lint("command")
    finding = LintFinding.objects.get(code="SUB08")
    people = RULES["SUB08"].people(finding)
    assert people is not None
    assert finding.evidence["waiting"] == 2
    assert sorted(person.address_key for person in people) == ["read", "unread"]


def test_unsubscribes_of_people_whom_iterable_does_not_have_are_counted() -> None:
    EventFactory.create(door="unsubscribe", withdrawal=True, state="held", reason_code="not_in_iterable")
    EventFactory.create(door="unsubscribe", withdrawal=True, state="held", reason_code="looking_up")
    assert found("SUB09")[0].startswith("1 unsubscribes of people whom Iterable does not have")


def test_a_channel_unsubscribe_that_vanished_without_an_act_is_lost() -> None:
    channel = type_named("GitLab Marketing").channel
    out: dict[str, Any] = {"unsubscribed_channel_ids": [channel.iterable_id]}
    now = timezone.now()
    for key in ("lost", "back", "granted", "stays"):
        ContactFactory.create(address_key=key)
        see(key, now - timedelta(days=3), **out)
        see(key, now - timedelta(days=2), **(out if key == "stays" else {}))
    see("back", now, **out)
    SubscriptionChangeFactory.create(address_key="granted", verdict="granted", occurred_at=now - timedelta(days=2, hours=1))
    SubscriptionChangeFactory.create(address_key="lost", verdict="granted", occurred_at=now - timedelta(days=4))
    lint("command")
    finding = LintFinding.objects.get(code="SUB10")
    people = RULES["SUB10"].people(finding)
    assert people is not None
    assert (finding.exposed, [person.address_key for person in people]) == (1, ["lost"])
