"""The page of the API budget: used and left."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse

from iterable_admin.audit.browsing import ReadOnly
from iterable_admin.iterable.limits import SHARE_USED
from iterable_admin.outbox.budget import budget
from iterable_admin.outbox.models import RateBucket
from iterable_admin.outbox.switching import current


@admin.register(RateBucket)
class RateBucketAdmin(ReadOnly):
    """One page in the place of the list: what counts is what is left now, which no column of a row says."""

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        called, uncalled = budget()
        context = {
            **self.admin_site.each_context(request),
            "title": "API budget: used and left",
            "opts": self.opts,
            "called": called,
            "uncalled": uncalled,
            "share": round(SHARE_USED * 100),
            "scale": settings.ITERABLE_RATE_LIMIT_SCALE,
            "switch": current(),
        }
        return TemplateResponse(request, "admin/outbox/budget.html", {**context, **(extra_context or {})})
