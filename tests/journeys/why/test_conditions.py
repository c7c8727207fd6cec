"""A condition of one person, part by part, and the fewest parts that would have to be otherwise. No database."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from contacts.conditions.facts import Facts, Happened
from contacts.conditions.reading import read
from contacts.consent.resolver.records import Record
from journeys.why.of_condition import lines_of, traced
from journeys.why.person import Person
from journeys.why.toggling import fewest

NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)
GERMANY = {"field": "country", "op": "is", "value": "Germany"}
LARGE = {"field": "CURRENT_MEMBER_COUNT", "op": "at_least", "value": 10}
PAID = {"field": "GITLAB_PLAN_TITLE", "op": "one_of", "value": ["Ultimate", "Premium"]}
FREE_SMALL = {"NAMESPACE_ID": 1, "GITLAB_PLAN_TITLE": "Free", "CURRENT_MEMBER_COUNT": 3}
FREE_LARGE = {"NAMESPACE_ID": 2, "GITLAB_PLAN_TITLE": "Free", "CURRENT_MEMBER_COUNT": 12}


def person(*namespaces: dict[str, Any], at: datetime | None = None, **facts: Any) -> Person:
    asked = Person("ada@example.com", Record("k", None, [], None, None, []), [], at, NOW)
    asked.__dict__["facts"] = Facts(facts.pop("columns", {}), facts.pop("profile", {}), namespaces, **facts)
    return asked


def needed(asked: Person, condition: dict[str, Any], *, wish: bool = True) -> list[str] | None:
    found = fewest(asked, traced(asked, read(condition)), wish=wish)
    return None if found is None else [one.words for one in found]


def test_each_part_tells_what_was_wanted_and_found_and_of_namespaces_the_closest() -> None:
    asked = person(FREE_SMALL, FREE_LARGE, profile={"country": "France"})
    condition = read({"all": [GERMANY, {"namespaces": "some", "where": {"all": [PAID, LARGE]}}]})
    told = lines_of(asked, "Entry condition", traced(asked, condition))
    assert [(test.depth, test.name, test.wanted, test.got, test.passed) for test in told[1:]] == [
        (1, "All of", "all of", "0 of 2 hold", False),
        (2, "Country", "Country is Germany", "France", False),
        (2, "Namespaces", "has a namespace", "0 of 2 fit; closest is namespace 2, of which 1 of 2 parts hold", False),
        (3, "All of", "all of", "1 of 2 hold", False),
        (4, "Plan", "Plan is one of Ultimate, Premium", "Free", False),
        (4, "Members", "Members is at least 10", "12", True),
    ]
    assert (told[0].passed, told[0].got) == (False, "Country is Germany: France")


def test_what_lacks_is_told_of_the_namespace_that_came_closest() -> None:
    asked = person(FREE_SMALL, FREE_LARGE)
    condition = {"namespaces": "some", "where": {"all": [PAID, LARGE]}}
    assert needed(asked, condition) == ["of namespace 2: Plan is one of Ultimate, Premium (it is: Free)"]
    words = "has a namespace where (Plan is one of Ultimate, Premium and Members is at least 10)"
    assert needed(person(), condition) == [words]


def test_of_alternatives_the_one_with_the_fewest_changes_is_told() -> None:
    two = {"all": [GERMANY, {"field": "company", "op": "known"}]}
    one = {"field": "userRole", "op": "is", "value": "Developer"}
    assert needed(person(), {"any": [two, one]}) == ["Role is Developer (it is: not known)"]
    assert needed(person(profile={"country": "Germany"}), two) == ["Company is known (it is: not known)"]
    assert needed(person(profile={"country": "Germany"}), {"not": GERMANY}) == ["not: Country is Germany (it is: Germany)"]
    assert needed(person(profile={"country": "Germany"}), {"any": [GERMANY, one]}) == []


def test_a_group_with_nothing_in_it_cannot_be_turned_round() -> None:
    assert needed(person(), {"all": []}, wish=False) is None
    assert needed(person(), {"any": []}) is None
    assert needed(person(), {"any": [{"any": []}, GERMANY]}) == ["Country is Germany (it is: not known)"]


def test_under_a_negation_what_holds_is_what_failed() -> None:
    asked = person(profile={"country": "Germany"})
    both = read({"all": [{"not": GERMANY}, {"field": "company", "op": "unknown"}]})
    _, _, *parts = lines_of(asked, "Entry condition", traced(asked, both))
    assert [(part.wanted, part.got, part.passed) for part in parts] == [
        ("not: Country is Germany", "Germany", False),
        ("Company is not known", "not known", True),
    ]


def test_a_condition_without_parts_is_told_in_one_line() -> None:
    asked = person(profile={"country": "Germany"})
    (whole,) = lines_of(asked, "Entry condition", traced(asked, read({"not": GERMANY})))
    assert (whole.wanted, whole.got, whole.passed) == ("not (Country is Germany)", "Germany", False)


def test_an_event_is_told_with_its_last_row_even_if_that_was_too_long_ago() -> None:
    asked = person(events=(Happened("SaaS Trials", NOW - timedelta(days=9), {}, "uuid-9"),))
    told = lines_of(asked, "c", traced(asked, read({"performed": "SaaS Trials", "within_days": 7})))[0]
    assert (told.passed, told.got) == (False, "0 times as wanted, last at all on 2026-11-17 12:00 UTC")
    assert told.evidence is not None
    assert (told.evidence.kind, told.evidence.key) == ("event", "uuid-9")


def test_columns_without_a_history_are_marked_when_the_past_is_asked() -> None:
    condition = read({"field": "last_login_at", "op": "known"})
    for at, told in ((None, "2026-11-26 12:00 UTC"), (NOW, "2026-11-26 12:00 UTC, as it is today")):
        asked = person(at=at, columns={"last_login_at": NOW})
        assert lines_of(asked, "c", traced(asked, condition))[0].got == told
