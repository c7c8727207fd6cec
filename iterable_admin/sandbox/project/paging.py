"""Pages and sort orders of the lists that a mirror reads."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple
from urllib.parse import urlencode

from iterable_admin.sandbox.answers import Request, bad_params, read_integer


class Listing(NamedTuple):
    """How one list is paged: its name and its total's in the answer, and its page sizes."""

    name: str
    total: str
    default_size: int
    most: int


def answer_page(request: Request, found: Sequence[dict[str, Any]], listing: Listing) -> dict[str, Any]:
    """One page, the total, and the URLs of its neighbours where there are any."""
    page = read_integer(request.query.get("page", "1"), "page", 1)
    size = read_integer(request.query.get("pageSize", str(listing.default_size)), "pageSize", 1, listing.most)
    start = (page - 1) * size
    answer: dict[str, Any] = {listing.name: found[start : start + size], listing.total: len(found)}
    if start + size < len(found):
        answer["nextPageUrl"] = page_url(request, page + 1)
    if page > 1:
        answer["previousPageUrl"] = page_url(request, page - 1)
    return answer


def answer_list(request: Request, found: Sequence[dict[str, Any]], listing: Listing) -> dict[str, Any]:
    """All of it where no page is asked for, the old form; only a paged answer has a total."""
    if "page" in request.query or "pageSize" in request.query:
        return answer_page(request, found, listing)
    return {listing.name: list(found)}


def page_url(request: Request, page: int) -> str:
    kept = {name: values for name, values in request.every.items() if name != "api_key"}
    return f"{request.path}?{urlencode({**kept, 'page': page}, doseq=True)}"


def sort_by(request: Request, found: list[dict[str, Any]], names: dict[str, str]) -> list[dict[str, Any]]:
    """`names` maps what may be sorted by to the key of the object. What lacks the key comes first."""
    # A literal plus arrives as a space.
    sort = request.query.get("sort", "id").strip() or "id"
    name = sort.removeprefix("-").removeprefix("+")
    if name not in names:
        raise bad_params("sort must be one of " + ", ".join(names))
    key = names[name]
    return sorted(found, key=lambda item: (key in item, item.get(key)), reverse=sort.startswith("-"))
