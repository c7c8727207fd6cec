"""No page without a role: whoever has none is told whom to ask, and sees nothing of the product."""

from __future__ import annotations

from collections.abc import Callable
from functools import update_wrapper
from typing import Any

from django.contrib import admin
from django.contrib.auth.models import AnonymousUser, User
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from iterable_admin.audit.models import Dri
from iterable_admin.screens.signing_in.provider import provider_name

# As it stands in any address. PostgreSQL fails where it is asked for one.
NUL = "%00"


class RolesOnlySite(admin.AdminSite):
    """`admin_view` stands before every page of the site, our own included."""

    def admin_view(self, view: Callable[..., Any], cacheable: bool = False) -> Any:
        inner: Any = super().admin_view(view, cacheable)
        if view in (self.logout, self.password_change, self.password_change_done):
            return inner

        def for_roles(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if NUL in request.get_full_path():
                raise Http404("No row and no filter bears a NUL character.")
            if self.has_permission(request) and not has_role(request.user):
                return no_role(request)
            answer: HttpResponse = inner(request, *args, **kwargs)
            return answer

        return update_wrapper(for_roles, inner)

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        return super().login(request, {"provider": provider_name(), **(extra_context or {})})


def has_role(user: User | AnonymousUser) -> bool:
    """Any permission at all: a page asks for its own besides. The same two queries that the first of those would cost."""
    return user.is_superuser or bool(user.get_all_permissions())


def no_role(request: HttpRequest) -> HttpResponse:
    holder = Dri.objects.filter(role=Dri.Role.BUSINESS_OWNER).first()
    return render(request, "admin/no_role.html", {"holder": holder if holder and not holder.vacant else None}, status=403)
