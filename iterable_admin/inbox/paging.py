from __future__ import annotations

from rest_framework.pagination import CursorPagination


class NewestFirst(CursorPagination):
    """Pages by cursor: a page costs the same however deep it lies, and new rows do not shift it."""

    page_size = 100
    page_size_query_param = "page_size"
    max_page_size = 1_000
    ordering = "-pk"
