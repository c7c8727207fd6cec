"""Replays: what was recorded decides, each person at their own time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from contacts.conditions.reading import read
from contacts.consent.models import MessageType
from contacts.models import Contact, FieldChange
from iterable_admin.inbox.models import Event
from journeys.definition.graph import Delay, DelayUntil, Experiment, Graph, HoldUntil, Variant
from journeys.rehearsal.counting import Counts
from journeys.rehearsal.replaying import Replay, count_replay
from journeys.rehearsal.scene import Scene
from tests.consent.resolver.conftest import catalogue, see
from tests.factories import ContactFactory, EventFactory, SubscriptionChangeFactory
from tests.journeys.rehearsing import chain, exactly, mail, rule, split

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("catalogue")]
MONDAY = datetime(2026, 3, 9, 12, tzinfo=UTC)
DAY = timedelta(days=1)
__all__ = ["catalogue"]


def trial(day: float, contact: Contact | None = None, name: str = "SaaS Trials", **payload: Any) -> Contact:
    """Came so many days after the Monday."""
    found = contact or ContactFactory.create()
    at = MONDAY + timedelta(days=day)
    EventFactory.create(email=found.email, lane=found.address_key, name=name, received_at=at, payload=payload, state="done")
    return found


def replay(graph: Graph, since: float = 0, until: float = 30, now: float = 60) -> Counts:
    scene = Scene(graph, MONDAY + timedelta(days=now))
    return count_replay(Replay(scene, MONDAY + timedelta(days=since), MONDAY + timedelta(days=until)))


def test_each_trigger_event_of_the_period_enters() -> None:
    for day in (-1, 0, 29.9, 30):
        trial(day)
    assert exactly(replay(chain(mail("hello"))))["start entered"] == 2


def test_what_somebody_may_be_sent_is_taken_as_of_their_own_step() -> None:
    """Withdrew between the first message and the second: the first came, the second would not have been right."""
    contact = trial(0.5)
    see(contact.address_key, MONDAY - DAY)
    for verdict, day in (("granted", -1), ("withdrawn", 3)):
        told = {"target": "all_marketing", "target_key": "", "basis": "explicit", "source": "Marketo"}
        at = MONDAY + day * DAY
        SubscriptionChangeFactory.create(address_key=contact.address_key, verdict=verdict, occurred_at=at, received_at=at, **told)
    counts = exactly(replay(chain(mail("first"), Delay("week", "week", 168), mail("second"))))
    assert counts["first sent"] == counts["second exposed UPSTREAM_WITHDRAWN Marketo"] == 1


def test_a_wait_ends_when_the_event_came_or_the_time_was_over_and_what_lies_ahead_is_said_to() -> None:
    done, never, late, now = trial(0), trial(1), trial(2), trial(9)
    trial(3, done, "Paid")
    trial(8, late, "Paid")
    assert never != now
    graph = chain(HoldUntil("paid", "paid", 120, "Paid"), mail("thanks"), edges=(("paid", "happened", "thanks"),))
    assert exactly(replay(graph, now=10)) == {
        "paid happened": 1,
        "paid reached": 4,
        "paid timeout": 3,
        "start entered": 4,
        "thanks reached": 1,
        "thanks unknown NO_EVIDENCE nobody told of an agreement": 1,
    }


def test_whoever_enters_has_the_fields_that_the_entering_event_told() -> None:
    """They are written a moment after it has come; what a later event told is still to come."""
    contact = trial(0, ContactFactory.create(profile={"country": "Japan", "company": "Engines"}))
    entering = str(Event.objects.get(email=contact.email).uuid)
    history = (
        ("country", None, "France", entering),
        ("country", "France", "Japan", "later"),
        ("company", None, "Engines", "later"),
    )
    for second, (name, old, new, cause) in enumerate(history, 1):
        told = {"field": name, "old": old, "new": new, "cause": "event", "cause_id": cause}
        FieldChange.objects.create(contact=contact, changed_at=MONDAY + timedelta(seconds=second), **told)
    asked = {"all": [{"field": "country", "op": "is", "value": "France"}, {"field": "company", "op": "unknown"}]}
    assert exactly(replay(chain(mail("hello"), where=read(asked))))["start entered"] == 1


def test_a_condition_sees_fields_as_they_were() -> None:
    moved, same = trial(0, ContactFactory.create(profile={"country": "Germany"})), trial(0)
    change = {"field": "country", "old": "France", "new": "Germany", "cause": "event", "cause_id": "1"}
    FieldChange.objects.create(contact=moved, changed_at=MONDAY + 2 * DAY, **change)
    assert same.profile == {}
    graph = chain(
        split("early", french={"field": "country", "op": "is", "value": "France"}),
        Delay("wait", "wait", 72),
        split("late", german={"field": "country", "op": "is", "value": "Germany"}),
        edges=(("early", "french", "wait"), ("early", "else", "wait")),
    )
    counts = exactly(replay(graph))
    assert (counts["early french"], counts["early else"], counts["late german"], counts["late else"]) == (1, 1, 1, 1)


def test_limits_count_what_was_before_and_who_was_refused_was_never_in() -> None:
    often = trial(-5)
    for day in (0, 2, 20):
        trial(day, often)
    week = Delay("week", "week", 168)
    assert exactly(replay(chain(week, simultaneous_limit=1)))["start limited"] == 1
    assert exactly(replay(chain(week, lifetime_limit=2)))["start entered"] == 1


def test_who_does_what_a_rule_names_leaves_before_the_next_step() -> None:
    paid, _ = trial(0), trial(0)
    trial(1, paid, "Paid")
    counts = exactly(replay(chain(mail("first"), Delay("week", "week", 168), mail("second"), exit_rules=(rule("paid", "Paid"),))))
    assert (counts["first reached"], counts["second left paid"], counts["second reached"]) == (2, 1, 1)


def test_weekends_dates_and_shares() -> None:
    """A wait that would end on Saturday ends on Monday: after the Sunday when the trial of one began."""
    MessageType.objects.update(policy="OptOut")
    trial(0, ContactFactory.create(profile={"latest_trial_start_date": "2026-03-15"}))
    graph = chain(
        DelayUntil("trial", "trial", "latest_trial_start_date", 24),
        split("monday", yes={"field": "latest_trial_start_date", "op": "over_days_ago", "value": 0.9}),
        Delay("days", "days", 5 * 24, skip_weekends=True),
        split("later", yes={"field": "latest_trial_start_date", "op": "over_days_ago", "value": 7.9}),
        Experiment("half", "half", (Variant("a", "a", 100), Variant("b", "b", 0))),
        edges=(("monday", "yes", "days"), ("later", "yes", "half")),
    )
    counts = exactly(replay(graph))
    assert (counts["monday yes"], counts["later yes"], counts["half a"]) == (1, 1, 1)
