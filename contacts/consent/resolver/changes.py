"""Single changes of what is known of a person, in words and as something that can be tried on a record."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Literal

from contacts.consent.models import MessageType, ProfileObservation, SubscriptionChange, SubscriptionState
from contacts.consent.resolver.moments import is_marketing
from contacts.consent.resolver.records import Record
from contacts.consent.targets import keys_of

Where = Literal["ledger", "profile", "list", "address"]
Target = SubscriptionChange.Target
ARRAYS = ("list_ids", "unsubscribed_channel_ids", "unsubscribed_message_type_ids", "subscribed_message_type_ids")
BY_AN_ACT = "by an act of the person, or of an operator with a reason"


@dataclass(frozen=True, slots=True)
class Change:
    """`where` it would have to be made: in the ledger, in the profile in Iterable, on a list, at the address itself."""

    where: Where
    words: str
    apply: Callable[[Record], Record] = field(compare=False)


def mend(code: str, message_type: MessageType, record: Record, now: datetime) -> Change | None:
    """What takes this reason away; None where nothing does."""
    channel = message_type.channel
    match code:
        case "BOUNCED" | "ESP_SUPPRESSED":
            return Change("address", "an address that works: this one is reported as dead", _without_reports)
        case "GLOBAL_SUPPRESSION" | "CAMPAIGN_SUPPRESSION" | "JOURNEY_SUPPRESSION":
            return Change("list", f"taken off the list {_listed(record)}".rstrip(), _without_lists)
        case "NOT_IN_ITERABLE" | "NOT_OBSERVED":
            return Change("profile", "a profile in Iterable, seen there", lambda one: _seen(one, now))
        case "CHANNEL_UNSUBSCRIBED":
            without = _array("unsubscribed_channel_ids", channel.iterable_id, now, add=False)
            return Change("profile", f"no longer unsubscribed from {channel.name}", without)
        case "TYPE_UNSUBSCRIBED":
            without = _array("unsubscribed_message_type_ids", message_type.iterable_id, now, add=False)
            return Change("profile", f"no longer unsubscribed from {message_type.name}", without)
        case "WITHDREW" | "NOT_OPTED_IN" | "NEVER_ASKED":
            into = _array("subscribed_message_type_ids", message_type.iterable_id, now, add=True)
            return Change("profile", f"opted in to {message_type.name}", into)
        case "NO_EVIDENCE":
            return _granted(Target.MESSAGE_TYPE, keys_of(message_type)[0], message_type.name, now)
    return None


def lift(message_type: MessageType, record: Record, withdrawal: int | None, now: datetime) -> Change:
    """A later act of the person on what they withdrew from: a narrower one would not do."""
    target = next((state.target for state in record.states if state.withdrawn_by == withdrawal), "")
    if target == Target.MESSAGE_TYPE:
        return _granted(Target.MESSAGE_TYPE, keys_of(message_type)[0], message_type.name, now)
    if is_marketing(message_type.channel):
        return _granted(Target.ALL_MARKETING, "", "all marketing", now)
    return _granted(Target.CHANNEL, keys_of(message_type.channel)[0], message_type.channel.name, now)


def block(message_type: MessageType, now: datetime) -> Change:
    """One withdrawal; of what is no marketing, Iterable's own unsubscribe."""
    if not is_marketing(message_type.channel):
        return out_of_channel(message_type, now)
    key = keys_of(message_type)[0]
    stated = _state(Target.MESSAGE_TYPE, key, withdrawn_at=now, withdrawn_by=0)
    return Change("ledger", f"a withdrawal from {message_type.name}", stated)


def out_of_channel(message_type: MessageType, now: datetime) -> Change:
    channel = message_type.channel
    words = f"unsubscribed from {channel.name}, which beats every type in it"
    return Change("profile", words, _array("unsubscribed_channel_ids", channel.iterable_id, now, add=True))


def _granted(target: str, key: str, name: str, now: datetime) -> Change:
    return Change("ledger", f"an agreement to {name}, {BY_AN_ACT}", _state(target, key, granted_at=now, granted_by=0))


def _state(target: str, key: str, **moments: Any) -> Callable[[Record], Record]:
    def apply(record: Record) -> Record:
        state = SubscriptionState(address_key=record.address_key, target=target, target_key=key, **moments)
        return replace(record, states=[*record.states, state])

    return apply


def _array(name: str, number: int | None, now: datetime, *, add: bool) -> Callable[[Record], Record]:
    def apply(record: Record) -> Record:
        seen = _seen(record, now)
        kept = [one for one in getattr(seen.sight, name) if one != number]
        setattr(seen.sight, name, [*kept, number] if add and number else kept)
        return seen

    return apply


def _seen(record: Record, now: datetime) -> Record:
    """A copy of the latest sight, or of a profile that nobody has touched."""
    sight = record.sight
    here = sight is not None and sight.present
    told = {name: list(getattr(sight, name)) if here else [] for name in ARRAYS}
    return replace(record, sight=ProfileObservation(address_key=record.address_key, observed_at=now, present=True, **told))


def _without_reports(record: Record) -> Record:
    return replace(record, reports=[])


def _without_lists(record: Record) -> Record:
    off = replace(record, list_ids={}, listed_at={})
    if record.sight is None or not record.sight.present:
        return off
    seen = _seen(off, record.sight.observed_at)
    seen.sight.list_ids = []  # type: ignore[union-attr] # it was made the line before
    return seen


def _listed(record: Record) -> str:
    return ", ".join(row.name for row in record.list_ids.values())
