from __future__ import annotations

from django.apps import AppConfig


class ConsentConfig(AppConfig):
    name = "contacts.consent"
    label = "consent"

    def ready(self) -> None:
        from contacts.consent.guarding import guard
        from contacts.consent.looking import note_look_ups
        from contacts.consent.witnessing import witness
        from iterable_admin.outbox.registry import register_gate, register_settler

        register_gate(guard)
        register_settler(witness)
        register_settler(note_look_ups)
