"""Reads that somebody else asks for: passed on as they are, and answered as they come."""

from __future__ import annotations

from iterable_admin.iterable.answers import Answer
from iterable_admin.iterable.endpoints.group import Group
from iterable_admin.iterable.transport import Query


class Passing(Group):
    def get(self, endpoint: str, path: str, query: Query) -> Answer:
        """`endpoint` is the template whose limit it uses up, `path` the same with everything filled in and quoted."""
        return self._get(endpoint, path=path, query=query)
