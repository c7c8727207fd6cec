from __future__ import annotations

from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from contacts.models import Contact
from contacts.presence import note_presence
from contacts.sync.models import SyncRun, SyncState
from contacts.sync.next_steps import next_step_of_run
from contacts.sync.starting import start_run, take
from iterable_admin.addresses import address_key
from iterable_admin.outbox.models import Delivery
from tests.sync.conftest import Fill, person

pytestmark = pytest.mark.django_db


def sync(*arguments: str) -> str:
    out = StringIO()
    call_command("sync", *arguments, stdout=out)
    return out.getvalue()


def test_a_run_prints_figures_that_add_up_and_who_delivers(fill: Fill) -> None:
    fill(person(), person("b@example.com", gitlab_dotcom_last_login_date=None))
    told = sync()
    assert "          read          2\n" in told
    assert "       skipped          1\n" in told
    assert "     under way          1\n" in told
    assert "skipped: 1 never_logged_in: Never logged in to GitLab.com (SYNC_SKIP_NEVER_LOGGED_IN)." in told
    assert "deliveries go out with the workers" in told
    assert SyncRun.objects.get().trigger == "command"


def test_a_dry_run_keeps_its_plan_stores_nobody_and_says_what_it_would_do(fill: Fill) -> None:
    fill(person(), person("b@example.com"), person("c"), person("D@example.com"), person("d@example.com"))
    note_presence([address_key("b@example.com")], present=False, how="look_up")
    told = sync("--dry-run")
    assert (Contact.objects.count(), SyncState.objects.count(), Delivery.objects.count()) == (0, 0, 0)
    assert " would be sent          1\n" in told
    for reason in ("1 invalid_address", "1 not_in_iterable", "2 two_rows_one_mailbox"):
        assert f"skipped: {reason}: " in told
    assert "  ada@example.com: namespace_information (first time)\n" in told
    assert "To send: 1 added; in 1 bulk calls and 1 look-ups, about 0.0 minutes.\n" in told
    assert f"Its plan is kept: /admin/sync/syncrun/{SyncRun.objects.get().pk}/change/" in told


def test_a_dry_run_prints_twenty_examples_at_most(fill: Fill) -> None:
    fill(*[person(f"p{number}@example.com") for number in range(25)])
    assert sync("--dry-run").count("(first time)") == 20


def test_one_person_is_synced_alone_and_nobody_is_taken_for_gone(fill: Fill) -> None:
    fill(person("a@example.com"), person("b@example.com"))
    sync()
    fill(person("B@example.com"))
    sync("--only", "b@Example.com")
    run = SyncRun.objects.latest("pk")
    assert (run.read, run.left, run.vanished) == (1, 0, 0)
    assert not SyncState.objects.exclude(gone="").exists()


@pytest.mark.parametrize("arguments", [[], ["--dry-run"]])
def test_one_person_who_is_not_in_the_source_is_told_and_stops_nothing(fill: Fill, arguments: list[str]) -> None:
    fill(person("a@example.com"))
    told = sync("--only", "gone@example.com", *arguments)
    run = SyncRun.objects.get()
    assert (run.state, run.read, run.error, run.plan["objections"]) == ("completed", 0, "", [])
    assert "\nNo row of this address is in the window: nothing was compared, and nothing is sent.\n" in told
    assert next_step_of_run(run).startswith("No row of this address is in the window")
    assert not Delivery.objects.exists()


def test_a_definition_is_named_by_number_or_slug_and_a_wrong_one_is_told(fill: Fill) -> None:
    fill(person())
    sync("--definition", "first-namespace-details", "--dry-run")
    assert SyncRun.objects.get().definition.name == "First namespace details"
    with pytest.raises(CommandError, match=r"There is no definition nonsense. There are: \d+ \(namespace-information\)"):
        sync("--definition", "nonsense")


def test_a_limit_is_heeded(fill: Fill) -> None:
    fill(*[person(f"p{number}@example.com") for number in range(5)])
    sync("--limit", "2")
    assert (SyncRun.objects.get().read, SyncRun.objects.get().limit) == (2, 2)


@pytest.mark.parametrize("arguments", [[], ["--dry-run"]])
def test_a_failed_run_is_an_error_with_the_reason(tmp_path: Path, settings: Any, arguments: list[str]) -> None:
    settings.WAREHOUSE_URL = f"duckdb:///{tmp_path}/none.duckdb"
    with pytest.raises(CommandError, match="WAREHOUSE_URL names"):
        sync(*arguments)
    assert not Delivery.objects.exists()


def test_a_second_run_is_an_error(fill: Fill) -> None:
    fill(person())
    take(start_run("api"))
    with pytest.raises(CommandError, match="A run is under way since"):
        sync()
    assert SyncRun.objects.count() == 1
