"""The settler: what Iterable accepted or answered says whether it has a person."""

from __future__ import annotations

from collections.abc import Sequence

from contacts.presence import note_presence
from iterable_admin.outbox.models import Delivery
from iterable_admin.outbox.registry import Settled

ACCEPTED = (Delivery.State.DELIVERED, Delivery.State.SETTLING)


def notice(settled: Sequence[Settled]) -> None:
    accepted = [item for item in settled if item.delivery.state in ACCEPTED]
    looked_up = [item for item in accepted if item.delivery.operation == Delivery.Operation.LOOK_UP]
    # An event proves nothing about a profile: a single one for an unknown person is accepted as well.
    profiles = [item.delivery.lane for item in accepted if item.delivery.operation in ("profile", "unsubscribe", "subscribe")]
    note_presence(profiles, present=True, how="accepted")
    _notice_changes_of_address(settled)
    note_presence((item.delivery.lane for item in looked_up if item.result["present"]), present=True, how="look_up")
    note_presence((item.delivery.lane for item in looked_up if not item.result["present"]), present=False, how="look_up")
    # With a try behind it this is Iterable's own answer; without, a gate only repeated what is known here.
    missing = [
        item.delivery.lane for item in settled if item.delivery.reason_code == "not_in_iterable" and item.delivery.attempts
    ]
    note_presence(missing, present=False, how="accepted")


def _notice_changes_of_address(settled: Sequence[Settled]) -> None:
    """Whoever is asked about both addresses knows both; what stands on the profile that moved is not inferred."""
    changes = [
        item
        for item in settled
        if item.delivery.operation == Delivery.Operation.CHANGE_ADDRESS
        and item.delivery.state != Delivery.State.WAITING
        and "new" in item.result
    ]
    for name, lane in (("old", "joined_lane"), ("new", "lane")):
        for present in (True, False):
            keys = [getattr(item.delivery, lane) for item in changes if item.result[name] is present]
            note_presence(keys, present=present, how="accepted")
