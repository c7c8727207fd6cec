"""Have Iterable read again, by a worker: it may take longer than a page may."""

from __future__ import annotations

from django.db import transaction
from django_q.tasks import async_task

from journeys.mirror.refreshing import refresh

TASK = "journeys.mirror.asking.refresh_for_an_operator"


def ask_for_a_refresh() -> None:
    transaction.on_commit(lambda: async_task(TASK, q_options={"save": False, "cluster": "sync"}))


def refresh_for_an_operator() -> None:
    refresh("operator")
