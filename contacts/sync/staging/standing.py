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
from contacts.sync.models import SyncRow, SyncRun, SyncState
from contacts.sync.staging.stage import Stage

STATES = {
    "key": "VARCHAR",
    "text_digest": "VARCHAR",
    "digest": "VARCHAR",
    "wanted": "VARCHAR",
    "fingerprint": "VARCHAR",
    "outcome": "VARCHAR",
    "gone": "VARCHAR",
    "created_at": "TIMESTAMP",
}
OF_STATE = ("address_key", "text_digest", "digest", "wanted", "fingerprint", "outcome", "gone", "account_created_at")
ROWS_AT_A_TIME = 10_000


def load_standing(stage: Stage, run: SyncRun) -> None:
    """The tables `states`, `presences` (those young enough) and `mine` (keys that have a row of this very run)."""
    states = SyncState.objects.filter(definition=run.definition_id).order_by().values_list(*OF_STATE)
    young = timezone.now() - timedelta(hours=settings.KNOWN_MAX_AGE_HOURS)
    presences = Presence.objects.filter(seen_at__gte=young).order_by().values_list("address_key", "present")
    mine = SyncRow.objects.filter(run=run.pk or 0).exclude(state=SyncRow.State.PLANNED).order_by().values_list("address_key")
    _load(stage, "states", states, STATES)
    _load(stage, "presences", presences, {"key": "VARCHAR", "present": "BOOLEAN"})
    _load(stage, "mine", mine, {"key": "VARCHAR"})


def load_known_users(stage: Stage) -> None:
    """The table `known_users`: where each GitLab user is mailed, by the latest news."""
    known = Contact.objects.filter(gitlab_user_id__isnull=False).exclude(email="")
    latest = known.order_by("gitlab_user_id", "address_at", "pk").values_list("gitlab_user_id", "email")
    _load(stage, "addresses_of_users", latest, {"user_id": "BIGINT", "mailbox": "VARCHAR"})
    stage.run("CREATE TABLE known_users AS SELECT user_id, last(mailbox) AS mailbox FROM addresses_of_users GROUP BY user_id")


def _load(stage: Stage, table: str, rows: QuerySet[Any, Any], columns: dict[str, str]) -> None:
    path = stage.folder / f"{table}.csv"
    _export(rows, path)
    told = ", ".join(f"'{name}': '{kind}'" for name, kind in columns.items())
    stage.run(
        f"CREATE TABLE {table} AS SELECT * FROM read_csv(?, columns = {{{told}}}, header = false, nullstr = '\\N', "
        "quote = '\"', escape = '\"', delim = ',', auto_detect = false)",
        [str(path)],
    )
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
