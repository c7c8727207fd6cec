"""A table of our own making: a line for each act, with columns that `docs/operations.md` describes."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from contacts.consent.models import Channel, List, MessageType
from contacts.consent.targets import key_of
from contacts.intake.importing.lines import plain
from contacts.intake.importing.statements import (
    Basis,
    Fields,
    Refused,
    Said,
    Statement,
    Target,
    Verdict,
    date_of,
    email_of,
    first,
)
from iterable_admin.redaction import mask_emails

SOURCE = "Import"
HEADER = {"verdict"}
WITHDRAWN = ("withdrawn", "withdraw", "unsubscribed", "unsubscribe", "optedout", "optout", "objected")
# An import never lifts a withdrawal, whatever it says: what a grant says is kept as imported.
GRANTED = ("imported", "granted", "grant", "confirmed", "subscribed", "subscribe", "optedin", "optin")
VERDICTS = {
    **dict.fromkeys(WITHDRAWN, Verdict.WITHDRAWN),
    **dict.fromkeys(GRANTED, Verdict.IMPORTED),
    "expired": Verdict.EXPIRED,
}
BASES = {basis.value: basis for basis in Basis}
EVERYTHING = ("", "allmarketing", "marketing", "all", "everything")
DATE = ("occurredat", "date", "unsubscribedat", "updatedat")
KINDS = {"channel": Target.CHANNEL, "messagetype": Target.MESSAGE_TYPE, "list": Target.LIST}
VERDICT_MEND = "must be withdrawn, granted, confirmed, imported or expired."
TARGET_MEND = "must be all_marketing, or the name of a channel, message type or list, or channel:ID, message_type:ID, list:ID."
UNKNOWN_NAME = "no channel, message type or list of this name is known: `manage.py doctor` learns them from Iterable."
# Words of an address; two letters name nobody.
WORDS = re.compile(r"[^\W\d_]+")
SHORT = 2
THE_PERSON = "the person"

Found = tuple[Target, str, str]


class PlainCsv:
    def __init__(self) -> None:
        self.targets = _targets()

    def __call__(self, fields: Fields, received_at: datetime) -> Statement:
        email = email_of(fields)
        verdict = _one_of(fields.get("verdict"), VERDICTS, "verdict", VERDICT_MEND)
        basis = _one_of(fields.get("basis") or Basis.SYSTEM.value, BASES, "basis", f"must be one of {', '.join(BASES)}.")
        dated = date_of(fields, DATE, received_at, withdrawal=verdict == Verdict.WITHDRAWN)
        target, key, name = self._target(fields)
        said = Said(
            verdict,
            basis,
            dated.at,
            dated.by,
            dated.as_told,
            target,
            key,
            name,
            source=_words(fields.get("source"), email)[:100],
            actor=_words(fields.get("actor"), email)[:150],
        )
        return Statement(email, [said], flags=[("occurred_at", dated.flag)] if dated.flag else [])

    def _target(self, fields: Fields) -> Found:
        told, _, key = str(fields.get("target") or "").partition(":")
        key = (key or str(first(fields, ("targetid", "targetkey", "targetname")) or "")).strip()
        if plain(told) in EVERYTHING and not key:
            return Target.ALL_MARKETING, "", ""
        kind = KINDS.get(plain(told))
        return self._named(kind, key) if kind else self._named(None, told.strip())

    def _named(self, kind: Target | None, word: str) -> Found:
        if not word:
            raise Refused("target", TARGET_MEND)
        for target in (kind,) if kind else KINDS.values():
            if found := self.targets.get((target, word.casefold())):
                return found
        if kind and word.isascii() and word.isdecimal():
            return kind, word, ""
        raise Refused("target", UNKNOWN_NAME if kind or ":" not in word else TARGET_MEND)


def _words(value: Any, email: str) -> str:
    """The ledger outlives erasure: neither an address may stand in it nor a name that the address is made of."""
    told = mask_emails(str(value or "").strip())
    names = {word for word in WORDS.findall(email.partition("@")[0]) if len(word) > SHORT}
    return THE_PERSON if names & set(WORDS.findall(told.casefold())) else told


def _one_of(value: Any, words: Mapping[str, Any], name: str, mend: str) -> Any:
    try:
        return words[plain(str(value or ""))]
    except KeyError:
        raise Refused(name, mend) from None


def _targets() -> dict[tuple[Target, str], Found]:
    """By id and by name."""
    found: dict[tuple[Target, str], Found] = {}
    for target, model in ((Target.CHANNEL, Channel), (Target.MESSAGE_TYPE, MessageType), (Target.LIST, List)):
        for row in model._default_manager.all():
            told = (target, key_of(row), row.name)
            found |= {(target, row.name.casefold()): told, (target, str(row.iterable_id)): told}
    return found
