"""Keep the namespaces themselves: what is said of them whichever member it was read from."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from contacts.models import Namespace
from contacts.sync.outgoing import Chosen
from iterable_admin.copying import upsert_rows

ABOUT_ONE_MEMBER = {"USER_ID", "USER_ACCESS_LEVEL", "USER_ACCESS_LEVEL_NAME"}
FIELDS = (
    "plan_title",
    "plan_is_paid",
    "is_active_trial",
    "is_setup_for_company",
    "member_count",
    "creator_user_id",
    "attributes",
    "updated_at",
)
# One person may have hundreds of namespaces, and SQLite takes 32,766 values in one statement.
IDS_A_QUERY = 10_000


def store_namespaces(found: Iterable[Chosen]) -> None:
    by_id = {namespace.namespace_id: _namespace(namespace) for namespace in found}
    ids = sorted(by_id)
    for start in range(0, len(ids), IDS_A_QUERY):
        _store_some([by_id[namespace_id] for namespace_id in ids[start : start + IDS_A_QUERY]])


def _store_some(namespaces: list[Namespace]) -> None:
    ids = [namespace.pk for namespace in namespaces]
    stored = dict(Namespace.objects.filter(pk__in=ids).values_list("pk", "attributes"))
    changed = [namespace for namespace in namespaces if stored.get(namespace.pk) != namespace.attributes]
    upsert_rows(changed, ["namespace_id"], FIELDS)


def _namespace(chosen: Chosen) -> Namespace:
    information: dict[str, Any] = chosen.information
    return Namespace(
        namespace_id=chosen.namespace_id,
        plan_title=information.get("GITLAB_PLAN_TITLE", "")[:100],
        plan_is_paid=information.get("GITLAB_PLAN_IS_PAID"),
        is_active_trial=information.get("IS_ACTIVE_TRIAL"),
        is_setup_for_company=information.get("IS_SETUP_FOR_COMPANY"),
        member_count=information.get("CURRENT_MEMBER_COUNT"),
        creator_user_id=information.get("CREATOR_USER_ID"),
        attributes=_attributes(chosen),
    )


def _attributes(chosen: Chosen) -> dict[str, Any]:
    """Synced keys in their outgoing form (an array's order is no change), the others as received."""
    said = {**chosen.raw, **chosen.information}
    return {key: value for key, value in said.items() if key not in ABOUT_ONE_MEMBER}
