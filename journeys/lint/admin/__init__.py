"""The lint's pages. Importing registers them."""

from __future__ import annotations

from journeys.lint.admin import findings, others

__all__ = ["findings", "others"]
