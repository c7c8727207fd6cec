"""A saved audience's condition, built part by part on the page that all conditions share."""

from __future__ import annotations

import hashlib
import json

from django.contrib import admin, messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone

from contacts.conditions.building.counting import asked_from, counted, of_parts
from contacts.conditions.building.page import Subject, build
from contacts.conditions.models import SavedAudience
from contacts.conditions.reading import as_json
from contacts.conditions.sql import compiled
from contacts.conditions.tree import Condition
from iterable_admin.audit.asking import require
from iterable_admin.audit.recording import record
from iterable_admin.errors import Permanent, Problem

CHANGE = "conditions.change_savedaudience"
REASON = "While building its condition."
MOVED = "Somebody changed {audience} meanwhile: look at it again."


def build_view(request: HttpRequest, pk: int) -> HttpResponse:
    require(request, CHANGE)
    audience = get_object_or_404(SavedAudience, pk=pk)
    page = reverse("admin:conditions_savedaudience_change", args=[pk])
    try:
        condition = audience.read()
    except Problem as problem:
        messages.error(request, f"It cannot be built on here, since it cannot be read: {problem}")
        return HttpResponseRedirect(page)

    def save(changed: Condition, seen: str, told: str) -> None:
        _save(request, audience, changed, seen, told)

    subject = Subject(
        title=f"Who is in {audience}",
        sentence="In it:",
        condition=condition,
        seen=("seen", digest(audience)),
        back=page,
        back_words=str(audience),
        counts=reverse("admin:conditions_savedaudience_counts", args=[pk]),
        save=save,
    )
    return build(request, admin.site, subject)


def counts_view(request: HttpRequest, pk: int) -> HttpResponse:
    """Numbers alone: nobody's address."""
    require(request, CHANGE)
    audience = get_object_or_404(SavedAudience, pk=pk)
    try:
        return JsonResponse(counted(of_parts(audience.read()), asked_from(request.GET)))
    except Problem as problem:
        return JsonResponse({"problem": str(problem)})


def digest(audience: SavedAudience) -> str:
    """Of the condition as it is kept: what two editors compare."""
    return hashlib.sha256(json.dumps(audience.condition, sort_keys=True).encode()).hexdigest()


@transaction.atomic
def _save(request: HttpRequest, audience: SavedAudience, changed: Condition, seen: str, told: str) -> None:
    locked = SavedAudience.objects.select_for_update().get(pk=audience.pk)
    if digest(locked) != seen:
        raise Permanent(MOVED.format(audience=locked))
    compiled(changed, timezone.now())
    locked.condition = as_json(changed)
    locked.save(update_fields=["condition", "changed_at"])
    selection = {"ids": [str(locked.pk)], "fields": ["condition"]}
    record(request.user, "change", f"saved audience {locked}"[:200], selection, 1, REASON, told)
    messages.success(request, told)
