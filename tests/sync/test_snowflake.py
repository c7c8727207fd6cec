"""The nightly sync over Snowflake's connector does what it does over a DuckDB file."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from itertools import permutations
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from contacts.models import Contact, FieldChange, Membership, Namespace
from contacts.presence import note_presence
from contacts.sync.next_steps import next_step_of_run
from contacts.sync.staging.stage import open_stage
from iterable_admin.addresses import address_key
from iterable_admin.outbox.models import Delivery
from tests.sync.conftest import Fill, namespace, person
from tests.sync.iterable import run_once
from tests.warehouse.stub import refusal, running_stub
from tests.warehouse.warehouses import warehouse_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def snowflake_holds(tmp_path: Path, settings: Any, snowflake_port: int, monkeypatch: pytest.MonkeyPatch) -> Fill:
    def write(*rows: dict[str, Any]) -> None:
        warehouse = warehouse_of("snowflake", tmp_path, snowflake_port)
        warehouse.write_contacts(*rows)
        settings.WAREHOUSE_URL = warehouse.url
        for name, value in warehouse.environ.items():
            monkeypatch.setenv(name, value)

    return write


def test_a_person_of_snowflake_is_stored_and_enqueued(snowflake_holds: Fill) -> None:
    snowflake_holds(person(namespaces=[namespace(9), namespace(7)]), person("old@example.com", gitlab_dotcom_created_date=None))
    note_presence([address_key("ada@example.com")], present=True, how="look_up")
    run = run_once()
    payload = Delivery.objects.get().payload
    assert [item["NAMESPACE_ID"] for item in payload["dataFields"]["namespace_information"]] == [7, 9]
    assert (run.state, run.read, run.enqueued, run.error) == ("delivering", 1, 1, "")
    assert (Contact.objects.count(), Namespace.objects.count(), Membership.objects.count()) == (1, 2, 2)


def test_a_person_whom_duckdb_gave_is_no_change_in_snowflake(fill: Fill, snowflake_holds: Fill) -> None:
    ada = person(first_name="Ada", last_name="", company_name="Engines", namespaces=[namespace(7)])
    fill(ada)
    assert (run_once().enqueued, FieldChange.objects.count()) == (1, 0)
    snowflake_holds(ada)
    assert (run_once().enqueued, FieldChange.objects.count()) == (0, 0)
    snowflake_holds(ada | {"namespaces_array": person(namespaces=[namespace(8)])["namespaces_array"]})
    assert (run_once().enqueued, FieldChange.objects.count()) == (1, 1)


NARROW = pa.array([7, None], pa.int8())
WIDER = pa.array([70_000], pa.int32())
BEYOND = pa.array([Decimal(10**30)], pa.decimal128(38, 0))


@pytest.mark.parametrize("chunks", [*permutations([NARROW, WIDER, BEYOND]), [NARROW, WIDER]])
def test_chunks_of_other_widths_are_one_column(settings: Any, tmp_path: Path, chunks: Sequence[pa.Array]) -> None:
    settings.VAR_DIR = tmp_path
    batches = [pa.record_batch({"ID": chunk}) for chunk in chunks]
    with open_stage() as stage:
        stage.fill(iter(batches), lambda rows: None)
        held = [value for (value,) in stage.rows("SELECT id::VARCHAR FROM read_rows ORDER BY id NULLS LAST")]
    assert held == ["7", "70000", *([str(10**30)] if BEYOND in chunks else []), None]


def test_refused_credentials_stop_the_run_and_say_how_to_renew_them(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SNOWFLAKE_TOKEN", "a-s3cret-token")
    with running_stub() as stub:
        stub.login = refusal("390318", "OAuth access token expired.")
        settings.WAREHOUSE_URL = stub.url()
        run = run_once()
    assert (run.state, run.stop_code, run.read, run.rows.count()) == ("stopped", "credentials", 0, 0)
    assert next_step_of_run(run).endswith("The technical owner renews them, then runs it again.")
    assert run.error.startswith("Snowflake refused reader at acme (390318)")
    assert "a-s3cret-token" not in run.error
