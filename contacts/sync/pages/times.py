"""When a definition runs by itself, in words."""

from __future__ import annotations

from cron_descriptor import ExpressionDescriptor, Options

from contacts.sync.models import SyncDefinition
from contacts.sync.scheduling import cron_of, next_slot
from iterable_admin.audit.pills import moment_text

SWITCHED_OFF = "Switched off: it does not start by itself."
WITHOUT_QUERY = "Without a query it does not start: propose one, and let a second person approve it."


def schedule_in_words(definition: SyncDefinition) -> str:
    if not definition.query:
        return WITHOUT_QUERY
    if not definition.enabled:
        return SWITCHED_OFF
    cron = cron_of(definition)
    whose = "" if definition.cron else ", as SYNC_CRON says"
    return f"{cron_in_words(cron)} (UTC{whose}); next start {moment_text(next_slot(cron))}."


def cron_in_words(cron: str) -> str:
    options = Options()
    options.use_24hour_time_format, options.verbose, options.locale_code = True, True, "en_US"
    return str(ExpressionDescriptor(cron, options).get_description())
