"""Which account the provider's people have; an administrator links one by hand where the address proves nothing."""

from __future__ import annotations

from django.contrib import admin

from iterable_admin.audit.maintaining import Reasoned
from iterable_admin.screens.signing_in.models import Identity


@admin.register(Identity)
class IdentityAdmin(Reasoned):
    list_display = ("id", "user", "issuer", "subject", "linked_at")
    list_select_related = ("user",)
    ordering = ("-id",)
    search_words = ("subject", "user__username")
    autocomplete_fields = ("user",)
    fields = ("user", "issuer", "subject")
