"""Iterable's published description of its API: Swagger 2.0, every $ref put in place and its defects mended.

No library that is kept up validates requests against Swagger 2.0 and objects to unknown keys, so jsonschema does it here.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from tests.contract.defects import UNDESCRIBED_ENDPOINTS, Schema, mended

BESIDE = Path(__file__).parents[3] / "shared" / "reference" / "iterable-openapi.json"
"""Where the description lies if ITERABLE_OPENAPI does not say: in a folder beside the checkout."""


@dataclass(frozen=True, eq=False)
class Operation:
    method: str
    path: str
    details: Schema
    """As described, every $ref replaced by what it refers to."""

    def parameters(self, place: str) -> dict[str, Schema]:
        return {found["name"]: found for found in self.details.get("parameters", []) if found["in"] == place}

    def fits(self, parts: list[str]) -> bool:
        wanted = self.path.split("/")
        return len(wanted) == len(parts) and all(_is_free(a) or a == b for a, b in zip(wanted, parts, strict=True))

    def values_in(self, path: str) -> dict[str, str]:
        pairs = zip(self.path.split("/"), path.split("/"), strict=True)
        return {wanted[1:-1]: unquote(part) for wanted, part in pairs if _is_free(wanted)}


class Description:
    def __init__(self, document: Schema) -> None:
        self._definitions = {name: mended(name, schema) for name, schema in document["definitions"].items()}
        self.operations = [
            Operation(method.upper(), path, self._resolved(details))
            for path, methods in (document["paths"] | UNDESCRIBED_ENDPOINTS).items()
            for method, details in methods.items()
        ]
        # What is spelled out goes before what is free: /users/getByEmail is no address.
        self.operations.sort(key=lambda operation: operation.path.count("{"))

    def operation(self, method: str, path: str) -> Operation | None:
        parts = path.split("/")
        return next((found for found in self.operations if found.method == method and found.fits(parts)), None)

    def _resolved(self, part: Any) -> Any:
        if isinstance(part, dict) and "$ref" in part:
            return self._resolved(self._definitions[part["$ref"].removeprefix("#/definitions/")])
        if isinstance(part, dict):
            return {name: self._resolved(inner) for name, inner in part.items()}
        return [self._resolved(inner) for inner in part] if isinstance(part, list) else part


def place_of_description() -> Path | None:
    """The file, None if there is none. A file that ITERABLE_OPENAPI names has to be there."""
    named = os.environ.get("ITERABLE_OPENAPI")
    if named:
        if not Path(named).is_file():
            raise FileNotFoundError(f"ITERABLE_OPENAPI names {named}, which is no file: correct it or unset it.")
        return Path(named)
    return BESIDE if BESIDE.is_file() else None


def read_description() -> Description | None:
    place = place_of_description()
    return Description(json.loads(place.read_text(encoding="utf-8"))) if place else None


def _is_free(part: str) -> bool:
    return part.startswith("{")
