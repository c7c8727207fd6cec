"""An explanation as the page shows it: each test with its pill, and the row behind it or the rule as a link."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse

from contacts.consent.resolver.rules import SENTENCES
from iterable_admin.inbox.models import Event
from iterable_admin.screens.contact.causes import Viewer
from iterable_admin.screens.contact.subscriptions import MODELS, rule_url
from journeys.why.checklist import Evidence, Explained, Stop, Test, Way

PASSED = {True: ("done", "yes"), False: ("failed", "no"), None: ("waiting", "not known")}
OUTCOMES = {
    "sent": ("done", "Yes"),
    "exposed": ("needs_you", "Not by us, but Iterable would"),
    "blocked": ("skipped", "No"),
    "unknown": ("waiting", "Not known"),
    "enters": ("done", "Enters"),
    "stays_out": ("skipped", "Does not enter"),
}
BY = {"iterable": "Iterable alone", "us": "we alone", "both": "both"}
NAMES = {"ledger": "ledger row", "observation": "sight of the profile", "field": "history row"}


@dataclass(frozen=True, slots=True)
class Row:
    """`indent`: a mark for each level that a part of a condition stands below."""

    test: Test
    state: str
    word: str
    by: str
    indent: str
    url: str
    link: str
    first: bool = False


@dataclass(frozen=True, slots=True)
class Shown:
    explained: Explained
    state: str
    word: str
    rows: list[Row]


@dataclass(frozen=True, slots=True)
class Step:
    """`asks_at`: the moment by which the same is asked as of then."""

    stop: Stop
    shown: Shown | None
    rows: list[Row]
    asks_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class ShownWay:
    entry: Shown
    exits: list[Row]
    steps: list[Step]
    left_by: Test | None = None


class Showing:
    """Looks up the events that are linked to once."""

    def __init__(self, viewer: Viewer, tests: Iterable[Test], known_since: datetime | None) -> None:
        self.viewer, self.known_since = viewer, known_since
        uuids = {test.evidence.key for test in tests if test.evidence and test.evidence.kind == "event"}
        self.events = dict(Event.objects.filter(uuid__in=uuids).values_list("uuid", "pk")) if uuids else {}

    def explained(self, explained: Explained) -> Shown:
        state, word = OUTCOMES[explained.outcome]
        return Shown(explained, state, word, self.rows(explained.tests, explained.blocker))

    def way(self, way: Way) -> ShownWay:
        steps = [self._step(stop) for stop in way.stops]
        return ShownWay(self.explained(way.entry), self.rows(way.exits), steps, way.left_by)

    def _step(self, stop: Stop) -> Step:
        """Whoever enters by the first event of theirs becomes a contact a moment after it: before that nothing is known."""
        asks_at = max(filter(None, (stop.comes_at, self.known_since))) if stop.comes_at else None
        return Step(stop, self.explained(stop.message) if stop.message else None, self.rows(stop.tests), asks_at)

    def rows(self, tests: Iterable[Test], blocker: Test | None = None) -> list[Row]:
        return [self._row(test, blocker) for test in tests]

    def _row(self, test: Test, blocker: Test | None) -> Row:
        state, word = PASSED[test.passed]
        url = self._url(test.evidence) if test.evidence else ""
        link = NAMES.get(test.evidence.kind, test.evidence.kind) if test.evidence else ""
        if not url and test.code in SENTENCES:
            url, link = rule_url(test.code), "rule"
        return Row(test, state, word, BY[test.asked_by], "↳ " * test.depth, url, link, first=test is blocker)

    def _url(self, evidence: Evidence) -> str:
        if evidence.kind == "event":
            numbers = {str(uuid): pk for uuid, pk in self.events.items()}
            return self._change("inbox", "event", numbers.get(evidence.key))
        if evidence.kind == "field":
            return self._change("contacts", "fieldchange", evidence.key)
        return self._change("consent", MODELS[evidence.kind], evidence.key)

    def _change(self, app: str, model: str, key: object) -> str:
        shown = key and self.viewer.has_perm(f"{app}.view_{model}")
        return reverse(f"admin:{app}_{model}_change", args=[key]) if shown else ""


def tests_in(found: Explained | Way) -> list[Test]:
    if isinstance(found, Explained):
        return list(found.tests)
    inside = [test for stop in found.stops for test in (*stop.tests, *(stop.message.tests if stop.message else ()))]
    return [*found.entry.tests, *found.exits, *inside]
