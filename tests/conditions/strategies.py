"""Random conditions, of every kind and about as awkward as the people."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hypothesis import strategies as st

from contacts.conditions.catalogue import OF_EVENT, OF_NAMESPACE, OF_PERSON, OPERATORS, PRESENCE, Field, Type
from tests.conditions.people import DAYS, NUMBERS, PLANS, TEXTS

Json = dict[str, Any]
VALUES: Mapping[Type, list[Any]] = {
    Type.TEXT: [text for text in (*TEXTS, *PLANS, "er", "%") if isinstance(text, str) and text],
    Type.NUMBER: [number for number in (*NUMBERS, 2) if isinstance(number, int | float) and not isinstance(number, bool)],
    Type.BOOLEAN: [True, False],
    Type.MOMENT: [
        "2026-11-26",
        "2026-11-26T12:00:00Z",
        "2026-11-25T13:00:00+01:00",
        "2023-06-08T17:31:55Z",
        "2026-11-26T12:00:00.9Z",
    ],
    Type.TEXTS: ["plan", "create", "Plan"],
}
ASKED = {
    id(OF_PERSON): [
        "country",
        "company",
        "companyNamespace",
        "latest_trial_start_date",
        "gitlab_user_id",
        "last_login_at",
        "email",
    ],
    id(OF_NAMESPACE): ["GITLAB_PLAN_TITLE", "CURRENT_MEMBER_COUNT", "GITLAB_PLAN_IS_PAID", "LIST_OF_STAGES", "CREATED_AT"],
    id(OF_EVENT): ["country"],
}


def comparisons(fields: Mapping[str, Field]) -> st.SearchStrategy[Json]:
    return st.sampled_from(ASKED[id(fields)]).flatmap(lambda name: _comparison(fields[name]))


def _comparison(field: Field) -> st.SearchStrategy[Json]:
    return st.sampled_from(OPERATORS[field.type]).flatmap(lambda operator: _asked(field, operator))


def _asked(field: Field, operator: str) -> st.SearchStrategy[Json]:
    told = {"field": field.name, "op": operator}
    if operator in PRESENCE:
        return st.just(told)
    one = st.sampled_from(DAYS if operator in ("within_days", "over_days_ago") else VALUES[field.type])
    value = st.lists(one, min_size=1, max_size=3) if operator == "one_of" else one
    return value.map(lambda found: told | {"value": found})


def conditions(fields: Mapping[str, Field] = OF_PERSON) -> st.SearchStrategy[Json]:
    leaves = comparisons(fields) if fields is not OF_PERSON else st.one_of(comparisons(fields), _of_a_person())
    return st.recursive(leaves, _grouped, max_leaves=6)


def _grouped(inner: st.SearchStrategy[Json]) -> st.SearchStrategy[Json]:
    lists = st.lists(inner, max_size=3)
    return st.one_of(lists.map(lambda of: {"all": of}), lists.map(lambda of: {"any": of}), inner.map(lambda of: {"not": of}))


def _of_a_person() -> st.SearchStrategy[Json]:
    return st.one_of(
        st.builds(_namespaces, st.sampled_from(["some", "all", "none", "at_least"]), conditions(OF_NAMESPACE), st.integers(1, 3)),
        st.builds(
            _performed,
            st.sampled_from(["SaaS Trials", "Other"]),
            st.sampled_from([None, 0.5, 1, 30]),
            st.integers(1, 2),
            st.none() | conditions(OF_EVENT),
        ),
        st.sampled_from([5, 6]).map(lambda number: {"in_list": number}),
        st.builds(
            lambda name, side: {"may_receive": name, "side": side},
            st.sampled_from(["GitLab Marketing", "Marketing Message", "Transactional"]),
            st.sampled_from(["should", "will"]),
        ),
    )


def _namespaces(quantifier: str, where: Json, count: int) -> Json:
    return {"namespaces": quantifier, "where": where} | ({"count": count} if quantifier == "at_least" else {})


def _performed(event: str, days: float | None, times: int, where: Json | None) -> Json:
    told: Json = {"performed": event, "times": times} | ({} if days is None else {"within_days": days})
    return told if where is None else told | {"where": where}
