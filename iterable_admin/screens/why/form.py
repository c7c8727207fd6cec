"""What is asked: an address, a message type or a journey, and a moment."""

from __future__ import annotations

from typing import Any

from django import forms

from contacts.consent.models import MessageType
from iterable_admin.addresses import is_email, normalise_email
from journeys.models import Journey

TYPE, JOURNEY = "type", "journey"
About = tuple[str, int]
NOT_THERE = {TYPE: "There is no such message type. Choose one below.", JOURNEY: "There is no such journey. Choose one below."}
NOTHING_SUCH = "Only a message type or a journey can be asked about. Choose one below."
NOT_YOURS = "Journeys are not for your role."


class WhyForm(forms.Form):
    email = forms.CharField(
        label="Address",
        max_length=254,
        help_text="Also one that is no contact, or that nobody ever heard of.",
        widget=forms.TextInput(attrs={"size": 40}),
    )
    about = forms.ChoiceField(label="Message type or journey")
    at = forms.CharField(
        label="Moment", max_length=40, required=False, help_text="2026-03-31 or 2026-03-31T14:30; empty means now."
    )

    def __init__(self, data: Any = None, *, journeys: bool, **told: Any) -> None:
        """`journeys`: whether the viewer may see them."""
        super().__init__(data, **told)
        about = self.fields["about"]
        assert isinstance(about, forms.ChoiceField)  # noqa: S101 - declared above
        about.choices = self.offered = choices(journeys=journeys)
        self.journeys = journeys

    def missing(self, told: str) -> str:
        """Why what a link asks about cannot be explained; empty where it can, or where it asks about nothing."""
        wanted = about_of(told)
        if wanted is None:
            return NOTHING_SUCH if told else ""
        kind, number = wanted
        if any(value == f"{kind}:{number}" for _, group in self.offered for value, _ in group):
            return ""
        return NOT_YOURS if kind == JOURNEY and not self.journeys else NOT_THERE[kind]

    def clean_email(self) -> str:
        email = normalise_email(self.cleaned_data["email"])
        if not is_email(email):
            raise forms.ValidationError("This is not an email address.")
        return email


def choices(*, journeys: bool) -> list[tuple[str, list[tuple[str, str]]]]:
    types = [(f"{TYPE}:{row.pk}", str(row)) for row in MessageType.objects.select_related("channel")]
    found = [("Message types", types)]
    if journeys:
        named = Journey.objects.order_by("name").values_list("pk", "name")
        found.append(("Journeys", [(f"{JOURNEY}:{pk}", name) for pk, name in named]))
    return found


def about_of(told: str) -> About | None:
    kind, _, number = told.partition(":")
    if (
        kind not in (TYPE, JOURNEY)
        or not (number.isascii() and number.isdecimal())
        or len(number) > len("9223372036854775807") - 1
    ):
        return None
    return kind, int(number)
