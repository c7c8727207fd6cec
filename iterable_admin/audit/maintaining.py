"""Rows that the technical owner sets up: each change asks for its reason and is recorded."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.http import HttpRequest

from iterable_admin.audit.asking import ReasonForm
from iterable_admin.audit.browsing import Maintained
from iterable_admin.audit.recording import record

if TYPE_CHECKING:
    _ModelForm = forms.ModelForm[Any]
else:
    _ModelForm = forms.ModelForm


class ReasonedForm(_ModelForm):
    reason = ReasonForm.base_fields["reason"]


class Reasoned(Maintained):
    """`fields` are the model's; the reason joins them for whoever may save."""

    form = ReasonedForm

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        saves = self.has_change_permission(request, obj) if obj else self.has_add_permission(request)
        return [*(self.fields or ()), *(["reason"] if saves else [])]

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        fields = [name for name in form.changed_data if name != "reason"]
        subject = f"{self.opts.verbose_name} {obj}"[:200]
        verb = "change" if change else "add"
        record(request.user, verb, subject, {"ids": [str(obj.pk)], "fields": fields}, 1, form.cleaned_data["reason"])
