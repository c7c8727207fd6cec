"""What a run means to do, before it does: figures, samples and estimates, gathered batch by batch."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any

import orjson

from contacts.sync import reasons
from contacts.sync.comparing import Changed, Compared
from contacts.sync.differing import emptied_fields
from contacts.sync.enumerations import unknown_values
from contacts.sync.models import SyncRow
from iterable_admin.iterable.limits import limit_of

BULK, LOOK_UP = "/api/users/bulkUpdate", "/api/users/getByEmail"
ROWS_A_CALL = 1_000
MOST_BYTES = 4_000_000
"""Of one bulk call (facts of the API: 4 MB)."""


@dataclass(slots=True)
class Calls:
    """Bulk calls, filled in the order in which people are met."""

    number: int = 0
    rows: int = 0
    bytes: int = 0
    largest: int = 0

    def take(self, size: int) -> None:
        if not self.number or self.rows == ROWS_A_CALL or self.bytes + size > MOST_BYTES:
            self.number, self.rows, self.bytes = self.number + 1, 0, 0
        self.rows, self.bytes = self.rows + 1, self.bytes + size
        self.largest = max(self.largest, self.bytes)


@dataclass(slots=True)
class Plan:
    kinds: Counter[str] = field(default_factory=Counter)
    fields: Counter[str] = field(default_factory=Counter)
    emptied: Counter[str] = field(default_factory=Counter)
    unknown: Counter[str] = field(default_factory=Counter)
    unknown_people: int = 0
    skipped: Counter[str] = field(default_factory=Counter)
    failed: Counter[str] = field(default_factory=Counter)
    calls: Calls = field(default_factory=Calls)
    largest_row: int = 0
    look_ups: int = 0
    opt_outs: int = 0
    sum: int = 0

    @property
    def to_send(self) -> int:
        return self.kinds.total()

    def take_in(self, compared: Compared) -> None:
        self.skipped.update(+compared.rowless)
        if compared.absent:
            self.skipped[reasons.NOT_IN_ITERABLE] += len(compared.absent)
        for refused in compared.refused:
            (self.failed if refused.state == SyncRow.State.FAILED else self.skipped)[refused.code] += 1
        for changed in compared.to_send:
            self._take(changed)

    def _take(self, changed: Changed) -> None:
        self.kinds[changed.kind] += 1
        after = changed.profile.fields
        self.fields.update(top_fields(changed.words))
        self.emptied.update(emptied_fields(changed.before or {}, after))
        unknown = unknown_values(after)
        self.unknown.update(unknown)
        self.unknown_people += bool(unknown)
        size = len(orjson.dumps(after)) + len(changed.profile.email) + 40
        self.calls.take(size)
        self.largest_row = max(self.largest_row, size)
        self.look_ups += changed.present is None
        self.opt_outs += changed.withdrawn
        self.sum ^= _mark(changed)

    def told(self) -> dict[str, Any]:
        """As it is stored on the run."""
        return {
            "kinds": dict(sorted(self.kinds.items())),
            "fields": dict(self.fields.most_common()),
            "emptied": dict(self.emptied.most_common()),
            "unknown": dict(self.unknown.most_common(20)),
            "unknown_people": self.unknown_people,
            "skipped": dict(sorted(self.skipped.items())),
            "failed": dict(sorted(self.failed.items())),
            "to_send": self.to_send,
            "bulk_calls": self.calls.number,
            "look_ups": self.look_ups,
            "opt_outs": self.opt_outs,
            "minutes": round(self.seconds() / 60, 1),
            "largest_batch_bytes": self.calls.largest,
            "largest_row_bytes": self.largest_row,
            "digest": f"{self.sum:032x}",
        }

    def seconds(self) -> float:
        """At the project's rate limits, by nobody else used."""
        return self.calls.number / limit_of(BULK).per_second + self.look_ups / limit_of(LOOK_UP).per_second


def top_fields(words: Iterable[str]) -> set[str]:
    """Of the words about one person: each field once, and of namespaces the key without their id."""
    return {_field_of(word) for word in words}


def _field_of(word: str) -> str:
    name, _, rest = word.partition(".") if word[:1].isdigit() else (word.partition(" (")[0], "", "")
    return rest or (f"namespace {word.partition('(')[2].rstrip(')')}" if name[:1].isdigit() else name)


def _mark(changed: Changed) -> int:
    """Joined by XOR, so that the order in which people are met does not matter."""
    told = f"{changed.profile.key} {changed.before_fingerprint} {changed.profile.fingerprint}"
    return int.from_bytes(blake2b(told.encode(), digest_size=16).digest(), "big")
