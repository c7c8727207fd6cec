from __future__ import annotations

import pytest

from iterable_admin.iterable.mismatches import FieldMismatch, parse_mismatches
from iterable_admin.iterable.offenders import offending_rows


def mismatch(field: str, value: object, expected: str = "date", incoming: tuple[str, ...] = ("string",)) -> FieldMismatch:
    return FieldMismatch(field, expected, incoming, value, "user")


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
        ({"born": None}, "born", None),
    ],
)
def test_an_innocent_row_is_left_alone(row: dict[str, object], field: str, value: object) -> None:
    assert offending_rows([row], [mismatch(field, value)]) == set()


def test_true_is_no_one_where_the_expected_type_is_not_told() -> None:
    assert offending_rows([{"on": True}, {"on": 1}], [mismatch("on", 1, "")]) == {1}


@pytest.mark.parametrize(
    ("expected", "offender", "incoming", "guilty", "innocent"),
    [
        ("date", "GGG", "string", ["HHH", "", True, {"a": 1}], ["2024-01-01", "2024-01-01T00:00:00.000Z", None, 1704067200]),
        ("date", 7, "long", [8, 1704067200, "HHH"], ["2024-01-01", None]),
        ("date", "2020-13-45", "string", ["2020-13-45"], ["2024-01-01", "2024-02-30"]),
        ("long", "many", "string", ["few", True, {"a": 1}], [1, "79", 79.5, None]),
        ("long", "79", "string", ["80", "few"], [79, 80, None]),
        ("long", 79.5, "double", [80.5], [79, 80, "79"]),
        ("double", "x", "string", ["y", False], [1, 1.0, "1.0"]),
        ("boolean", 1, "long", [1, 0, 2, 1.0], [True, False, "true"]),
        ("boolean", "true", "string", ["false", "yes"], [True, False]),
        ("string", True, "boolean", [True, False, {"a": 1}], ["true", "x", 1]),
        ("object", "x", "string", ["y", "", 1, True], [{}, {"a": 1}, None]),
        ("date", None, "string", ["HHH", [1, "HHH"]], ["2024-01-01", ["2024-01-01"], []]),
        ("a type to come", "x", "string", ["x"], ["y", 1, True, {}]),
    ],
)
def test_one_answer_tells_of_every_value_that_certainly_fits_no_better(
    expected: str, offender: object, incoming: str, guilty: list[object], innocent: list[object]
) -> None:
    rows = [{"a": {"b": value}} for value in [*guilty, *innocent]]
    found = offending_rows(rows, [mismatch("a.b", offender, expected, (incoming,))])
    assert [rows[index] for index in sorted(found)] == rows[: len(guilty)]


def test_several_mismatches_find_their_rows_together() -> None:
    rows = [{"a": "x"}, {"b": "y"}, {"a": "2024-01-01"}, {"a": "x"}]
    assert offending_rows(rows, [mismatch("a", "x"), mismatch("b", "y")]) == {0, 1, 3}


@pytest.mark.parametrize("field", ["ns[3].seats", "dataFields.ns.seats", "obj.users[1].dataFields.ns[0].seats"])
def test_what_leads_to_the_row_or_into_an_array_is_no_part_of_the_name(field: str) -> None:
    told = parse_mismatches({field: {"incomingTypes": ["float"], "expectedType": "integer", "offendingValue": 1.5}})
    assert offending_rows([{"ns": [{"seats": 1}]}, {"ns": [{"seats": 1.5}]}, {"ns": {"seats": 2.5}}], told) == {1, 2}
