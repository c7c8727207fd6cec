from __future__ import annotations

# The module, not the class: a class imported by name would be a second default config of this app to Django.
from django.apps import AppConfig
from django.contrib.admin import apps as admin_apps


class IterableAdminConfig(AppConfig):
    name = "iterable_admin"
    default = True

    def ready(self) -> None:
        from iterable_admin import among, checks  # noqa: F401 - importing registers the lookup and the system checks


class IterableAdminSiteConfig(admin_apps.AdminConfig):
    default = False
    default_site = "iterable_admin.site.IterableAdminSite"
