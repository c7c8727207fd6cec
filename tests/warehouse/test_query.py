from __future__ import annotations

import pytest

from iterable_admin.errors import Permanent
from iterable_admin.warehouse.query import check_query, named_parameters, with_question_marks


@pytest.mark.parametrize(
    "query",
    [
        "SELECT 1",
        "  with a as (select 1) select * from a;",
        "-- what for\nSELECT ';' AS x /* ; */ FROM t",
        "SELECT value:a::string FROM t, LATERAL FLATTEN(input => t.v) QUALIFY row_number() OVER (ORDER BY 1) = 1",
    ],
)
def test_one_select_may_be_asked(query: str) -> None:
    check_query(query)


@pytest.mark.parametrize(
    ("query", "why"),
    [
        ("", "it does not begin with SELECT or WITH"),
        ("DELETE FROM t", "it does not begin with SELECT or WITH"),
        ("/* SELECT */ DROP TABLE t", "it does not begin with SELECT or WITH"),
        ("SELECT 1; DROP TABLE t", "it holds more than one statement"),
        ("WITH a AS (SELECT 1) INSERT INTO t SELECT * FROM a", "it does something else than read"),
    ],
)
def test_anything_else_is_refused_with_the_reason(query: str, why: str) -> None:
    with pytest.raises(Permanent, match=why):
        check_query(query)


def test_parameters_are_found_outside_strings_and_comments_only() -> None:
    query = """SELECT '$a', "$b" /* $c */ FROM t WHERE x = $d -- $e\nAND y = $f AND z = $$ $g $$"""
    assert named_parameters(query) == ["d", "f"]
    assert with_question_marks(query).count("?") == 2
