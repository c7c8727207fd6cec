"""The servers that a setting names by a URL: the database and the mail server. Imports no settings, which import this."""

from __future__ import annotations

from typing import Any

import environ


def database(url: str) -> dict[str, Any]:
    """The connection for a DATABASE_URL. SQLite gets WAL and immediate transactions: web, workers and schedule all write."""
    config: dict[str, Any] = environ.Env.db_url_config(url)
    if config["ENGINE"].endswith("sqlite3"):
        config["OPTIONS"] = {
            "timeout": 30,
            "transaction_mode": "IMMEDIATE",
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA busy_timeout=30000;",
        }
    else:
        config["CONN_MAX_AGE"] = 60
        config["CONN_HEALTH_CHECKS"] = True
    return config


def mail_server(url: str) -> dict[str, Any]:
    """Django's EMAIL_ settings. Of an unknown kind nothing is sent, and a system check says so."""
    known = url.split(":")[0] in environ.Env.EMAIL_SCHEMES
    config: dict[str, Any] = environ.Env.email_url_config(url if known else "dummymail://")
    # Django wants text and numbers where the URL says nothing.
    return {name: value for name, value in config.items() if value is not None}
