"""The page *what if* of a message type: read-only, and it touches nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path

from contacts.consent.models import MessageType
from contacts.consent.resolver.people import Variant
from contacts.consent.resolver.rules import SENTENCES
from iterable_admin.audit.asking import require
from journeys.lint.what_if import Change, preview, preview_steps

if TYPE_CHECKING:
    _ModelAdmin = admin.ModelAdmin[Any]
else:
    _ModelAdmin = admin.ModelAdmin

PERMISSION = "consent.view_messagetype"
LABELS = {
    Change.MOVE: "move its steps to another type",
    Change.RETIRE: "retire this type",
    Change.APPLY: "apply all Marketo withdrawals as channel unsubscribe",
}


class WhatIfForm(forms.Form):
    change = forms.ChoiceField(choices=[(change.value, label) for change, label in LABELS.items()], label="What if we")
    to = forms.ModelChoiceField(MessageType.objects.none(), required=False, label="which is", empty_label=None)

    def __init__(self, message_type: MessageType, *args: Any, **given: Any) -> None:
        super().__init__(*args, **given)
        others = MessageType.objects.exclude(pk=message_type.pk).order_by("do_not_use", "name")
        field: Any = self.fields["to"]
        field.queryset = others


class WithWhatIf(_ModelAdmin):
    def get_urls(self) -> list[URLPattern]:
        page = path("what-if/<int:pk>/", self.admin_site.admin_view(self.what_if), name="journeys_what_if")
        return [page, *super().get_urls()]

    def what_if(self, request: HttpRequest, pk: int) -> HttpResponse:
        require(request, PERMISSION)
        message_type = get_object_or_404(MessageType.objects.select_related("channel"), pk=pk)
        form = WhatIfForm(message_type, request.GET if "change" in request.GET else None)
        shown = answer(message_type, form.cleaned_data) if form.is_valid() else {}
        context = {**self.admin_site.each_context(request), **shown, "message_type": message_type, "form": form}
        context |= {"title": f"What if: {message_type}", "sentences": SENTENCES}
        return TemplateResponse(request, "admin/journeys/what_if.html", context)


def answer(message_type: MessageType, chosen: dict[str, Any]) -> dict[str, Any]:
    change, other = Change(chosen["change"]), chosen["to"]
    if change == Change.MOVE and other is None:
        return {}
    found = preview(Variant(message_type), change, other)
    reasons = sorted({*(found.before.reasons or {}), *(found.after.reasons or {})})
    return {
        "preview": found,
        "steps": preview_steps(message_type, change, other),
        "told": f"{LABELS[change]}{f', {other}' if change == Change.MOVE else ''}",
        "reasons": [
            (code, SENTENCES.get(code, ""), (found.before.reasons or {}).get(code, 0), (found.after.reasons or {}).get(code, 0))
            for code in reasons
        ],
        "lost": [(code, SENTENCES.get(code, ""), people) for code, people in found.lost.items()],
        "gained": [(code, SENTENCES.get(code, ""), people) for code, people in found.gained.items()],
    }
