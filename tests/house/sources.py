"""The product's own Python files, as syntax trees."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("iterable_admin", "contacts", "journeys")


@dataclass(frozen=True)
class Source:
    path: str
    """From the root of the project."""
    tree: ast.Module
    lines: int

    @property
    def package(self) -> list[str]:
        """What a relative import starts from, and the module's own name for an `__init__`."""
        return list(Path(self.path).with_suffix("").parts[:-1])

    @property
    def module(self) -> str:
        return ".".join(Path(self.path).with_suffix("").parts).removesuffix(".__init__")


def parse(path: str, text: str) -> Source:
    return Source(path, ast.parse(text, path), text.count("\n"))


@cache
def product() -> tuple[Source, ...]:
    paths = (path for package in PACKAGES for path in sorted((ROOT / package).rglob("*.py")))
    return tuple(parse(str(path.relative_to(ROOT)), path.read_text()) for path in paths if "migrations" not in path.parts)


def imports(source: Source) -> Iterator[tuple[int, str]]:
    """Line and full name of everything imported, also inside functions."""
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            kept = source.package[: len(source.package) - node.level + 1] if node.level else []
            base = [*kept, *([node.module] if node.module else [])]
            yield from ((node.lineno, ".".join([*base, alias.name])) for alias in node.names)
