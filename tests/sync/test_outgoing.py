from __future__ import annotations

from itertools import permutations
from typing import Any

import pytest

from contacts.sync.fingerprint import fingerprint
from contacts.sync.outgoing import FORMS, Unreadable, choose

# The instance's own example, all eighteen keys of it; LIST_OF_STAGES is printed there as a single word.
Item = dict[str, Any]
EXAMPLE: Item = {
    "ACTIVE_STAGE_COUNT": 1,
    "CREATED_AT": "2023-06-08 17:31:55.883",
    "CREATOR_USER_ID": 123456,
    "CURRENT_MEMBER_COUNT": 1,
    "GITLAB_PLAN_IS_PAID": False,
    "GITLAB_PLAN_TITLE": "Ultimate Trial",
    "GLM_CONTENT": "default-saas-trial",
    "GLM_SOURCE": "about.gitlab.com/pricing/",
    "IS_ACTIVE_TRIAL": True,
    "IS_IMPACTED_BY_USER_LIMIT": False,
    "IS_NAMESPACE_PQL": False,
    "IS_SETUP_FOR_COMPANY": False,
    "LIST_OF_STAGES": "create",
    "NAMESPACE_ID": 123456,
    "TRIAL_START_DATE": "2023-06-08 00:00:00.000",
    "USER_ACCESS_LEVEL": 50,
    "USER_ACCESS_LEVEL_NAME": "Owner",
    "USER_ID": 123456,
}


def sent(*namespaces: dict[str, Any]) -> list[dict[str, Any]]:
    return [chosen.information for chosen in choose(namespaces)]


def test_the_example_goes_out_as_it_is_but_for_its_stages() -> None:
    assert sent(EXAMPLE) == [{**EXAMPLE, "LIST_OF_STAGES": ["create"]}]
    assert FORMS.keys() == EXAMPLE.keys()


def test_other_keys_and_nulls_are_left_out() -> None:
    assert sent({"NAMESPACE_ID": 1, "PTP_SOURCE": "Trial", "GLM_SOURCE": None}) == [{"NAMESPACE_ID": 1}]


def test_numbers_and_booleans_become_real_ones() -> None:
    odd = {"NAMESPACE_ID": "12", "USER_ACCESS_LEVEL": 50.0, "IS_NAMESPACE_PQL": "TRUE", "GITLAB_PLAN_IS_PAID": 0}
    [namespace] = sent(odd)
    assert repr(namespace) == repr(
        {"GITLAB_PLAN_IS_PAID": False, "IS_NAMESPACE_PQL": True, "NAMESPACE_ID": 12, "USER_ACCESS_LEVEL": 50}
    )


def test_stages_are_sorted_and_each_named_once() -> None:
    assert sent({"NAMESPACE_ID": 1, "LIST_OF_STAGES": ["verify", "create", "verify"]})[0]["LIST_OF_STAGES"] == [
        "create",
        "verify",
    ]


def test_namespaces_are_sorted_by_number() -> None:
    assert [item["NAMESPACE_ID"] for item in sent({"NAMESPACE_ID": 100}, {"NAMESPACE_ID": 9})] == [9, 100]


def test_of_several_objects_for_one_namespace_the_same_is_taken_in_whatever_order() -> None:
    active: Item = {"NAMESPACE_ID": 1, "IS_ACTIVE_TRIAL": True, "TRIAL_START_DATE": "2026-01-01 00:00:00.000"}
    later: Item = {"NAMESPACE_ID": 1, "IS_ACTIVE_TRIAL": False, "TRIAL_START_DATE": "2026-03-01 00:00:00.000"}
    never: Item = {"NAMESPACE_ID": 1}
    assert all(sent(*order) == [active] for order in permutations([active, later, never]))
    assert all(sent(*order) == [later] for order in permutations([later, never]))


def test_objects_alike_in_all_that_ranks_are_told_apart_by_their_json() -> None:
    a: Item = {"NAMESPACE_ID": 1, "IS_NAMESPACE_PQL": False}
    b: Item = {"NAMESPACE_ID": 1, "IS_NAMESPACE_PQL": True}
    assert sent(a, b) == sent(b, a) == [b]


@pytest.mark.parametrize(
    "broken",
    [{}, {"NAMESPACE_ID": "seven"}, {"NAMESPACE_ID": 1.5}, {"NAMESPACE_ID": 2**63}, {"NAMESPACE_ID": 1, "USER_ID": True}],
)
def test_what_cannot_take_its_form_is_refused(broken: dict[str, Any]) -> None:
    with pytest.raises(Unreadable):
        choose([broken])


def test_the_order_of_namespaces_and_of_keys_leaves_the_fingerprint_alone() -> None:
    two: list[Item] = [EXAMPLE, {"NAMESPACE_ID": 7, "USER_ID": 1}]
    turned = [dict(reversed(item.items())) for item in reversed(two)]
    assert fingerprint({"them": sent(*two)}) == fingerprint({"them": sent(*turned)})
    assert len(fingerprint({"them": sent(*two)})) == 32


def test_where_nothing_is_held_there_is_no_fingerprint() -> None:
    assert fingerprint({}) == fingerprint({"company": None}) == ""
