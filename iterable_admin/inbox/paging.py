from __future__ import annotations

from rest_framework.exceptions import NotFound
from rest_framework.pagination import Cursor, CursorPagination
from rest_framework.request import Request


class NewestFirst(CursorPagination):
    """Pages by cursor: a page costs the same however deep it lies, and new rows do not shift it."""

    page_size = 100
    page_size_query_param = "page_size"
    max_page_size = 1_000
    ordering = "-pk"

    def decode_cursor(self, request: Request) -> Cursor | None:
        cursor: Cursor | None = super().decode_cursor(request)
        position = "0" if cursor is None or cursor.position is None else str(cursor.position)
        # The library takes any text for a position, and fails at the database.
        if not (position.isascii() and position.isdecimal()):
            raise NotFound(self.invalid_cursor_message)
        return cursor
