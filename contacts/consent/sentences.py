"""One sentence for each message type: where a person stands with it, and why."""

from __future__ import annotations

from typing import TypedDict

from contacts.consent.ledger import Standing, Target, effective, resolve
from contacts.consent.models import MessageType, SubscriptionChange
from contacts.consent.targets import keys_of

Policy = MessageType.Policy


class Sentence(TypedDict):
    message_type: str
    channel: str
    policy: str
    state: str
    sentence: str


def subscription_sentences(address_key: str) -> list[Sentence]:
    """By channel and message type; `state` is withdrawn, granted, never_asked or not_marketing."""
    rows = list(SubscriptionChange.objects.of(address_key))
    marketing = resolve(row for row in rows if row.target == Target.ALL_MARKETING)
    applied = bool(marketing.withdrawn and marketing.row and effective([marketing.row]))
    types = MessageType.objects.select_related("channel")
    return [_sentence(message_type, rows, marketing, applied) for message_type in types]


def _sentence(message_type: MessageType, rows: list[SubscriptionChange], marketing: Standing, applied: bool) -> Sentence:
    own = resolve(row for row in rows if row.target == Target.MESSAGE_TYPE and row.target_key in keys_of(message_type))
    state, words = _words(message_type, marketing, own, applied)
    if message_type.do_not_use:
        words += " This type must not be used: its policy can mail people who withdrew."
    return {
        "message_type": message_type.name,
        "channel": message_type.channel.name,
        "policy": message_type.get_policy_display(),
        "state": state,
        "sentence": words,
    }


def _words(message_type: MessageType, marketing: Standing, own: Standing, applied: bool) -> tuple[str, str]:
    if message_type.channel.channel_type == "Transactional":
        return "not_marketing", "Transactional: an unsubscribe from marketing does not concern it."
    if marketing.withdrawn and marketing.row:
        done = "Iterable has accepted the opt-out." if applied else "Iterable has not been told yet, or does not have the person."
        return "withdrawn", f"Withdrew from all marketing on {_when(marketing.row)} ({marketing.row.source}). {done}"
    if own.withdrawn and own.row:
        return "withdrawn", f"Withdrew from this type on {_when(own.row)} ({own.row.source})."
    granted = next((standing.row for standing in (own, marketing) if standing.granted), None)
    if granted:
        how = "derived from a form" if granted.basis == "derived" else "by an act of the person"
        return "granted", f"Granted on {_when(granted)} ({granted.source}), {how}."
    if message_type.policy == Policy.OPT_IN:
        return "never_asked", "Never asked: an opt-in type mails nobody without a grant."
    return "never_asked", "Never asked: by its opt-out policy Iterable mails this person all the same."


def _when(row: SubscriptionChange) -> str:
    return f"{row.occurred_at:%Y-%m-%d %H:%M} UTC"
