from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iterable_admin.errors import Permanent
from iterable_admin.warehouse.binding import positional
from iterable_admin.warehouse.sql_text import Dialect, pieces


@pytest.mark.parametrize(
    ("query", "text", "values"),
    [
        ("SELECT $a", "SELECT ?", [1]),
        ("SELECT $b, $a, $b", "SELECT ?, ?, ?", [2, 1, 2]),
        ("SELECT '$a', $a", "SELECT '$a', ?", [1]),
        ("SELECT 'it''s $a', $a", "SELECT 'it''s $a', ?", [1]),
        ("SELECT 'it\\'s $a', $a", "SELECT 'it\\'s $a', ?", [1]),
        ('SELECT "$a", $a', 'SELECT "$a", ?', [1]),
        ("SELECT $$ $a ' $$, $a", "SELECT $$ $a ' $$, ?", [1]),
        ("SELECT $a -- $b? it's\n", "SELECT ? -- $b? it's", [1]),
        ("SELECT $a // $b? it's", "SELECT ? // $b? it's", [1]),
        ("SELECT /* $b? ' */ $a", "SELECT /* $b? ' */ ?", [1]),
        ("SELECT t.$1, column$a, $a FROM t", "SELECT t.$1, column$a, ? FROM t", [1]),
        ("SELECT v:$a", "SELECT v:?", [1]),
    ],
)
def test_each_name_becomes_a_place_and_what_only_looks_like_one_stays(query: str, text: str, values: list[object]) -> None:
    named = {"a": 1, "b": 2} if 2 in values else {"a": 1}
    assert positional(query, named) == (text, values)


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("SELECT $a, $c, $d", r"names \$c, \$d, for which no value is given"),
        ("SELECT 1", r"given for \$a, which the query does not name"),
        ("SELECT $a, ?", r"bare \?"),
    ],
)
def test_names_and_values_have_to_match(query: str, said: str) -> None:
    with pytest.raises(Permanent, match=said):
        positional(query, {"a": 1})


@pytest.mark.parametrize("dialect", ["duckdb", "snowflake"])
@given(query=st.text(alphabet="ab$?'\"\\/*-; \n1_"))
def test_the_pieces_of_a_query_are_the_query(query: str, dialect: Dialect) -> None:
    found: list[str] = []
    with suppress(Permanent):
        # As far as it goes: what opens and never closes is refused.
        found.extend(piece.text for piece in pieces(query, dialect))
        assert "".join(found) == query
    assert query.startswith("".join(found))
