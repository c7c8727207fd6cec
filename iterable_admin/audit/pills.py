"""States and moments as the pages show them: a glyph and a word, never colour alone; a time with its zone."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.timesince import timesince, timeuntil

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
    "stopped": ("bad", "‖"),
    "planned": ("quiet", "◌"),
    "dismissed": ("quiet", "✕"),
    "interrupted": ("bad", "!"),
    "cancelled": ("quiet", "✕"),
    "agree": ("good", "✓"),
    "differ": ("bad", "≠"),
    "absent": ("wait", "∅"),
    "unread": ("wait", "?"),
    "there": ("good", "✓"),
    "missing": ("bad", "!"),
    "only_there": ("wait", "+"),
    "untold": ("quiet", "?"),
}


def pill(state: str, label: str) -> SafeString:
    tone, glyph = TONES.get(state, ("quiet", "·"))
    return format_html('<span class="pill pill-{}"><span aria-hidden="true">{}</span> {}</span>', tone, glyph, label)


def moment_text(value: datetime | None) -> str:
    """`2026-11-22 18:01:47 UTC`: in the zone of the page, named."""
    return timezone.localtime(value).strftime("%Y-%m-%d %H:%M:%S %Z") if value else "-"


def moment(value: datetime | None) -> str:
    """`3 minutes ago`, with the absolute time on hover; `shell.js` keeps what is past fresh."""
    if value is None:
        return "-"
    past = value <= timezone.now()
    return format_html(
        '<time datetime="{}" title="{}" class="moment"{}>{}</time>',
        value.isoformat(),
        moment_text(value),
        mark_safe(" data-past") if past else "",
        ago(value) if past else f"in {timeuntil(value, depth=1)}",
    )


def exact_moment(value: datetime | None) -> str:
    """For sentences that say until when, or as of when: seconds may matter there."""
    return format_html('<time datetime="{}" class="moment">{}</time>', value.isoformat(), moment_text(value)) if value else "-"


def ago(value: datetime) -> str:
    """Its largest unit alone: what needs more stands in the absolute time."""
    passed = timesince(value, depth=1)
    return "just now" if passed.startswith("0") else f"{passed} ago"


def span(value: timedelta | None) -> str:
    """`3 d 4 h`, `4 h 10 min`, `12 s`: the two largest units."""
    if value is None:
        return "-"
    seconds = int(value.total_seconds())
    units = (("d", seconds // 86_400), ("h", seconds // 3_600 % 24), ("min", seconds // 60 % 60), ("s", seconds % 60))
    first = next((place for place, (_, count) in enumerate(units) if count), len(units) - 1)
    return " ".join(f"{count} {unit}" for unit, count in units[first : first + 2] if count or first == len(units) - 1)
