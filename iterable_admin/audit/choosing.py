"""The choice between the ways in which an operation can be done, on the page that asks for the reason."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django import forms

from iterable_admin.audit.asking import ReasonForm


@dataclass(frozen=True)
class Way:
    """`forbidden`: why the chosen rows may not go it; it is not offered then, and refused when it is posted."""

    name: str
    label: str
    sentence: str
    forbidden: str


class WayForm(ReasonForm):
    """Without an answer the first way is gone, which is the operation itself."""

    choice = forms.ChoiceField(label="How", required=False, widget=forms.RadioSelect(attrs={"class": "ways"}))
    field_order = ("choice", "reason")
    ways: Sequence[Way] = ()

    def __init__(self, data: Any = None) -> None:
        super().__init__(data, initial={"choice": self.ways[0].name})
        choice = self.fields["choice"]
        assert isinstance(choice, forms.ChoiceField)  # noqa: S101 - declared above
        offered = [way for way in self.ways if not way.forbidden]
        choice.choices = [(way.name, f"{way.label}. {way.sentence}") for way in offered]
        forbidden = " ".join(way.forbidden for way in self.ways if way.forbidden)
        choice.error_messages["invalid_choice"] = f"This cannot be chosen for these rows. {forbidden}".strip()


def way_form(ways: Sequence[Way]) -> type[WayForm]:
    return type("WayForm", (WayForm,), {"ways": ways})
