from __future__ import annotations

import pytest

from iterable_admin.iterable.mismatches import FieldMismatch, offending_rows


def mismatch(field: str, value: object) -> FieldMismatch:
    return FieldMismatch(field, "date", ("string",), value, "user")


@pytest.mark.parametrize(
    ("row", "field", "value"),
    [
        ({"born": "GGG"}, "born", "GGG"),
        ({"a": {"b": "GGG"}}, "a.b", "GGG"),
        ({"a": [{"b": "fine"}, {"b": "GGG"}]}, "a.b", "GGG"),
        ({"a": {"b": [{"c": 7}]}}, "a.b.c", 7),
        ({"a.b": "GGG"}, "a.b", "GGG"),
        ({"tags": ["x", "GGG"]}, "tags", "GGG"),
        ({"seats": 79}, "seats", "79"),
        ({"seats": "79"}, "seats", 79),
        ({"on": True}, "on", "true"),
        ({"price": 79.0}, "price", 79),
        ({"a": {"x": 1}}, "a", {"x": 1}),
    ],
)
def test_the_row_that_holds_the_value_is_singled_out(row: dict[str, object], field: str, value: object) -> None:
    assert offending_rows([{}, row, {"born": "2024-01-01"}], [mismatch(field, value)]) == {1}


@pytest.mark.parametrize(
    ("row", "field", "value"),
    [
        ({"born": "2024-01-01"}, "born", "GGG"),
        ({"other": "GGG"}, "born", "GGG"),
        ({"a": "GGG"}, "a.b", "GGG"),
        ({"on": True}, "on", 1),
        ({"born": None}, "born", None),
    ],
)
def test_an_innocent_row_is_left_alone(row: dict[str, object], field: str, value: object) -> None:
    assert offending_rows([row], [mismatch(field, value)]) == set()


def test_several_mismatches_find_their_rows_together() -> None:
    rows = [{"a": "x"}, {"b": "y"}, {"a": "z"}, {"a": "x"}]
    assert offending_rows(rows, [mismatch("a", "x"), mismatch("b", "y")]) == {0, 1, 3}
