"""The project's state: what was accepted, what of it is visible, and since when."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Mapping
from operator import itemgetter
from pathlib import Path
from typing import Any

from iterable_admin.sandbox.calls import CallLog
from iterable_admin.sandbox.clock import Clock
from iterable_admin.sandbox.exports.jobs import Jobs
from iterable_admin.sandbox.ids import Ids
from iterable_admin.sandbox.journal import Journal
from iterable_admin.sandbox.limits import Limiter
from iterable_admin.sandbox.options import Options
from iterable_admin.sandbox.people.fieldtypes import Admission, Fields
from iterable_admin.sandbox.people.profiles import People, Profile
from iterable_admin.sandbox.project.catalog import Catalog
from iterable_admin.sandbox.project.seeds.project import seed_catalog
from iterable_admin.sandbox.subscriptions.mailing_lists import MailingLists
from iterable_admin.sandbox.trouble.faults import Faults
from iterable_admin.sandbox.webhooks.announcing import complete_fields, is_blast, write_body
from iterable_admin.sandbox.webhooks.hooks import Hook, seed_hooks
from iterable_admin.sandbox.webhooks.posting import Poster

Write = dict[str, Any]
"""One accepted change, as the journal keeps it; "op" names the function that applies it."""

Apply = Callable[["State", Write, float], None]


class State:
    """Every method but the constructor is called with `lock` held."""

    def __init__(self, options: Options, appliers: Mapping[str, Apply]) -> None:
        self.lock = threading.RLock()
        self.options = options
        self.project_type = options.project_type
        self.api_key = options.api_key
        self.clock = Clock(frozen=options.clock == "frozen")
        self.faults = Faults.of(options, self.clock)
        self.limiter = Limiter(self.clock)
        self.calls = CallLog()
        self.appliers = appliers
        self._last_due = 0.0
        self.poster = Poster(self._tick)
        self._empty()
        self.journal = Journal(Path(options.state)) if options.state else None
        self._replaying = True
        self._replay()
        self._replaying = False
        if options.webhook_url:
            self.poster.start()

    def accept(self, writes: list[Write]) -> None:
        """Promise these writes: on disk when this returns, visible after the delay, in the order of acceptance."""
        if not writes:
            return
        now = self.clock.now()
        due = max(now + self.faults.delay, self._last_due)
        if self.journal:
            self.journal.append(now, due, writes)
        self._last_due = due
        if due <= now and not self.pending:
            self._apply(writes, due)
        else:
            self.pending.append((due, writes))

    def settle(self) -> None:
        """Make visible what is due."""
        now = self.clock.now()
        while self.pending and self.pending[0][0] <= now:
            due, writes = self.pending.popleft()
            self._apply(writes, due)
        if not self._replaying:
            self._apply_postponed(now)

    def postpone(self, write: Write, due: float) -> None:
        """Apply this write at a later time of its own."""
        self.postponed.append((due, write))
        self.postponed.sort(key=itemgetter(0))

    def announce(self, name: str, profile: Profile, at: float, data_fields: dict[str, Any]) -> None:
        """Keep a system event about this person, e.g. emailUnSubscribe, and post it to the webhooks; but not a second time."""
        fields = complete_fields(self.catalog, name, profile, at, data_fields)
        profile.system_events.append({"eventType": name, **fields})
        for hook in () if self._replaying else self.hooks:
            if hook.wants(name, is_blast(self.catalog, fields)):
                self.poster.post(hook, write_body(name, profile, fields), at)

    def fields_of_event(self, name: str) -> Fields:
        return self.event_fields.setdefault(name, {})

    def reset(self) -> None:
        if self.journal:
            self.journal.clear()
        self.calls.clear()
        self.limiter.clear()
        self._empty()
        self.poster.clear()

    def close(self) -> None:
        self.poster.stop()
        if self.journal:
            self.journal.close()
            self.journal = None

    def _empty(self) -> None:
        self.people = People()
        self.catalog: Catalog = seed_catalog()
        self.exports = Jobs()
        self.hooks: list[Hook] = seed_hooks(self.options.webhook_url, self.options.webhook_token)
        self.lists = MailingLists()
        self.user_fields: Fields = {}
        self.event_fields: dict[str, Fields] = {}
        self.pending: deque[tuple[float, list[Write]]] = deque()
        self.postponed: list[tuple[float, Write]] = []
        self.ids = Ids(self.options.seed)
        self._last_due = 0.0

    def _tick(self) -> None:
        """What falls due while nobody calls is made visible too, for the sake of its webhooks."""
        if self.pending or self.postponed:
            with self.lock:
                self.settle()

    def _apply_postponed(self, now: float) -> None:
        while self.postponed and self.postponed[0][0] <= now:
            due, write = self.postponed.pop(0)
            self.appliers[write["op"]](self, write, due)

    def _apply(self, writes: list[Write], at: float) -> None:
        self._apply_postponed(at)
        for write in writes:
            self.appliers[write["op"]](self, write, at)

    def _replay(self) -> None:
        past = 0
        for at, due, writes in self.journal.read() if self.journal else ():
            past += 1
            self.clock.catch_up(at)
            self._learn(writes)
            self.pending.append((due, writes))
            self._last_due = due
            self.settle()
        self.ids = Ids(self.options.seed, past)

    def _learn(self, writes: list[Write]) -> None:
        """What was promised on acceptance: the types of fields, the ids of lists."""
        admission = Admission()
        for write in writes:
            if write["op"] == "profile":
                admission.look_at(write["fields"], self.user_fields, "user")
            elif write["op"] == "event":
                admission.look_at(write["fields"], self.fields_of_event(write["name"]), write["name"])
            elif write["op"] == "list":
                self.lists.reserve(write["id"])
