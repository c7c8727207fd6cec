"""How a row of the tables is read: one word for each thing that is decided, in the order in which somebody walks.

* at a message: `sent`, `exposed` or what keeps it from them, by its code;
* at a split, an A/B split or a wait: the way they take;
* `!rule`: they leave as they come; `ahead`: they come there later than now; `-`: they do not enter at all;
* `one|other`: either is possible, and neither certain. After a wait that may end either way, the words of its first way
  stand before those of its second, up to where both meet;
* `~`: from here on nothing is certain, because they may leave by `TRIAL` as they come to any step.

Waits for some time need no word.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Mapping

from journeys.definition.graph import NEXT, START, Experiment, Graph, HoldUntil, Message, Split, Step
from journeys.rehearsal.bounding import Bounds, Cell
from journeys.rehearsal.counting import Counts

NOBODY = "-"
TRIAL = "Started a trial: the trial's journey takes over"
RULES = {"!paid": "On a paid plan", "!trial": TRIAL}
CAUSES = {
    "FORGOTTEN": "forgotten",
    "BOUNCED": "a bounce",
    "ESP_SUPPRESSED": "the mail provider",
    "GLOBAL_SUPPRESSION": "a list",
    "CHANNEL_UNSUBSCRIBED": "seen in Iterable",
    "TYPE_UNSUBSCRIBED": "seen in Iterable",
    "WITHDREW": "Marketo",
    "NOT_OPTED_IN": "granted here, not seen in Iterable",
    "NEVER_ASKED": "never asked",
    "NOT_IN_ITERABLE": "",
    "AGED_OUT": "",
}
EXPOSED = {"UPSTREAM_WITHDRAWN": "Marketo", "NO_EVIDENCE": "nobody told of an agreement"}
Table = Mapping[str, str]


def message(step: str, word: str) -> Cell:
    if word == "sent":
        return Cell(step, "sent")
    if word == "NOT_OBSERVED":
        return Cell(step, "unknown", word)
    if word in EXPOSED:
        return Cell(step, "exposed", word, EXPOSED[word])
    return Cell(step, "blocked", word, CAUSES[word])


class Row:
    def __init__(self, graph: Graph, words: str) -> None:
        self.graph, self.words = graph, deque(words.split())
        self.sure, self.possible = {Cell(START, "entered")}, {Cell(START, "entered")}
        self.certain = True

    def bounds(self) -> Bounds:
        self.walk(self.graph.after(START))
        assert not self.words, f"left over: {list(self.words)}"
        return frozenset(self.sure), frozenset(self.possible)

    def walk(self, step: Step | None, until: str = "", *, certain: bool = True) -> None:
        while step is not None and step.key != until:
            step = self.one(step, certain=certain)

    def put(self, *cells: Cell, certain: bool) -> None:
        self.possible.update(cells)
        if certain and self.certain:
            self.sure.update(cells)

    def word(self) -> str:
        if self.words[0] == "~":
            self.words.popleft()
            self.certain = False
        return self.words.popleft()

    def one(self, step: Step, *, certain: bool) -> Step | None:
        word = self.word() if isinstance(step, Message | Split | Experiment | HoldUntil) else ""
        if word in RULES or word == "ahead":
            self.put(Cell(step.key, "left", RULES[word]) if word in RULES else Cell(step.key, word), certain=certain)
            return None
        if not self.certain:
            self.possible.add(Cell(step.key, "left", TRIAL))
        self.put(Cell(step.key, "reached"), certain=certain)
        words = word.split("|") if word else []
        told = [message(step.key, one) if isinstance(step, Message) else Cell(step.key, one) for one in words]
        self.put(*told, certain=certain and len(told) == 1)
        if isinstance(step, HoldUntil) and len(words) == 2:
            return self.meet(step, *words)
        return self.graph.after(step.key, NEXT if isinstance(step, Message) or not words else words[0])

    def meet(self, step: Step, first: str, second: str) -> Step | None:
        ways = [self.along(self.graph.after(step.key, way)) for way in (first, second)]
        there = next(key for key in ways[0] if key in ways[1])
        for way in (first, second):
            self.walk(self.graph.after(step.key, way), there, certain=False)
        return self.graph.step(there)

    def along(self, step: Step | None) -> list[str]:
        """Of the steps up to the next that divides, and that one."""
        keys: list[str] = []
        while step is not None:
            keys.append(step.key)
            step = None if isinstance(step, Split | Experiment | HoldUntil) else self.graph.after(step.key)
        return keys


def read(graph: Graph, table: Table) -> dict[str, Bounds]:
    """By name, of those who enter."""
    return {name: Row(graph, words).bounds() for name, words in table.items() if words != NOBODY}


def total(rows: Mapping[str, Bounds]) -> Counts:
    counts = Counts(Counter(), Counter())
    for found in rows.values():
        counts.add(found, 1)
    return counts
