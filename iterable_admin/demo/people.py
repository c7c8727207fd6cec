"""A warehouse file to try things on, and who of it Iterable already has. Nothing of it is a real person."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from hashlib import md5
from pathlib import Path
from random import Random

import duckdb
import pyarrow as pa

from iterable_admin.demo.invented_namespaces import Namespace
from iterable_admin.demo.invention import JOHN_DOE, invent_people
from iterable_admin.warehouse.marketing_contacts import COLUMNS, PUMP_MARKETING_CONTACT_NAMESPACE_DETAIL

CREATE_TABLE = f"""CREATE TABLE {PUMP_MARKETING_CONTACT_NAMESPACE_DETAIL} (
    dim_marketing_contact_id VARCHAR NOT NULL, email_address VARCHAR NOT NULL, first_name VARCHAR, last_name VARCHAR,
    country VARCHAR, company_name VARCHAR, job_title VARCHAR, gitlab_dotcom_user_id DECIMAL(38, 0) NOT NULL,
    gitlab_user_name VARCHAR, gitlab_dotcom_active_state VARCHAR, gitlab_dotcom_confirmed_date TIMESTAMP,
    gitlab_dotcom_created_date TIMESTAMP, gitlab_dotcom_last_login_date TIMESTAMP, gitlab_dotcom_email_opted_in BOOLEAN,
    is_pql BOOLEAN NOT NULL, max_trial_start_date TIMESTAMP, namespaces_array JSON, prev_hash VARCHAR, last_changed TIMESTAMP
)"""
FILL_TABLE = f"INSERT INTO {PUMP_MARKETING_CONTACT_NAMESPACE_DETAIL} SELECT * FROM invented"  # noqa: S608 - constants only

NESTED = f"SELECT email_address, namespaces_array FROM {PUMP_MARKETING_CONTACT_NAMESPACE_DETAIL}"  # noqa: S608 - constants only
NEST_AGAIN = f"""UPDATE {PUMP_MARKETING_CONTACT_NAMESPACE_DETAIL} AS people SET namespaces_array = changed.nested
    FROM changed WHERE people.email_address = changed.email"""  # noqa: S608 - constants only

# Iterable takes addresses of ASCII only, so it cannot hold the others.
ADDRESSES = rf"""SELECT DISTINCT lower(trim(email_address)) FROM {PUMP_MARKETING_CONTACT_NAMESPACE_DETAIL}
    WHERE regexp_full_match(email_address, '[\x00-\x7f]+')"""  # noqa: S608 - constants only


def write_warehouse(path: Path, today: date, people: int = 5_000, seed: int = 1) -> None:
    """Whoever has the old file open keeps reading it; whoever opens the path finds the old file or the new one, whole."""
    rows = pa.Table.from_pylist(list(invent_people(today, people, seed)))
    path.parent.mkdir(parents=True, exist_ok=True)
    with replacing(path) as beside, duckdb.connect(str(beside)) as connection:
        connection.register("invented", rows.select(COLUMNS))
        connection.execute(CREATE_TABLE)
        connection.execute(FILL_TABLE)


def people_known_to_iterable(path: Path, count: int = 4_200) -> list[str]:
    """John Doe and a fixed, arbitrary choice of the others, of all ages: their mailboxes as Iterable keeps them."""
    with duckdb.connect(str(path), read_only=True) as connection:
        addresses = [address for (address,) in connection.execute(ADDRESSES).fetchall()]
    return sorted(addresses, key=lambda address: (address != JOHN_DOE, digest(address)))[:count]


def change_plan_title(path: Path, email: str, title: str) -> None:
    """Of the person's first namespace; everybody else's rows stay as they are."""

    def retitle(namespaces: list[Namespace]) -> None:
        first = min(str(namespace["NAMESPACE_ID"]) for namespace in namespaces)
        for namespace in namespaces:
            if str(namespace["NAMESPACE_ID"]) == first:
                namespace["GITLAB_PLAN_TITLE"] = title

    rewrite_namespaces(path, retitle, of=email)


def shuffle_namespaces(path: Path, seed: int) -> None:
    """Another order in everybody's array, as the real table's may have from one day to the next, and no other change."""
    rewrite_namespaces(path, Random(seed).shuffle)  # noqa: S311 - repeatable on purpose


def rewrite_namespaces(path: Path, change: Callable[[list[Namespace]], None], of: str | None = None) -> None:
    with replacing(path) as beside:
        shutil.copyfile(path, beside)
        with duckdb.connect(str(beside)) as connection:
            changed = [
                {"email": email, "nested": changed_text(nested, change)}
                for email, nested in connection.execute(f"{NESTED} ORDER BY email_address").fetchall()
                if nested not in (None, "[]") and of in (None, email)
            ]
            if not changed:
                raise LookupError(f"nobody in {path} has the address {of} and a namespace")
            connection.register("changed", pa.Table.from_pylist(changed))
            connection.execute(NEST_AGAIN)


def changed_text(nested: str, change: Callable[[list[Namespace]], None]) -> str:
    namespaces = json.loads(nested)
    change(namespaces)
    return json.dumps(namespaces, ensure_ascii=False)


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A path beside `path` that takes its place when the block ends well, and is removed when it does not."""
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        yield beside
        path.with_name(path.name + ".wal").unlink(missing_ok=True)  # a killed writer's log belongs to the old file
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)
        beside.with_name(beside.name + ".wal").unlink(missing_ok=True)


def digest(text: str) -> str:
    return md5(text.encode(), usedforsecurity=False).hexdigest()
