"""The rules about what somebody described: those of each save, and those that need a look at everybody."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from contacts.consent.models import MessageType
from contacts.sync.models import FieldMapping
from journeys.definition.lifecycle import By, edit, propose, supersede
from journeys.definition.reading import read_graph
from journeys.definition.waits import arrivals
from journeys.lint.ground import Ground
from journeys.lint.models import LintFinding, Notification
from journeys.lint.registry import RULES
from journeys.lint.running import lint
from journeys.models import Journey, JourneyVersion
from tests.conftest import People
from tests.definition.graphs import GERMAN, PAID, chain, delay, edge, message, small
from tests.factories import ContactFactory, EventFactory, MembershipFactory

pytestmark = pytest.mark.django_db
Describe = Callable[..., JourneyVersion]


@pytest.fixture
def by(people: People) -> By:
    JourneyVersion.objects.all().delete()
    return By(people.campaigns_owner, "It is time.")


@pytest.fixture
def describe(by: By) -> Describe:
    def described(graph: Any, name: str = "Trial") -> JourneyVersion:
        return propose(Journey.objects.create(name=name), by, read_graph(graph))

    return described


def found(code: str) -> list[str]:
    rows = LintFinding.objects.filter(code=code, state="open", subject_kind="version").order_by("id")
    return [row.sentence for row in rows]


def looked(code: str) -> list[str]:
    return [item.sentence for item in RULES[code].find(Ground())]


def test_what_nobody_can_follow_is_told_with_the_save_and_ends_with_the_mend(describe: Describe, by: By) -> None:
    halves = [{"key": "a", "name": "A", "percent": 50}, {"key": "b", "name": "B", "percent": 40}]
    steps = [message("lost"), message("m"), message("n"), {"kind": "experiment", "key": "x", "name": "X", "variants": halves}]
    version = describe(small(steps=steps, edges=[*chain("start", "m", "n", "x"), edge("x", "m", "a")]))
    assert found("JRN01") == [
        "Nobody comes to Lost: no way leads to it from the start.",
        "The variants of X add up to 90 %, not to 100 %.",
        "A circle without a delay leads through M: whoever comes there goes round at once, without end.",
    ]
    assert Notification.objects.count() == 0
    edit(version, by, read_graph(small()), revision=0)
    assert found("JRN01") == []
    assert LintFinding.objects.filter(code="JRN01", state="resolved").count() == 3


def test_a_circle_with_a_sure_wait_is_none_and_a_hold_that_may_end_at_once_is(describe: Describe) -> None:
    hold = {"kind": "hold_until", "key": "h", "name": "H", "timeout_hours": 24, "where": GERMAN}
    describe(small(steps=[message("m"), delay("d")], edges=[*chain("start", "m", "d"), edge("d", "m")]))
    describe(small(steps=[message("m"), hold], edges=[*chain("start", "m", "h"), edge("h", "m", "timeout")]), "Second")
    assert found("JRN01") == []
    describe(small(steps=[message("m"), hold], edges=[*chain("start", "m", "h"), edge("h", "m", "happened")]), "Third")
    assert len(found("JRN01")) == 1


def test_a_start_that_nothing_follows_and_a_graph_that_cannot_be_read_are_told(describe: Describe) -> None:
    version = describe(small(steps=[], edges=[]))
    assert found("JRN01") == ["Whoever enters leaves at once: nothing follows the start."]
    JourneyVersion.objects.filter(pk=version.pk).update(graph={"start": {}})
    assert looked("JRN01") == ["It cannot be read any more: start: needs entry."]


def test_a_given_up_draft_has_no_findings(describe: Describe, by: By) -> None:
    version = describe(small(steps=[message("lost")], edges=[]))
    assert LintFinding.objects.filter(state="open").exists()
    supersede(version, by)
    assert not LintFinding.objects.filter(state="open").exists()


def test_an_entry_by_what_the_sync_writes_needs_a_limit(describe: Describe) -> None:
    written = FieldMapping.objects.filter(enabled=True, definition__enabled=True)
    field = written.order_by("field").values_list("field", flat=True)[0].split(".")[0]
    entry = {"kind": "profile_update", "field": field}
    describe(small(start={"entry": entry}))
    describe(small(start={"entry": entry, "lifetime_limit": 1}), "Limited")
    describe(small(start={"entry": {"kind": "profile_update", "field": "elsewhere"}}), "Elsewhere")
    assert found("JRN02") == [f"Entered by each update of {field}, which the sync writes, as often as it does."]


def test_several_messages_need_an_exit_rule(describe: Describe) -> None:
    describe(small())
    entry = small()["start"]
    describe(small(start={**entry, "exit_rules": [{"name": "Paid", "where": PAID}]}), "With")
    describe(small(steps=[message("welcome")], edges=[]), "One")
    assert found("JRN04") == ["It has 2 messages and no exit rule: whoever reached its goal gets the rest all the same."]


def test_a_message_in_a_circle_without_an_exit_rule_is_told_and_one_before_an_exit_is_not(describe: Describe) -> None:
    round_about = [message("m"), delay("d")]
    describe(small(steps=round_about, edges=chain("start", "m", "d", "m")))
    describe(small(steps=round_about, edges=chain("start", "m", "d")), "Straight")
    assert found("JRN04") == [
        "It leads in a circle and has no exit rule: whoever is in it goes round as long as Iterable lets them."
    ]


def test_a_step_that_subscribes_blocks_and_so_does_a_way_into_such_a_journey(describe: Describe) -> None:
    change = {"kind": "change_subscription", "key": "c", "name": "C", "target_kind": "channel", "target": "Marketing Channel"}
    describe(small(steps=[change], edges=chain("start", "c")), "Subscribes")
    describe(small(steps=[change | {"subscribe": False}], edges=chain("start", "c")), "Unsubscribes")
    go = {"kind": "go_to", "key": "g", "name": "G", "journey": "Subscribes"}
    describe(small(steps=[go], edges=chain("start", "g")), "Leads")
    assert found("SUB07") == [
        "Step C subscribes to the channel Marketing Channel: those who had opted out, too.",
        "Step G leads into Subscribes, which subscribes people: those who had opted out, too.",
    ]


def test_a_described_step_on_the_wrong_message_type_blocks_before_it_runs(describe: Describe) -> None:
    MessageType.objects.filter(name="Marketing Message").update(policy="OptOut", do_not_use=True)
    describe(small(steps=[message("welcome", message_type="Marketing Message")], edges=chain("start", "welcome")))
    assert found("SUB02") == ["Step Welcome uses Marketing Message, which must not be used."]
    assert found("SUB01") == ["Step Welcome uses Marketing Message, which is opt-out in Marketing Channel."]
    (row,) = LintFinding.objects.filter(code="SUB02")
    assert (row.severity, row.message_type.name if row.message_type else "") == ("B", "Marketing Message")


def test_messages_beyond_the_window_are_told(describe: Describe) -> None:
    steps = [delay("long", 30 * 24), {"kind": "hold_until", "key": "h", "name": "H", "timeout_hours": 29.5 * 24, "where": PAID}]
    ways = [*chain("start", "long", "h"), edge("h", "in", "happened"), edge("h", "late", "timeout")]
    graph = small(steps=[*steps, message("in"), message("late"), delay("one"), message("later")], edges=ways)
    graph["edges"] += chain("late", "one", "later")
    assert (arrivals(read_graph(graph))["in"].earliest, arrivals(read_graph(graph))["in"].latest) == (720, 1428)
    describe(graph)
    (told,) = found("DAT01")
    assert told == (
        "3 of its messages may come later than 59 days after the entry, up to 60 days 12 hours: "
        "accounts older than 2 months are no longer kept in sync."
    )


def test_a_condition_on_what_nobody_has_or_is_spelt_otherwise_is_told(describe: Describe) -> None:
    where = {"all": [GERMAN, {"field": "userRole", "op": "is", "value": "other"}, {"field": "state", "op": "known"}]}
    stage = {"namespaces": "some", "where": {"field": "LIST_OF_STAGES", "op": "includes", "value": "verify"}}
    describe(small(start={"entry": {"kind": "api"}, "where": {"any": [where, stage]}}, steps=[message("m")], edges=[]))
    assert looked("JRN06") == []
    ContactFactory.create(profile={"country": "GERMANY", "userRole": "other"})
    MembershipFactory.create(information={"LIST_OF_STAGES": ["create"]})
    assert looked("JRN06") == [
        "“Who enters” asks for what nobody is: country of a person was never Germany so far: did you mean GERMANY?",
        "“Who enters” asks for what nobody is: state of a person is known of nobody so far.",
        "“Who enters” asks for what nobody is: LIST_OF_STAGES of a namespace was never verify so far.",
    ]


def test_values_that_nobody_has_are_told_once_for_each_condition_and_a_field_that_nobody_has_once(describe: Describe) -> None:
    def role(key: str, *values: str) -> Any:
        return {"key": key, "name": key.title(), "where": {"field": "userRole", "op": "one_of", "value": list(values)}}

    unknown = {"key": "unknown", "name": "Unknown", "where": {"all": [GERMAN, {"not": GERMAN}]}}
    split = {"kind": "split", "key": "s", "name": "Role?"}
    branches = [role("dev", "coder", "Other"), role("secures", "analyst", "other"), unknown]
    waits = {"kind": "hold_until", "key": "h", "name": "Wait", "timeout_hours": 1, "where": GERMAN}
    describe(small(start={"entry": {"kind": "api"}}, steps=[split | {"branches": branches}, waits], edges=chain("start", "s")))
    ContactFactory.create(profile={"userRole": "other"})
    assert looked("JRN06") == [
        "“Role?: Dev” asks for what nobody is: userRole of a person was never Other or coder so far: did you mean other?",
        "“Role?: Secures” asks for what nobody is: userRole of a person was never analyst so far.",
        "“Role?: Unknown” asks for what nobody is: country of a person is known of nobody so far.",
    ]


def test_a_branch_that_nobody_or_everybody_takes_is_told_of_those_who_would_enter(describe: Describe) -> None:
    where = {"field": "country", "op": "known"}
    branches = [{"key": "de", "name": "Germany", "where": GERMAN}, {"key": "known", "name": "Known", "where": where}]
    split = {"kind": "split", "key": "s", "name": "Where?", "branches": branches}
    describe(small(steps=[split], edges=chain("start", "s")))
    ContactFactory.create(profile={"country": "Germany"})
    assert looked("JRN07") == []
    for person in ("ada@example.com", "bob@example.com"):
        EventFactory.create(email=ContactFactory.create(email=person, profile={"country": "France"}).email)
    assert looked("JRN07") == [
        "Branch Germany of Where?: none of 2 who would enter now take it.",
        "Branch Known of Where?: all 2 who would enter now take it.",
    ]


def test_two_journeys_of_one_event_that_mail_the_same_people_within_a_day_are_told(describe: Describe) -> None:
    for name, days in (("One", 0.5), ("Two", 1), ("Much later", 5)):
        steps = [delay("d", days * 24), message("m")]
        describe(small(steps=steps, edges=chain("start", "d", "m")), name)
    EventFactory.create(email=ContactFactory.create(email="ada@example.com").email)
    assert looked("JRN05") == [
        "Two is started by SaaS Trials, too, and mails within a day of it: 1 people of the last 30 days would be in both."
    ]


def test_what_needs_a_look_at_everybody_stays_out_of_the_save_and_is_told_on_pages_alone(describe: Describe) -> None:
    ContactFactory.create(profile={"country": "France"})
    describe(small())
    assert found("JRN06") == []
    lint("operator")
    assert found("JRN06") == [
        "“Where?: Germany” asks for what nobody is: country of a person was never Germany so far.",
    ]
    assert len(found("JRN04")) == 1
    assert Notification.objects.filter(finding__subject_kind="version").count() == 0
