"""A condition is told so that whoever reads it knows whom it is true of."""

from __future__ import annotations

from typing import Any

import pytest

from contacts.conditions.reading import read
from contacts.conditions.wording import in_words, lines, told

GERMAN = {"field": "country", "op": "is", "value": "Germany"}
PAID = {"field": "GITLAB_PLAN_IS_PAID", "op": "is", "value": True}
BIG = {"field": "CURRENT_MEMBER_COUNT", "op": "at_least", "value": 10}
TOLD: list[tuple[Any, str]] = [
    ({"all": []}, "everybody"),
    ({"any": []}, "nobody"),
    ({"all": [GERMAN]}, "Country is Germany"),
    (
        {"all": [GERMAN, {"any": [GERMAN, {"field": "state", "op": "unknown"}]}]},
        "Country is Germany and (Country is Germany or State is not known)",
    ),
    ({"not": {"all": [GERMAN, GERMAN]}}, "not (Country is Germany and Country is Germany)"),
    ({"field": "country", "op": "one_of", "value": ["France", "Japan"]}, "Country is one of France, Japan"),
    ({"field": "last_login_at", "op": "within_days", "value": 1}, "Last login is within 1 day before now"),
    ({"field": "last_login_at", "op": "over_days_ago", "value": 2.5}, "Last login is more than 2.5 days ago"),
    ({"namespaces": "some"}, "has a namespace"),
    (
        {"namespaces": "some", "where": {"all": [PAID, BIG]}},
        "has a namespace where (On a paid plan is yes and Members is at least 10)",
    ),
    ({"namespaces": "none", "where": PAID}, "has no namespace where On a paid plan is yes"),
    ({"namespaces": "all", "where": PAID}, "has namespaces, all where On a paid plan is yes"),
    ({"namespaces": "at_least", "count": 2}, "has at least 2 namespaces"),
    (
        {"performed": "SaaS Trials", "within_days": 30, "times": 2, "where": GERMAN},
        "did SaaS Trials 2 times or more within 30 days before now where Country is Germany",
    ),
    ({"in_list": 5}, "is on list 5"),
    ({"may_receive": "GitLab Marketing"}, "we may send GitLab Marketing"),
    ({"may_receive": "GitLab Marketing", "side": "will"}, "Iterable will send GitLab Marketing"),
]


@pytest.mark.parametrize(("asked", "words"), TOLD, ids=[words for _, words in TOLD])
def test_a_condition_in_words(asked: Any, words: str) -> None:
    assert in_words(read(asked)) == words


def test_a_line_for_each_part_keeps_the_depth() -> None:
    condition = read({"any": [GERMAN, {"namespaces": "some", "where": PAID}, {"performed": "SaaS Trials", "where": GERMAN}]})
    assert lines(condition) == [
        (0, "any of"),
        (1, "Country is Germany"),
        (1, "has a namespace"),
        (2, "On a paid plan is yes"),
        (1, "did SaaS Trials"),
        (2, "Country is Germany"),
    ]


def test_values_are_told_as_words() -> None:
    assert [told(value) for value in (None, True, [], ["a", "b"], 3.0)] == ["not known", "yes", "an empty list", "a, b", "3"]
