"""What the lint found, what excuses it, when it ran, whom it told, and which silence it listens for."""

from __future__ import annotations

from journeys.lint.models.alarms import SilenceAlarm
from journeys.lint.models.exceptions import LintException
from journeys.lint.models.findings import LintFinding, LintRun
from journeys.lint.models.notifications import Notification

__all__ = ["LintException", "LintFinding", "LintRun", "Notification", "SilenceAlarm"]
