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
    """The latest `of` these kinds of moment among the targets of these scopes.

    Unexpired: no expiry of the same target came with it or after. Standing: besides, no withdrawal of it stands.
    """

    of: tuple[str, ...]
    scopes: tuple[str, ...]


MOMENTS = {
    "withdrawn": Moment(("withdrawn",), ("broad", "own")),
    "withdrawn_broadly": Moment(("withdrawn",), ("broad",)),
    "acted_broadly": Moment(("granted",), ("broad",)),
    "withdrawn_from_type": Moment(("withdrawn",), ("own",)),
    "acted": Moment(("granted",), ("broad", "own")),
    "acted_on_type_unexpired": Moment(("unexpired_granted",), ("own",)),
    "asked": Moment(("granted", "derived"), ("broad", "own")),
    "told_in_channel": Moment(("unexpired_granted", "standing_derived"), ("broad", "siblings")),
    "left_in_channel": Moment(("withdrawn",), ("broad", "siblings")),
}


def targets_of(moment: Moment, scope: Scope) -> list[Key]:
    return sorted(frozenset[Key]().union(*(getattr(scope, name) for name in moment.scopes)))


def latest(moment: Moment, scope: Scope, states: Iterable[SubscriptionState]) -> tuple[datetime, int] | None:
    """With the ledger row behind it."""
    targets = targets_of(moment, scope)
    told = (state for state in states if (state.target, state.target_key) in targets)
    found = [at for state in told for kind in moment.of if (at := _moment(state, kind))]
    return max(found, default=None)


def _moment(state: SubscriptionState, kind: str) -> tuple[datetime, int] | None:
    how, _, name = kind.rpartition("_")
    at = getattr(state, f"{name}_at")
    if at is None or (how and state.expired_at and state.expired_at >= at) or (how == "standing" and _is_withdrawn(state)):
        return None
    return at, getattr(state, f"{name}_by")


def _is_withdrawn(state: SubscriptionState) -> bool:
    withdrawn, granted = state.withdrawn_at, state.granted_at
    return withdrawn is not None and not (granted and granted > withdrawn)
