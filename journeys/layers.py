"""Boxes put into layers, each to the right of all that lead to it. The same input gives the same places.

A drawing of many layers goes on below, like a text: its rows are read from left to right.
"""

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
# Layers beside each other; what follows stands in the next row, and a line leads there through the space between the rows.
A_ROW, BETWEEN_ROWS = 6, 30
# In characters of a middling width; nothing here knows the font, so there is air to the right.
ROOM, NOTE_ROOM, MOST_LINES = 25, 29, 4
WIDEST, WIDER, WIDE_LETTERS = 1.5, 1.2, set("mwMW@%—…")


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

    @property
    def row(self) -> int:
        return self.layer // A_ROW


@dataclass(slots=True)
class Layout:
    boxes: list[Box]
    ways: list[tuple[Edge, list[Box]]]
    """Each arrow with the boxes that it touches, from left to right."""
    back: list[tuple[Edge, Box, Box]]
    """Those that lead back to something earlier, drawn below everything."""
    turns: dict[tuple[int, int], float]
    """How far down the line runs back to the left, by the ids of the two boxes, where the second stands in the next row."""
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
    turning = [pair for _, way in ways for pair in pairwise(way) if pair[0].row != pair[1].row]
    turns, bottom = _place(columns, gap, turning)
    round_trips = [(edge, boxes[edge.source], boxes[edge.target]) for edge in back]
    right = 2 * MARGIN + max(min(len(columns), A_ROW) * (WIDTH + gap) - gap, 0) + (BEND if back else 0)
    right += BEND + gap if turning else 0
    return Layout(list(boxes.values()), ways, round_trips, turns, gap, right, bottom + MARGIN + BELOW * len(back))


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


def _place(
    columns: Sequence[Sequence[Box]], gap: int, turning: Sequence[tuple[Box, Box]]
) -> tuple[dict[tuple[int, int], float], float]:
    """Row by row. Gives the turns, and where the last row ends."""
    left, bottom, ends = MARGIN + (BEND if turning else 0), float(MARGIN), []
    for row, first in enumerate(range(0, len(columns), A_ROW)):
        bottom += BETWEEN_ROWS if row else 0
        bottom += _place_row(columns[first : first + A_ROW], left, bottom, gap)
        ends.append(bottom)
        bottom += BELOW * sum(pair[0].row == row for pair in turning)
    return _turns(turning, ends), bottom


def _turns(turning: Sequence[tuple[Box, Box]], ends: Sequence[float]) -> dict[tuple[int, int], float]:
    """One within the other, so that they do not cross: what begins highest runs lowest."""
    lows, turns = list(ends), {}
    for source, target in sorted(turning, key=lambda pair: (-pair[0].middle, -pair[1].middle)):
        lows[source.row] += BELOW
        turns[id(source), id(target)] = lows[source.row]
    return turns


def _place_row(columns: Sequence[Sequence[Box]], left: float, top: float, gap: int) -> float:
    """Returns how tall it is."""
    tallest = max(_tall(column) for column in columns)
    for number, column in enumerate(columns):
        y = top + min((tallest - _tall(column)) / 2, MOST_DOWN)
        for box in column:
            box.x, box.y = left + number * (WIDTH + gap), y
            y += box.height + BETWEEN
    return tallest


def _boxed(node: Node, layer: int) -> Box:
    lines = [line for note in node.notes for line in wrapped(note, NOTE_ROOM)]
    return Box(node, layer, wrapped(node.label, ROOM), lines)


def wrapped(text: str, room: int) -> list[str]:
    """Lines of `room` characters at most, where wide ones count for more; what is too long ends in an ellipsis."""
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


def _wide(text: str) -> float:
    return sum(_width(letter) for letter in text)


def _width(letter: str) -> float:
    if east_asian_width(letter) in "WF":
        return 2
    if letter in WIDE_LETTERS:
        return WIDEST
    return WIDER if letter.isupper() else 1


def _pieces(word: str, room: int) -> Iterator[str]:
    piece = ""
    for letter in word:
        if _wide(piece + letter) > room:
            yield piece
            piece = ""
        piece += letter
    yield piece
