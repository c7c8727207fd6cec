"""Keep the namespaces themselves: what is said of them whichever member it was read from."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.utils import timezone

from contacts.models import Namespace
from contacts.sync.outgoing import Chosen
from iterable_admin.copying import insert_values, upsert_rows

ABOUT_ONE_MEMBER = {"USER_ID", "USER_ACCESS_LEVEL", "USER_ACCESS_LEVEL_NAME"}
COLUMNS = (
    "namespace_id",
    "plan_title",
    "plan_is_paid",
    "is_active_trial",
    "is_setup_for_company",
    "member_count",
    "creator_user_id",
    "attributes",
    "updated_at",
)
ATTRIBUTES = COLUMNS.index("attributes")
# One person may have hundreds of namespaces, and SQLite takes 32,766 values in one statement.
IDS_A_QUERY = 10_000


def store_namespaces(found: Iterable[Chosen]) -> None:
    by_id = {namespace.namespace_id: namespace for namespace in found}
    ids = sorted(by_id)
    for start in range(0, len(ids), IDS_A_QUERY):
        _store_some([by_id[namespace_id] for namespace_id in ids[start : start + IDS_A_QUERY]])


def _store_some(namespaces: list[Chosen]) -> None:
    ids = [namespace.namespace_id for namespace in namespaces]
    stored = dict(Namespace.objects.filter(pk__among=ids).values_list("pk", "attributes"))
    now = timezone.now()
    values = [_values(namespace, now) for namespace in namespaces]
    insert_values(Namespace, COLUMNS, [row for row in values if row[0] not in stored])
    changed = [row for row in values if row[0] in stored and stored[row[0]] != row[ATTRIBUTES]]
    upsert_rows([Namespace(**dict(zip(COLUMNS, row, strict=True))) for row in changed], ["namespace_id"], COLUMNS[1:])


def _values(chosen: Chosen, now: datetime) -> tuple[Any, ...]:
    said: dict[str, Any] = chosen.information
    return (
        chosen.namespace_id,
        said.get("GITLAB_PLAN_TITLE", "")[:100],
        said.get("GITLAB_PLAN_IS_PAID"),
        said.get("IS_ACTIVE_TRIAL"),
        said.get("IS_SETUP_FOR_COMPANY"),
        said.get("CURRENT_MEMBER_COUNT"),
        said.get("CREATOR_USER_ID"),
        _attributes(chosen),
        now,
    )


def _attributes(chosen: Chosen) -> dict[str, Any]:
    """Synced keys in their outgoing form (an array's order is no change), the others as received."""
    said = {**chosen.raw, **chosen.information}
    return {key: value for key, value in said.items() if key not in ABOUT_ONE_MEMBER}
