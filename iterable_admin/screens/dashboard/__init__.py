"""The first page: is anything wrong, who acts next, and where to look. A fixed number of queries, each by an index."""

from iterable_admin.screens.dashboard.page import dashboard

__all__ = ["dashboard"]
