from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.template.response import TemplateResponse
from django.urls import URLPattern, URLResolver, path, reverse

from iterable_admin.screens.access.pages import export_contact
from iterable_admin.screens.dashboard import dashboard
from iterable_admin.screens.signing_in.roles_only import RolesOnlySite

# By task, not by app: what one looks at, what one acts on, what one sets up once. `Plumbing` is for superusers.
TASKS = {
    "Browse": (
        "Contact",
        "Namespace",
        "Journey",
        "Campaign",
        "Template",
        "Event",
        "MessageType",
        "Channel",
        "List",
        "Membership",
        "FieldChange",
        "AddressChange",
    ),
    "Operate": (
        "Delivery",
        "Attempt",
        "SyncRun",
        "SyncRow",
        "SyncTrigger",
        "SyncNotice",
        "Listing",
        "Reconciliation",
        "SendingSwitch",
        "RateBucket",
        "Notice",
        *("SubscriptionChange", "ProfileObservation", "AddressReport", "SubscriptionState", "ObservedProfile", "LedgerSeal"),
        "ResolverCheck",
        *("LintFinding", "LintException", "LintRun", "Notification"),
        *("Erasure", "ForgottenElsewhere", "MirrorRun", "MirrorChange", "OperatorAction"),
    ),
    "Set up": ("EventType", "Source", "SourceToken", "SyncDefinition", "FieldPrecedence", "SilenceAlarm", "Dri"),
    "Accounts": ("User", "Group", "Identity"),
}
PLUMBING = "Plumbing"


class IterableAdminSite(RolesOnlySite):
    site_header = "Iterable Admin"
    site_title = "Iterable Admin"
    index_title = "Dashboard"
    # There is no other site to view.
    site_url = None
    index_template = "admin/dashboard.html"

    def index(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> TemplateResponse:
        return super().index(request, {**dashboard(request.user), **(extra_context or {})})

    def get_urls(self) -> list[URLPattern | URLResolver]:
        # Before the contact's own pages, which take any word for a key.
        export = path("contacts/contact/<int:pk>/export/", self.admin_view(export_contact), name="contacts_contact_export")
        return [export, *super().get_urls()]

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> list[Any]:
        if app_label:
            return super().get_app_list(request, app_label)
        models = [model for app in super().get_app_list(request) for model in app["models"]]
        tasks = {task: _of(models, names) for task, names in TASKS.items()}
        named = {name for names in TASKS.values() for name in names}
        tasks[PLUMBING] = [model for model in models if model["object_name"] not in named]
        return [_task(task, rows) for task, rows in tasks.items() if rows]


def _of(models: list[dict[str, Any]], names: tuple[str, ...]) -> list[dict[str, Any]]:
    by_name = {model["object_name"]: model for model in models}
    return [by_name[name] for name in names if name in by_name]


def _task(task: str, models: list[dict[str, Any]]) -> dict[str, Any]:
    label = task.lower().replace(" ", "-")
    return {
        "name": task,
        "app_label": label,
        "app_url": reverse("admin:index"),
        "has_module_perms": True,
        "models": models,
    }
