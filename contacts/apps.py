from __future__ import annotations

from django.apps import AppConfig


class ContactsConfig(AppConfig):
    name = "contacts"
    label = "contacts"

    def ready(self) -> None:
        from contacts.noticing import notice
        from iterable_admin.outbox.registry import register_settler

        register_settler(notice)
