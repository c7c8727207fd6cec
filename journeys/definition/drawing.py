"""A definition as boxes and arrows: drawn on the server, and as Mermaid text to copy.

A way that leads on to nothing is an exit, and drawn.
"""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.safestring import SafeString

from journeys.definition.describing import entry_words, name_of, step_words, ways_of
from journeys.definition.graph import START, Exit, Experiment, GoTo, Graph, Message, Note, Split, Step
from journeys.diagram import Edge, Node, draw

Notes = Mapping[str, tuple[str, ...]]
NO_NOTES: Notes = {}
LEAVES = "leaves the journey"
MERMAID_BOX = {"start": '(["{}"])', "split": '{{"{}"}}', "exit": '(("{}"))', "note": '>"{}"]'}


def nodes_of(graph: Graph, notes: Notes = NO_NOTES) -> list[Node]:
    """`notes`: more to say in the box of a step, by its key; counts of a rehearsal, say."""
    start = Node(START, f"Whoever {entry_words(graph.start.entry)}", "start", notes.get(START, ()))
    steps = [Node(step.key, name_of(step), kind_of(step), (step_words(step), *notes.get(step.key, ()))) for step in graph.steps]
    exits = [Node(exit_after(key), LEAVES, "exit", notes.get(exit_after(key), ())) for key in _leaving(graph)]
    return [start, *steps, *exits]


def edges_of(graph: Graph, labels: Mapping[tuple[str, str], str] | None = None) -> list[Edge]:
    """`labels`: more to say beside an arrow, by step and outcome."""
    found = []
    for key in _keys(graph):
        for way in ways_of(graph, key):
            more = (labels or {}).get((key, way.outcome), "")
            found.append(Edge(key, way.to or exit_after(key), " ".join(part for part in (way.label, more) if part)))
    return found


def picture(graph: Graph, title: str, name: str = "definition", notes: Notes = NO_NOTES) -> SafeString:
    return draw(nodes_of(graph, notes), edges_of(graph), title, name)


def mermaid(graph: Graph) -> str:
    """A flowchart for GitLab's Markdown and the like."""
    nodes = nodes_of(graph)
    short = {node.id: f"s{number}" for number, node in enumerate(nodes)}
    lines = [f"    {short[node.id]}{_box(node)}" for node in nodes]
    for edge in edges_of(graph):
        label = f'|"{_quoted(edge.label)}"|' if edge.label else ""
        lines.append(f"    {short[edge.source]} -->{label} {short[edge.target]}")
    return "\n".join(["flowchart TD", *lines])


def exit_after(key: str) -> str:
    """The id of the box that stands for leaving after a step; a key has no colon."""
    return f"exit:{key}"


def kind_of(step: Step) -> str:
    match step:
        case Message():
            return "message"
        case Split() | Experiment():
            return "split"
        case Exit() | GoTo():
            return "exit"
        case Note():
            return "note"
    return "step"


def _keys(graph: Graph) -> list[str]:
    return [START, *(step.key for step in graph.steps)]


def _leaving(graph: Graph) -> list[str]:
    return [key for key in _keys(graph) if any(way.to is None for way in ways_of(graph, key))]


def _box(node: Node) -> str:
    words = "<br>".join(_quoted(line) for line in (node.label, *node.notes))
    return MERMAID_BOX.get(node.kind, '["{}"]').format(words)


def _quoted(text: str) -> str:
    """Mermaid takes character entities, and little else, within its quotes."""
    return text.replace("#", "#35;").replace('"', "#quot;").replace("<", "#lt;").replace(">", "#gt;")
