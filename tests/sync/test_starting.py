from __future__ import annotations

import os
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pyarrow as pa
import pytest
import time_machine
from django.db import connection
from django.utils import timezone

from contacts.sync import holding, tasks
from contacts.sync.holding import kept_alive
from contacts.sync.models import SyncDefinition, SyncRun
from contacts.sync.starting import RunUnderWay, Wish, close_dead_runs, start_run, take
from iterable_admin.processes import this_process
from iterable_admin.warehouse.duckdb_source import DuckDBSource
from tests.sync.conftest import Fill, person
from tests.sync.iterable import run_once
from tests.sync.test_restarts import OTHERS

pytestmark = pytest.mark.django_db
on_postgresql = pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has one writer at a time")
PATIENCE = 20.0
LONG_AGO = timedelta(minutes=9)


def dead_process() -> str:
    ended = subprocess.Popen(["true"])
    ended.wait()
    return f"{socket.gethostname()}:{ended.pid}"


@time_machine.travel(datetime(2026, 4, 30, 23, 59, tzinfo=UTC), tick=False)
def test_today_and_the_window_are_fixed_at_the_start(settings: Any) -> None:
    settings.TIME_ZONE = "Asia/Tokyo"
    run = start_run("command")
    assert (run.today, run.window_start) == (date(2026, 4, 30), datetime(2026, 2, 28, tzinfo=UTC))
    assert (run.state, run.trigger, run.process) == ("running", "command", "")


def test_a_second_run_is_refused_with_the_firsts_start() -> None:
    first = start_run("command")
    take(first)
    with pytest.raises(RunUnderWay, match=rf"under way since {first.started_at:%Y-%m-%d %H:%M:%S} UTC \(run {first.pk}\)"):
        start_run("schedule")
    assert SyncRun.objects.count() == 1


def test_a_dry_run_may_go_beside_a_run() -> None:
    start_run("command")
    assert start_run("operator", wish=Wish(dry_run=True)).dry_run is True


def test_a_run_whose_process_is_dead_is_closed_and_the_next_one_begins() -> None:
    dead = start_run("command")
    SyncRun.objects.update(process=dead_process())
    start_run("command")
    dead.refresh_from_db()
    assert (dead.state, dead.error[:16]) == ("failed", "The process that")
    assert dead.finished_at is not None


@pytest.mark.parametrize("process", ["elsewhere:1", ""])
def test_elsewhere_silence_of_ten_minutes_decides(process: str) -> None:
    start_run("command")
    SyncRun.objects.update(process=process, heartbeat_at=timezone.now() - timedelta(minutes=9))
    assert close_dead_runs() == 0
    SyncRun.objects.update(heartbeat_at=timezone.now() - timedelta(minutes=11))
    assert close_dead_runs() == 1


def test_a_living_process_of_this_host_is_left_alone() -> None:
    take(start_run("command"))
    assert this_process() == f"{socket.gethostname()}:{os.getpid()}"
    assert close_dead_runs() == 0


def test_a_run_is_taken_once() -> None:
    run = start_run("api")
    assert take(run) is True
    assert take(SyncRun.objects.get()) is False


def test_the_task_of_a_queued_run_may_come_twice(fill: Fill) -> None:
    fill(person())
    run = start_run("api")
    tasks.start_sync(run.pk)
    tasks.start_sync(run.pk)
    run.refresh_from_db()
    assert (run.state, run.read) == ("delivering", 1)


def test_the_nightly_task_runs_unless_one_is_under_way_or_it_is_switched_off(fill: Fill) -> None:
    fill(person())
    tasks.run_nightly_sync()
    assert SyncRun.objects.get().trigger == "schedule"
    start_run("command")
    tasks.run_nightly_sync()
    assert SyncRun.objects.count() == 2
    SyncRun.objects.all().delete()
    SyncDefinition.objects.update(enabled=False)
    tasks.run_nightly_sync()
    assert SyncRun.objects.count() == 0


def until_heard_of() -> None:
    """Sets the run's clock back, and comes back once somebody else has put it right."""
    SyncRun.objects.update(heartbeat_at=timezone.now() - LONG_AGO)
    deadline = time.monotonic() + PATIENCE
    while SyncRun.objects.filter(heartbeat_at__lt=timezone.now() - LONG_AGO / 2).exists():
        assert time.monotonic() < deadline, "nobody beat for the run"


def until_the_beating_ends() -> None:
    for beating in [thread for thread in threading.enumerate() if thread.name == "alive"]:
        beating.join(PATIENCE)
        assert not beating.is_alive()


@on_postgresql
@pytest.mark.django_db(transaction=True)
def test_a_run_whose_source_thinks_for_long_is_not_taken_for_dead(fill: Fill, monkeypatch: pytest.MonkeyPatch) -> None:
    batches = DuckDBSource.batches

    def slow(source: DuckDBSource, *arguments: Any) -> Iterator[pa.RecordBatch]:
        until_heard_of()
        yield from batches(source, *arguments)

    monkeypatch.setattr(holding, "SECONDS_A_QUIET_BEAT", 0.01)
    monkeypatch.setattr(DuckDBSource, "batches", slow)
    fill(person())
    run = run_once()
    assert (run.state, run.read, run.error) == ("delivering", 1, "")
    assert "alive" not in {thread.name for thread in threading.enumerate()}


@on_postgresql
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("change", [{"state": "failed"}, {"process": "elsewhere:1"}])
def test_nobody_beats_for_a_run_that_another_has(change: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    take(start_run("command"))
    run = SyncRun.objects.get()
    SyncRun.objects.update(**change)
    monkeypatch.setattr(holding, "SECONDS_A_QUIET_BEAT", 0.01)
    with kept_alive(run):
        until_the_beating_ends()
    assert SyncRun.objects.get().heartbeat_at == run.heartbeat_at


@on_postgresql
@pytest.mark.django_db(transaction=True)
def test_a_database_that_is_away_ends_the_beating_and_not_the_reading(monkeypatch: pytest.MonkeyPatch) -> None:
    take(start_run("command"))
    run = SyncRun.objects.get()
    monkeypatch.setattr(holding, "SECONDS_A_QUIET_BEAT", 0.01)
    with connection.cursor() as cursor, kept_alive(run):
        until_heard_of()
        cursor.execute(OTHERS)
        until_the_beating_ends()
    assert SyncRun.objects.get().state == "running"
