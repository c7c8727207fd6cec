from __future__ import annotations

from django.apps import AppConfig


class ConsentConfig(AppConfig):
    name = "contacts.consent"
    label = "consent"

    def ready(self) -> None:
        from contacts.consent.erasing.marks import erased_for_good
        from contacts.consent.erasing.pipes import TRACES
        from contacts.consent.erasing.settling import keep_nothing
        from contacts.consent.erasing.traces import register_trace
        from contacts.consent.guarding import guard
        from contacts.consent.looking import note_look_ups
        from contacts.consent.moving.guarding_moves import guard_moves
        from contacts.consent.moving.observing_moves import observe_moves
        from contacts.consent.moving.settling_moves import follow
        from contacts.consent.opting_out import spare_absent
        from contacts.consent.witnessing import witness
        from iterable_admin.inbox.screening import register_screen
        from iterable_admin.outbox.registry import register_gate, register_settler

        register_gate(guard)
        register_gate(guard_moves)
        register_gate(spare_absent)
        register_settler(witness)
        register_settler(keep_nothing)
        register_screen(erased_for_good)
        for trace in TRACES:
            register_trace(trace)
        register_settler(follow)
        register_settler(observe_moves)
        register_settler(note_look_ups)
