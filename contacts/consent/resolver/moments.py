"""The moments that the rules compare, each the latest of its kind among some of a person's subscription states."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from contacts.consent.models import Channel, MessageType, SubscriptionChange, SubscriptionState
from contacts.consent.targets import keys_of

Target = SubscriptionChange.Target
Key = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Scope:
    """The targets that concern one message type."""

    broad: frozenset[Key]
    own: frozenset[Key]
    siblings: frozenset[Key]


def is_marketing(channel: Channel) -> bool:
    return channel.channel_type != "Transactional"


def scope_of(message_type: MessageType, types: Iterable[MessageType]) -> Scope:
    """All marketing (unless it is transactional) and its channel; itself; all types of the channel."""
    channel = message_type.channel
    broad = {(Target.CHANNEL.value, key) for key in keys_of(channel)}
    if is_marketing(channel):
        broad.add((Target.ALL_MARKETING.value, ""))
    siblings = (other for other in types if other.channel_id == channel.pk)
    return Scope(
        frozenset(broad),
        frozenset((Target.MESSAGE_TYPE.value, key) for key in keys_of(message_type)),
        frozenset((Target.MESSAGE_TYPE.value, key) for other in siblings for key in keys_of(other)),
    )


@dataclass(frozen=True, slots=True)
class Moment:
    """`kinds`: which of a state's moments count; `unexpired`: only while no expiry came after or with them."""

    kinds: tuple[str, ...]
    scopes: tuple[str, ...]
    unexpired: bool = False


MOMENTS = {
    "withdrawn": Moment(("withdrawn",), ("broad", "own")),
    "withdrawn_broadly": Moment(("withdrawn",), ("broad",)),
    "withdrawn_from_type": Moment(("withdrawn",), ("own",)),
    "acted": Moment(("granted",), ("broad", "own")),
    "acted_unexpired": Moment(("granted",), ("broad", "own"), unexpired=True),
    "told_in_channel": Moment(("granted", "derived"), ("broad", "siblings"), unexpired=True),
    "acted_in_channel": Moment(("granted",), ("broad", "siblings"), unexpired=True),
    "left_in_channel": Moment(("withdrawn",), ("broad", "siblings")),
}


def targets_of(moment: Moment, scope: Scope) -> list[Key]:
    return sorted(frozenset[Key]().union(*(getattr(scope, name) for name in moment.scopes)))


def latest(moment: Moment, scope: Scope, states: Iterable[SubscriptionState]) -> tuple[datetime, int] | None:
    """With the ledger row behind it."""
    targets = targets_of(moment, scope)
    found = [
        (at, getattr(state, f"{kind}_by"))
        for state in states
        if (state.target, state.target_key) in targets
        for kind in moment.kinds
        if (at := getattr(state, f"{kind}_at")) and not (moment.unexpired and state.expired_at and state.expired_at >= at)
    ]
    return max(found, default=None)
