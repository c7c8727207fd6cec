"""What cannot be read is told with its place and the mend."""

from __future__ import annotations

from typing import Any

import pytest

from contacts.conditions.reading import Unreadable, read

IS = {"field": "country", "op": "is", "value": "Germany"}
WRONG: dict[str, tuple[Any, str]] = {
    "no object": ([], 'the condition: must be an object such as {"field": "country", "op": "is", "value": "Germany"}.'),
    "two kinds": ({"all": [], "any": []}, "the condition: needs exactly one of all, any, not, field, namespaces, performed, "),
    "a typo": ({"field": "contry", "op": "is", "value": "x"}, "field: 'contry' is no field: did you mean country?"),
    "deep inside": (
        {"all": [IS, {"namespaces": "some", "where": {"field": "GITLAB_PLAN_TITLE", "op": "is", "value": 5}}]},
        "all[1].where.value: must be a text.",
    ),
    "of another type": (
        {"field": "companyNamespace", "op": "contains", "value": "x"},
        "op: 'contains' cannot be asked of companyNamespace, a boolean: use one of is, is_not_or_unknown, known, unknown.",
    ),
    "a bare not of a list": (
        {"namespaces": "some", "where": {"field": "LIST_OF_STAGES", "op": "is_not", "value": "plan"}},
        "where.op: 'is_not' cannot be asked of LIST_OF_STAGES, a texts: use one of includes, includes_none, known, unknown.",
    ),
    "a person's question of a namespace": (
        {"namespaces": "some", "where": {"in_list": 5}},
        "where: in_list is asked of a person, not of one namespace or event.",
    ),
    "a count without need": (
        {"namespaces": "all", "count": 2},
        "count: goes with at_least, which needs it, and with nothing else.",
    ),
    "no day": (
        {"field": "last_login_at", "op": "before", "value": "soon"},
        "value: must be a day or a moment such as 2026-11-26 ",
    ),
    "too deep": ({"not": {"not": {"not": {"not": {"not": {"not": {"not": {"not": {"not": IS}}}}}}}}}, "is nested deeper than 8"),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_is_wrong_is_named_with_its_place(name: str) -> None:
    told, words = WRONG[name]
    with pytest.raises(Unreadable) as refused:
        read(told)
    assert words in str(refused.value)


def test_more_than_two_hundred_parts_are_refused() -> None:
    read({"all": [IS] * 199})
    with pytest.raises(Unreadable):
        read({"all": [IS] * 200})
