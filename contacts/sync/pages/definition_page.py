"""Everything that the page of a definition shows besides its own fields, in a fixed number of queries."""

from __future__ import annotations

from typing import Any

from contacts.sync.approving import PERMISSION
from contacts.sync.models import SyncDefinition
from contacts.sync.pages.query_diff import query_diff
from contacts.sync.pages.run_page import OPERATES, Viewer, may
from contacts.sync.pages.times import schedule_in_words
from contacts.sync.pages.trend import last_runs, strip, trend


def definition_page(definition: SyncDefinition, user: Viewer) -> dict[str, Any]:
    runs = last_runs(definition)
    return {
        "operates": may(user, OPERATES) and bool(definition.query),
        "sees_runs": may(user, "sync.view_syncrun"),
        "sees_people": may(user, "contacts.view_contact"),
        "changes_query": may(user, PERMISSION),
        "may_decide": may(user, PERMISSION) and definition.proposed_by_id != user.pk,
        "schedule": schedule_in_words(definition),
        "strip": strip(runs),
        "trend": trend(runs),
        "pieces": query_diff(definition.query, definition.proposed_query) if definition.proposed_query else [],
    }
