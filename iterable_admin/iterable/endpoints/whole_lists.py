"""Lists are read whole or not at all: to a mirror, what is not in the list was deleted in Iterable."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import count
from typing import Any, Protocol, TypeVar

from iterable_admin.iterable.answers import Answer, at
from iterable_admin.iterable.errors import Ambiguous, NotThere
from iterable_admin.iterable.reads.leniently import number

Parsed = TypeVar("Parsed")
Json = dict[str, Any]


class Entry(Protocol):
    @property
    def id(self) -> int: ...


Listed = TypeVar("Listed", bound=Entry)


def entries(answer: Answer, key: str, parse: Callable[[Json], Parsed]) -> list[Parsed]:
    return parsed(answer, key, lambda body: [parse(entry) for entry in body[key]])


def parsed(answer: Answer, key: str, parse: Callable[[Json], Parsed]) -> Parsed:
    body = answer.json()
    try:
        return parse(body)
    except (KeyError, TypeError, ValueError, AttributeError):
        failure = unexpected(answer, key)
    raise failure


def one(answer: Answer, what: str, parse: Callable[[Json], Parsed]) -> Parsed:
    """NotThere for `{}`, which is how Iterable says so with a 200."""
    if not answer.json():
        raise NotThere(f"no such {what} ({at(answer.call)})", answer.call)
    return parsed(answer, what, parse)


def unexpected(answer: Answer, key: str) -> Ambiguous:
    return Ambiguous(f"{answer.status} without a readable {key!r} ({at(answer.call)})", answer.call)


def all_pages(ask: Callable[[int], Answer], key: str, total: str, parse: Callable[[Json], Listed]) -> Iterator[Listed]:
    """One call a page, from page 1, as the caller gets there.

    The link to the next page is not followed: it may lead to another host, and the key would go along.
    """
    seen: set[int] = set()
    for page_number in count(1):
        answer = ask(page_number)
        page = entries(answer, key, parse)
        # An entry may come twice where pages move while they are read.
        new = {entry.id: entry for entry in page if entry.id not in seen}
        if page and not new:
            # A service that does not heed the page number would be read for ever.
            raise Ambiguous(f"page {page_number} repeats what came before ({at(answer.call)})", answer.call)
        yield from new.values()
        seen |= new.keys()
        if not page or not _has_more(answer.json(), total, len(seen)):
            return


def _has_more(page: Json, total: str, so_far: int) -> bool:
    return bool(page.get("nextPageUrl")) or so_far < (number(page.get(total)) or 0)
