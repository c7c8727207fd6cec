"""A condition read aloud, as an editor or a business owner reads it."""

from __future__ import annotations

from collections.abc import Mapping

from contacts.conditions.reading import read
from contacts.conditions.wording import in_words, lines, told


def said(asked: Mapping[str, object]) -> str:
    return in_words(read(asked))


def test_what_has_to_be_true_of_one_namespace_stands_behind_it() -> None:
    plan = {"field": "GITLAB_PLAN_TITLE", "op": "one_of", "value": ["Ultimate", "Premium"]}
    members = {"field": "CURRENT_MEMBER_COUNT", "op": "at_least", "value": 10}
    inside: dict[str, object] = {"namespaces": "some", "where": {"all": [plan, members]}}
    assert said(inside) == "at least one namespace: Plan is one of Ultimate, Premium and Members is at least 10"
    germany = {"field": "country", "op": "is", "value": "Germany"}
    assert said({"all": [inside, germany]}) == f"({said(inside)}) and Country is Germany"


def test_every_kind_of_part_has_words() -> None:
    assert said({"all": []}) == "everybody"
    assert said({"any": []}) == "nobody"
    assert said({"not": {"field": "country", "op": "known"}}) == "not (Country is known)"
    assert said({"namespaces": "none"}) == "no namespace"
    assert said({"namespaces": "at_least", "count": 2}) == "at least 2 namespaces"
    paid = {"field": "GITLAB_PLAN_IS_PAID", "op": "is", "value": True}
    assert said({"namespaces": "all", "where": paid}) == "all namespaces, and at least one: On a paid plan is yes"
    assert said({"field": "last_login_at", "op": "within_days", "value": 30}) == "Last login is within the last 30 days"
    assert said({"field": "last_login_at", "op": "over_days_ago", "value": 1}) == "Last login is more than 1 day ago"
    assert (
        said({"performed": "SaaS Trials", "within_days": 7, "times": 2}) == "did SaaS Trials at least 2 times in the last 7 days"
    )
    assert said({"in_list": 4}) == "is in list 4"
    assert said({"may_receive": "Marketing Message"}) == "may receive Marketing Message"


def test_a_line_for_each_part_keeps_the_depth() -> None:
    germany = {"field": "country", "op": "is", "value": "Germany"}
    where = {"field": "country", "op": "is", "value": "France"}
    condition = read({"any": [germany, {"performed": "SaaS Trials", "where": where}]})
    assert lines(condition) == [(0, "any of"), (1, "Country is Germany"), (1, "did SaaS Trials"), (2, "Country is France")]


def test_values_are_told_as_words() -> None:
    assert [told(value) for value in (None, True, [], ["a", "b"], 3.0)] == ["not known", "yes", "an empty list", "a, b", "3"]
