"""Lists are read whole or not at all: to a mirror, what is not in the list was deleted in Iterable."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, TypeVar

from iterable_admin.iterable.answers import Answer, at
from iterable_admin.iterable.errors import Ambiguous, NotThere

Parsed = TypeVar("Parsed")
Json = dict[str, Any]


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


def all_pages(ask: Callable[[int], Answer], key: str, total: str, parse: Callable[[Json], Parsed]) -> Iterator[Parsed]:
    """One call a page, from page 1, as the caller gets there.

    The link to the next page is not followed: it may lead to another host, and the key would go along.
    """
    so_far, before = 0, None
    for number in range(1, 1_000_000):
        answer = ask(number)
        page = entries(answer, key, parse)
        if page and page == before:
            # A service that does not heed the page number would be read for ever.
            raise Ambiguous(f"page {number} repeats the one before ({at(answer.call)})", answer.call)
        yield from page
        so_far, before = so_far + len(page), page
        if not page or not _has_more(answer.json(), total, so_far):
            return


def _has_more(page: Json, total: str, so_far: int) -> bool:
    count = page.get(total)
    return bool(page.get("nextPageUrl")) or (isinstance(count, int) and so_far < count)
