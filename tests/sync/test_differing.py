from __future__ import annotations

from typing import Any

from contacts.sync.differing import changed_fields, emptied_fields

Item = dict[str, Any]


def test_changes_are_named_by_namespace_and_key() -> None:
    before: list[Item] = [{"NAMESPACE_ID": 1, "GITLAB_PLAN_TITLE": "Free"}, {"NAMESPACE_ID": 2}]
    after: list[Item] = [{"NAMESPACE_ID": 1, "GITLAB_PLAN_TITLE": "Premium"}, {"NAMESPACE_ID": 3}]
    words = changed_fields({"them": before, "company": "A"}, {"them": after, "company": "B"})
    assert words == ["company", "1.GITLAB_PLAN_TITLE", "2 (removed)", "3 (added)"]
    assert changed_fields(None, {"them": after}) == ["them (first time)"]


def test_what_lost_its_value_is_named_whatever_the_namespace() -> None:
    before: Item = {"them": [{"NAMESPACE_ID": 1, "GLM_SOURCE": "x", "USER_ID": 1}], "company": "A", "country": "Chile"}
    after: Item = {"them": [{"NAMESPACE_ID": 2, "USER_ID": 1}], "country": "Peru"}
    assert emptied_fields(before, after) == {"company", "them.GLM_SOURCE"}
    assert emptied_fields(before, {**after, "them": []}) == {"company", "them"}


def test_what_others_wrote_in_another_form_is_one_change() -> None:
    after: Item = {"them": [{"NAMESPACE_ID": 7, "USER_ID": 1}]}
    for told in ([{"NAMESPACE_ID": "7"}], [{"NAMESPACE_ID": [7]}], "7"):
        assert changed_fields({"them": told}, after) == ["them"]
        assert emptied_fields({"them": told}, after) == set()
