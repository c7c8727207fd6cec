from __future__ import annotations

from django.apps import AppConfig


class SyncConfig(AppConfig):
    name = "contacts.sync"
    label = "sync"

    def ready(self) -> None:
        from contacts.consent.erasing.traces import register_trace
        from contacts.moving import register_follower
        from contacts.sync.forgetting import TRACES
        from contacts.sync.gating import gate_sync
        from contacts.sync.invalidating import forget_overwritten
        from contacts.sync.loading import CAUSE, passengers, wait_for_loads
        from contacts.sync.readdressing import settle_changes, take_states_along
        from contacts.sync.renewing import renew_of_syncs
        from contacts.sync.settling import settle_sync
        from contacts.sync.settling_loads import settle_loads
        from iterable_admin.outbox.loads import register_load
        from iterable_admin.outbox.newest import register_renewal
        from iterable_admin.outbox.registry import register_gate, register_settler

        register_gate(gate_sync)
        register_gate(wait_for_loads)
        register_load(CAUSE, passengers)
        register_settler(settle_sync)
        register_settler(settle_loads)
        register_settler(forget_overwritten)
        for trace in TRACES:
            register_trace(trace)
        register_settler(settle_changes)
        register_renewal("sync", renew_of_syncs)
        register_follower(take_states_along)
