"""The JSON Schema of a definition, made of what the reading goes by. It says no more than `read_graph` refuses.

That keys are unique and edges lead from somewhere to somewhere, a schema cannot say: the reading tells.
"""

from __future__ import annotations

from typing import Any

from contacts.conditions.schema import definitions
from journeys.definition.reading import GRAPH, STEPS

DIALECT = "https://json-schema.org/draft/2020-12/schema"


def schema() -> dict[str, Any]:
    steps = {"step": {"oneOf": [shape.schema() for shape in STEPS.values()]}}
    return {"$schema": DIALECT, "title": "A journey", **GRAPH.schema(), "$defs": steps | definitions()}
