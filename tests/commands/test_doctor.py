from __future__ import annotations

from datetime import timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import duckdb
import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone
from django_q.models import Schedule

from contacts.consent.models import Channel
from iterable_admin.inbox.source_secrets import create_secret
from iterable_admin.outbox.models import Delivery, SendingSwitch
from iterable_admin.sandbox import RunningSandbox
from iterable_admin.schedules import ensure_schedules
from iterable_admin.waking.waking import begin, finish
from tests.factories import DeliveryFactory, SourceFactory, SyncRunFactory
from tests.warehouse.stub import refusal, running_stub

KEY = "0123456789abcdef0123456789abcdef"


@pytest.fixture
def sound(seeded: None, sandbox: RunningSandbox, settings: Any, tmp_path: Path) -> Any:
    """An installation with nothing to mend."""
    ensure_schedules()
    for pipe in ("inbox", "outbox"):
        begin(pipe)
        finish(pipe)
    SyncRunFactory.create(finished_at=timezone.now())
    settings.WAREHOUSE_URL = f"duckdb:///{tmp_path / 'warehouse.duckdb'}"
    duckdb.connect(str(tmp_path / "warehouse.duckdb")).close()
    return settings


def doctor() -> str:
    """What it prints; where something is to mend the last line says how it exits."""
    out = StringIO()
    try:
        call_command("doctor", stdout=out, no_color=True)
    except CommandError as error:
        return f"{out.getvalue()}exit {error.returncode}: {error}"
    return out.getvalue()


def test_a_sound_installation_has_nothing_to_mend(sound: Any) -> None:
    printed = doctor()

    assert "✗" not in printed
    assert "✓ ok    api key      Iterable takes it." in printed
    assert printed.splitlines()[-1].startswith("Nothing to mend")


def test_ids_are_learnt_and_what_waited_for_them_goes_on(sound: Any) -> None:
    channel = Channel.objects.get(name="Marketing Channel")
    waiting = DeliveryFactory.create(
        operation="unsubscribe",
        withdrawal=True,
        state="needs_you",
        payload={"group": "messageChannel", "name": channel.name, "id": None},
    )

    assert f"channel {channel.name}: its id is" in doctor()

    waiting.refresh_from_db()
    assert waiting.state == Delivery.State.READY


def test_a_channel_that_iterable_does_not_have_is_told(sound: Any) -> None:
    Channel.objects.create(name="Carrier pigeon")

    assert "! warn  ids          channel Carrier pigeon" in doctor()


def test_a_key_that_is_not_set_is_told(sound: Any) -> None:
    sound.ITERABLE_API_KEY = ""

    assert "✗ fail  api key      ITERABLE_API_KEY is not set" in doctor()


def test_an_iterable_that_does_not_answer_is_told(sound: Any) -> None:
    sound.ITERABLE_BASE_URL = "http://127.0.0.1:9"

    printed = doctor()

    assert "✗ fail  api key" in printed
    assert "! warn  clock        Not compared" in printed


def test_a_missing_warehouse_is_told(sound: Any) -> None:
    sound.WAREHOUSE_URL = "duckdb:////nowhere/warehouse.duckdb"

    assert "✗ fail  warehouse" in doctor()


def test_a_snowflake_that_refuses_its_token_is_told_without_it(sound: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SNOWFLAKE_TOKEN", "a-s3cret-token")
    with running_stub() as stub:
        sound.WAREHOUSE_URL = stub.url()
        stub.login = refusal("394400", "Programmatic access token is invalid.")
        printed = doctor()
    assert "✗ fail  warehouse    Snowflake refused reader at acme (394400)" in printed
    assert "a-s3cret-token" not in printed


def test_a_cluster_that_does_not_run_is_told_with_its_command(sound: Any) -> None:
    Schedule.objects.filter(cluster="sync").update(next_run=timezone.now() - timedelta(hours=1))

    assert "→ Start: Q_CLUSTER_NAME=sync python manage.py qcluster" in doctor()


def test_missing_schedules_are_told(sound: Any) -> None:
    Schedule.objects.filter(name="nightly purge").delete()

    assert "✗ fail  schedules    Missing: nightly purge." in doctor()


def test_a_stuck_withdrawal_is_told(sound: Any) -> None:
    DeliveryFactory.create(operation="unsubscribe", withdrawal=True, state="needs_you", payload={"id": 1})

    printed = doctor()

    assert "✗ fail  withdrawals  1 withdrawals are not applied" in printed
    assert printed.splitlines()[-1] == "exit 1: 1 to mend, 0 to look at."


def test_a_switch_that_is_not_live_is_a_warning(sound: Any) -> None:
    SendingSwitch.objects.update_or_create(pk=1, defaults={"mode": "observe"})

    printed = doctor()

    assert "! warn  switch       The switch says observe" in printed
    assert "Nothing to mend, 1 to look at." in printed


@pytest.mark.parametrize(
    ("state", "said"),
    [("failed", "✗ fail  last sync"), ("stopped", "✗ fail  last sync"), ("with_errors", "! warn  last sync")],
)
def test_a_sync_that_did_not_end_well_is_told(sound: Any, state: str, said: str) -> None:
    SyncRunFactory.create(
        state=state, stop_code="guard" if state == "stopped" else "", finished_at=timezone.now(), error="The warehouse is away."
    )

    assert said in doctor()


def test_a_wrong_setting_is_told_without_its_value(sound: Any) -> None:
    sound.ITERABLE_PROJECT_TYPE = "emails"
    sound.REDIS_URL = "http://:hunter2@host"

    printed = doctor()

    assert "✗ fail  settings     ITERABLE_PROJECT_TYPE is 'emails'" in printed
    assert "hunter2" not in printed
    assert KEY not in printed


def test_a_secret_that_cannot_be_decrypted_fails_and_names_its_source(sound: Any) -> None:
    create_secret(SourceFactory.create(name="Workato"))
    assert "All that sources sign with can be read." in doctor()
    sound.SECRETS_KEYS = ["another-key-of-thirty-two-letters-"]
    printed = doctor()
    assert "1 cannot be decrypted; signed calls are refused of: Workato." in printed
    assert "SECRETS_KEYS, or make these sources new secrets." in printed
