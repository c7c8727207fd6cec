"""Boxes put into layers, each to the right of all that lead to it. The same input gives the same places."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from unicodedata import east_asian_width

# In the units of the drawing, which are the page's pixels.
WIDTH, MARGIN, PADDING = 216, 12, 12
BETWEEN, GAP, GAP_WITH_LABELS = 18, 72, 132
# Short layers stand in the middle beside long ones, but where the first look falls.
MOST_DOWN = 160
LINE, BEND, BELOW = 17, 36, 24
# In characters; nothing here knows the font, so there is air to the right.
ROOM, NOTE_ROOM, MOST_LINES = 24, 30, 4


@dataclass(frozen=True, slots=True)
class Node:
    """`kind` becomes a class of the box; what it means stands in the words as well."""

    id: str
    label: str
    kind: str = "step"
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Edge:
    source: str
    target: str
    label: str = ""


@dataclass(slots=True)
class Box:
    """A node in its place. One without a node lets a long arrow through its layer."""

    node: Node | None
    layer: int
    lines: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    x: float = 0
    y: float = 0

    @property
    def height(self) -> float:
        return 2 * PADDING + LINE * (len(self.lines) + len(self.notes)) if self.node else LINE

    @property
    def middle(self) -> float:
        return self.y + self.height / 2


@dataclass(slots=True)
class Layout:
    boxes: list[Box]
    ways: list[tuple[Edge, list[Box]]]
    """Each arrow with the boxes that it touches, from left to right."""
    back: list[tuple[Edge, Box, Box]]
    """Those that lead back to something earlier, drawn below everything."""
    gap: int
    width: float
    height: float


def lay_out(nodes: Sequence[Node], edges: Sequence[Edge]) -> Layout:
    known = {node.id for node in nodes}
    if lost := [edge for edge in edges if not {edge.source, edge.target} <= known]:
        raise ValueError(f"An arrow from {lost[0].source} to {lost[0].target} names no box of this drawing.")
    back = _leading_back(nodes, edges)
    forward = [edge for edge in edges if edge not in back]
    layers = _layers(nodes, forward)
    boxes = {node.id: _boxed(node, layers[node.id]) for node in nodes}
    ways = [(edge, _way(boxes[edge.source], boxes[edge.target])) for edge in forward]
    columns = _columns(list(boxes.values()), ways)
    gap = GAP_WITH_LABELS if any(edge.label for edge in edges) else GAP
    tallest = max((_tall(column) for column in columns), default=0)
    _place(columns, gap, tallest)
    below = BELOW * len(back)
    right = 2 * MARGIN + max(len(columns) * (WIDTH + gap) - gap, 0) + (BEND if back else 0)
    round_trips = [(edge, boxes[edge.source], boxes[edge.target]) for edge in back]
    return Layout(list(boxes.values()), ways, round_trips, gap, right, 2 * MARGIN + tallest + below)


def _leading_back(nodes: Sequence[Node], edges: Sequence[Edge]) -> list[Edge]:
    """Those that close a circle, as met from the first box on: without them every box has a layer."""
    following = defaultdict(list)
    for edge in edges:
        following[edge.source].append(edge)
    found: list[Edge] = []
    done: set[str] = set()
    for node in nodes:
        # By hand: a chain may be longer than Python's stack is deep.
        open_: dict[str, Iterator[Edge]] = {} if node.id in done else {node.id: iter(following[node.id])}
        while open_:
            last = next(reversed(open_))
            step = next(open_[last], None)
            if step is None:
                done.add(last)
                del open_[last]
            elif step.target in open_:
                found.append(step)
            elif step.target not in done:
                open_[step.target] = iter(following[step.target])
    return found


def _layers(nodes: Sequence[Node], edges: Sequence[Edge]) -> dict[str, int]:
    """By the longest way from a box that nothing leads to."""
    layers = {node.id: 0 for node in nodes}
    waits = {node.id: sum(edge.target == node.id for edge in edges) for node in nodes}
    ready = [name for name, count in waits.items() if not count]
    for name in ready:
        for edge in edges:
            if edge.source == name:
                layers[edge.target] = max(layers[edge.target], layers[name] + 1)
                waits[edge.target] -= 1
                if not waits[edge.target]:
                    ready.append(edge.target)
    return layers


def _way(source: Box, target: Box) -> list[Box]:
    return [source, *(Box(None, layer) for layer in range(source.layer + 1, target.layer)), target]


def _columns(boxes: list[Box], ways: Sequence[tuple[Edge, list[Box]]]) -> list[list[Box]]:
    """Each layer in the order of what leads to it, so that few arrows cross; among equals as they came."""
    passing = [box for _, way in ways for box in way[1:-1]]
    before = defaultdict(list)
    for _, way in ways:
        for earlier, later in pairwise(way):
            before[id(later)].append(earlier)
    columns: list[list[Box]] = [[] for _ in range(max((box.layer for box in boxes), default=-1) + 1)]
    for box in (*boxes, *passing):
        columns[box.layer].append(box)
    places: dict[int, int] = {}
    for column in columns:
        came = {id(box): place for place, box in enumerate(column)}
        means = {id(box): _mean([places[id(one)] for one in before[id(box)]]) for box in column}
        column.sort(key=lambda box, means=means, came=came: (means[id(box)], came[id(box)]))  # type: ignore[misc]
        places |= {id(box): place for place, box in enumerate(column)}
    return columns


def _mean(places: Sequence[int]) -> float:
    return sum(places) / len(places) if places else 0.0


def _tall(column: Sequence[Box]) -> float:
    return sum(box.height for box in column) + BETWEEN * max(len(column) - 1, 0)


def _place(columns: Sequence[Sequence[Box]], gap: int, tallest: float) -> None:
    for number, column in enumerate(columns):
        y = MARGIN + min((tallest - _tall(column)) / 2, MOST_DOWN)
        for box in column:
            box.x, box.y = MARGIN + number * (WIDTH + gap), y
            y += box.height + BETWEEN


def _boxed(node: Node, layer: int) -> Box:
    lines = [line for note in node.notes for line in wrapped(note, NOTE_ROOM)]
    return Box(node, layer, wrapped(node.label, ROOM), lines)


def wrapped(text: str, room: int) -> list[str]:
    """Lines of `room` characters at most, where those of East Asia count twice; what is too long ends in an ellipsis."""
    lines = [""]
    for word in text.split():
        for piece in _pieces(word, room):
            joined = f"{lines[-1]} {piece}".strip()
            if _wide(joined) <= room:
                lines[-1] = joined
            else:
                lines.append(piece)
    kept = [line for line in lines if line][:MOST_LINES]
    return [*kept[:-1], f"{kept[-1]}…"] if len(lines) > MOST_LINES else kept


def _wide(text: str) -> int:
    return sum(2 if east_asian_width(letter) in "WF" else 1 for letter in text)


def _pieces(word: str, room: int) -> Iterator[str]:
    piece = ""
    for letter in word:
        if _wide(piece + letter) > room:
            yield piece
            piece = ""
        piece += letter
    yield piece
