"""Pages of rehearsals."""

from __future__ import annotations

from journeys.rehearsal.admin import pressure, runs

__all__ = ["pressure", "runs"]
