"""Bring into the stage what the database knows of everybody: by COPY where it is PostgreSQL, and never as objects."""

from __future__ import annotations

import csv
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection
from django.db.models import QuerySet
from django.utils import timezone

from contacts.models import Contact, Presence
from contacts.presence import listed_since
from contacts.sync.models import SyncRow, SyncRun, SyncState
from contacts.sync.staging.stage import Stage

# Keys and digests as 128-bit numbers: joins of millions then fit into little memory.
STATES = """CREATE TABLE states AS SELECT key, md5_number(key) AS k, gone, outcome, created_at, fingerprint <> '' AS accepted,
    wanted <> '' AND wanted = fingerprint AS settled, text_digest <> '' AS was_read,
    if(text_digest <> '', md5_number(text_digest), NULL) AS text_number, if(digest <> '', md5_number(digest), NULL) AS number
    FROM arriving"""
PRESENCES = "CREATE TABLE presences AS SELECT md5_number(key) AS k, present FROM arriving"
MINE = "CREATE TABLE mine AS SELECT DISTINCT md5_number(key) AS k FROM arriving"
KNOWN_USERS = "CREATE TABLE known_users AS SELECT user_id, last(mailbox) AS mailbox FROM arriving GROUP BY user_id"
TEXT = "VARCHAR"
OF_STATE = ("address_key", "text_digest", "digest", "wanted", "fingerprint", "outcome", "gone", "account_created_at")
OF_DUCKDB = {"address_key": "key", "account_created_at": "created_at"}
ROWS_AT_A_TIME = 10_000


def load_standing(stage: Stage, run: SyncRun) -> None:
    """The tables `states`, `presences` (those young enough) and `mine` (keys that have a row of this very run).

    Where everybody has been listed, whoever has no presence is absent.
    """
    states = SyncState.objects.filter(definition=run.definition_id).order_by().values_list(*OF_STATE)
    young = listed_since() or timezone.now() - timedelta(hours=settings.KNOWN_MAX_AGE_HOURS)
    presences = Presence.objects.filter(seen_at__gte=young).order_by().values_list("address_key", "present")
    mine = SyncRow.objects.filter(run=run.pk or 0).exclude(state=SyncRow.State.PLANNED).order_by().values_list("address_key")
    told = dict.fromkeys(OF_STATE, TEXT) | {"account_created_at": "TIMESTAMP"}
    _load(stage, STATES, states, {OF_DUCKDB.get(name, name): kind for name, kind in told.items()})
    _load(stage, PRESENCES, presences, {"key": TEXT, "present": "BOOLEAN"})
    _load(stage, MINE, mine, {"key": TEXT})


def load_known_users(stage: Stage) -> None:
    """The table `known_users`: where each GitLab user is mailed, by the latest news."""
    known = Contact.objects.filter(gitlab_user_id__isnull=False).exclude(email="")
    latest = known.order_by("gitlab_user_id", "address_at", "pk").values_list("gitlab_user_id", "email")
    _load(stage, KNOWN_USERS, latest, {"user_id": "BIGINT", "mailbox": TEXT})


def _load(stage: Stage, statement: str, rows: QuerySet[Any, Any], columns: dict[str, str]) -> None:
    """`statement` makes a table from `arriving`, a view of the file in which the rows travel."""
    path = stage.folder / "arriving.csv"
    _export(rows, path)
    told = ", ".join(f"'{name}': '{kind}'" for name, kind in columns.items())
    options = "header = false, nullstr = '\\N', quote = '\"', escape = '\"', delim = ',', auto_detect = false"
    stage.run(f"CREATE OR REPLACE VIEW arriving AS SELECT * FROM read_csv('{path}', columns = {{{told}}}, {options})")
    stage.run(statement)
    stage.run("DROP VIEW arriving")
    path.unlink()


def _export(rows: QuerySet[Any, Any], path: Path) -> None:
    if connection.vendor == "postgresql":
        _copy_out(rows, path)
        return
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        for row in rows.iterator(chunk_size=ROWS_AT_A_TIME):
            writer.writerow([_told(value) for value in row])


def _told(value: Any) -> Any:
    if value is None:
        return "\\N"
    return value.replace(tzinfo=None).isoformat(sep=" ") if hasattr(value, "tzinfo") else value


def _copy_out(rows: QuerySet[Any, Any], path: Path) -> None:
    query, parameters = rows.query.sql_with_params()
    with connection.cursor() as cursor, path.open("wb") as file:
        statement = f"COPY ({query}) TO STDOUT (FORMAT CSV, NULL '\\N')"
        with cursor.copy(cursor.mogrify(statement, parameters) if parameters else statement) as copy:
            for part in copy:
                file.write(part)
