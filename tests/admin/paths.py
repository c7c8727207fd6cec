"""Every path that the server answers, read from its routes: a page that is added later is among them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.urls import URLPattern, URLResolver, get_resolver
from django.utils.regex_helper import normalize

# What a route asks for; a number does for all else.
VALUES = {
    "app_label": "inbox",
    "email": "ada@example.com",
    "name": "undo",
    "slug": "saas-trial",
    "url": "no/such/page",
    "uuid": UUID(int=1),
}


@dataclass(frozen=True, order=True)
class Path:
    path: str
    name: str

    @property
    def url_name(self) -> str:
        return self.name.rpartition(":")[2]


def every_path() -> list[Path]:
    return sorted(set(_walk(get_resolver().url_patterns)))


def _walk(patterns: Iterable[Any], before: str = "", namespace: str = "") -> Iterator[Path]:
    for found in patterns:
        route = before + found.pattern.regex.pattern.lstrip("^")
        if isinstance(found, URLResolver):
            yield from _walk(found.url_patterns, route, f"{namespace}{found.namespace}:" if found.namespace else namespace)
        elif isinstance(found, URLPattern):
            # Of routes that have several forms, the first does.
            template, names = normalize(route)[0]
            given = {name: VALUES.get(name, 1) for name in names}
            yield Path(f"/{template % given}", f"{namespace}{found.name or ''}")
