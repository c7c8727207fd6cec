from __future__ import annotations

from typing import Any

import pytest

from contacts.sync.pages.changes import changes
from contacts.sync.pages.query_diff import query_diff
from contacts.sync.pages.times import cron_in_words

Told = list[tuple[str, str, str]]


def seven(**keys: Any) -> dict[str, Any]:
    return {"info": [{"NAMESPACE_ID": 7, **keys}]}


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ({"a": 1}, {"a": 1}, []),
        (None, {"a": 1}, [("a", "-", "1")]),
        ({"a": "x"}, {}, [("a", "x", "-")]),
        ({"a": ""}, {"a": "y"}, [("a", '""', "y")]),
        ({"a": False}, {"a": True}, [("a", "false", "true")]),
        ({"a": ["x"]}, {"a": ["x", "y"]}, [("a", '["x"]', '["x", "y"]')]),
        (seven(PLAN="Free", SAME=1), seven(PLAN="Paid", SAME=1), [("7.PLAN", "Free", "Paid")]),
        (seven(PLAN="Free"), {"info": []}, [("7.NAMESPACE_ID", "7", "-"), ("7.PLAN", "Free", "-")]),
        (None, {"info": []}, [("info", "-", "[]")]),
    ],
)
def test_only_what_differs_is_shown_key_by_key(before: dict[str, Any] | None, after: dict[str, Any], told: Told) -> None:
    assert [(line.field, line.old, line.new) for line in changes(before, after)] == told


@pytest.mark.parametrize(("old", "new", "sign"), [(None, 1, "+ added"), (1, None, "- removed"), (1, 2, "→ changed")])
def test_how_a_value_differs_stands_in_a_word(old: object, new: object, sign: str) -> None:
    assert [line.sign for line in changes({"a": old}, {"a": new})] == [sign]


def test_two_queries_on_one_line_each_differ_clause_by_clause() -> None:
    pieces = query_diff("SELECT a, b FROM t WHERE c = 1", "SELECT a, b FROM t WHERE c = 2 AND d")
    assert [(piece.word, piece.text) for piece in pieces] == [
        *(("", "SELECT a,"), ("", "b"), ("", "FROM t")),
        *(("removed", "WHERE c = 1"), ("added", "WHERE c = 2"), ("added", "AND d")),
    ]


@pytest.mark.parametrize(
    ("cron", "words"),
    [("15 2 * * *", "At 02:15, every day"), ("*/30 8-17 * * 1-5", "Every 30 minutes, between 08:00 and 17:59, Mon")],
)
def test_a_cron_line_is_told_in_words(cron: str, words: str) -> None:
    assert cron_in_words(cron).startswith(words)
