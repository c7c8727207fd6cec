"""After some failures one account has to wait at one address. Nobody can lock out others, who come from elsewhere."""

from __future__ import annotations

import math
from typing import Any

from axes.models import AccessAttempt
from django.conf import settings
from django.db.models import Max
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from iterable_admin.client_addresses import client_address


def locked_out(request: HttpRequest, response: HttpResponse, credentials: dict[str, Any] | None) -> HttpResponse:
    """What django-axes answers with: when to try again, and nothing about whether there is such an account."""
    username = (credentials or {}).get("username")
    tries = AccessAttempt.objects.filter(username=username, ip_address=client_address(request))
    last = tries.aggregate(at=Max("attempt_time"))["at"] or timezone.now()
    again = last + settings.AXES_COOLOFF_TIME
    seconds = max(1, math.ceil((again - timezone.now()).total_seconds()))
    context = {"again": again, "minutes": math.ceil(seconds / 60)}
    page = render(request, "admin/locked_out.html", context, status=429)
    page.headers["Retry-After"] = str(seconds)
    return page
