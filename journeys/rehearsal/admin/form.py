"""What to rehearse: of which version, when, and what if."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.admin.widgets import AdminSplitDateTime
from django.utils import timezone

from contacts.consent.models import List, MessageType
from iterable_admin.audit.asking import ReasonForm
from journeys.definition.models import JourneyVersion
from journeys.models import Journey
from journeys.rehearsal.admin.condition_form import ConditionForm, changed
from journeys.rehearsal.asking import Mode, Wanted, troubles
from journeys.rehearsal.scene import Overlay


class RehearseForm(ConditionForm, ReasonForm):
    version = forms.ModelChoiceField(JourneyVersion.objects.none(), empty_label=None)
    mode = forms.ChoiceField(choices=Mode.choices, initial=Mode.NOW, label="Who enters")
    since = forms.SplitDateTimeField(
        required=False, widget=AdminSplitDateTime, label="From", help_text="Of a replay: its first moment."
    )
    at = forms.SplitDateTimeField(
        required=False, widget=AdminSplitDateTime, label="Moment", help_text="As of when; of a replay: until when."
    )
    retired = forms.ModelMultipleChoiceField(MessageType.objects.none(), required=False, label="What if we retired")
    moved = forms.ModelChoiceField(MessageType.objects.none(), required=False, label="What if steps of")
    to = forms.ModelChoiceField(MessageType.objects.none(), required=False, label="used")
    suppressed = forms.ModelMultipleChoiceField(List.objects.none(), required=False, label="What if we suppressed the lists")
    field_order = (
        *("version", "mode", "since", "at"),
        *("moved", "to", "retired", "suppressed", "place", "audience", "condition", "reason"),
    )

    def __init__(self, journey: Journey, *args: Any, **given: Any) -> None:
        super().__init__(*args, **given)
        choices: dict[str, Any] = dict(self.fields)
        choices["version"].queryset = JourneyVersion.objects.filter(journey=journey).select_related("journey").order_by("-number")
        for name in ("retired", "moved", "to"):
            choices[name].queryset = MessageType.objects.order_by("name")
        choices["suppressed"].queryset = List.objects.order_by("name")
        self.offer(journey)

        for name in ("since", "at"):
            # The label stands for both halves, so each says which it is.
            for half, widget in zip(("day", "time"), choices[name].widget.widgets, strict=True):
                widget.attrs["aria-label"] = f"{choices[name].label}: {half}"

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        told = troubles(cleaned.get("mode", Mode.NOW), cleaned.get("at"), cleaned.get("since"), timezone.now())
        for name, words in told.items():
            if name not in self.errors:
                self.add_error(name, words)
        if bool(cleaned.get("moved")) != bool(cleaned.get("to")):
            self.add_error("to", "Choose both message types: whose steps, and what they would use.")
        return cleaned


def wanted(answers: dict[str, Any]) -> Wanted:
    moved = {answers["moved"].name: answers["to"].name} if answers["moved"] else {}
    retired = frozenset(found.name for found in answers["retired"])
    lists = tuple(found.iterable_id for found in answers["suppressed"])
    return Wanted(Mode(answers["mode"]), answers["at"], answers["since"], Overlay(retired, moved, lists, changed(answers)))
