"""Operations on rows: one, the selected, or all that match a filter; asked first, done, recorded."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
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
from iterable_admin.audit.choosing import Way, way_form
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
    # How it differs from `ways`: other operations, one of which may be chosen in its stead on the page that asks.
    own_way: str = ""
    ways: tuple[Operation, ...] = ()
    # Why these rows may not go this way at all; empty: they may.
    forbids: Callable[[Any], str] = lambda _rows: ""
    # What is worth knowing before it is done to these rows.
    warn: Callable[[Any], Sequence[str]] = lambda _rows: ()


# Posted by the buttons on a row's page: its primary key.
OF_A_ROW = "of_a_row"
Action = Callable[["Operated", HttpRequest, QuerySet[Any]], HttpResponse]


def action(operation: Operation) -> Action:
    """The operation as an entry of `ModelAdmin.actions`."""

    @admin.action(description=f"{operation.label} …", permissions=[operation.name])
    def run(model_admin: Operated, request: HttpRequest, queryset: QuerySet[Any]) -> HttpResponse:
        return _run(operation, model_admin, request, queryset)

    run.__name__ = operation.name
    return run


@dataclass(frozen=True)
class Selected:
    """The rows of one question: `fit` are those of the `chosen` that may be touched."""

    fit: Any
    count: int
    chosen: int


def _run(operation: Operation, model_admin: Operated, request: HttpRequest, queryset: QuerySet[Any]) -> HttpResponse:
    fit = operation.fit(queryset)
    selected = Selected(fit, fit.count(), queryset.count())
    ways = _ways(operation, request, fit) if operation.ways and selected.count else []
    question = _question(operation, model_admin, request, selected, ways)
    form = way_form(ways) if ways else ReasonForm
    # More rows than the page had shown is another question: it is asked again.
    if selected.count == 0 or "reason" not in request.POST or selected.count > _shown(request):
        return show(request, model_admin.admin_site, question, form())

    def act(answers: Mapping[str, Any]) -> str | HttpResponse:
        way, reason = _chosen(operation, answers), answers["reason"]
        if selected.chosen > MOST_AT_ONCE:
            bulk = begin(way, queryset, Asked(request.user, reason, _selection(request)))
            return HttpResponseRedirect(reverse("admin:audit_bulkaction_change", args=[bulk.pk]))
        return _do(way, model_admin, request, queryset, reason)

    return ask_then_do(request, model_admin.admin_site, question, act, form)


def _ways(operation: Operation, request: HttpRequest, fit: QuerySet[Any]) -> list[Way]:
    """The operation's own first; those that the viewer may not go are left out, and those that the rows may not say why."""
    others = [way for way in operation.ways if request.user.has_perm(way.permission)]
    own = [Way(operation.name, operation.own_way, operation.sentence, "")]
    return [*own, *(Way(way.name, way.own_way, way.sentence, way.forbids(fit)) for way in others)]


def _chosen(operation: Operation, answers: Mapping[str, Any]) -> Operation:
    return next((way for way in operation.ways if way.name == answers.get("choice")), operation)


def _do(operation: Operation, model_admin: Operated, request: HttpRequest, queryset: QuerySet[Any], reason: str) -> str:
    chosen, subject = queryset.count(), str(model_admin.opts.verbose_name_plural)
    touched = operation.act(operation.fit(queryset), request.user, reason)
    told = f"{operation.label}: {touched} of {chosen} {subject}."
    told = told if touched == chosen else f"{told} {operation.left_alone}"
    record(request.user, operation.name, subject, _selection(request), touched, reason, told)
    return told


def _shown(request: HttpRequest) -> int:
    shown = request.POST.get("shown", "")
    return int(shown) if shown.isdecimal() else 0


def _question(
    operation: Operation, model_admin: Operated, request: HttpRequest, selected: Selected, ways: Sequence[Way]
) -> Question:
    count, chosen = selected.count, selected.chosen
    rows = str(model_admin.opts.verbose_name_plural if chosen != 1 else model_admin.opts.verbose_name)
    spared = chosen - count
    notes = [f"{spared} of the chosen {rows} will not be touched: {operation.left_alone}"] if spared else []
    return Question(
        title=f"{operation.label}: {count} of {chosen} {rows}",
        sentence="Choose how, and say why." if ways else operation.sentence,
        submit=f"{operation.label} {count}" if len(ways) < 2 else f"Do it to {count}",
        back=_back(model_admin, request),
        count=count,
        hidden=[
            *((ACTION_CHECKBOX_NAME, key) for key in request.POST.getlist(ACTION_CHECKBOX_NAME)),
            ("action", operation.name),
            ("select_across", request.POST.get("select_across", "0")),
            ("index", "0"),
            (OF_A_ROW, request.POST.get(OF_A_ROW, "")),
            ("shown", str(count)),
        ],
        notes=[
            *notes,
            *([IN_BACKGROUND] if chosen > MOST_AT_ONCE else []),
            *(f"Not offered: {way.label}. {way.forbidden}" for way in ways if way.forbidden),
        ],
        warnings=operation.warn(selected.fit) if count else (),
    )


def _back(model_admin: Operated, request: HttpRequest) -> str:
    """To the row's own page where the button was pressed there, else to the list as it was filtered."""
    pk = request.POST.get(OF_A_ROW, "")
    if not pk.isdecimal():
        return request.get_full_path()
    return reverse(f"admin:{model_admin.opts.app_label}_{model_admin.opts.model_name}_change", args=[pk])


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
