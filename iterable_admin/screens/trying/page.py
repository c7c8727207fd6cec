"""The page on which a payload is tried: pasted, understood, decided on, and forgotten."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse

from iterable_admin.audit.asking import require
from iterable_admin.inbox.models import Source
from iterable_admin.screens.trying.kinds import Kind, kinds
from iterable_admin.screens.trying.trying import try_out

PERMISSION = "inbox.try_event"
EDITOR = forms.Textarea(attrs={"rows": 14, "cols": 80, "spellcheck": "false", "class": "body-editor"})


class TryForm(forms.Form):
    kind = forms.ChoiceField(label="What it is")
    source = forms.ModelChoiceField(
        label="As if sent by",
        queryset=Source.objects.filter(active=True),
        required=False,
        empty_label="a new source",
        help_text="Repeats are told apart by their source.",
    )
    body = forms.CharField(label="Payload", strip=False, widget=EDITOR, help_text="As the caller would send it; it is not kept.")

    def __init__(self, data: Any = None, *, kinds: dict[str, Kind]) -> None:
        super().__init__(data)
        kind = self.fields["kind"]
        assert isinstance(kind, forms.ChoiceField)  # noqa: S101 - declared above
        kind.choices = [(name, found.label) for name, found in kinds.items()]


def try_it(request: HttpRequest) -> HttpResponse:
    """Nothing is recorded either: what is tried changes nothing, and its payload may be anybody's."""
    require(request, PERMISSION)
    known = kinds()
    form = TryForm(request.POST if request.method == "POST" else None, kinds=known)
    context: dict[str, Any] = {"title": "Try it", "form": form}
    if form.is_valid():
        answers = form.cleaned_data
        context["outcome"] = try_out(known[answers["kind"]], answers["source"], answers["body"].replace("\r\n", "\n"))
    return TemplateResponse(request, "admin/inbox/try_it.html", {**admin.site.each_context(request), **context})
