from __future__ import annotations

from django.apps import AppConfig


class IntakeConfig(AppConfig):
    name = "contacts.intake"
    label = "intake"

    def ready(self) -> None:
        from contacts.intake.handling import handle_events
        from contacts.intake.iterable_webhooks.handling import handle_webhooks
        from contacts.intake.overwriting import warnings_of
        from contacts.intake.renewing import renew_of_events
        from contacts.intake.rereading import reread_event, reread_unsubscribe, reread_webhook
        from contacts.intake.unsubscribing import go_on, handle_unsubscribes
        from iterable_admin.inbox.models import Event
        from iterable_admin.inbox.registry import register, register_reader
        from iterable_admin.inbox.replaying import register_warning
        from iterable_admin.outbox.newest import register_renewal
        from iterable_admin.outbox.registry import register_settler

        register(Event.Door.EVENT, handle_events)
        register(Event.Door.UNSUBSCRIBE, handle_unsubscribes)
        register(Event.Door.ITERABLE, handle_webhooks)
        register_reader(Event.Door.EVENT, reread_event)
        register_reader(Event.Door.UNSUBSCRIBE, reread_unsubscribe)
        register_reader(Event.Door.ITERABLE, reread_webhook)
        register_settler(go_on)
        register_warning(warnings_of)
        register_renewal("event", renew_of_events)
