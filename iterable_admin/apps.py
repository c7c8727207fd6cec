from __future__ import annotations

import gc

# The module, not the class: a class imported by name would be a second default config of this app to Django.
from django.apps import AppConfig
from django.contrib.admin import apps as admin_apps

# Allocations before Python looks for garbage in circles. Rows come by the thousand and are in none: 700, its own figure,
# means many looks for each batch.
SELDOM = (50_000, 20, 50)


class IterableAdminConfig(AppConfig):
    name = "iterable_admin"
    default = True

    def ready(self) -> None:
        from iterable_admin import among, checks  # noqa: F401 - importing registers the lookup and the system checks

        gc.set_threshold(*SELDOM)


class IterableAdminSiteConfig(admin_apps.AdminConfig):
    default = False
    default_site = "iterable_admin.site.IterableAdminSite"
