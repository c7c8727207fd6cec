from __future__ import annotations

from typing import Any

import pytest
from rest_framework.test import APIClient

from contacts.sync.models import FieldMapping
from iterable_admin.inbox.models import Source
from tests.factories import SyncDefinitionFactory, SyncRowFactory, SyncRunFactory

pytestmark = pytest.mark.django_db


def get(api: APIClient, path: str, **query: str) -> Any:
    return api.get(f"/api/v1/{path}", query)


def test_one_run_is_read_with_its_plan(api: APIClient) -> None:
    run = SyncRunFactory.create(read=7, plan={"to_send": 3})
    told = get(api, f"sync-runs/{run.pk}/").json()
    assert (told["id"], told["read"], told["plan"], told["definition"]) == (run.pk, 7, {"to_send": 3}, run.definition.slug)
    assert get(api, f"sync-runs/{run.pk + 1}/").status_code == 404


def test_rows_of_a_run_are_filtered_by_state_reason_and_person(api: APIClient) -> None:
    run = SyncRunFactory.create()
    failed = SyncRowFactory.create(run=run, state="failed", reason_code="permanent", email="ada@example.com")
    skipped = SyncRowFactory.create(run=run, state="skipped", reason_code="not_in_iterable")
    SyncRowFactory.create(state="failed", reason_code="permanent")
    path = f"sync-runs/{run.pk}/rows/"
    asked = [{}, {"state": "failed"}, {"reason": "not_in_iterable"}, {"email": " Ada@Example.com"}]
    found = [[row["id"] for row in get(api, path, **query).json()["results"]] for query in asked]
    assert found == [[skipped.pk, failed.pk], [failed.pk], [skipped.pk], [failed.pk]]


def test_rows_come_page_by_page(api: APIClient) -> None:
    run = SyncRunFactory.create()
    rows = SyncRowFactory.create_batch(3, run=run)
    first = get(api, f"sync-runs/{run.pk}/rows/", page_size="2").json()
    second = api.get(first["next"]).json()
    assert [row["id"] for row in [*first["results"], *second["results"]]] == [row.pk for row in reversed(rows)]


def test_an_unknown_state_or_run_is_refused(api: APIClient) -> None:
    run = SyncRunFactory.create()
    answer = get(api, f"sync-runs/{run.pk}/rows/", state="lost")
    assert (answer.status_code, list(answer.json())) == (400, ["state"])
    assert get(api, f"sync-runs/{run.pk + 1}/rows/").status_code == 404


def test_definitions_are_listed_with_their_mapping(api: APIClient) -> None:
    definition = SyncDefinitionFactory.create(cron="0 3 * * *")
    FieldMapping.objects.create(definition=definition, source="company_name", field="company")
    [told] = get(api, "sync-definitions/").json()["results"]
    assert (told["slug"], told["cron"], told["enabled"]) == (definition.slug, "0 3 * * *", True)
    assert told["mappings"] == [{"source": "company_name", "field": "company", "type": "string", "enabled": True}]


@pytest.mark.parametrize("path", ["sync-runs/{}/", "sync-runs/{}/rows/", "sync-definitions/"])
def test_reading_needs_its_scope(api: APIClient, source: Source, path: str) -> None:
    source.scopes = ["syncs:write"]
    source.save()
    assert get(api, path.format(SyncRunFactory.create().pk)).status_code == 403
