"""Boxes joined by arrows, as SVG drawn on the server."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.text import slugify

from journeys.layers import BELOW, BEND, LINE, MARGIN, PADDING, WIDTH, Box, Edge, Layout, Node, lay_out, wrapped

__all__ = ["Edge", "Node", "draw", "in_words"]

LABEL_LINE, LABEL_ROOM = 14, 15


def draw(nodes: Sequence[Node], edges: Sequence[Edge], title: str, name: str = "diagram") -> SafeString:
    """`name` tells the pictures of one page apart. Raises ValueError for an arrow from or to nowhere."""
    plan = lay_out(nodes, edges)
    arrow = f"{slugify(name)}-arrow"
    parts = [_path(edge, way, plan, arrow) for edge, way in plan.ways]
    parts += [_way_back(back, row, plan, arrow) for row, back in enumerate(plan.back)]
    parts += [_box(box, box.node) for box in plan.boxes if box.node]
    parts += [_label(edge, way, plan) for edge, way in plan.ways if edge.label]
    return format_html(
        '<svg class="diagram" viewBox="0 0 {w} {h}" width="{w}" height="{h}" role="img"'
        ' aria-labelledby="{name}-title {name}-words" focusable="false">'
        '<title id="{name}-title">{title}</title><desc id="{name}-words">{words}</desc>'
        '<defs><marker id="{arrow}" class="diagram-head" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="8" markerHeight="8"'
        ' orient="auto"><path d="M0,0 L8,4 L0,8 z"></path></marker></defs>{parts}</svg>',
        w=round(plan.width),
        h=round(plan.height),
        name=slugify(name),
        arrow=arrow,
        title=title,
        words=in_words(nodes, edges),
        parts=format_html_join("", "{}", ((part,) for part in parts)),
    )


def in_words(nodes: Sequence[Node], edges: Sequence[Edge]) -> str:
    """Each box with what follows it: for those who do not see the picture."""
    labels = {node.id: node.label for node in nodes}
    told = []
    for node in nodes:
        following = [edge for edge in edges if edge.source == node.id]
        then = ", ".join(f"{edge.label}: {labels[edge.target]}" if edge.label else labels[edge.target] for edge in following)
        head = ": ".join([node.label, *([", ".join(node.notes)] if node.notes else [])])
        told.append(f"{head}. Then {then}." if then else f"{head}.")
    return " ".join(told)


def _path(edge: Edge, way: Sequence[Box], plan: Layout, arrow: str) -> SafeString:
    steps = [f"M{way[0].x + WIDTH:.1f},{way[0].middle:.1f}"]
    for left, right in pairwise(way):
        low = plan.turns.get((id(left), id(right)))
        steps.append(_across(left, right, plan.gap / 2) if low is None else _around(left, right, low))
        if right.node is None:
            steps.append(f"L{right.x + WIDTH:.1f},{right.middle:.1f}")
    return format_html('<path class="diagram-way" d="{}" marker-end="url(#{})"></path>', " ".join(steps), arrow)


def _across(left: Box, right: Box, bend: float) -> str:
    start, out, into = left.x + WIDTH, left.middle, right.middle
    return f"C{start + bend:.1f},{out:.1f} {right.x - bend:.1f},{into:.1f} {right.x:.1f},{into:.1f}"


def _around(source: Box, target: Box, low: float) -> str:
    """Down to `low`, back to the left, and from there into the target. A longer bend is a wider one: one fits in the other."""
    start, end, out, into = source.x + WIDTH, target.x, source.middle, target.middle
    right, left = start + _bulge(low - out), end - _bulge(into - low)
    return (
        f"C{right:.1f},{out:.1f} {right:.1f},{low:.1f} {start:.1f},{low:.1f} "
        f"L{end:.1f},{low:.1f} C{left:.1f},{low:.1f} {left:.1f},{into:.1f} {end:.1f},{into:.1f}"
    )


def _bulge(span: float) -> float:
    return BEND * abs(span) / (abs(span) + BEND)


def _way_back(back: tuple[Edge, Box, Box], row: int, plan: Layout, arrow: str) -> SafeString:
    edge, source, target = back
    start, end, low = source.x + WIDTH, target.x, plan.height - MARGIN - BELOW * row
    path = f"M{start:.1f},{source.middle:.1f} {_around(source, target, low)}"
    way = format_html('<path class="diagram-way diagram-back" d="{}" marker-end="url(#{})"></path>', path, arrow)
    return way + (_text(edge.label, (start + end) / 2, low - 4, "diagram-label") if edge.label else SafeString(""))


def _box(box: Box, node: Node) -> SafeString:
    words = [(line, "diagram-words") for line in box.lines] + [(line, "diagram-note") for line in box.notes]
    lines = [_text(text, box.x + PADDING, box.y + PADDING + LINE * (row + 0.75), kind) for row, (text, kind) in enumerate(words)]
    return format_html(
        '<g class="diagram-box diagram-{}"><rect x="{}" y="{}" width="{}" height="{}" rx="6"></rect>{}</g>',
        *(slugify(node.kind), f"{box.x:.1f}", f"{box.y:.1f}", WIDTH, f"{box.height:.1f}"),
        format_html_join("", "{}", ((line,) for line in lines)),
    )


def _label(edge: Edge, way: Sequence[Box], plan: Layout) -> SafeString:
    """In the middle of the first gap; before a turn beside its beginning, since the other end is far away."""
    lines = wrapped(edge.label, LABEL_ROOM)[:2]
    middle = way[0].middle if way[0].row != way[1].row else (way[0].middle + way[1].middle) / 2
    x, y = way[0].x + WIDTH + plan.gap / 2, middle - 6 - LABEL_LINE * (len(lines) - 1)
    parts = ((_text(line, x, y + LABEL_LINE * row, "diagram-label"),) for row, line in enumerate(lines))
    return format_html_join("", "{}", parts)


def _text(text: str, x: float, y: float, kind: str) -> SafeString:
    return format_html('<text class="{}" x="{}" y="{}">{}</text>', kind, f"{x:.1f}", f"{y:.1f}", text)
