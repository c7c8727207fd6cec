"""The way from a journey to its rehearsals. No query: whether it is described is told where one is asked for."""

from __future__ import annotations

from django.contrib.auth.models import AnonymousUser, User
from django.urls import reverse

from journeys.models import Journey


def rehearsal_links(journey: Journey, user: User | AnonymousUser) -> dict[str, str]:
    """Empty where somebody may not."""
    sees, rehearses = (user.has_perm(f"journeys.{right}") for right in ("view_rehearsalrun", "rehearse_journey"))
    every = f"{reverse('admin:journeys_rehearsalrun_changelist')}?journey__id__exact={journey.pk}"
    ask = reverse("admin:journeys_rehearsalrun_ask", args=[journey.pk])
    return {"rehearsals": every if sees else "", "rehearse": ask if rehearses else ""}
