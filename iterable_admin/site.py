from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.template.response import TemplateResponse
from django.urls import URLPattern, URLResolver, path

from iterable_admin.screens.access.pages import export_contact
from iterable_admin.screens.dashboard import dashboard
from iterable_admin.screens.environment import environment
from iterable_admin.screens.help.pages import help_index, help_page
from iterable_admin.screens.search_page import search_page
from iterable_admin.screens.signing_in.roles_only import RolesOnlySite
from iterable_admin.screens.tasks import by_task


class IterableAdminSite(RolesOnlySite):
    site_header = "Iterable Admin"
    site_title = "Iterable Admin"
    index_title = "Dashboard"
    # There is no other site to view.
    site_url = None
    index_template = "admin/dashboard.html"
    # The sidebar is our own: part of the header, see templates/admin/base_site.html.
    enable_nav_sidebar = False

    def each_context(self, request: HttpRequest) -> dict[str, Any]:
        return {**super().each_context(request), "environment": environment(settings.ENVIRONMENT)}

    def index(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> TemplateResponse:
        return super().index(request, {**dashboard(request), **(extra_context or {})})

    def live(self, request: HttpRequest) -> TemplateResponse:
        """What of the dashboard moves, asked for every few seconds."""
        return TemplateResponse(request, "admin/dashboard/live.html", dashboard(request))

    def get_urls(self) -> list[URLPattern | URLResolver]:
        ours: list[URLPattern | URLResolver] = [
            # Before the contact's own pages, which take any word for a key.
            path("contacts/contact/<int:pk>/export/", self.admin_view(export_contact), name="contacts_contact_export"),
            path("live/", self.admin_view(self.live), name="live"),
            path("search/", self.admin_view(search_page), name="search"),
            path("help/", self.admin_view(help_index), name="help"),
            path("help/<slug:name>/", self.admin_view(help_page), name="help_page"),
        ]
        return [*ours, *super().get_urls()]

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> list[Any]:
        apps = super().get_app_list(request, app_label)
        if app_label:
            return apps
        return by_task([model for app in apps for model in app["models"]], request.user.has_perm)
