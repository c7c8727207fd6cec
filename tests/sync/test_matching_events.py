"""Which events of two sides are the same."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from contacts.sync.observing.matching import Happening, Period, match
from iterable_admin.iterable.reads import UserEvent
from iterable_admin.outbox.event_reading import EventsRead

NOON = datetime(2026, 3, 5, 12, tzinfo=UTC)
DAY = Period(NOON - timedelta(hours=12), NOON + timedelta(hours=12))


def at(minutes: float, event_id: str = "", name: str = "SaaS Trials") -> Happening:
    return Happening(name, NOON + timedelta(minutes=minutes), event_id)


def verdicts(ours: list[Happening], theirs: list[Happening], *known: Happening, period: Period = DAY) -> list[str]:
    return [verdict.value for _, verdict in match(ours, theirs, known, period)]


def test_an_event_is_there_by_its_id_whenever_it_was() -> None:
    assert verdicts([at(0, "a")], [at(300, "a")]) == ["there"]


def test_an_event_is_there_by_name_and_nearly_the_same_time() -> None:
    assert verdicts([at(0, "a")], [at(5, "b")]) == ["there"]
    assert verdicts([at(0, "a")], [at(5.1, "b")]) == ["missing", "only_there"]
    assert verdicts([at(0, "a")], [at(0, "b", name="Another")]) == ["missing", "only_there"]


def test_one_event_there_stands_for_one_of_ours_and_the_nearest_goes_first() -> None:
    assert verdicts([at(0), at(3)], [at(2)]) == ["missing", "there"]
    assert verdicts([at(0), at(3)], [at(2), at(-4)]) == ["there", "there"]
    assert verdicts([at(0, "a"), at(1, "b")], [at(0, "b")]) == ["missing", "there"]


def test_what_came_in_here_is_not_only_there_whatever_became_of_it() -> None:
    assert verdicts([], [at(0, "x")], at(4)) == []
    assert verdicts([], [at(0, "x")], at(300, "x")) == []
    assert verdicts([], [at(0, "x")], at(6)) == ["only_there"]


def test_what_is_only_there_counts_within_the_period_and_not_before_it_could_be_here() -> None:
    assert verdicts([], [at(-721), at(719), at(714), at(-719)]) == ["only_there", "only_there"]


def test_of_what_is_older_than_iterable_tells_nothing_is_said() -> None:
    late = Period(DAY.since, DAY.until, told_since=NOON)
    assert verdicts([at(-60), at(5), at(6)], [], period=late) == ["untold", "untold", "missing"]


def test_two_hundred_events_are_taken_for_the_latest_and_fewer_for_all() -> None:
    told = [UserEvent("customEvent", "SaaS Trials", at(number).at, {}, {}) for number in range(200)]
    assert EventsRead("ada@example.com", told, NOON).told_since == NOON
    assert EventsRead("ada@example.com", told[1:], NOON).told_since is None
