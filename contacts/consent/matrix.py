"""Where a person stands with each message type: both verdicts, and in one sentence what they said."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from contacts.consent.ledger import Standing, decide, effective, kind_of
from contacts.consent.models import MessageType, SubscriptionChange, SubscriptionState
from contacts.consent.resolver.moments import is_marketing, scope_of
from contacts.consent.resolver.person import Verdicts, verdicts_of
from contacts.consent.resolver.records import AsOf, Record, load
from contacts.consent.states import KINDS

Policy = MessageType.Policy


@dataclass(frozen=True, slots=True)
class Line:
    """`state` is withdrawn, granted, never_asked or not_marketing, by the ledger alone; `row` is what decides it there."""

    verdicts: Verdicts
    state: str
    sentence: str
    row: SubscriptionChange | None = None

    @property
    def message_type(self) -> MessageType:
        return self.verdicts.message_type


def matrix(address_key: str, *, at: datetime | None = None, known_at: datetime | None = None) -> list[Line]:
    """By channel and message type; `at` and `known_at` as in `resolver.verdicts`."""
    record = load(address_key, AsOf(at, known_at))
    types = list(MessageType.objects.select_related("channel"))
    rows = _deciding_rows(record)
    applied = effective([row for row in rows.values() if row.verdict == SubscriptionChange.Verdict.WITHDRAWN])
    return [
        _line(verdicts, _standings(record, rows, verdicts.message_type, types), applied)
        for verdicts in verdicts_of(record, types)
    ]


def _deciding_rows(record: Record) -> dict[int, SubscriptionChange]:
    ids = {number for state in record.states for kind in KINDS if (number := getattr(state, f"{kind}_by"))}
    return SubscriptionChange.objects.in_bulk(ids) if ids else {}


def _standings(
    record: Record, rows: Mapping[int, SubscriptionChange], message_type: MessageType, types: list[MessageType]
) -> tuple[Standing, Standing]:
    """With marketing as a whole, and with the type itself."""
    scope = scope_of(message_type, types)
    broad = [state for state in record.states if (state.target, state.target_key) in scope.broad]
    own = [state for state in record.states if (state.target, state.target_key) in scope.own]
    return _standing(broad, rows), _standing(own, rows)


def _standing(states: list[SubscriptionState], rows: Mapping[int, SubscriptionChange]) -> Standing:
    told = [rows[number] for state in states for kind in KINDS if (number := getattr(state, f"{kind}_by")) in rows]
    in_order = sorted(told, key=lambda row: (row.occurred_at, row.pk))
    latest = {kind: row for row in in_order if (kind := kind_of(row))}
    kind = decide({kind: row.occurred_at for kind, row in latest.items()})
    return Standing(latest[kind] if kind else None)


def _line(verdicts: Verdicts, standings: tuple[Standing, Standing], applied: set[int]) -> Line:
    message_type = verdicts.message_type
    state, words, row = _words(message_type, *standings, applied)
    if message_type.do_not_use:
        words += " This type must not be used: its policy can mail people who withdrew."
    return Line(verdicts, state, words, row)


Words = tuple[str, str, SubscriptionChange | None]


def _words(message_type: MessageType, broad: Standing, own: Standing, applied: set[int]) -> Words:
    """`broad`: with the channel, and where that is for marketing with all of it."""
    for_marketing = is_marketing(message_type.channel)
    if broad.withdrawn and broad.row:
        if not for_marketing:
            return "withdrawn", f"Withdrew from the channel on {_when(broad.row)} ({broad.row.source}).", broad.row
        words = f"Withdrew from all marketing on {_when(broad.row)} ({broad.row.source}). {_told(broad.row, applied)}"
        return "withdrawn", words, broad.row
    if own.withdrawn and own.row:
        return "withdrawn", f"Withdrew from this type on {_when(own.row)} ({own.row.source}).", own.row
    if not for_marketing:
        return "not_marketing", "Transactional: an unsubscribe from marketing does not concern it.", None
    granted = next((standing.row for standing in (own, broad) if standing.granted), None)
    if granted:
        how = "by an act of the person" if Standing(granted).lifts else "derived from a form or imported"
        return "granted", f"Granted on {_when(granted)} ({granted.source}), {how}.", granted
    if message_type.policy == Policy.OPT_IN:
        return "never_asked", "Never asked: an opt-in type mails nobody without a grant.", None
    return "never_asked", "Never asked: by its opt-out policy Iterable mails this person all the same.", None


def _told(row: SubscriptionChange, applied: set[int]) -> str:
    if row.pk in applied:
        return "Iterable has accepted the opt-out."
    return "Iterable has not been told yet, or does not have the person."


def _when(row: SubscriptionChange) -> str:
    return f"{row.occurred_at:%Y-%m-%d %H:%M} UTC"
