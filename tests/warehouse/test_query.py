from __future__ import annotations

import pytest

from iterable_admin.errors import Permanent
from iterable_admin.warehouse.query import check_query
from iterable_admin.warehouse.source import dialect_of
from iterable_admin.warehouse.sql_text import Dialect

BOTH: tuple[Dialect, ...] = ("duckdb", "snowflake")


@pytest.mark.parametrize("dialect", BOTH)
@pytest.mark.parametrize(
    "sql",
    [
        "SELECT 1",
        "select n from t where created >= $window_start;",
        "-- all; of them\nSELECT ';', \"a;b\", 'it''s' /* DELETE; */ FROM t ;; ",
        "WITH a AS (SELECT 1 AS n), b AS (SELECT n FROM a) SELECT * FROM b",
        "WITH RECURSIVE a AS (SELECT 1 AS n) SELECT n FROM a",
        "(SELECT 1) UNION ALL (SELECT 2)",
        "SELECT $$; DROP TABLE t; it's$$",
        "SELECT coalesce(update_id, insert(s, 1, 0, 'x')) FROM t",
        "SELECT n FROM t QUALIFY row_number() OVER (PARTITION BY n ORDER BY n) = 1",
    ],
)
def test_one_select_is_let_through(sql: str, dialect: Dialect) -> None:
    check_query(sql, dialect)


@pytest.mark.parametrize("dialect", BOTH)
@pytest.mark.parametrize(
    ("sql", "said"),
    [
        ("", "is empty"),
        (" -- nothing\n;", "is empty"),
        ("SELECT 1; SELECT 2", "more than one statement"),
        ("SELECT 1 /* ; */; DROP TABLE t", "more than one statement"),
        ("SELECT ''';'; DELETE FROM t", "more than one statement"),
        ("INSERT INTO t VALUES (1)", "begins with INSERT"),
        ("delete from t", "begins with DELETE"),
        ("/* SELECT */ DROP TABLE t", "begins with DROP"),
        ("COPY t TO '/tmp/x'", "begins with COPY"),
        ("ATTACH 'other.duckdb'", "begins with ATTACH"),
        ("SET lock_configuration = false", "begins with SET"),
        ("PRAGMA version", "begins with PRAGMA"),
        ("SHOW TABLES", "begins with SHOW"),
        ("DESCRIBE t", "begins with DESCRIBE"),
        ("CALL wipe()", "begins with CALL"),
        ("EXPLAIN SELECT 1", "begins with EXPLAIN"),
        ("WITH a AS (SELECT 1) INSERT INTO t SELECT * FROM a", "is INSERT"),
        ("WITH a AS (SELECT 1) DELETE FROM t", "is DELETE"),
        ("WITH a AS (INSERT INTO t VALUES (1) RETURNING *) SELECT * FROM a", "holds INSERT"),
        ("WITH a AS ( /* so */ DELETE FROM t RETURNING *) SELECT * FROM a", "holds DELETE"),
        ("SELECT 'it", "never closes"),
        ("SELECT 1 /* for ever", "never closes"),
    ],
)
def test_anything_else_is_refused_with_the_reason(sql: str, said: str, dialect: Dialect) -> None:
    with pytest.raises(Permanent, match=said):
        check_query(sql, dialect)


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT v:namespace.id::NUMBER, f.value FROM t, LATERAL FLATTEN(input => t.v) f",
        "SELECT 'it\\'s; one' FROM t // DELETE; it's",
    ],
)
def test_what_only_snowflake_writes_is_read_as_snowflake_does(sql: str) -> None:
    check_query(sql, "snowflake")


@pytest.mark.parametrize(
    ("sql", "said"),
    [
        ("SELECT 1 ->> DELETE FROM t", "chains statements"),
        ("SELECT SYSTEM$CANCEL_ALL_QUERIES(1)", "calls SYSTEM"),
        ('SELECT "SYSTEM$ABORT_SESSION"(1)', "calls"),
        ("SELECT '\\\\'; DELETE FROM t; SELECT '", "never closes|more than one"),
    ],
)
def test_what_only_snowflake_would_do_is_refused(sql: str, said: str) -> None:
    with pytest.raises(Permanent, match=said):
        check_query(sql, "snowflake")


@pytest.mark.parametrize("sql", ["SELECT FROM WHERE", "SELECT a FROM t GROUP"])
def test_what_duckdb_cannot_parse_is_refused_in_its_words(sql: str) -> None:
    with pytest.raises(Permanent, match=r"DuckDB cannot read the query: Parser Error"):
        check_query(sql)


@pytest.mark.parametrize(
    ("url", "dialect"),
    [("snowflake://reader@acme/A/B", "snowflake"), ("duckdb:///x.duckdb", "duckdb"), ("parquet:///x", "duckdb")],
)
def test_the_warehouse_decides_over_the_dialect(url: str, dialect: str) -> None:
    assert dialect_of(url) == dialect
