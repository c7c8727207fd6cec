"""Pages of rehearsals."""

from __future__ import annotations

from journeys.rehearsal.admin import runs

__all__ = ["runs"]
