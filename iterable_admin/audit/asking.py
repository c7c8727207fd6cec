"""The page between a button and what it does: what will happen, to how many rows, and why."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse

from iterable_admin.errors import Problem

TEMPLATE = "admin/operation.html"


class ReasonForm(forms.Form):
    reason = forms.CharField(
        max_length=1_000,
        widget=forms.Textarea(attrs={"rows": 3, "cols": 60}),
        help_text="Kept for good, with your name and the time.",
    )


@dataclass(frozen=True)
class Question:
    """What the page says. `hidden` is posted back with the answer; `back` is where no leads to; `shown` is for `template`."""

    title: str
    sentence: str
    submit: str
    back: str
    hidden: Sequence[tuple[str, str]] = ()
    count: int | None = None
    notes: Sequence[str] = field(default_factory=tuple)
    warnings: Sequence[str] = field(default_factory=tuple)
    template: str = TEMPLATE
    shown: Mapping[str, Any] = field(default_factory=dict)


def show(request: HttpRequest, site: admin.AdminSite, question: Question, form: forms.Form) -> TemplateResponse:
    context = {**site.each_context(request), **question.shown, "title": question.title, "question": question, "form": form}
    return TemplateResponse(request, question.template, context)


def ask_then_do(
    request: HttpRequest,
    site: admin.AdminSite,
    question: Question,
    act: Callable[[Mapping[str, Any]], str | HttpResponse],
    form_class: Callable[..., forms.Form] = ReasonForm,
) -> HttpResponse:
    """Shows the question on GET. On POST calls `act` with the answers in one transaction and tells its words."""
    form = form_class(request.POST if request.method == "POST" else None)
    if not form.is_valid():
        return show(request, site, question, form)
    try:
        with transaction.atomic():
            told = act(form.cleaned_data)
    except Problem as problem:
        messages.error(request, str(problem))
        return HttpResponseRedirect(question.back)
    if not isinstance(told, str):
        return told
    messages.success(request, told)
    return HttpResponseRedirect(question.back)


def require(request: HttpRequest, permission: str) -> None:
    if not (request.user.is_active and request.user.has_perm(permission)):
        raise PermissionDenied
