"""From a line of the audit to the rows it was about: by their pages, or by their list with the same filter."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qsl, urlencode

from django.contrib import admin
from django.contrib.auth.models import AnonymousUser, User
from django.db.models import Model
from django.urls import reverse

from iterable_admin.audit.models import OperatorAction

# What selections name, and the kind of row that it is.
NAMED = {
    "alert": "sync.syncalert",
    "bulk_action": "audit.bulkaction",
    "contact": "contacts.contact",
    "definition": "sync.syncdefinition",
    "erasure": "consent.erasure",
    "exception": "journeys.lintexception",
    "finding": "journeys.lintfinding",
    "reconciliation": "intake.reconciliation",
    "run": "sync.syncrun",
    "trigger": "sync.synctrigger",
}
COMPARISON = "comparison"
SEES_COMPARISONS = "sync.view_observecomparison"
MOST_IDS = 500
"""In one link: beyond it browsers and servers cut."""
MASKED = "…"
Link = tuple[str, str]


def touched(action: OperatorAction, user: User | AnonymousUser) -> list[Link]:
    """Words and URL, of what the viewer may see. Nothing where the filter held an address, which is not kept."""
    return [*_single(action, user), *_several(action, user)]


def _single(action: OperatorAction, user: User | AnonymousUser) -> Iterator[Link]:
    kinds = {model._meta.label_lower: model for model in admin.site._registry}
    for key, number in action.selection.items():
        model = kinds.get(NAMED.get(key, ""))
        if model and isinstance(number, int) and _sees(user, model):
            yield f"{model._meta.verbose_name} {number}", _page(model, number)
    if (number := action.selection.get(COMPARISON)) and user.has_perm(SEES_COMPARISONS):
        yield f"comparison {number}", f"{reverse('observe')}?{urlencode({COMPARISON: number})}"


def _several(action: OperatorAction, user: User | AnonymousUser) -> Iterator[Link]:
    model = next((model for model in admin.site._registry if _is_about(action, model)), None)
    if model is None or not _sees(user, model):
        return
    plural, ids = str(model._meta.verbose_name_plural), [str(key) for key in action.selection.get("ids", ())]
    if len(ids) == 1 and (ids[0].isdecimal() or not _by_number(model)):
        yield f"{model._meta.verbose_name} {ids[0]}", _page(model, ids[0])
    elif ids and all(key.isdecimal() for key in ids):
        some = ids[:MOST_IDS]
        words = f"these {len(ids):,} {plural}" if len(some) == len(ids) else f"the first {len(some):,} of these {plural}"
        yield words, _list(model, {"pk__in": ",".join(some)})
    query = action.selection.get("all_matching")
    if isinstance(query, str) and MASKED not in query:
        yield f"{plural} that match the same filter now", _list(model, dict(parse_qsl(query, keep_blank_values=True)))


def _is_about(action: OperatorAction, model: type[Model]) -> bool:
    meta = model._meta
    return action.subject == str(meta.verbose_name_plural) or action.subject.startswith(f"{meta.verbose_name} ")


def _by_number(model: type[Model]) -> bool:
    return model._meta.pk.get_internal_type() not in ("CharField", "TextField", "UUIDField")


def _sees(user: User | AnonymousUser, model: type[Model]) -> bool:
    return user.has_perm(f"{model._meta.app_label}.view_{model._meta.model_name}")


def _page(model: type[Model], key: Any) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_change", args=[key])


def _list(model: type[Model], query: dict[str, str]) -> str:
    return f"{reverse(f'admin:{model._meta.app_label}_{model._meta.model_name}_changelist')}?{urlencode(query)}"
