"""What may be set of a definition; what is wrong is refused by the name of its field."""

from __future__ import annotations

from typing import Any

from croniter import croniter
from django import forms

from contacts.sync.event_names import known_event_names
from contacts.sync.models import SyncDefinition
from contacts.sync.querying import check_query_of_sync
from iterable_admin.audit.asking import ReasonForm
from iterable_admin.audit.maintaining import ReasonedForm
from iterable_admin.errors import Permanent

FIVE = 5
NO_CRON = "{cron} is no cron line of five fields, as in 0 3 * * * for 03:00 UTC each day."
UNKNOWN_EVENT = "No event is called {name}: register it under Event types first, or name one that starts a journey."
NO_EVENT = "A custom event needs its name."
NOT_AN_EVENT = "Only a custom event has a name: leave it empty."
NO_QUERY = "Its first query is not approved yet: nothing could be read."


class DefinitionForm(ReasonedForm):
    def clean_cron(self) -> str:
        cron = " ".join(str(self.cleaned_data["cron"]).split())
        if cron and (len(cron.split()) != FIVE or not croniter.is_valid(cron)):
            raise forms.ValidationError(NO_CRON.format(cron=cron))
        return cron

    def clean_enabled(self) -> bool:
        enabled = bool(self.cleaned_data["enabled"])
        if enabled and not self.instance.query:
            raise forms.ValidationError(NO_QUERY)
        return enabled

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean()
        if cleaned and {"target", "event_name"} <= cleaned.keys() and (fault := _of_event(cleaned)):
            self.add_error("event_name", fault)
        return cleaned


def _of_event(cleaned: dict[str, Any]) -> str:
    name = cleaned["event_name"]
    if cleaned["target"] != SyncDefinition.Target.EVENT:
        return NOT_AN_EVENT if name else ""
    if not name:
        return NO_EVENT
    return "" if name in known_event_names() else UNKNOWN_EVENT.format(name=name)


class QueryForm(ReasonForm):
    query = forms.CharField(
        widget=forms.Textarea(attrs={"rows": 16, "cols": 90, "class": "body-editor", "spellcheck": "false"}),
        help_text="Exactly one SELECT; $window_start is bound to the window's beginning.",
    )
    field_order = ("query", "reason")

    def clean_query(self) -> str:
        query = str(self.cleaned_data["query"])
        try:
            check_query_of_sync(query)
        except Permanent as problem:
            raise forms.ValidationError(str(problem)) from problem
        return query


class PersonForm(forms.Form):
    email = forms.CharField(max_length=254, label="Email address", widget=forms.EmailInput)
