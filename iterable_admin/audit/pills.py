"""States and moments as the pages show them: a glyph and a word, never colour alone; a time with its zone."""

from __future__ import annotations

from datetime import datetime

from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

# The rooms share their words, so one table serves every kind of row: state -> (tone, glyph).
TONES = {
    "received": ("wait", "○"),
    "ready": ("wait", "○"),
    "enqueued": ("wait", "○"),
    "processing": ("wait", "▶"),
    "sending": ("wait", "▶"),
    "running": ("wait", "▶"),
    "delivering": ("wait", "▶"),
    "settling": ("wait", "▶"),
    "pending": ("wait", "▶"),
    "settled": ("good", "✓"),
    "waiting": ("wait", "↻"),
    "held": ("wait", "‖"),
    "done": ("good", "✓"),
    "delivered": ("good", "✓"),
    "completed": ("good", "✓"),
    "live": ("good", "✓"),
    "skipped": ("quiet", "-"),
    "observe": ("wait", "‖"),
    "paused": ("bad", "‖"),
    "needs_you": ("bad", "!"),
    "rejected": ("bad", "!"),
    "failed": ("bad", "!"),
    "with_errors": ("bad", "!"),
    "interrupted": ("bad", "!"),
}


def pill(state: str, label: str) -> SafeString:
    tone, glyph = TONES.get(state, ("quiet", "·"))
    return format_html('<span class="pill pill-{}"><span aria-hidden="true">{}</span> {}</span>', tone, glyph, label)


def moment_text(value: datetime | None) -> str:
    """`2026-11-22 18:01:47 UTC`: in the zone of the page, named."""
    return timezone.localtime(value).strftime("%Y-%m-%d %H:%M:%S %Z") if value else "-"


def moment(value: datetime | None) -> str:
    if value is None:
        return "-"
    return format_html('<time datetime="{}" class="moment">{}</time>', value.isoformat(), moment_text(value))
