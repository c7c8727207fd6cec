"""A database as it is after years: a million contacts, three million events, five million deliveries, all made by PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import psycopg

# What a column is left at that has no default in the database and is not told.
BLANK = {
    **dict.fromkeys(("character varying", "text"), "''"),
    **dict.fromkeys(("integer", "smallint", "bigint", "double precision"), "0"),
    "jsonb": "'{}'",
    "boolean": "false",
}
LEFT_OUT = """SELECT column_name, data_type FROM information_schema.columns WHERE table_schema = 'public' AND table_name = %s
    AND is_nullable = 'NO' AND column_default IS NULL AND is_identity = 'NO' AND is_generated = 'NEVER'"""
INDEXES = """SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public' AND tablename = ANY(%s)
    AND indexname NOT IN (SELECT conname FROM pg_constraint)"""
CROWD = """CREATE TABLE crowd AS SELECT n, encode(hmac('person' || n || '@example.com', %s, 'sha256'), 'hex') AS key
    FROM generate_series(1, %s) n"""
EMAIL = "'person' || {n} || '@example.com'"
PROFILE = """jsonb_build_object('firstName', 'Ada', 'lastName', 'Lovelace', 'company', 'Engines ' || n, 'country', 'Germany')"""
# The newest id is the newest row; ninety days of them.
AGE = "now() - ({rows} - n) * interval '90 days' / {rows}"
EVENT_STATE = """CASE WHEN n > {rows} - 200 THEN 'received' WHEN n % 6000 = 0 THEN 'needs_you' WHEN n % 1000 = 0 THEN 'rejected'
    WHEN n % 100 = 0 THEN 'skipped' ELSE 'done' END"""
DELIVERY_STATE = """CASE WHEN n > {rows} - 300 THEN 'ready' WHEN n > {rows} - 900 THEN 'waiting'
    WHEN n % 5000 = 0 THEN 'needs_you' WHEN n % 50 = 0 THEN 'skipped' ELSE 'delivered' END"""
EVENT_TROUBLES = "(ARRAY['our_bug', 'no_handler', 'configuration'])"
TROUBLES = "(ARRAY['gave_up', 'permanent', 'configuration', 'ambiguous'])"
ENDED = "CASE WHEN ({state}) IN ('done', 'rejected', 'skipped', 'delivered') THEN {age} END"


def populate(url: str, address_key: str, contacts: int) -> None:
    """Into a migrated and seeded database. Everybody has three events and five deliveries, and every third two namespaces."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("CREATE EXTENSION IF NOT EXISTS pgcrypto")
        connection.execute(CROWD, [address_key, contacts])
        connection.execute("ALTER TABLE crowd ADD PRIMARY KEY (n)")
        _people(connection, contacts)
        _events(connection, contacts, 3 * contacts)
        _deliveries(connection, contacts, 5 * contacts)
        _syncs(connection, contacts)
        connection.execute("VACUUM ANALYZE")


Connection = psycopg.Connection[Any]


def _people(connection: Connection, contacts: int) -> None:
    with without_indexes(connection, "contacts_contact", "contacts_namespace", "contacts_membership", "contacts_presence"):
        email = EMAIL.format(n="n")
        told = {"address_key": "key", "email": email, "email_as_received": email, "gitlab_user_id": "n", "profile": PROFILE}
        told |= {"account_created_at": "now() - n % 900 * interval '1 day'", "created_at": AGE, "updated_at": "now()"}
        told |= {"in_warehouse_at": "CASE WHEN n % 3 > 0 THEN now() - interval '1 day' END", "address_at": "now()"}
        insert(connection, "contacts_contact", told, contacts, "crowd")
        plan = "CASE n % 4 WHEN 0 THEN 'Free' WHEN 1 THEN 'Premium' ELSE 'Ultimate Trial' END"
        attributes = "jsonb_build_object('GITLAB_PLAN_TITLE', 'Free', 'NAMESPACE_ID', n)"
        told = {"namespace_id": "n", "plan_title": plan, "attributes": attributes, "updated_at": "now()"}
        insert(connection, "contacts_namespace", told, contacts)
        of_person = {"contact_id": "(n - 1) % {contacts} + 1", "namespace_id": "(n - 1 + (n - 1) / {contacts}) % {contacts} + 1"}
        told = {name: value.format(contacts=contacts) for name, value in of_person.items()}
        insert(connection, "contacts_membership", told | {"information": attributes}, contacts + contacts // 3)
        told = {"address_key": "key", "present": "n % 20 > 0", "seen_at": "now() - interval '3 hours'", "how": "'export'"}
        insert(connection, "contacts_presence", told, contacts, "crowd")


def _events(connection: Connection, contacts: int, rows: int) -> None:
    source = "(SELECT min(id) FROM inbox_source)"
    if connection.execute(f"SELECT {source}").fetchone() == (None,):
        insert(connection, "inbox_source", {"name": "'CustomersDot'", "active": "true", "created_at": "now()"}, 1)
    age, state = AGE.format(rows=rows), EVENT_STATE.format(rows=rows)
    told = {
        "uuid": "gen_random_uuid()",
        "source_id": source,
        "door": "'event'",
        "name": "CASE n % 3 WHEN 0 THEN 'SaaS Trials' ELSE 'SaaS Free Registration' END",
        "email": EMAIL.format(n=f"((n - 1) % {contacts} + 1)"),
        "lane": "key",
        "payload": PROFILE,
        "raw_body": f"({PROFILE})::text",
        "flags": "'[]'",
        "received_at": age,
        "occurred_at": age,
        "state": state,
        "reason_code": f"CASE ({state}) WHEN 'needs_you' THEN {EVENT_TROUBLES}[n % 3 + 1] ELSE '' END",
        "ended_at": ENDED.format(state=state, age=age),
    }
    with without_indexes(connection, "inbox_event"):
        insert(connection, "inbox_event", told, rows, joined=contacts)


def _deliveries(connection: Connection, contacts: int, rows: int) -> None:
    age, state = AGE.format(rows=rows), DELIVERY_STATE.format(rows=rows)
    accepted = f"CASE WHEN ({state}) = 'delivered' THEN {age} END"
    told = {
        "operation": "CASE n % 3 WHEN 0 THEN 'track' ELSE 'profile' END",
        "email": EMAIL.format(n=f"((n - 1) % {contacts} + 1)"),
        "lane": "key",
        "payload": f"jsonb_build_object('dataFields', {PROFILE})",
        "cause": "CASE n % 5 WHEN 0 THEN 'sync' ELSE 'event' END",
        "cause_id": "n::text",
        "state": state,
        "reason_code": f"CASE ({state}) WHEN 'needs_you' THEN {TROUBLES}[n % 4 + 1]"
        " WHEN 'skipped' THEN 'not_in_iterable' ELSE '' END",
        "attempts": "1",
        "created_at": age,
        "creates": "true",
        "next_attempt_at": f"CASE WHEN ({state}) = 'waiting' THEN now() + interval '1 hour' END",
        "accepted_at": accepted,
        "ended_at": ENDED.format(state=state, age=age),
    }
    with without_indexes(connection, "outbox_delivery", "outbox_attempt"):
        insert(connection, "outbox_delivery", told, rows, joined=contacts)
        told = {
            "endpoint": "'/api/users/bulkUpdate'",
            "method": "'POST'",
            "status": "CASE WHEN n % 100 = 0 THEN 500 ELSE 200 END",
        }
        told |= {"started_at": AGE.format(rows=rows // 100), "duration": "0.2", "rows": "100", "accepted": "100"}
        insert(connection, "outbox_attempt", told, rows // 100)


def _syncs(connection: Connection, contacts: int) -> None:
    definition = "(SELECT min(id) FROM sync_syncdefinition)"
    started = "now() - (60 - n) * interval '1 day'"
    told = {"definition_id": definition, "state": "'completed'", "today": f"({started})::date", "window_start": started}
    told |= {"trigger": "'schedule'", "started_at": started, "read_at": started, "finished_at": f"{started} + interval '5 min'"}
    told |= {
        "read": str(contacts),
        "expected": str(contacts),
        "unchanged": str(contacts),
        "enqueued": "10000",
        "delivered": "9990",
    }
    insert(connection, "sync_syncrun", told | {"failed": "10"}, 60)
    rows = contacts // 2
    told = {"run_id": f"(SELECT min(id) FROM sync_syncrun) + n / ({rows} / 60 + 1)", "address_key": "key"}
    told |= {
        "email": EMAIL.format(n="n"),
        "state": "CASE WHEN n % 1000 = 0 THEN 'failed' ELSE 'delivered' END",
        "kind": "'changed'",
    }
    told |= {"reason_code": "CASE WHEN n % 1000 = 0 THEN 'gave_up' ELSE '' END", "changed_fields": "'[\"company\"]'"}
    told |= {"before": PROFILE, "after": PROFILE, "updated_at": "now()"}
    with without_indexes(connection, "sync_syncrow", "sync_syncstate"):
        insert(connection, "sync_syncrow", told, rows, joined=contacts)
        told = {"definition_id": definition, "address_key": "key", "fingerprint": "left(key, 32)", "accepted": PROFILE}
        told |= {"accepted_at": "now()", "entered_at": "now() - n % 60 * interval '1 day'", "account_created_at": "now()"}
        insert(connection, "sync_syncstate", told, contacts, "crowd")


def insert(
    connection: Connection, table: str, told: Mapping[str, str], rows: int, source: str = "", joined: int | None = None
) -> None:
    """Expressions over `n`, which counts from one, and `key`, the address key of person `n` (of `joined` people, in turn)."""
    blank = {name: BLANK[kind] for name, kind in connection.execute(LEFT_OUT, [table]).fetchall() if name not in told}
    columns = {**blank, **told}
    numbers = source or f"generate_series(1, {rows}) n"
    if joined:
        of_people = f"generate_series(1, {rows}) g(n) JOIN crowd ON crowd.n = (g.n - 1) % {joined} + 1"
        numbers = f"(SELECT g.n, crowd.key FROM {of_people}) people"
    names = ", ".join(f'"{name}"' for name in columns)
    values = ", ".join(value.replace("{rows}", str(rows)) for value in columns.values())
    connection.execute(f"INSERT INTO {table} ({names}) SELECT {values} FROM {numbers} ORDER BY n")


@contextmanager
def without_indexes(connection: Connection, *tables: str) -> Iterator[None]:
    """They are made again afterwards, in a tenth of the time that keeping them takes."""
    indexes = connection.execute(INDEXES, [list(tables)]).fetchall()
    for name, _ in indexes:
        connection.execute(f'DROP INDEX "{name}"')
    yield
    for _, definition in indexes:
        connection.execute(definition)
