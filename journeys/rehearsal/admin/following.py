"""How far a run in the background is, for its page; and ending it before its time."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.contrib.admin import AdminSite
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from iterable_admin.audit.asking import Question, ask_then_do
from iterable_admin.audit.pills import pill
from journeys.rehearsal.background import cancel
from journeys.rehearsal.models import BackgroundRun

WIDTH = 1_000
NEXT = {
    "waiting": "A worker takes it up within a minute; nobody needs to act.",
    "running": "A worker is at it; nobody needs to act, and this page may be left.",
    "cancelled": "Nothing was kept.",
}
PILLS = {"waiting": "waiting", "running": "running", "completed": "done", "failed": "needs_you", "cancelled": "skipped"}


def verdict_of(run: BackgroundRun) -> str:
    return pill(PILLS[run.state], run.get_state_display())


def progress_of(run: BackgroundRun, parts: str = "parts") -> dict[str, Any]:
    return {
        "state": run.state,
        "rows": f"{run.done:,} of {run.parts:,} {parts} counted",
        "next": NEXT.get(run.state, ""),
        "width": WIDTH * run.done // max(run.parts, 1),
    }


def ask_to_cancel(request: HttpRequest, site: AdminSite, run: BackgroundRun, page: str) -> HttpResponse:
    question = Question(f"Cancel {run}", "Nothing of it is kept.", "Cancel", reverse(page, args=[run.pk]))

    def act(answers: Mapping[str, Any]) -> str:
        cancel(run, request.user, answers["reason"])
        return "Cancelled."

    return ask_then_do(request, site, question, act)
