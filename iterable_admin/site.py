from __future__ import annotations

from django.contrib import admin


class IterableAdminSite(admin.AdminSite):
    site_header = "Iterable Admin"
    site_title = "Iterable Admin"
    index_title = "Iterable Admin"
