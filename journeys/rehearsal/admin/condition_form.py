"""What if one condition of the journey were another: whose, and what takes its place."""

from __future__ import annotations

import json
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone

from contacts.conditions.models import SavedAudience
from contacts.conditions.reading import as_json, read
from contacts.conditions.sql import compiled
from contacts.conditions.tree import Condition
from iterable_admin.errors import Problem
from journeys.definition.models import JourneyVersion
from journeys.models import Journey
from journeys.rehearsal.conditions_changed import places

LONGEST = 50_000
KEPT = "This is no JSON that can be kept: it is nested too deeply, or holds half a character or a zero."


class ConditionForm(forms.Form):
    place = forms.ChoiceField(
        required=False,
        label="What if the condition of",
        error_messages={"invalid_choice": "No version of the journey has this condition any more: choose another one."},
    )
    audience = forms.ModelChoiceField(SavedAudience.objects.none(), required=False, label="were that of the saved audience")
    condition = forms.CharField(
        required=False,
        max_length=LONGEST,
        label="or were this one",
        widget=forms.Textarea(attrs={"rows": 4, "cols": 60, "spellcheck": "false"}),
        help_text='As JSON, such as {"field": "country", "op": "is", "value": "Germany"}; {"all": []} is everybody.',
    )

    def offer(self, journey: Journey) -> None:
        choices: dict[str, Any] = dict(self.fields)
        choices["place"].choices = [("", "---------"), *_places_of(journey).items()]
        choices["audience"].queryset = SavedAudience.objects.order_by("name")

    def clean_audience(self) -> Condition | None:
        found = self.cleaned_data["audience"]
        return _checked(found.condition) if found else None

    def clean_condition(self) -> Condition | None:
        text = self.cleaned_data["condition"]
        return _checked(_from_text(text)) if text else None

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if not {"place", "audience", "condition"} & set(self.errors):
            self._check_together(cleaned)
        return cleaned

    def _check_together(self, cleaned: dict[str, Any]) -> None:
        place, given = cleaned["place"], [one for one in (cleaned["audience"], cleaned["condition"]) if one is not None]
        if given and not place:
            self.add_error("place", "Choose whose condition it would be.")
        if place and not given:
            self.add_error("audience", "Choose a saved audience, or write a condition.")
        if len(given) > 1:
            self.add_error("condition", "Choose a saved audience or write a condition, not both.")
        if place and cleaned.get("version") and place not in _read(cleaned["version"], {place: ""}):
            words = dict(self["place"].field.choices)[place]  # type: ignore[attr-defined]
            self.add_error("place", f"This version has no condition “{words}” any more: choose one that it has.")


def changed(answers: dict[str, Any]) -> dict[str, Condition]:
    """By its place; nothing where none is chosen."""
    condition = answers["audience"] if answers["condition"] is None else answers["condition"]
    return {answers["place"]: condition} if answers["place"] else {}


def _places_of(journey: Journey) -> dict[str, str]:
    """Of all versions, in the words of the newest that has it."""
    found: dict[str, str] = {}
    for version in JourneyVersion.objects.filter(journey=journey).order_by("-number"):
        for place, words in _read(version, {}).items():
            found.setdefault(place, words)
    return found


def _read(version: JourneyVersion, otherwise: dict[str, str]) -> dict[str, str]:
    """`otherwise`: of a version that can no longer be read, which is told as it is rehearsed."""
    try:
        return {place: slot.words for place, slot in places(version.read()).items()}
    except Problem:
        return otherwise


def _from_text(text: str) -> object:
    try:
        told: object = json.loads(text)
        json.dumps(told, ensure_ascii=False).encode()
    except json.JSONDecodeError as problem:
        raise ValidationError(f"This is no JSON: line {problem.lineno}, column {problem.colno}: {problem.msg}.") from None
    except (RecursionError, UnicodeEncodeError):
        raise ValidationError(KEPT) from None
    return told


def _checked(told: object) -> Condition:
    """Told with the place and the mend; message types have to exist as well."""
    try:
        condition = read(told)
        compiled(condition, timezone.now())
    except Problem as problem:
        raise ValidationError(str(problem)) from None
    if "\\u0000" in json.dumps(as_json(condition)):
        raise ValidationError(KEPT)
    return condition
