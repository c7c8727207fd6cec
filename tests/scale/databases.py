"""The PostgreSQL databases of benchmarks that run in this very process."""

from __future__ import annotations

import os

import psycopg

SERVER = os.environ.get("TEST_POSTGRES_URL", "postgres://postgres@127.0.0.1:5432/postgres")


def begin_empty(database: str) -> None:
    """A new one, under the settings that the environment gives Django from here on."""
    with psycopg.connect(SERVER, autocommit=True) as connection:
        connection.execute(f'DROP DATABASE IF EXISTS "{database}"')
        connection.execute(f'CREATE DATABASE "{database}"')
    connect(database)
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    call_command("seed", verbosity=0)


def connect(database: str) -> None:
    """To one that was filled before."""
    os.environ["DATABASE_URL"] = SERVER.rpartition("/")[0] + "/" + database
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "iterable_admin.settings")
    import django

    django.setup()
