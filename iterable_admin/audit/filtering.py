"""What an address asks of a list and the list does not have: left out and told, rather than an error or a page without a word."""

from __future__ import annotations

from collections.abc import Callable
from copy import copy

from django.contrib import messages
from django.contrib.admin.exceptions import DisallowedModelAdminLookup
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.views.main import PAGE_VAR, ChangeList
from django.db import DataError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.utils.text import Truncator

UNFIT = (IncorrectLookupParameters, DisallowedModelAdminLookup, ValueError, OverflowError, DataError)
REFUSED = ("regex", "iregex", "range")
"""A pattern may keep a database busy for hours; a range of one value is an error of Django's."""
MOST_TOLD = 50


class NoSuchFilter(Exception):
    """`unfit`: the names in the address that no row of the list can fit."""

    def __init__(self, asked: QueryDict, unfit: list[str]) -> None:
        super().__init__(", ".join(unfit))
        self.asked, self.unfit = asked, unfit

    @property
    def sentence(self) -> str:
        told = ", ".join(self._words(name) for name in self.unfit)
        return f"Left out, since this list has no such filter, value or page: {told}. What is shown is not narrowed by it."

    @property
    def rest(self) -> str:
        kept = self.asked.copy()
        for name in self.unfit:
            kept.pop(name, None)
        return kept.urlencode()

    def _words(self, name: str) -> str:
        value = self.asked.get(name, "")
        return Truncator(f"page {value}" if name == PAGE_VAR else f"{name}={value}").chars(MOST_TOLD)


def listed(request: HttpRequest, build: Callable[[HttpRequest], ChangeList]) -> ChangeList:
    """Raises NoSuchFilter where the address, not the list, is what fails."""
    try:
        return build(request)
    except UNFIT as problem:
        if not request.GET:
            raise
        unfit = [name for name in request.GET if not _fits(request, build, name)]
        raise NoSuchFilter(request.GET, unfit or list(request.GET)) from problem


def _fits(request: HttpRequest, build: Callable[[HttpRequest], ChangeList], name: str) -> bool:
    alone, asked = copy(request), QueryDict(mutable=True)
    asked.setlist(name, request.GET.getlist(name))
    alone.GET = asked  # type: ignore[assignment] # mutable only until here
    try:
        build(alone)
    except UNFIT:
        return False
    return True


def without(request: HttpRequest, problem: NoSuchFilter, path: str) -> HttpResponse:
    """The list once more, with a word of what was left out. Of a post nothing is done: it would be done to other rows."""
    messages.warning(request, problem.sentence)
    return HttpResponseRedirect(f"{path}?{problem.rest}" if problem.rest else path)
