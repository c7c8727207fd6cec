"""Operations on rows: one, the selected, or all that match a filter; asked first, done, recorded."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from iterable_admin.audit.asking import Question, ReasonForm, ask_then_do, show
from iterable_admin.audit.browsing import ReadOnly
from iterable_admin.audit.bulk.beginning import Asked, begin
from iterable_admin.audit.recording import record

if TYPE_CHECKING:
    from django.contrib.auth.models import AbstractBaseUser, AnonymousUser

    Actor = AbstractBaseUser | AnonymousUser


# Of so many rows the page waits for the end; more are a bulk action, whose page shows how far it is.
MOST_AT_ONCE = 100
IN_BACKGROUND = "These are many: a worker does them in the background, and a page of its own shows how far it is."


@dataclass(frozen=True)
class Operation:
    """`fit` keeps the rows of a selection that it may touch, `left_alone` says why it spares the others."""

    name: str
    label: str
    permission: str
    sentence: str
    left_alone: str
    # Each takes rows of its own model's queryset.
    fit: Callable[[Any], Any]
    act: Callable[[Any, Actor, str], int]
    # Why one row is left alone, in a few words; None: by the state it is in.
    why: Callable[[Any], str] | None = None


Action = Callable[["Operated", HttpRequest, QuerySet[Any]], HttpResponse]


def action(operation: Operation) -> Action:
    """The operation as an entry of `ModelAdmin.actions`."""

    @admin.action(description=f"{operation.label} …", permissions=[operation.name])
    def run(model_admin: Operated, request: HttpRequest, queryset: QuerySet[Any]) -> HttpResponse:
        return _run(operation, model_admin, request, queryset)

    run.__name__ = operation.name
    return run


def _run(operation: Operation, model_admin: Operated, request: HttpRequest, queryset: QuerySet[Any]) -> HttpResponse:
    fit = operation.fit(queryset)
    count, chosen = fit.count(), queryset.count()
    question = _question(operation, model_admin, request, count, chosen)
    # More rows than the page had shown is another question: it is asked again.
    if count == 0 or "reason" not in request.POST or count > _shown(request):
        return show(request, model_admin.admin_site, question, ReasonForm())

    def act(answers: Mapping[str, Any]) -> str | HttpResponse:
        if chosen > MOST_AT_ONCE:
            bulk = begin(operation, queryset, Asked(request.user, answers["reason"], _selection(request)))
            return HttpResponseRedirect(reverse("admin:audit_bulkaction_change", args=[bulk.pk]))
        touched = operation.act(fit, request.user, answers["reason"])
        told = f"{operation.label}: {touched} of {chosen} {model_admin.opts.verbose_name_plural}."
        told = told if touched == chosen else f"{told} {operation.left_alone}"
        subject = str(model_admin.opts.verbose_name_plural)
        record(request.user, operation.name, subject, _selection(request), touched, answers["reason"], told)
        return told

    return ask_then_do(request, model_admin.admin_site, question, act)


def _shown(request: HttpRequest) -> int:
    shown = request.POST.get("shown", "")
    return int(shown) if shown.isdecimal() else 0


def _question(operation: Operation, model_admin: Operated, request: HttpRequest, count: int, chosen: int) -> Question:
    rows = str(model_admin.opts.verbose_name_plural if chosen != 1 else model_admin.opts.verbose_name)
    spared = chosen - count
    notes = [f"{spared} of the chosen {rows} will not be touched: {operation.left_alone}"] if spared else []
    return Question(
        title=f"{operation.label}: {count} of {chosen} {rows}",
        sentence=operation.sentence,
        submit=f"{operation.label} {count}",
        back=request.get_full_path(),
        count=count,
        hidden=[
            *((ACTION_CHECKBOX_NAME, key) for key in request.POST.getlist(ACTION_CHECKBOX_NAME)),
            ("action", operation.name),
            ("select_across", request.POST.get("select_across", "0")),
            ("index", "0"),
            ("shown", str(count)),
        ],
        notes=[*notes, *([IN_BACKGROUND] if chosen > MOST_AT_ONCE else [])],
    )


def _selection(request: HttpRequest) -> dict[str, Any]:
    if request.POST.get("select_across") == "1":
        return {"all_matching": "&".join(f"{key}={value}" for key, value in request.GET.items())}
    return {"ids": request.POST.getlist(ACTION_CHECKBOX_NAME)}


class Operated(ReadOnly):
    """History that can be operated on: its operations stand on the list, and as buttons on each row's page."""

    operations: tuple[Operation, ...] = ()
    change_form_template = "admin/operated_change_form.html"

    def __init_subclass__(cls) -> None:
        cls.actions = [action(operation) for operation in cls.operations]
        for operation in cls.operations:
            setattr(cls, f"has_{operation.name}_permission", _permitted(operation.permission))

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        offered = self.get_actions(request)
        row = self.model._default_manager.filter(pk=object_id) if object_id.isdecimal() else self.model._default_manager.none()
        buttons = [operation for operation in self.operations if operation.name in offered and operation.fit(row).exists()]
        list_url = reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_changelist")
        context = {"operations": buttons, "list_url": list_url, "checkbox": ACTION_CHECKBOX_NAME, **(extra_context or {})}
        return super().change_view(request, object_id, form_url, context)


def _permitted(permission: str) -> Callable[[Any, HttpRequest], bool]:
    return lambda _admin, request: request.user.is_active and request.user.has_perm(permission)
