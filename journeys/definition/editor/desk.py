"""A draft that somebody edits: read, and saved one change at a time, so that nobody overwrites another's."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any, cast

from django.contrib import messages
from django.contrib.auth.models import User
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse

from iterable_admin.audit.asking import require
from iterable_admin.errors import Problem
from journeys.definition.graph import Graph
from journeys.definition.lifecycle import WRITE, By, edit
from journeys.definition.models import JourneyVersion

REASON = "While writing the draft."
NO_DRAFT = "{version} is {state}: only a draft is edited. Begin another version, or withdraw it to draft."


@dataclass(frozen=True, slots=True)
class Desk:
    request: HttpRequest
    version: JourneyVersion
    graph: Graph

    def at(self, name: str, *args: Any) -> str:
        return reverse(f"admin:journeys_journeyversion_{name}", args=[self.version.pk, *args])

    @property
    def home(self) -> str:
        return self.at("edit")

    @property
    def revision(self) -> int:
        """The one that was seen, as the form tells it."""
        told = self.request.POST.get("revision", "")
        return int(told) if told.isascii() and told.isdecimal() and len(told) < 10 else -1

    def save(self, graph: Graph, told: str) -> None:
        """Raises Problem, with nothing written."""
        with transaction.atomic():
            edit(self.version, By(cast("User", self.request.user), REASON), graph, self.revision, told=told)
        messages.success(self.request, told)

    def refused(self, words: str) -> HttpResponse:
        messages.error(self.request, words)
        return HttpResponseRedirect(self.home)

    def try_to(self, act: Callable[[], tuple[Graph, str]], then: str = "") -> HttpResponse:
        """Saves what `act` makes, with its words; a refusal is told, and writes nothing."""
        try:
            self.save(*act())
        except Problem as problem:
            messages.error(self.request, str(problem))
        return HttpResponseRedirect(then or self.home)


View = Callable[..., HttpResponse]


def for_writers(view: Callable[..., HttpResponse]) -> View:
    """Of a draft that can be read; otherwise its page says why it cannot be edited."""

    @wraps(view)
    def opened(request: HttpRequest, pk: int, **named: Any) -> HttpResponse:
        require(request, WRITE)
        version = get_object_or_404(JourneyVersion.objects.select_related("journey", "author"), pk=pk)
        try:
            graph = version.read()
        except Problem as problem:
            return _back(request, version, f"It cannot be edited here, since it cannot be read: {problem}")
        if version.state != JourneyVersion.State.DRAFT:
            return _back(request, version, NO_DRAFT.format(version=version, state=version.get_state_display()))
        return view(Desk(request, version, graph), **named)

    return opened


def _back(request: HttpRequest, version: JourneyVersion, words: str) -> HttpResponse:
    messages.error(request, words)
    return HttpResponseRedirect(reverse("admin:journeys_journeyversion_change", args=[version.pk]))
